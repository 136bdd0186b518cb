/// Writes JSON into memory that was measured before.
///
/// Safety: each write is checked against the memory's end.
struct JSONWriter {
  private let memory: UnsafeMutableBufferPointer<UInt8>
  private(set) var count = 0

  init(_ memory: UnsafeMutableBufferPointer<UInt8>) { self.memory = memory }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    precondition(count < memory.count, "the memory was measured")
    memory[count] = byte
    count += 1
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= memory.count - count, "the memory was measured")
    UnsafeMutableRawBufferPointer(memory)[count...].copyBytes(from: bytes)
    count += bytes.count
  }

  /// Appends a text in quotes.
  ///
  /// - Parameter escaping: whether a byte of it may need to be escaped.
  mutating func append(string text: UnsafeRawBufferPointer, escaping: Bool) {
    append(UInt8(ascii: "\""))
    if escaping {
      for byte in text { append(escaping: byte) }
    } else {
      append(text)
    }
    append(UInt8(ascii: "\""))
  }

  private mutating func append(escaping byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(UInt8(ascii: "\\"), byte)
    case 10: append(UInt8(ascii: "\\"), UInt8(ascii: "n"))
    case 13: append(UInt8(ascii: "\\"), UInt8(ascii: "r"))
    case 9: append(UInt8(ascii: "\\"), UInt8(ascii: "t"))
    case 0..<32:
      func digit(_ half: UInt8) -> UInt8 { half < 10 ? 0x30 + half : 0x57 + half }
      append(UInt8(ascii: "\\"), UInt8(ascii: "u"))
      append(UInt8(ascii: "0"), UInt8(ascii: "0"))
      append(digit(byte >> 4), digit(byte & 15))
    default: append(byte)
    }
  }

  private mutating func append(_ a: UInt8, _ b: UInt8) {
    append(a)
    append(b)
  }
}

/// JSON strings, measured and written.
enum JSONString {
  /// Bytes of a text in quotes, escaped where JSON wants it.
  static func size(_ text: UnsafeRawBufferPointer) -> Int {
    var size = text.count + 2
    var at = 0
    // Eight bytes at a time, as in ``JSONText``, up to the first that is escaped.
    let ones: UInt64 = 0x0101_0101_0101_0101
    while at + 8 <= text.count {
      let word = text.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      let q = word ^ ones &* 0x22
      let s = word ^ ones &* 0x5c
      let low = (word &- ones &* 0x20) & ~word
      if (low | (q &- ones) & ~q | (s &- ones) & ~s) & (ones &* 0x80) != 0 { break }
      at += 8
    }
    for byte in text[at...] where byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
      size += byte >= 32 || byte == 9 || byte == 10 || byte == 13 ? 1 : 5
    }
    return size
  }

  static func append(_ text: some Collection<UInt8>, to json: inout [UInt8]) {
    text.withContiguousStorage { text in
      let text = UnsafeRawBufferPointer(text)
      json += [UInt8](unsafeUninitializedCapacity: size(text)) { memory, count in
        var writer = JSONWriter(memory)
        writer.append(string: text, escaping: true)
        count = writer.count
      }
    }
  }
}
