import Events
import Foundation

/// What one request of OTLP logs says, as the one line of JSON that the file exporter of OpenTelemetry would write:
/// from there on it is a log line like any other.
struct OTLPLine {
  private(set) var bytes: [UInt8] = []
  /// Log records in it.
  private(set) var records = 0

  /// What is wrong with a request. It quotes nothing: the text is not redacted yet.
  struct Malformed: Error, Hashable {
    let what: String
  }

  // MARK: JSON

  /// - Throws: ``Malformed``.
  init(json body: [UInt8]) throws {
    guard String(validating: body, as: UTF8.self) != nil,
      let request = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    else { throw Malformed(what: "the body is not a JSON object in UTF-8") }
    func objects(_ key: String, of parent: [String: Any]) throws -> [[String: Any]] {
      guard let value = parent[key], !(value is NSNull) else { return [] }
      guard let objects = value as? [[String: Any]] else { throw Malformed(what: "'\(key)' is not a list of objects") }
      return objects
    }
    for resource in try objects("resourceLogs", of: request) {
      for scope in try objects("scopeLogs", of: resource) { records += try objects("logRecords", of: scope).count }
    }
    // A newline is no more than a space in JSON: within strings it is escaped.
    bytes = body.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 } + [0x0A]
  }

  // MARK: Protocol Buffers

  /// - Throws: ``Malformed``.
  init(protobuf body: [UInt8]) throws {
    bytes.reserveCapacity(body.count * 2)
    try append(.request, body[...], depth: 0)
    bytes.append(0x0A)
  }

  private mutating func append(_ message: OTLPMessage, _ body: ArraySlice<UInt8>, depth: Int) throws {
    guard depth < CollectorLimits.otlpDepthMax else { throw Malformed(what: "values are nested too deeply") }
    if message == .record { records += 1 }
    // Elements of a list may lie apart; of a single value the last counts.
    var found: [(number: UInt64, values: [ProtobufFields.Value])] = []
    var fields = ProtobufFields(body)
    while let (number, value) = fields.next() {
      guard let field = message.field(number) else { continue }
      if let place = found.firstIndex(where: { $0.number == number }) {
        if !field.isRepeated { found[place].values.removeAll() }
        found[place].values.append(value)
      } else {
        found.append((number, [value]))
      }
    }
    guard !fields.isMalformed else { throw Malformed(what: "the body is not a protobuf message") }
    // An AnyValue is one of its fields: the one that was written last.
    if message == .anyValue, found.count > 1 { found.removeFirst(found.count - 1) }
    append("{")
    for (index, (number, values)) in found.enumerated() {
      let field = message.field(number)!
      if index > 0 { append(",") }
      append("\"")
      append(field.name)
      append(field.isRepeated ? "\":[" : "\":")
      for (index, value) in values.enumerated() {
        if index > 0 { append(",") }
        try append(field.kind, value, depth: depth)
      }
      if field.isRepeated { append("]") }
    }
    append("}")
    guard bytes.count < Limits.lineBytesMax else { throw Malformed(what: "the request is too large") }
  }

  private mutating func append(_ kind: OTLPKind, _ value: ProtobufFields.Value, depth: Int) throws {
    switch (kind, value) {
    case (.message(let message), .bytes(let body)): try append(message, body, depth: depth + 1)
    case (.text, .bytes(let text)): append(string: text)
    case (.hex, .bytes(let bytes)):
      append("\"")
      for byte in bytes { self.bytes += [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]] }
      append("\"")
    case (.base64, .bytes(let bytes)): append(string: ArraySlice(Data(bytes).base64EncodedData()))
    case (.integer64, .varint(let number)): append(text: "\"\(Int64(bitPattern: number))\"")
    case (.unsigned64, .fixed64(let number)): append(text: "\"\(number)\"")
    case (.number, .varint(let number)): append(text: "\(number)")
    case (.number, .fixed32(let number)): append(text: "\(number)")
    case (.boolean, .varint(let number)): append(number == 0 ? "false" : "true")
    case (.double, .fixed64(let bits)):
      let number = Double(bitPattern: bits)
      append(
        text: number.isFinite ? "\(number)" : "\"\(number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity")\"")
    default: throw Malformed(what: "a field has the type of another")
    }
  }

  // MARK: Writing

  private static let digits = Array("0123456789abcdef".utf8)

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  private mutating func append(text: String) { bytes.append(contentsOf: text.utf8) }

  /// - Parameter text: bytes that are no UTF-8 become U+FFFD.
  private mutating func append(string text: ArraySlice<UInt8>) {
    append("\"")
    for byte in String(decoding: text, as: UTF8.self).utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0A: append("\\n")
      case 0x09: append("\\t")
      case 0x0D: append("\\r")
      case 0..<0x20:
        append("\\u00")
        bytes += [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    append("\"")
  }
}
