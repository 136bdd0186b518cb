import Events
import Yams

/// The keys of one YAML mapping, taken one by one with their types.
///
/// A value of the wrong type is a fault of the file and reads as absent. Call ``finish()`` last.
public final class YAMLFields {
  public let file: YAMLFile
  /// Dotted path of the mapping in the file, such as `serve`; empty at the top.
  public let path: String
  private let mapping: Node.Mapping
  /// Every key, in the order of the file.
  public let keys: [String]
  /// The values by key; a mapping's own look-up compares whole nodes.
  private let values: [String: Node]
  private var known: [String] = []

  init(_ mapping: Node.Mapping, in file: YAMLFile, path: String) {
    self.mapping = mapping
    var keys: [String] = []
    var values: [String: Node] = [:]
    for (key, value) in mapping {
      guard let key = key.string else { continue }
      keys.append(key)
      if values[key] == nil { values[key] = value }
    }
    self.keys = keys
    self.values = values
    self.file = file
    self.path = path
  }

  /// The raw value, for shapes that the typed readers below do not cover.
  public func node(_ key: String) -> Node? {
    known.append(key)
    guard let node = values[key] else { return nil }
    if case .scalar(let scalar) = node, scalar.style == .plain, ["", "~", "null"].contains(scalar.string) {
      return nil
    }
    return node
  }

  public func string(_ key: String) -> String? {
    guard let node = node(key) else { return nil }
    guard let text = node.scalar?.string else {
      file.fault(at: node, "'\(dotted(key))' is one value, not a list or a mapping", width: 1)
      return nil
    }
    return text
  }

  public func integer(_ key: String, in range: ClosedRange<Int> = 0...Int.max) -> Int? {
    guard let text = string(key) else { return nil }
    guard let number = Int(text.filter { $0 != "_" && $0 != "," }), range.contains(number) else {
      let upper = range.upperBound == .max ? "" : " to \(range.upperBound)"
      refuse(key, "'\(dotted(key))' is a whole number from \(range.lowerBound)\(upper)")
      return nil
    }
    return number
  }

  public func bool(_ key: String) -> Bool? {
    guard let text = string(key) else { return nil }
    switch text.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default:
      refuse(key, "'\(dotted(key))' is true or false")
      return nil
    }
  }

  public func age(_ key: String) -> Age? {
    guard let text = string(key) else { return nil }
    guard let age = Age(text) else {
      refuse(key, "'\(dotted(key))' is a span of time such as 15m, 24h or 90d")
      return nil
    }
    return age
  }

  /// A number of bytes such as `10GB` or `512 MiB`.
  public func byteCount(_ key: String) -> Int64? {
    guard let text = string(key) else { return nil }
    guard let size = ByteCount(text) else {
      refuse(key, "'\(dotted(key))' is a size such as 500MB or 10GB")
      return nil
    }
    return size.bytes
  }

  public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, of type: Choice.Type) -> Choice?
  where Choice.RawValue == String {
    guard let text = string(key) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue)
    let closest = Suggestion.closest(to: text, among: names).map { "did you mean '\($0)'?" } ?? ""
    refuse(key, "'\(dotted(key))' is one of \(names.joined(separator: ", "))", note: closest)
    return nil
  }

  /// A list of texts; one text alone is a list of one.
  public func strings(_ key: String) -> [String]? {
    guard let node = node(key) else { return nil }
    switch node {
    case .scalar(let scalar): return [scalar.string]
    case .sequence(let sequence):
      return sequence.compactMap { item in
        if let text = item.scalar?.string { return text }
        file.fault(at: item, "'\(dotted(key))' is a list of texts", width: 1)
        return nil
      }
    default:
      file.fault(at: node, "'\(dotted(key))' is a list of texts", width: 1)
      return nil
    }
  }

  public func mapping(_ key: String) -> YAMLFields? {
    guard let node = node(key) else { return nil }
    guard case .mapping(let mapping) = node else {
      refuse(key, "'\(dotted(key))' is a mapping of keys to values")
      return nil
    }
    return YAMLFields(mapping, in: file, path: dotted(key))
  }

  /// A list of mappings, such as the sources of a configuration.
  public func mappings(_ key: String) -> [YAMLFields] {
    guard let node = node(key) else { return [] }
    guard case .sequence(let sequence) = node else {
      refuse(key, "'\(dotted(key))' is a list: begin each entry with '- '")
      return []
    }
    return sequence.enumerated().compactMap { index, item in fields(item, path: "\(dotted(key))[\(index)]") }
  }

  /// Reads a node as a mapping, or reports that it is none.
  public func fields(_ node: Node, path: String) -> YAMLFields? {
    guard case .mapping(let mapping) = node else {
      file.fault(at: node, "'\(path)' is a mapping of keys to values", width: 1)
      return nil
    }
    return YAMLFields(mapping, in: file, path: path)
  }

  /// Reports a fault at the value of a key.
  public func refuse(_ key: String, _ what: String, note: String = "", next: String = "") {
    guard let value = values[key] else {
      file.fault(at: Node.mapping(mapping), what, note: note, width: 1, next: next)
      return
    }
    file.fault(at: value, what, note: note, next: next)
  }

  /// Reports what is wrong with the mapping as a whole, such as a key that is missing.
  public func refuse(_ what: String, next: String = "") {
    file.fault(at: Node.mapping(mapping), what, width: 1, next: next)
  }

  /// Reports every key that was not asked for.
  public func finish() {
    for key in mapping.keys {
      guard let name = key.string else {
        file.fault(at: key, "a key is a plain word", width: 1)
        continue
      }
      if known.contains(name) { continue }
      let closest = Suggestion.closest(to: name, among: known)
      file.fault(
        at: key, "unknown key '\(dotted(name))'", note: closest.map { "did you mean '\($0)'?" } ?? "",
        next: closest == nil ? "Keys here: \(known.sorted().joined(separator: ", "))." : "")
    }
  }

  private func dotted(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
