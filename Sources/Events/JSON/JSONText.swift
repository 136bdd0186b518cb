/// Strings and bare words of JSON, as bytes.
enum JSONText {
  /// First `"` or `\` at or after `start`; the count of `bytes` if there is none.
  ///
  /// Eight bytes at a time: a byte of `x ^ pattern` is zero where the byte is the one sought, and
  /// `(v - 0x01…) & ~v & 0x80…` marks zero bytes. Loads stay within the count, which is checked first.
  static func indexOfQuoteOrBackslash(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var i = start
    let count = bytes.count
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    let quotes = ones &* 0x22
    let slashes = ones &* 0x5c
    while i &+ 8 <= count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self))
      let q = word ^ quotes
      let s = word ^ slashes
      let hit = ((q &- ones) & ~q | (s &- ones) & ~s) & highs
      if hit != 0 { return i &+ hit.trailingZeroBitCount / 8 }
      i &+= 8
    }
    while i < count {
      let byte = bytes[i]
      if byte == 0x22 || byte == 0x5c { return i }
      i &+= 1
    }
    return count
  }

  /// Appends the text of a JSON string's inside. A broken escape stays as it is; a lone surrogate
  /// becomes U+FFFD; so does a `\u` that is cut.
  static func unescape(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, escaped: Bool, onto output: inout [UInt8]
  ) {
    guard escaped else {
      output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[range]))
      return
    }
    var i = range.lowerBound
    let end = range.upperBound
    while i < end {
      let byte = bytes[i]
      guard byte == 0x5c else {
        output.append(byte)
        i += 1
        continue
      }
      guard i + 1 < end else { return }  // Cut inside an escape.
      let next = bytes[i + 1]
      i += 2
      switch next {
      case UInt8(ascii: "n"): output.append(0x0a)
      case UInt8(ascii: "t"): output.append(0x09)
      case UInt8(ascii: "r"): output.append(0x0d)
      case UInt8(ascii: "b"): output.append(0x08)
      case UInt8(ascii: "f"): output.append(0x0c)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(next)
      case UInt8(ascii: "u"):
        guard let first = hex4(bytes, i, end) else {
          output.append(contentsOf: [0x5c, next])
          continue
        }
        i += 4
        var scalar = first
        if first & 0xfc00 == 0xd800 {
          if i + 6 <= end, bytes[i] == 0x5c, bytes[i + 1] == UInt8(ascii: "u"),
            let second = hex4(bytes, i + 2, end), second & 0xfc00 == 0xdc00
          {
            scalar = 0x10000 + (first & 0x3ff) << 10 + (second & 0x3ff)
            i += 6
          } else {
            scalar = 0xfffd
          }
        } else if first & 0xfc00 == 0xdc00 {
          scalar = 0xfffd
        }
        appendUTF8(scalar, onto: &output)
      default: output.append(contentsOf: [0x5c, next])
      }
    }
  }

  static func appendUTF8(_ scalar: UInt32, onto output: inout [UInt8]) {
    switch scalar {
    case ..<0x80: output.append(UInt8(scalar))
    case ..<0x800:
      output.append(UInt8(0xc0 | scalar >> 6))
      output.append(UInt8(0x80 | scalar & 0x3f))
    case ..<0x10000:
      output.append(UInt8(0xe0 | scalar >> 12))
      output.append(UInt8(0x80 | scalar >> 6 & 0x3f))
      output.append(UInt8(0x80 | scalar & 0x3f))
    default:
      output.append(UInt8(0xf0 | scalar >> 18 & 0x07))
      output.append(UInt8(0x80 | scalar >> 12 & 0x3f))
      output.append(UInt8(0x80 | scalar >> 6 & 0x3f))
      output.append(UInt8(0x80 | scalar & 0x3f))
    }
  }

  static func hex4(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UInt32? {
    guard start + 4 <= end else { return nil }
    var value: UInt32 = 0
    for i in start..<start + 4 {
      switch bytes[i] {
      case let c where c >= 0x30 && c <= 0x39: value = value << 4 | UInt32(c - 0x30)
      case let c where c | 0x20 >= 0x61 && c | 0x20 <= 0x66: value = value << 4 | UInt32((c | 0x20) - 0x57)
      default: return nil
      }
    }
    return value
  }

  /// What a value without quotes is; `nil` if no JSON writer writes that.
  static func bareKind(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> RecordFields.Kind? {
    switch bytes[range.lowerBound] {
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "T"), UInt8(ascii: "F"): .bool
    case UInt8(ascii: "n"): .null
    case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
    case UInt8(ascii: "N"), UInt8(ascii: "I"): .number
    // nginx and HAProxy templates without quotes give words here: keep them as text.
    case UInt8(ascii: "A")...UInt8(ascii: "z"): .text
    default: nil
    }
  }
}
