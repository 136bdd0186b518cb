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
  /// Where the text's first byte would stand among those of the fields.
  private var base = 0

  init() {}

  /// Reads the object that begins at `start` (a `{`).
  ///
  /// - Parameter prefix: put before every path, with a dot; empty for none.
  mutating func flatten(
    _ bytes: UnsafeRawBufferPointer, from start: Int = 0, under prefix: [UInt8] = [], into fields: inout RecordFields
  ) -> Outcome {
    path.removeAll(keepingCapacity: true)
    path.append(contentsOf: prefix)
    fields.reserve(bytes.count - start)
    guard start < bytes.count, bytes[start] == UInt8(ascii: "{") else { return .malformed }
    base = fields.adopt(bytes, from: start)
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
      let isType = Self.isValueType(cursor.bytes, key.range)
      cursor.skipSpace()
      guard !cursor.isAtEnd else { return .ended }
      guard cursor.take(UInt8(ascii: ":")) else { return .broken }
      cursor.skipSpace()
      guard !cursor.isAtEnd else { return .ended }
      let step: Step
      if outer == 0, !key.escaped, !isType, cursor.byte != UInt8(ascii: "{"), cursor.byte != UInt8(ascii: "[") {
        // Most fields: the key is the path.
        step = scalar(&cursor, named: base + key.range.lowerBound..<base + key.range.upperBound, into: &fields)
      } else {
        if !isType {
          if outer > 0 { path.append(UInt8(ascii: ".")) }
          JSONText.unescape(cursor.bytes, key.range, escaped: key.escaped, onto: &path)
        }
        step = value(&cursor, depth: depth, into: &fields)
        path.removeLast(path.count - outer)
      }
      guard step == .done else { return step }
      cursor.skipSpace()
      guard !cursor.isAtEnd else { return .ended }
      if cursor.take(UInt8(ascii: ",")) { continue }
      return cursor.take(UInt8(ascii: "}")) ? .done : .broken
    }
  }

  /// OTLP names the type of every value (`{"stringValue":"alice"}`): such a key adds nothing to the path.
  private static func isValueType(_ bytes: UnsafeRawBufferPointer, _ key: Range<Int>) -> Bool {
    guard key.count >= 8, bytes[key.upperBound - 5] == UInt8(ascii: "V"), bytes[key.upperBound - 1] == UInt8(ascii: "e")
    else {
      return false
    }
    return otlpTypes.contains { $0.count == key.count && bytes[key].elementsEqual($0) }
  }
  private static let otlpTypes: [[UInt8]] = [
    "stringValue", "intValue", "doubleValue", "boolValue", "bytesValue", "kvlistValue", "arrayValue",
  ].map { Array($0.utf8) }

  /// `{"key":"enduser.id","value":…}` as an element of an array is the field `enduser.id`: returns
  /// the key and moves to the value.
  private func namedElement(_ cursor: inout JSONCursor) -> (range: Range<Int>, escaped: Bool)? {
    var ahead = cursor
    ahead.at += 1
    ahead.skipSpace()
    guard !ahead.isAtEnd, ahead.byte == UInt8(ascii: "\""), let word = ahead.string(),
      ahead.bytes[word.range].elementsEqual([0x6b, 0x65, 0x79])  // "key"
    else { return nil }
    ahead.skipSpace()
    guard ahead.take(UInt8(ascii: ":")) else { return nil }
    ahead.skipSpace()
    guard !ahead.isAtEnd, ahead.byte == UInt8(ascii: "\""), let name = ahead.string() else { return nil }
    ahead.skipSpace()
    guard ahead.take(UInt8(ascii: ",")) else { return nil }
    ahead.skipSpace()
    guard !ahead.isAtEnd, ahead.byte == UInt8(ascii: "\""), let label = ahead.string(),
      ahead.bytes[label.range].elementsEqual([0x76, 0x61, 0x6c, 0x75, 0x65])  // "value"
    else { return nil }
    ahead.skipSpace()
    guard ahead.take(UInt8(ascii: ":")) else { return nil }
    cursor = ahead
    return name
  }

  private mutating func array(_ cursor: inout JSONCursor, depth: Int, into fields: inout RecordFields) -> Step {
    cursor.at += 1  // The opening bracket.
    cursor.skipSpace()
    if cursor.take(UInt8(ascii: "]")) { return .done }
    while true {
      cursor.skipSpace()
      if !cursor.isAtEnd, cursor.byte == UInt8(ascii: "{"), let name = namedElement(&cursor) {
        let outer = path.count
        if outer > 0 { path.append(UInt8(ascii: ".")) }
        JSONText.unescape(cursor.bytes, name.range, escaped: name.escaped, onto: &path)
        let step = value(&cursor, depth: depth + 1, into: &fields)
        path.removeSubrange(outer...)
        guard step == .done else { return step }
        cursor.skipSpace()
        guard !cursor.isAtEnd else { return .ended }
        if cursor.take(UInt8(ascii: ",")) {
          // Further members beside key and value: rare, and of no use here.
          cursor.at -= 1
          guard cursor.skipToClosingBrace() else { return .ended }
        } else if !cursor.take(UInt8(ascii: "}")) {
          return .broken
        }
      } else {
        let step = value(&cursor, depth: depth, into: &fields)
        guard step == .done else { return step }
      }
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
    case UInt8(ascii: "{"):
      guard depth + 1 < Limits.nestingDepthMax else { return cursor.skipNested() ? .done : .ended }
      return object(&cursor, depth: depth + 1, into: &fields)
    case UInt8(ascii: "["):
      guard depth + 1 < Limits.nestingDepthMax else { return cursor.skipNested() ? .done : .ended }
      return array(&cursor, depth: depth + 1, into: &fields)
    default: return scalar(&cursor, named: fields.adopt(name: path), into: &fields)
    }
  }

  /// Reads the text, number or word at the cursor.
  @inline(__always)
  private func scalar(_ cursor: inout JSONCursor, named name: Range<Int>, into fields: inout RecordFields) -> Step {
    let start = cursor.at
    if cursor.byte == UInt8(ascii: "\"") {
      guard let text = cursor.string() else {
        // The line broke off inside this text: what is there still tells something.
        fields.append(at: name, json: cursor.bytes, start + 1..<cursor.bytes.count)
        return .ended
      }
      if text.escaped {
        fields.append(at: name, json: cursor.bytes, text.range)
      } else {
        fields.append(at: name, base + text.range.lowerBound..<base + text.range.upperBound, .text)
      }
      return .done
    }
    cursor.skipBare()
    guard cursor.at > start else { return .broken }
    guard let kind = JSONText.bareKind(cursor.bytes, start..<cursor.at) else { return .broken }
    if !cursor.isAtEnd || kind == .number {
      fields.append(at: name, base + start..<base + cursor.at, kind)
    }
    return cursor.isAtEnd ? .ended : .done
  }
}
