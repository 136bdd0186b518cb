/// A set of byte values, tested in constant time.
struct ByteSet: Hashable, Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init() {}

  init(_ members: some Sequence<UInt8>) {
    for member in members { insert(member) }
  }

  init(_ text: StaticString) {
    text.withUTF8Buffer { for byte in $0 { insert(byte) } }
  }

  /// Reads what stands between the brackets of a set, such as `0-9a-f_`; a `-` first or last is a
  /// plain byte, and a backslash makes the next one plain. `nil` if a range runs backwards.
  init?(ranges: ArraySlice<UInt8>) {
    var rest = ranges
    while var low = rest.popFirst() {
      if low == UInt8(ascii: "\\") {
        guard let next = rest.popFirst() else { return nil }
        low = next
      }
      if rest.first == UInt8(ascii: "-"), rest.count >= 2 {
        rest.removeFirst()
        guard let high = rest.popFirst(), high >= low else { return nil }
        for byte in low...high { insert(byte) }
      } else {
        insert(low)
      }
    }
  }

  mutating func insert(_ byte: UInt8) {
    let bit: UInt64 = 1 << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    return word >> UInt64(byte & 63) & 1 != 0
  }

  func union(_ other: ByteSet) -> ByteSet {
    var sum = self
    sum.words = (
      words.0 | other.words.0, words.1 | other.words.1, words.2 | other.words.2, words.3 | other.words.3
    )
    return sum
  }

  var count: Int {
    words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount + words.3.nonzeroBitCount
  }

  /// In ascending order.
  var members: [UInt8] {
    var members: [UInt8] = []
    members.reserveCapacity(count)
    for (place, word) in [words.0, words.1, words.2, words.3].enumerated() {
      var rest = word
      while rest != 0 {
        members.append(UInt8(place << 6 | rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
    return members
  }

  static func == (a: ByteSet, b: ByteSet) -> Bool { a.words == b.words }

  func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}
