/// A JSON document as a tree: for `attrs` and for `rules match`, not for the hot path.
///
/// Keys keep their order and numbers their spelling.
public indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  public struct Member: Hashable, Sendable {
    public let key: String
    public let value: JSONValue
    /// `key` without case, and without case and spaces if it has spaces.
    let folded: [UInt8]
    let squeezed: [UInt8]?

    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
      folded = CaseFolding.fold(key)
      squeezed = folded.contains(0x20) ? folded.filter { $0 != 0x20 } : nil
    }
  }

  /// - Returns: `nil` if the text is not exactly one JSON value, or nests deeper than
  ///   ``Limits/nestingDepthMax``.
  public init?(_ text: String) {
    var text = text
    guard let value = text.withUTF8({ JSONTreeParser.parse($0) }) else { return nil }
    self = value
  }

  public init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let value = JSONTreeParser.parse(bytes) else { return nil }
    self = value
  }

  /// JSON text without white space; members in their order, non-ASCII unescaped.
  public var minified: String {
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .number(let spelling): return spelling
    case .string(let text): return Self.quoted(text)
    case .array(let items): return "[" + items.map(\.minified).joined(separator: ",") + "]"
    case .object(let members):
      return "{" + members.map { Self.quoted($0.key) + ":" + $0.value.minified }.joined(separator: ",") + "}"
    }
  }

  /// A JSON string literal; control characters are escaped.
  public static func quoted(_ text: String) -> String {
    var output: [UInt8] = []
    append(quoted: text, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// The same, onto bytes.
  public static func append(quoted text: String, to output: inout [UInt8]) {
    func digit(_ half: UInt8) -> UInt8 { half < 10 ? UInt8(ascii: "0") + half : UInt8(ascii: "a") + half - 10 }
    var text = text
    output.append(UInt8(ascii: "\""))
    text.withUTF8 { bytes in
      var plain = 0
      for (index, byte) in bytes.enumerated() {
        let escaped: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): escaped = byte
        case 0x0A: escaped = UInt8(ascii: "n")
        case 0x0D: escaped = UInt8(ascii: "r")
        case 0x09: escaped = UInt8(ascii: "t")
        case 0x08: escaped = UInt8(ascii: "b")
        case 0x0C: escaped = UInt8(ascii: "f")
        case 0..<0x20, 0x7F: escaped = UInt8(ascii: "u")
        default: continue
        }
        output.append(contentsOf: bytes[plain..<index])
        plain = index + 1
        output.append(UInt8(ascii: "\\"))
        output.append(escaped)
        guard escaped == UInt8(ascii: "u") else { continue }
        output.append(contentsOf: [UInt8(ascii: "0"), UInt8(ascii: "0"), digit(byte >> 4), digit(byte & 15)])
      }
      output.append(contentsOf: bytes[plain...])
    }
    output.append(UInt8(ascii: "\""))
  }
}

private struct JSONTreeParser {
  let bytes: UnsafeBufferPointer<UInt8>
  var at = 0

  static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> JSONValue? {
    var parser = JSONTreeParser(bytes: bytes)
    guard let value = parser.value(depth: 0) else { return nil }
    parser.skipSpace()
    return parser.at == bytes.count ? value : nil
  }

  mutating func skipSpace() {
    while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  mutating func value(depth: Int) -> JSONValue? {
    guard depth <= Limits.nestingDepthMax else { return nil }
    skipSpace()
    guard at < bytes.count else { return nil }
    switch bytes[at] {
    case UInt8(ascii: "{"):
      at += 1
      var members: [JSONValue.Member] = []
      skipSpace()
      if take(UInt8(ascii: "}")) { return .object([]) }
      while true {
        skipSpace()
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\""), let key = string() else { return nil }
        skipSpace()
        guard take(UInt8(ascii: ":")), let item = value(depth: depth + 1) else { return nil }
        members.append(JSONValue.Member(key: key, value: item))
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        guard take(UInt8(ascii: ",")) else { return nil }
      }
    case UInt8(ascii: "["):
      at += 1
      var items: [JSONValue] = []
      skipSpace()
      if take(UInt8(ascii: "]")) { return .array([]) }
      while true {
        guard let item = value(depth: depth + 1) else { return nil }
        items.append(item)
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(items) }
        guard take(UInt8(ascii: ",")) else { return nil }
      }
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "t"): return word("true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return word("false") ? .bool(false) : nil
    case UInt8(ascii: "n"): return word("null") ? .null : nil
    default: return number()
    }
  }

  mutating func word(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard at + count <= bytes.count else { return false }
    for offset in 0..<count where bytes[at + offset] != text.utf8Start[offset] { return false }
    at += count
    return true
  }

  mutating func number() -> JSONValue? {
    let start = at
    _ = take(UInt8(ascii: "-"))
    guard digits() else { return nil }
    if take(UInt8(ascii: ".")), !digits() { return nil }
    if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() else { return nil }
    }
    return .number(String(decoding: bytes[start..<at], as: UTF8.self))
  }

  mutating func digits() -> Bool {
    let start = at
    while at < bytes.count, bytes[at] &- 0x30 < 10 { at += 1 }
    return at > start
  }

  /// `at` stands on the opening quote.
  mutating func string() -> String? {
    at += 1
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") { at += 1 }
    guard at < bytes.count else { return nil }
    if bytes[at] == UInt8(ascii: "\"") {
      defer { at += 1 }
      return String(decoding: bytes[start..<at], as: UTF8.self)
    }
    var out = Array(bytes[start..<at])
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: out, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        out.append(byte)
        continue
      }
      guard at < bytes.count else { return nil }
      let escape = bytes[at]
      at += 1
      switch escape {
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0C)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(escape)
      case UInt8(ascii: "u"):
        guard let first = hex4() else { return nil }
        var scalar = UInt32(first)
        if first & 0xFC00 == 0xD800, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
          bytes[at + 1] == UInt8(ascii: "u")
        {
          let back = at
          at += 2
          guard let second = hex4() else { return nil }
          if second & 0xFC00 == 0xDC00 {
            scalar = 0x10000 + ((UInt32(first) & 0x3FF) << 10 | (UInt32(second) & 0x3FF))
          } else {
            at = back
          }
        }
        out.append(contentsOf: String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
      default: return nil
      }
    }
    return nil
  }

  mutating func hex4() -> UInt16? {
    guard at + 4 <= bytes.count else { return nil }
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue else { return nil }
      value = value << 4 | UInt16(digit)
      at += 1
    }
    return value
  }
}
