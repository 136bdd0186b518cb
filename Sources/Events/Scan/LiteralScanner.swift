import CKernels

/// One thread's scanner over a ``LiteralSet``: owns the buffer that hits are written to, so that a
/// scan allocates nothing once the buffer has grown to what a block needs.
public struct LiteralScanner: ~Copyable {
  /// Where a literal stands.
  public struct Hit: Hashable, Sendable, BitwiseCopyable {
    /// Of the literal's first byte.
    public let position: Int
    /// Index into ``LiteralSet/literals``.
    public let literal: Int
  }

  /// Ways to compute the same hits. `best` picks the fastest of this machine.
  public enum Variant: String, CaseIterable, Sendable {
    case scalar, ssse3, avx2, neon

    var kernel: ck_variant {
      switch self {
      case .scalar: CK_SCALAR
      case .ssse3: CK_SSSE3
      case .avx2: CK_AVX2
      case .neon: CK_NEON
      }
    }
    public var isSupported: Bool { ck_has_variant(kernel) != 0 }
    public static let best: Variant = allCases.last(where: \.isSupported) ?? .scalar
  }

  public let set: LiteralSet
  private let variant: Variant
  private var room: UnsafeMutableBufferPointer<ck_hit>
  /// How many hits the last scan found.
  public private(set) var count = 0

  public init(_ set: LiteralSet, variant: Variant = .best) {
    precondition(variant.isSupported, "this machine has no \(variant.rawValue)")
    self.set = set
    self.variant = variant
    // Twice what one chunk can yield, so that a scan always moves on.
    room = .allocate(capacity: max(4096, 2 * set.tables.hitsMax))
    room.initialize(repeating: ck_hit())
  }

  deinit { room.deallocate() }

  /// The hits of the last scan, ordered by position.
  @inline(__always)
  public subscript(index: Int) -> Hit {
    precondition(index >= 0 && index < count, "no such hit")
    let hit = room[index]
    return Hit(position: Int(hit.position), literal: Int(hit.literal))
  }

  /// Finds every literal in `bytes` (less than 4 GiB); overlapping ones too.
  ///
  /// - Returns: how many there are; read them by subscript until the next scan.
  @discardableResult
  public mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Int {
    count = 0
    guard !set.literals.isEmpty else { return 0 }
    var from = 0
    while from < bytes.count {
      var resume = bytes.count
      let part = UnsafeMutableBufferPointer(rebasing: room[count...])
      let found = set.tables.scan(bytes, from: from, variant: variant.kernel, into: part, resume: &resume)
      if from > 0 { merge(found) }
      count += found
      from = resume
      if from < bytes.count { grow() }
    }
    return count
  }

  /// Calls `body` for each line that holds a literal: its bytes without the newline, its offset in
  /// the block, and the range of its hits (positions count from the start of the block). A literal
  /// that spans a newline belongs to the line it starts on. Lines without a hit cost nothing but the scan.
  @inline(__always)
  public mutating func forEachCandidateLine(
    of block: UnsafeRawBufferPointer,
    _ body: (_ line: Range<Int>, _ hits: Range<Int>) throws -> Void
  ) rethrows {
    scan(block)
    guard let base = block.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    var index = 0
    while index < count {
      let position = Int(room[index].position)
      let start = ck_last_newline(base, position) + 1
      let end = ck_next_newline(base, position, block.count)
      var next = index + 1
      while next < count, Int(room[next].position) <= end { next += 1 }
      try body(start..<end, index..<next)
      index = next
    }
  }

  private mutating func grow() {
    let larger = UnsafeMutableBufferPointer<ck_hit>.allocate(capacity: room.count * 2)
    larger.initialize(repeating: ck_hit())
    for i in 0..<count { larger[i] = room[i] }
    room.deallocate()
    room = larger
  }

  /// Keeps the order where two parts of a scan meet: a window may lie a few bytes behind its literal's start.
  private mutating func merge(_ found: Int) {
    for index in count..<(count + found) {
      var j = index
      let hit = room[j]
      while j > 0, room[j - 1].position > hit.position {
        room[j] = room[j - 1]
        j -= 1
      }
      if j == index { break }
      room[j] = hit
    }
  }
}
