/// A byte pattern that ``LiteralSet`` finds: fixed bytes, of which some may be one of several.
public struct Literal: Hashable, Sendable {
  /// For each byte the values it may have, ascending. Most hold one value, or a letter in both cases.
  private(set) var choices: [[UInt8]]
  /// Whether it is found only where a word may start: behind anything but a letter or digit, or behind an
  /// escape that ends in one: `\n`, `%3D`, `\u0026`.
  var startsWord = false

  /// The bytes of `text`, letters in any case (ASCII) unless `caseSensitive`.
  public init(_ text: String, caseSensitive: Bool = false) {
    self.init(bytes: Array(text.utf8), caseSensitive: caseSensitive)
  }

  /// - Precondition: `bytes` is not empty.
  public init(bytes: [UInt8], caseSensitive: Bool = false) {
    precondition(!bytes.isEmpty, "a literal has at least one byte")
    choices = bytes.map { byte in
      let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
      return !caseSensitive && isLetter ? [byte & ~0x20, byte | 0x20] : [byte]
    }
  }

  /// `text` in any case, and with any mark that parts words where it has one: `log in`, `log-in`, `log_in`, `log.in`.
  init(words text: String) {
    self.init(text)
    let bytes = Array(text.utf8)
    for i in bytes.indices.dropFirst().dropLast() where Self.partsWords(bytes[i]) {
      if Self.isWord(bytes[i - 1]), Self.isWord(bytes[i + 1]) { choices[i] = [0x20, 0x2D, 0x2E, 0x5F] }
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte >= 0x30 && byte <= 0x39
  }

  static func partsWords(_ byte: UInt8) -> Bool { [0x20, 0x2D, 0x2E, 0x5F].contains(byte) }

  /// `text` in any case and one byte of `set` behind it.
  init(_ text: String, followedBy set: ByteSet) {
    self.init(text)
    choices.append(set.members)
  }

  /// One byte more, of `set`.
  mutating func append(_ set: ByteSet) { choices.append(set.members) }

  /// Its first bytes.
  func prefix(_ count: Int) -> Literal {
    var literal = self
    literal.choices.removeLast(choices.count - count)
    return literal
  }

  /// Reads a case-sensitive literal with sets in brackets: `SK[0-9a-f][0-9a-f]`. A backslash makes
  /// the next byte a plain one. `nil` if a bracket is not closed, a set or the whole is empty.
  public init?(pattern: String) {
    var choices: [[UInt8]] = []
    var rest = Array(pattern.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\") {
        guard let next = rest.popFirst() else { return nil }
        choices.append([next])
      } else if byte == UInt8(ascii: "[") {
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")), let set = ByteSet(ranges: rest[..<end]) else {
          return nil
        }
        choices.append(set.members)
        rest = rest[(end + 1)...]
      } else {
        choices.append([byte])
      }
    }
    guard !choices.isEmpty, choices.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.choices = choices
  }

  /// The values that byte number `index` may have; `nil` before and behind the literal.
  func choices(at index: Int) -> [UInt8]? { choices.indices.contains(index) ? choices[index] : nil }

  /// Whether words can be compared: every byte is fixed, or every letter stands for both cases.
  var isPlain: Bool {
    let folds = choices.contains { $0.count > 1 }
    return choices.allSatisfy { choice in
      guard choice.count == 1 else { return Self.isLetterPair(choice) }
      return !folds || !((choice[0] | 0x20) >= 0x61 && (choice[0] | 0x20) <= 0x7A)
    }
  }

  static func isLetterPair(_ set: [UInt8]) -> Bool {
    set.count == 2 && set[0] >= 0x41 && set[0] <= 0x5A && set[1] == set[0] | 0x20
  }

  /// Whether the literal stands at `offset` of `bytes`: the plain twin of the kernels.
  func matches(_ bytes: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, offset + choices.count <= bytes.count else { return false }
    if startsWord, offset > 0, isAlphanumeric(bytes[offset - 1]),
      !(offset >= 2 && bytes[offset - 2] == UInt8(ascii: "\\")),
      !(offset >= 3 && bytes[offset - 3] == UInt8(ascii: "%")),
      !(offset >= 6 && bytes[offset - 6] == UInt8(ascii: "\\"))
    {
      return false
    }
    for (i, set) in choices.enumerated() where !set.contains(bytes[offset + i]) { return false }
    return true
  }
}
