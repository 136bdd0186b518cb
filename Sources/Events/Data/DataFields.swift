/// The keys of one object of a ``DataFile``, taken one by one with their types.
///
/// A key that nobody took is a fault, so a misspelt key never passes silently: call ``finish()`` last.
final class DataFields {
  let file: DataFile
  /// Of the object's first byte in the file.
  let offset: Int
  private let members: [DataMember]
  private var known: [String] = []
  /// Of the members, in their order.
  private var isTaken: [Bool]

  init(_ node: DataNode, in file: DataFile) throws(Problem) {
    guard let members = node.object else {
      throw file.problem(at: node.offset, "an object should stand here", next: "Write {\"key\": value, …}.")
    }
    self.members = members
    self.file = file
    offset = node.offset
    isTaken = [Bool](repeating: false, count: members.count)
    known.reserveCapacity(Self.keysUsually)
  }

  private static let keysUsually = 20

  var keys: [String] { members.map(\.key) }

  /// The value as it stands in the file; `nil` if it is `null` or not there.
  private func node(_ key: String) -> DataNode? {
    known.append(key)
    guard let place = members.firstIndex(where: { $0.isNamed(key) }) else { return nil }
    isTaken[place] = true
    let node = members[place].value
    return node.bare == "null" ? nil : node
  }

  private func refuse(_ node: DataNode, _ key: String, _ what: String) -> Problem {
    file.problem(at: node.offset, "'\(key)' is \(what)")
  }

  // MARK: Values

  func text(_ key: String) throws(Problem) -> String? {
    guard let node = node(key) else { return nil }
    guard let text = node.text else { throw refuse(node, key, "a text in quotes") }
    return text
  }

  func integer(_ key: String) throws(Problem) -> Int? {
    guard let node = node(key) else { return nil }
    guard let number = node.bare.flatMap({ Int($0) }) else { throw refuse(node, key, "a whole number") }
    return number
  }

  func bool(_ key: String) throws(Problem) -> Bool? {
    guard let node = node(key) else { return nil }
    switch node.bare {
    case "true": return true
    case "false": return false
    default: throw refuse(node, key, "true or false")
    }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of type: Choice.Type
  ) throws(Problem) -> Choice? where Choice.RawValue == String {
    guard let text = try text(key) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw problem(of: key, "'\(key)' is one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// A list of texts.
  func texts(_ key: String) throws(Problem) -> [String]? {
    guard let node = node(key) else { return nil }
    return try texts(node, key)
  }

  /// A list of texts that few readers of the file want.
  func samples(_ key: String) throws(Problem) -> DataSamples? {
    guard let node = node(key) else { return nil }
    guard let items = node.list else { throw refuse(node, key, "a list of texts") }
    for item in items where !item.isText { throw refuse(item, key, "a list of texts") }
    return DataSamples(nodes: items)
  }

  /// A list of lists of texts.
  func textLists(_ key: String) throws(Problem) -> [[String]]? {
    guard let node = node(key) else { return nil }
    guard let lists = node.list else { throw refuse(node, key, "a list of lists of texts") }
    var all: [[String]] = []
    for list in lists { all.append(try texts(list, key)) }
    return all
  }

  /// An object of texts, by their keys.
  func namedTexts(_ key: String) throws(Problem) -> [String: String]? {
    guard let node = node(key) else { return nil }
    guard let members = node.object else { throw refuse(node, key, "an object of texts") }
    var all: [String: String] = [:]
    for member in members {
      guard let text = member.value.text else {
        throw refuse(member.value, member.key, "a text in quotes")
      }
      all[member.key] = text
    }
    return all
  }

  /// An object of lists of texts, by their keys.
  func namedLists(_ key: String) throws(Problem) -> [String: [String]]? {
    guard let node = node(key) else { return nil }
    guard let members = node.object else { throw refuse(node, key, "an object of lists of texts") }
    var all: [String: [String]] = [:]
    for member in members { all[member.key] = try texts(member.value, member.key) }
    return all
  }

  func fields(_ key: String) throws(Problem) -> DataFields? {
    guard let node = node(key) else { return nil }
    return try DataFields(node, in: file)
  }

  /// A list of objects.
  func objects(_ key: String) throws(Problem) -> [DataFields]? {
    guard let node = node(key) else { return nil }
    guard let nodes = node.list else { throw refuse(node, key, "a list of objects") }
    var all: [DataFields] = []
    for node in nodes { all.append(try DataFields(node, in: file)) }
    return all
  }

  private func texts(_ node: DataNode, _ key: String) throws(Problem) -> [String] {
    guard let items = node.list else { throw refuse(node, key, "a list of texts") }
    var texts: [String] = []
    texts.reserveCapacity(items.count)
    for item in items {
      guard let text = item.text else { throw refuse(item, key, "a list of texts") }
      texts.append(text)
    }
    return texts
  }

  // MARK: Faults

  /// The value of a key that must be there.
  func required<Value>(_ key: String, _ value: Value?) throws(Problem) -> Value {
    guard let value else { throw file.problem(at: offset, "'\(key)' is missing") }
    return value
  }

  /// What is wrong with the value of a key, or with the object if the key is not there.
  func problem(of key: String, _ what: String, next: String = "") -> Problem {
    file.problem(at: members.first { $0.isNamed(key) }?.value.offset ?? offset, what, next: next)
  }

  /// - Throws: if a key was not asked for.
  func finish() throws(Problem) {
    guard let place = isTaken.firstIndex(of: false) else { return }
    let unknown = members[place]
    let closest = Suggestion.closest(to: unknown.key, among: known)
    throw file.problem(
      at: unknown.offset, "unknown key '\(unknown.key)'", width: unknown.key.count + 2,
      note: closest.map { "did you mean '\($0)'?" } ?? "",
      next: closest == nil ? "Keys here: \(known.sorted().joined(separator: ", "))." : "")
  }
}

/// Texts that are made when they are wanted.
struct DataSamples: Sendable {
  fileprivate let nodes: [DataNode]

  var texts: [String] { nodes.map { $0.text! } }
}
