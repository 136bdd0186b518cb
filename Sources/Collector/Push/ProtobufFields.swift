/// The fields of one message of Protocol Buffers, as they lie on the wire.
/// - Source: https://protobuf.dev/programming-guides/encoding/
struct ProtobufFields: Sequence, IteratorProtocol {
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    /// A string, bytes or a message.
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>
  /// Whether what follows is no message; then there are no more fields.
  private(set) var isMalformed = false

  init(_ message: ArraySlice<UInt8>) { rest = message }

  mutating func next() -> (number: UInt64, value: Value)? {
    guard !isMalformed, !rest.isEmpty else { return nil }
    guard let tag = varint(), tag >> 3 > 0, tag >> 3 < 1 << 29, let value = value(ofType: tag & 7) else {
      isMalformed = true
      return nil
    }
    return (tag >> 3, value)
  }

  private mutating func value(ofType type: UInt64) -> Value? {
    switch type {
    case 0: return varint().map { .varint($0) }
    case 1: return fixed(bytes: 8).map { .fixed64($0) }
    case 2:
      guard let count = varint(), count <= UInt64(rest.count) else { return nil }
      defer { rest = rest.dropFirst(Int(count)) }
      return .bytes(rest.prefix(Int(count)))
    case 5: return fixed(bytes: 4).map { .fixed32(UInt32($0)) }
    default: return nil  // Groups, which no message of ours has, and types that do not exist.
    }
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for (index, byte) in rest.prefix(10).enumerated() {
      // The tenth byte has room for one bit.
      guard index < 9 || byte <= 1 else { return nil }
      value |= UInt64(byte & 0x7F) << (7 * UInt64(index))
      if byte < 0x80 {
        rest = rest.dropFirst(index + 1)
        return value
      }
    }
    return nil
  }

  private mutating func fixed(bytes count: Int) -> UInt64? {
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
