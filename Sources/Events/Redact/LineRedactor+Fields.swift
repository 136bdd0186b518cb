// Fields that the configuration names: hidden or kept whatever they hold.

extension LineRedactor {
  /// Whether the open value is one of the fields.
  func isField(_ depth: Int, _ base: Int, _ paths: [FieldPath]) -> Bool {
    paths.contains { path in
      var level = levels.count - 1
      for (index, name) in path.names.enumerated() {
        // Lists stand between names without one of their own.
        while index > 0, level > base, !levels[level].isObject || levels[level].keyStart < 0 { level -= 1 }
        guard level >= base, levels[level].keyStart >= 0 else { return false }
        if let name, !isName(depth, levels[level].keyStart, levels[level].keyEnd, name) { return false }
        level -= 1
      }
      return true
    }
  }

  private func isName(_ depth: Int, _ start: Int, _ end: Int, _ name: [UInt8]) -> Bool {
    guard end - start == name.count else { return false }
    let view = frames[depth].view
    for i in 0..<name.count where lower(view[start + i]) != name[i] { return false }
    return true
  }

  /// Where the value at `start` ends: a string, a structure, or a bare word.
  func endOfValue(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var nested = 0
    var i = start
    while i < high {
      let byte = view[i]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        i = min(endOfString(view, i, high) + 1, high)
        if nested == 0 { return i }
        continue
      }
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { nested += 1 }
      if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
        if nested == 0 { return i }
        nested -= 1
        if nested == 0 { return i + 1 }
      }
      if nested == 0, byte == UInt8(ascii: ",") || isBlank(byte) { return i }
      i += 1
    }
    return high
  }

  /// Hides a value whole: the inside of a string; anything else becomes a string.
  func hideField(_ depth: Int, _ start: Int, _ end: Int) {
    let view = frames[depth].view
    if view[start] == UInt8(ascii: "\"") || view[start] == UInt8(ascii: "'") {
      let close = end - 1 > start && view[end - 1] == view[start] ? end - 1 : end
      guard !isMarker(view, start + 1, max(close, start + 1)) else { return }
      emit(depth, start + 1, close, .field)
    } else {
      emit(depth, start, end, .field, quotes: true)
    }
  }
}
