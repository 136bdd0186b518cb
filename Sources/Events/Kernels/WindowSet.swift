import CKernels

/// A set of four-byte windows of texts that are looked for, which tells nearly every other window apart.
///
/// Only every eighth place of a text is asked about: whoever looks for a text of 11 bytes or more inserts
/// eight windows that follow one another. It holds no text, only hashes with a seed.
struct WindowSet: Sendable {
  /// How far apart the places are that are asked about.
  static let stride = Int(CK_WINDOW_STRIDE)

  /// Empty as long as the set is.
  private var words: [UInt32] = []
  private let seed: UInt32

  init(seed: UInt32) { self.seed = seed }

  /// What is inserted for the four bytes at `index`.
  @inline(__always)
  func window(_ view: ByteView, _ index: Int) -> UInt32 { ck_window(view.four(index), seed) }

  mutating func insert(_ window: UInt32) {
    if words.isEmpty { words = Array(repeating: 0, count: Int(CK_WINDOW_WORDS)) }
    words[Int(ck_window_word(window))] |= ck_window_mask(window)
  }

  mutating func removeAll() { words = [] }

  /// Holds all of `windows` from now on but those in `range`, and nothing else.
  mutating func replaceAll(with windows: [UInt32], except range: Range<Int>) {
    words.withUnsafeMutableBufferPointer { words in
      words.update(repeating: 0)
      for i in windows.indices where !range.contains(i) {
        words[Int(ck_window_word(windows[i]))] |= ck_window_mask(windows[i])
      }
    }
  }

  /// The first of the places `start`, `start` + 8 … in `start ..< end` whose window may be in the set, or `end`.
  func first(
    in view: ByteView, from start: Int, to end: Int, variant: LiteralScanner.Variant = .best
  ) -> Int {
    precondition(start >= 0 && end <= view.count, "outside the view")
    guard start < end, !words.isEmpty else { return end }
    return words.withUnsafeBufferPointer {
      Int(ck_find_window(variant.kernel, $0.baseAddress, seed, view.base, start, end))
    }
  }
}
