/// A set of fields of one record, by index; walked in the order of the line.
struct FieldSet: Sequence {
  private var words = InlineArray<8, UInt64>(repeating: 0)
  /// `false` once a field was inserted.
  private(set) var isEmpty = true

  init() { precondition(Limits.fieldsMax <= 8 * 64, "a bit for each field that a record may have") }

  mutating func insert(_ index: Int) {
    words[index >> 6] |= 1 << UInt64(index & 63)
    isEmpty = false
  }

  mutating func remove(_ index: Int) { words[index >> 6] &= ~(1 << UInt64(index & 63)) }

  func contains(_ index: Int) -> Bool { words[index >> 6] >> UInt64(index & 63) & 1 == 1 }

  struct Iterator: IteratorProtocol {
    fileprivate var words: InlineArray<8, UInt64>
    private var word = 0

    fileprivate init(_ words: InlineArray<8, UInt64>) { self.words = words }

    mutating func next() -> Int? {
      while word < words.count {
        if words[word] != 0 {
          let bit = words[word].trailingZeroBitCount
          words[word] &= words[word] - 1
          return word << 6 | bit
        }
        word += 1
      }
      return nil
    }
  }

  func makeIterator() -> Iterator { Iterator(words) }
}
