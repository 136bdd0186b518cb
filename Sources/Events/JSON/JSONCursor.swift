/// A place in JSON text. Bytes before ``at`` are read.
///
/// Every access is behind a bounds check of ours (`isAtEnd`, loop conditions), so the buffer's own
/// check may stay off in release builds without harm.
struct JSONCursor {
  let bytes: UnsafeRawBufferPointer
  var at: Int

  init(_ bytes: UnsafeRawBufferPointer, at: Int = 0) {
    self.bytes = bytes
    self.at = at
  }

  var isAtEnd: Bool { at >= bytes.count }
  var byte: UInt8 { bytes[at] }

  @inline(__always)
  mutating func take(_ expected: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == expected else { return false }
    at += 1
    return true
  }

  @inline(__always)
  mutating func skipSpace() {
    // Machines write none.
    guard at < bytes.count, bytes[at] <= 0x20 else { return }
    skipBlanks()
  }

  private mutating func skipBlanks() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0a, 0x0d: at += 1
      default: return
      }
    }
  }

  /// Reads the string that opens at ``at``; returns what stands between the quotes, `nil` if it does
  /// not end.
  mutating func string() -> (range: Range<Int>, escaped: Bool)? {
    let start = at + 1
    var i = start
    var escaped = false
    let count = bytes.count
    while true {
      i = JSONText.indexOfQuoteOrBackslash(bytes, from: i)
      guard i < count else {
        at = count
        return nil
      }
      if bytes[i] == UInt8(ascii: "\"") {
        at = i + 1
        return (start..<i, escaped)
      }
      escaped = true
      i += 2
    }
  }

  /// Skips a number, `true`, `false`, `null`, `NaN`, …
  mutating func skipBare() {
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x09, 0x0a, 0x0d: return
      case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: ":"): return
      default: at += 1
      }
    }
  }

  /// Skips the object or array that opens at ``at``; `false` if it does not end.
  mutating func skipNested() -> Bool {
    var depth = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        at += 1
        if depth == 0 { return true }
      case UInt8(ascii: "\""):
        guard string() != nil else { return false }
      default: at += 1
      }
    }
    return false
  }

  /// Moves behind the `}` that closes the object in which ``at`` stands; `false` if it does not close.
  mutating func skipToClosingBrace() -> Bool {
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "}"):
        at += 1
        return true
      case UInt8(ascii: "{"), UInt8(ascii: "["): guard skipNested() else { return false }
      case UInt8(ascii: "\""): guard string() != nil else { return false }
      default: at += 1
      }
    }
    return false
  }
}
