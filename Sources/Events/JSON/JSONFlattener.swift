/// Reads one JSON object and adds its scalars to a ``RecordFields``: tolerant, without a tree.
///
/// What it accepts beyond RFC 8259: raw control characters and invalid UTF-8 inside strings (nginx
/// writes both), `NaN` and `Infinity`, and an object that breaks off: the fields before the break
/// stay. It never allocates per token.
struct JSONFlattener: ~Copyable {
  enum Outcome: Equatable {
    /// The object ended before the byte at this offset.
    case complete(end: Int)
    /// The text ended inside the object.
    case truncated
    /// No JSON object stands here.
    case malformed
  }

  /// Path of the value that is being read; grows and shrinks with the nesting.
  private var path: [UInt8] = []

  init() {}

  /// Reads the object that begins at `start` (a `{`).
  ///
  /// - Parameter prefix: put before every path, with a dot; empty for none.
  mutating func flatten(
    _ bytes: UnsafeRawBufferPointer, from start: Int = 0, into fields: inout RecordFields
  ) -> Outcome {
    path.removeAll(keepingCapacity: true)
    guard start < bytes.count, bytes[start] == UInt8(ascii: "{") else { return .malformed }
    var cursor = JSONCursor(bytes, at: start)
    switch object(&cursor, depth: 0, into: &fields) {
    case .done: return .complete(end: cursor.at)
    case .ended: return .truncated
    case .broken: return .malformed
    }
  }

  private enum Step { case done, ended, broken }

  private mutating func object(_ cursor: inout JSONCursor, depth: Int, into fields: inout RecordFields) -> Step {
    cursor.at += 1  // The opening brace.
    let outer = path.count
    cursor.skipSpace()
    if cursor.take(UInt8(ascii: "}")) { return .done }
    while true {
      cursor.skipSpace()
      guard !cursor.isAtEnd else { return .ended }
      guard cursor.byte == UInt8(ascii: "\"") else { return .broken }
      guard let key = cursor.string() else { return .ended }
      if outer > 0 { path.append(UInt8(ascii: ".")) }
      JSONText.unescape(cursor.bytes, key.range, escaped: key.escaped, onto: &path)
      cursor.skipSpace()
      guard !cursor.isAtEnd else { return .ended }
      guard cursor.take(UInt8(ascii: ":")) else { return .broken }
      let step = value(&cursor, depth: depth, into: &fields)
      path.removeSubrange(outer...)
      guard step == .done else { return step }
      cursor.skipSpace()
      guard !cursor.isAtEnd else { return .ended }
      if cursor.take(UInt8(ascii: ",")) { continue }
      return cursor.take(UInt8(ascii: "}")) ? .done : .broken
    }
  }

  private mutating func array(_ cursor: inout JSONCursor, depth: Int, into fields: inout RecordFields) -> Step {
    cursor.at += 1  // The opening bracket.
    cursor.skipSpace()
    if cursor.take(UInt8(ascii: "]")) { return .done }
    while true {
      let step = value(&cursor, depth: depth, into: &fields)
      guard step == .done else { return step }
      cursor.skipSpace()
      guard !cursor.isAtEnd else { return .ended }
      if cursor.take(UInt8(ascii: ",")) { continue }
      return cursor.take(UInt8(ascii: "]")) ? .done : .broken
    }
  }

  private mutating func value(_ cursor: inout JSONCursor, depth: Int, into fields: inout RecordFields) -> Step {
    cursor.skipSpace()
    guard !cursor.isAtEnd else { return .ended }
    switch cursor.byte {
    case UInt8(ascii: "\""):
      let start = cursor.at + 1
      guard let text = cursor.string() else {
        // The line broke off inside this text: what is there still tells something.
        fields.append(path: path, json: cursor.bytes, start..<cursor.bytes.count, escaped: true)
        return .ended
      }
      fields.append(path: path, json: cursor.bytes, text.range, escaped: text.escaped)
      return .done
    case UInt8(ascii: "{"):
      guard depth + 1 < Limits.nestingDepthMax else { return cursor.skipNested() ? .done : .ended }
      return object(&cursor, depth: depth + 1, into: &fields)
    case UInt8(ascii: "["):
      guard depth + 1 < Limits.nestingDepthMax else { return cursor.skipNested() ? .done : .ended }
      return array(&cursor, depth: depth + 1, into: &fields)
    default:
      let start = cursor.at
      cursor.skipBare()
      guard cursor.at > start else { return .broken }
      guard let kind = JSONText.bareKind(cursor.bytes, start..<cursor.at) else { return .broken }
      if !(cursor.isAtEnd && kind != .number) || kind == .number {
        fields.append(path: path, raw: cursor.bytes, start..<cursor.at, kind)
      }
      return cursor.isAtEnd ? .ended : .done
    }
  }
}
