import CKernels

/// The C side of a ``LiteralSet``: tables and literals in memory that never moves.
///
/// Sendable because nothing is written after `init`.
final class LiteralTables: @unchecked Sendable {
  private let set: UnsafeMutablePointer<ck_literal_set>
  private let literals: UnsafeMutablePointer<ck_literal>
  private let bytes: UnsafeMutablePointer<UInt8>

  init(_ all: [Literal], buckets: [[Int]]) {
    precondition(buckets.count <= Int(CK_BUCKETS), "more buckets than the tables have bits")
    let size = all.reduce(0) { $0 + $1.choices.count * ($1.isPlain ? 1 : 32) }
    set = .allocate(capacity: 1)
    set.initialize(to: ck_literal_set())
    literals = .allocate(capacity: max(1, all.count))
    bytes = .allocate(capacity: max(1, size))
    var used = 0
    var count = 0
    for bucket in 0..<Int(CK_BUCKETS) {
      Self.bucketStart(set)[bucket] = UInt32(count)
      for id in bucket < buckets.count ? buckets[bucket] : [] {
        let literal = all[id]
        let window = LiteralSet.window(literal)
        var c = ck_literal()
        c.length = UInt32(literal.choices.count)
        c.window = UInt32(window)
        c.id = UInt32(id)
        let start = bytes + used
        if literal.isPlain {
          for (i, choice) in literal.choices.enumerated() {
            let byte = choice.last!
            start[i] = byte
            if i < 8 {
              c.value |= UInt64(byte) << UInt64(8 * i)
              c.mask |= 0xFF << UInt64(8 * i)
              if choice.count == 2 { c.fold |= 0x20 << UInt64(8 * i) }
            } else if choice.count == 2 {
              c.folds = 1
            }
          }
          // Past the eighth byte either all letters fold or none: literals are made that way.
          c.bytes = UnsafePointer(start)
          used += literal.choices.count
        } else {
          for (i, choice) in literal.choices.enumerated() {
            for k in 0..<32 { start[32 * i + k] = 0 }
            for byte in choice { start[32 * i + Int(byte >> 3)] |= 1 << (byte & 7) }
          }
          c.bytes = UnsafePointer(start)
          c.sets = UnsafePointer(start)
          used += 32 * literal.choices.count
        }
        (literals + count).initialize(to: c)
        count += 1
        let sets = NibbleSets(literal, window: window)
        let bank = bucket >> 3
        let bit = UInt8(1) << UInt8(bucket & 7)
        for k in 0..<Int(CK_WINDOW) {
          for nibble in 0..<16 {
            let index = (bank * Int(CK_WINDOW) + k) * 16 + nibble
            if sets.low[k] >> UInt16(nibble) & 1 != 0 { Self.low(set)[index] |= bit }
            if sets.high[k] >> UInt16(nibble) & 1 != 0 { Self.high(set)[index] |= bit }
          }
        }
      }
    }
    Self.bucketStart(set)[Int(CK_BUCKETS)] = UInt32(count)
    set.pointee.literals = UnsafePointer(literals)
  }

  deinit {
    set.deallocate()
    literals.deallocate()
    bytes.deallocate()
  }

  // The C arrays are tuples in Swift; these are their first elements. The indices above stay within
  // 2 × CK_WINDOW × 16 and CK_BUCKETS + 1 by construction.
  private static func low(_ set: UnsafeMutablePointer<ck_literal_set>) -> UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(set).advanced(by: MemoryLayout<ck_literal_set>.offset(of: \.low)!)
      .assumingMemoryBound(to: UInt8.self)
  }
  private static func high(_ set: UnsafeMutablePointer<ck_literal_set>) -> UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(set).advanced(by: MemoryLayout<ck_literal_set>.offset(of: \.high)!)
      .assumingMemoryBound(to: UInt8.self)
  }
  private static func bucketStart(_ set: UnsafeMutablePointer<ck_literal_set>) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(set).advanced(by: MemoryLayout<ck_literal_set>.offset(of: \.bucket_start)!)
      .assumingMemoryBound(to: UInt32.self)
  }

  /// Scans `data` from `from`; see `ck_scan`.
  @inline(__always)
  func scan(
    _ data: UnsafeRawBufferPointer, from: Int, variant: ck_variant, into hits: UnsafeMutableBufferPointer<ck_hit>,
    resume: inout Int
  ) -> Int {
    guard let base = data.baseAddress, let room = hits.baseAddress else {
      resume = data.count
      return 0
    }
    return ck_scan(
      set, variant, base.assumingMemoryBound(to: UInt8.self), data.count, from, room, hits.count, &resume)
  }
}
