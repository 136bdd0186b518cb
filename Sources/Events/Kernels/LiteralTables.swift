import CKernels

/// The C side of a ``LiteralSet``: tables and literals in memory that never moves.
///
/// Sendable because nothing is written after `init`.
final class LiteralTables: @unchecked Sendable {
  private let set: UnsafeMutablePointer<ck_literal_set>
  private let literals: UnsafeMutablePointer<ck_literal>
  private let bytes: UnsafeMutablePointer<UInt8>
  private let chain: UnsafeMutablePointer<UInt32>
  private let chained: UnsafeMutablePointer<UInt16>
  private let chainBits: UnsafeMutablePointer<UInt8>
  /// How many hits one vector can yield.
  let hitsMax: Int

  init(_ all: [Literal], windows: [Int], buckets: [[Int]]) {
    precondition(all.count <= Int(UInt16.max), "more literals than a chain can number")
    precondition(buckets.count <= Int(CK_BUCKETS), "more buckets than the tables have bits")
    let size = all.reduce(0) { $0 + $1.choices.count * ($1.isPlain ? 1 : 32) }
    set = .allocate(capacity: 1)
    set.initialize(to: ck_literal_set())
    literals = .allocate(capacity: max(1, all.count))
    bytes = .allocate(capacity: max(1, size))
    var used = 0
    var count = 0
    for bucket in 0..<Int(CK_BUCKETS) {
      for id in bucket < buckets.count ? buckets[bucket] : [] {
        let literal = all[id]
        let window = windows[id]
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
    set.pointee.count = UInt32(count)
    set.pointee.literals = UnsafePointer(literals)

    var members: [(chain: UInt32, literal: UInt16)] = []
    for number in 0..<count {
      let literal = all[Int(literals[number].id)]
      let window = Int(literals[number].window)
      func choices(_ k: Int) -> [UInt8] {
        // The chain ignores case, so one of two bytes that differ in it alone is enough.
        let bytes = window + k < literal.choices.count ? literal.choices[window + k] : Array(0...255)
        return Array(Set(bytes.map { $0 | 0x20 }))
      }
      var seen: Set<UInt32> = []
      for a in choices(0) {
        for b in choices(1) {
          for c in choices(2) where seen.insert(ck_chain(a, b, c)).inserted {
            members.append((ck_chain(a, b, c), UInt16(number)))
          }
        }
      }
    }
    members.sort { $0.chain < $1.chain }
    chain = .allocate(capacity: Int(CK_CHAINS) + 1)
    chained = .allocate(capacity: max(1, members.count))
    var next = 0
    var most = 1
    for h in 0...Int(CK_CHAINS) {
      chain[h] = UInt32(next)
      while next < members.count, members[next].chain == UInt32(h) {
        chained[next] = members[next].literal
        next += 1
      }
      most = max(most, next - Int(chain[h]))
    }
    set.pointee.most = UInt32(most)
    hitsMax = 32 * most
    chainBits = .allocate(capacity: Int(CK_CHAINS) / 8)
    chainBits.initialize(repeating: 0, count: Int(CK_CHAINS) / 8)
    for member in members { chainBits[Int(member.chain >> 3)] |= 1 << UInt8(member.chain & 7) }
    set.pointee.chain = UnsafePointer(chain)
    set.pointee.chain_bits = UnsafePointer(chainBits)
    set.pointee.chained = UnsafePointer(chained)
  }

  deinit {
    set.deallocate()
    literals.deallocate()
    bytes.deallocate()
    chain.deallocate()
    chained.deallocate()
    chainBits.deallocate()
  }

  // The C arrays are tuples in Swift; these are their first elements. The indices above stay within
  // 2 × CK_WINDOW × 16 by construction.
  private static func low(_ set: UnsafeMutablePointer<ck_literal_set>) -> UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(set).advanced(by: MemoryLayout<ck_literal_set>.offset(of: \.low)!)
      .assumingMemoryBound(to: UInt8.self)
  }
  private static func high(_ set: UnsafeMutablePointer<ck_literal_set>) -> UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(set).advanced(by: MemoryLayout<ck_literal_set>.offset(of: \.high)!)
      .assumingMemoryBound(to: UInt8.self)
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
