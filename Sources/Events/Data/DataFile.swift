import CKernels

/// A JSON file that a person writes to teach seclog something: a format, classifiers, patterns of secrets.
///
/// The first fault ends reading it, as file, line and column. What the file says is taken key by key through
/// ``DataFields``.
struct DataFile: Sendable {
  let name: String
  let text: String
  /// The file may hold secrets, in its samples: no line of it is quoted.
  let isPrivate: Bool

  init(_ text: String, name: String, isPrivate: Bool = false) {
    self.text = text
    self.name = name
    self.isPrivate = isPrivate
  }

  /// The one value that the file holds.
  func root() throws(Problem) -> DataNode { DataNode(try DataDocument(self), 0) }

  /// The keys of the one object that the file holds.
  func fields() throws(Problem) -> DataFields { try DataFields(try root(), in: self) }

  /// - Parameters:
  ///   - offset: of the byte at which the fault begins.
  ///   - width: how many characters are wrong.
  ///   - note: stands behind the carets, such as "did you mean 'x'?".
  func problem(at offset: Int, _ what: String, width: Int = 1, note: String = "", next: String = "") -> Problem {
    let (line, column) = place(of: offset)
    let excerpt = isPrivate ? note : Excerpt.of(text, line: line, column: column, width: width, note: note)
    return Problem(
      .config, at: "\(name):\(line):\(column)", what,
      next: [excerpt, next].filter { !$0.isEmpty }.joined(separator: "\n"))
  }

  /// Line and column, in characters, both from 1.
  func place(of offset: Int) -> (line: Int, column: Int) {
    var text = text
    return text.withUTF8 { bytes in
      guard let base = bytes.baseAddress else { return (1, 1) }
      let end = min(offset, bytes.count)
      let start = Int(ck_last_newline(base, end)) + 1
      return (Int(ck_count_newlines(base, end)) + 1, String(decoding: bytes[start..<end], as: UTF8.self).count + 1)
    }
  }
}

/// The values of a ``DataFile``, as they follow one another in it. Texts are made only of those that are asked for:
/// the files that are built in are read at every start, and half of what they hold are samples.
private final class DataDocument: Sendable {
  enum Kind {
    case text
    /// A number, `true`, `false` or `null`, as written.
    case bare
    case list
    /// Its keys and values follow it in turns.
    case object
  }

  struct Item {
    let kind: Kind
    /// Of its first byte in the file.
    let offset: Int
    var isEscaped = false
    /// The bytes of the text, without quotes.
    var content = 0..<0
    /// The item behind all that is in it.
    var next = 0
  }

  let bytes: [UInt8]
  let items: [Item]

  init(_ file: DataFile) throws(Problem) {
    let bytes = Array(file.text.utf8)
    items = try bytes.withUnsafeBufferPointer { bytes throws(Problem) in
      var parser = DataParser(file, bytes)
      try parser.whole()
      return parser.items
    }
    self.bytes = bytes
  }

  func text(_ place: Int) -> String {
    let item = items[place]
    guard item.isEscaped else { return String(decoding: bytes[item.content], as: UTF8.self) }
    var output: [UInt8] = []
    bytes.withUnsafeBytes { JSONText.unescape($0, item.content, escaped: true, onto: &output) }
    return String(decoding: output, as: UTF8.self)
  }

  func holds(_ text: String, _ place: Int) -> Bool {
    let item = items[place]
    if item.isEscaped { return self.text(place) == text }
    return item.content.count == text.utf8.count && bytes[item.content].elementsEqual(text.utf8)
  }
}

/// A value of a ``DataFile``.
struct DataNode: Sendable {
  private let document: DataDocument
  private let place: Int

  fileprivate init(_ document: DataDocument, _ place: Int) {
    self.document = document
    self.place = place
  }

  private var item: DataDocument.Item { document.items[place] }

  /// Of its first byte in the file.
  var offset: Int { item.offset }

  var text: String? { item.kind == .text ? document.text(place) : nil }
  var isText: Bool { item.kind == .text }

  /// A number, `true`, `false` or `null`, as written.
  var bare: String? { item.kind == .bare ? document.text(place) : nil }

  var list: [DataNode]? {
    guard item.kind == .list else { return nil }
    var nodes: [DataNode] = []
    var next = place + 1
    while next < item.next {
      nodes.append(DataNode(document, next))
      next = document.items[next].next
    }
    return nodes
  }

  var object: [DataMember]? {
    guard item.kind == .object else { return nil }
    var members: [DataMember] = []
    var next = place + 1
    while next < item.next {
      members.append(DataMember(name: DataNode(document, next), value: DataNode(document, next + 1)))
      next = document.items[next + 1].next
    }
    return members
  }

  /// Whether it is this text.
  func holds(_ text: String) -> Bool { document.holds(text, place) }
}

struct DataMember: Sendable {
  fileprivate let name: DataNode
  let value: DataNode

  var key: String { name.text! }
  func isNamed(_ key: String) -> Bool { name.holds(key) }
  /// Of the key's first byte in the file.
  var offset: Int { name.offset }
}

/// Reads JSON (RFC 8259) and refuses whatever else it meets.
private struct DataParser {
  private let file: DataFile
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var items: [DataDocument.Item] = []
  /// Of the objects that are open.
  private var keys: [Int] = []
  private var at = 0
  private var depth = 0
  private static let depthMax = 64

  init(_ file: DataFile, _ bytes: UnsafeBufferPointer<UInt8>) {
    self.file = file
    self.bytes = bytes
    items.reserveCapacity(bytes.count / 16)
  }

  mutating func whole() throws(Problem) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    try value()
    skipBlanks()
    guard at == bytes.count else { throw fault("text behind the end of the JSON value") }
  }

  private func fault(_ what: String) -> Problem { file.problem(at: min(at, bytes.count), "no valid JSON: \(what)") }

  private mutating func skipBlanks() {
    while at < bytes.count, isBlank(bytes[at]) { at += 1 }
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D: true
    default: false
    }
  }

  private mutating func take(_ mark: Unicode.Scalar) -> Bool {
    guard at < bytes.count, bytes[at] == UInt8(ascii: mark) else { return false }
    at += 1
    return true
  }

  private mutating func value() throws(Problem) {
    skipBlanks()
    guard at < bytes.count else { throw fault("the file ends where a value should stand") }
    switch bytes[at] {
    case UInt8(ascii: "\""): try text()
    case UInt8(ascii: "{"): try inside(.object) { parser throws(Problem) in try parser.members() }
    case UInt8(ascii: "["): try inside(.list) { parser throws(Problem) in try parser.elements() }
    default: try bare()
    }
  }

  private mutating func inside(
    _ kind: DataDocument.Kind, _ read: (inout DataParser) throws(Problem) -> Void
  ) throws(Problem) {
    let place = items.count
    items.append(DataDocument.Item(kind: kind, offset: at))
    depth += 1
    guard depth <= Self.depthMax else { throw fault("more than \(Self.depthMax) levels") }
    at += 1
    skipBlanks()
    try read(&self)
    depth -= 1
    items[place].next = items.count
  }

  private mutating func members() throws(Problem) {
    if take("}") { return }
    let first = keys.count
    defer { keys.removeSubrange(first...) }
    while true {
      skipBlanks()
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw fault("a key in quotes should stand here") }
      let key = items.count
      try text()
      guard !keys[first...].contains(where: { isSame($0, key) }) else {
        let text = items[key]
        throw file.problem(
          at: text.offset, "the key '\(String(decoding: bytes[text.content], as: UTF8.self))' stands twice",
          width: text.content.count + 2, next: "Keep one of them.")
      }
      keys.append(key)
      skipBlanks()
      guard take(":") else { throw fault("a colon should stand here") }
      try value()
      skipBlanks()
      if take("}") { return }
      guard take(",") else { throw fault("a comma or } should stand here") }
    }
  }

  /// Whether two texts are written alike.
  private func isSame(_ one: Int, _ other: Int) -> Bool {
    bytes[items[one].content].elementsEqual(bytes[items[other].content])
  }

  private mutating func elements() throws(Problem) {
    if take("]") { return }
    while true {
      try value()
      skipBlanks()
      if take("]") { return }
      guard take(",") else { throw fault("a comma or ] should stand here") }
    }
  }

  private mutating func text() throws(Problem) {
    let start = at
    at += 1
    var isEscaped = false
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      guard bytes[at] >= 0x20 else { throw fault("a control character within a text") }
      if bytes[at] == UInt8(ascii: "\\") {
        isEscaped = true
        at += 1
        guard at < bytes.count, #""\/bfnrtu"#.utf8.contains(bytes[at]) else { throw fault("no escape of JSON") }
      }
      at += 1
    }
    guard at < bytes.count else {
      at = start
      throw fault("a text does not end")
    }
    items.append(
      DataDocument.Item(
        kind: .text, offset: start, isEscaped: isEscaped, content: start + 1..<at, next: items.count + 1))
    at += 1
  }

  private mutating func bare() throws(Problem) {
    let start = at
    while at < bytes.count, isAlphanumeric(bytes[at]) || "+-.".utf8.contains(bytes[at]) { at += 1 }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    guard ["true", "false", "null"].contains(text) || (Double(text) != nil && !isLetter(bytes[start])) else {
      at = start
      throw fault("neither a text in quotes nor a number, true, false or null")
    }
    items.append(DataDocument.Item(kind: .bare, offset: start, content: start..<at, next: items.count + 1))
  }
}
