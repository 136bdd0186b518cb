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
  func root() throws(Problem) -> DataNode {
    var parser = DataParser(self)
    return try parser.whole()
  }

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

/// A value of a ``DataFile``.
struct DataNode: Sendable {
  enum Value: Sendable {
    case text(String)
    /// A number, `true`, `false` or `null`, as written.
    case bare(String)
    case list([DataNode])
    case object([DataMember])
  }
  let value: Value
  /// Of its first byte in the file.
  let offset: Int
}

struct DataMember: Sendable {
  let key: String
  /// Of the key's first byte in the file.
  let offset: Int
  let value: DataNode
}

/// Reads JSON (RFC 8259) and refuses whatever else it meets.
private struct DataParser {
  private let file: DataFile
  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0
  private static let depthMax = 64

  init(_ file: DataFile) {
    self.file = file
    bytes = Array(file.text.utf8)
  }

  mutating func whole() throws(Problem) -> DataNode {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    let node = try value()
    skipBlanks()
    guard at == bytes.count else { throw fault("text behind the end of the JSON value") }
    return node
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

  private mutating func value() throws(Problem) -> DataNode {
    skipBlanks()
    guard at < bytes.count else { throw fault("the file ends where a value should stand") }
    let start = at
    switch bytes[at] {
    case UInt8(ascii: "\""): return DataNode(value: .text(try text()), offset: start)
    case UInt8(ascii: "{"): return DataNode(value: .object(try members()), offset: start)
    case UInt8(ascii: "["): return DataNode(value: .list(try items()), offset: start)
    default: return DataNode(value: .bare(try bare()), offset: start)
    }
  }

  private mutating func open() throws(Problem) {
    depth += 1
    guard depth <= Self.depthMax else { throw fault("more than \(Self.depthMax) levels") }
    at += 1
    skipBlanks()
  }

  private mutating func members() throws(Problem) -> [DataMember] {
    try open()
    defer { depth -= 1 }
    var members: [DataMember] = []
    if take("}") { return members }
    while true {
      skipBlanks()
      let start = at
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw fault("a key in quotes should stand here") }
      let key = try text()
      guard !members.contains(where: { $0.key == key }) else {
        throw file.problem(at: start, "the key '\(key)' stands twice", width: key.count + 2, next: "Keep one of them.")
      }
      skipBlanks()
      guard take(":") else { throw fault("a colon should stand here") }
      members.append(DataMember(key: key, offset: start, value: try value()))
      skipBlanks()
      if take("}") { return members }
      guard take(",") else { throw fault("a comma or } should stand here") }
    }
  }

  private mutating func items() throws(Problem) -> [DataNode] {
    try open()
    defer { depth -= 1 }
    var items: [DataNode] = []
    if take("]") { return items }
    while true {
      items.append(try value())
      skipBlanks()
      if take("]") { return items }
      guard take(",") else { throw fault("a comma or ] should stand here") }
    }
  }

  private mutating func text() throws(Problem) -> String {
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
    let inside = start + 1..<at
    at += 1
    guard isEscaped else { return String(decoding: bytes[inside], as: UTF8.self) }
    var output: [UInt8] = []
    bytes.withUnsafeBytes { JSONText.unescape($0, inside, escaped: true, onto: &output) }
    return String(decoding: output, as: UTF8.self)
  }

  private mutating func bare() throws(Problem) -> String {
    let start = at
    while at < bytes.count, isAlphanumeric(bytes[at]) || "+-.".utf8.contains(bytes[at]) { at += 1 }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    guard ["true", "false", "null"].contains(text) || (Double(text) != nil && !isLetter(bytes[start])) else {
      at = start
      throw fault("neither a text in quotes nor a number, true, false or null")
    }
    return text
  }
}
