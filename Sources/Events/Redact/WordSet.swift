/// Words compared without case. Most texts are refused by their length and first letter alone.
struct WordSet: Sendable {
  private let words: [[UInt8]]
  /// For each length the first letters of its words: bit 0 to 25, and 26 for all other bytes.
  private let firsts: [UInt32]

  init(_ texts: [String]) {
    words = texts.map { Array($0.utf8) }
    var firsts = Array(repeating: UInt32(0), count: (words.map(\.count).max() ?? 0) + 1)
    for word in words { firsts[word.count] |= Self.bit(word[0]) }
    self.firsts = firsts
  }

  private static func bit(_ byte: UInt8) -> UInt32 { 1 << (isLetter(byte) ? UInt32(lower(byte) - 0x61) : 26) }

  func contains(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let length = end - start
    guard length > 0, length < firsts.count, firsts[length] & Self.bit(view[start]) != 0 else { return false }
    for word in words where word.count == length {
      var i = 0
      while i < length, lower(view[start + i]) == word[i] { i += 1 }
      if i == length { return true }
    }
    return false
  }
}
