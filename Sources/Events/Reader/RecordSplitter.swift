/// Finds the records inside one JSON line: the elements of the array at a path such as
/// `resourceLogs.scopeLogs.logRecords`, where every step may be an array of objects itself.
struct RecordSplitter {
  private let bytes: UnsafeRawBufferPointer
  private let path: [[UInt8]]

  init(_ bytes: UnsafeRawBufferPointer, path: [[UInt8]]) {
    self.bytes = bytes
    self.path = path
  }

  /// Calls `body` with the place of each record and the fields beside the arrays above it, which
  /// apply to all records below (`resource.attributes.service.name`, `scope.name`).
  mutating func forEachRecord(_ body: (Range<Int>, RecordFields) -> Void) {
    guard let start = RecordParser.firstNonBlank(bytes), bytes[start] == UInt8(ascii: "{") else { return }
    descend(start, step: 0, RecordFields(), body)
  }

  private func descend(_ start: Int, step: Int, _ context: RecordFields, _ body: (Range<Int>, RecordFields) -> Void) {
    var context = context
    var array: Int?
    // First pass: what stands beside the array, wherever it stands.
    forEachMember(from: start) { key, value in
      if key.elementsEqual(path[step]) {
        array = value.lowerBound
      } else {
        let isObject = bytes[value.lowerBound] == UInt8(ascii: "{")
        var flattener = JSONFlattener()
        if isObject {
          _ = flattener.flatten(bytes, from: value.lowerBound, under: Array(key), into: &context)
        }
      }
    }
    guard let array else { return }
    forEachElement(from: array) { element in
      if step + 1 == path.count {
        body(element, context)
      } else {
        descend(element.lowerBound, step: step + 1, context, body)
      }
    }
  }

  private func forEachMember(from start: Int, _ body: (ArraySlice<UInt8>, Range<Int>) -> Void) {
    var cursor = JSONCursor(bytes, at: start + 1)
    while true {
      cursor.skipSpace()
      guard !cursor.isAtEnd, cursor.byte == UInt8(ascii: "\""), let key = cursor.string() else { return }
      cursor.skipSpace()
      guard cursor.take(UInt8(ascii: ":")) else { return }
      cursor.skipSpace()
      let valueStart = cursor.at
      guard skipValue(&cursor) else { return }
      body(Array(bytes[key.range])[...], valueStart..<cursor.at)
      cursor.skipSpace()
      guard cursor.take(UInt8(ascii: ",")) else { return }
    }
  }

  private func forEachElement(from start: Int, _ body: (Range<Int>) -> Void) {
    guard start < bytes.count, bytes[start] == UInt8(ascii: "[") else { return }
    var cursor = JSONCursor(bytes, at: start + 1)
    while true {
      cursor.skipSpace()
      guard !cursor.isAtEnd, cursor.byte == UInt8(ascii: "{") else { return }
      let elementStart = cursor.at
      guard cursor.skipNested() else { return }
      body(elementStart..<cursor.at)
      cursor.skipSpace()
      guard cursor.take(UInt8(ascii: ",")) else { return }
    }
  }

  private func skipValue(_ cursor: inout JSONCursor) -> Bool {
    guard !cursor.isAtEnd else { return false }
    switch cursor.byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["): return cursor.skipNested()
    case UInt8(ascii: "\""): return cursor.string() != nil
    default:
      cursor.skipBare()
      return true
    }
  }
}
