/// Strings of which is known that nothing in them is hidden: by their hashes only, with a seed of this process.
struct TextCache {
  static let bytesMax = 128
  private static let size = 2048

  private var hashes: [UInt64] = Array(repeating: 0, count: size)
  private let seed = UInt64.random(in: .min ... .max) | 1

  @inline(__always)
  func contains(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let hash = view.hash(start, end, seed: seed) | 1
    return hashes[Int(truncatingIfNeeded: hash >> 40) & (Self.size - 1)] == hash
  }

  @inline(__always)
  mutating func insert(_ view: ByteView, _ start: Int, _ end: Int) {
    let hash = view.hash(start, end, seed: seed) | 1
    hashes[Int(truncatingIfNeeded: hash >> 40) & (Self.size - 1)] = hash
  }
}
