import CKernels

/// The C side of a ``LiteralSet``: tables and literals in memory that never moves.
///
/// Sendable because nothing is written after `init`.
final class LiteralTables: @unchecked Sendable {
  private let set: UnsafeMutablePointer<ck_literal_set>
  private let literals: UnsafeMutablePointer<ck_literal>
  private let bytes: UnsafeMutablePointer<UInt8>
  private let grams: UnsafeMutablePointer<UInt32>
  private let chain: UnsafeMutablePointer<UInt32>
  private let chained: UnsafeMutablePointer<ck_member>
  private let brief: UnsafeMutablePointer<UInt16>
  /// How many hits one chunk of the kernels can yield.
  let hitsMax: Int

  /// - Parameter windows: for each literal where its windows begin; `nil` to look for it by two bytes.
  init(_ all: [Literal], windows: [(even: Int, odd: Int)?]) {
    precondition(all.count <= Int(UInt16.max), "more literals than a chain can number")
    let size = all.reduce(0) { $0 + $1.choices.count * ($1.isPlain ? 1 : 32) }
    set = .allocate(capacity: 1)
    set.initialize(to: ck_literal_set())
    literals = .allocate(capacity: max(1, all.count))
    bytes = .allocate(capacity: max(1, size))
    var used = 0
    for (id, literal) in all.enumerated() {
      let isPlain = literal.isPlain
      let c = Self.compile(literal, id: id, isPlain: isPlain, into: bytes + used)
      (literals + id).initialize(to: c)
      used += literal.choices.count * (isPlain ? 1 : 32)
    }
    set.pointee.count = UInt32(all.count)
    set.pointee.literals = UnsafePointer(literals)

    // Windows: their hashes, and the literals of each chain of hashes.
    var hashes: [UInt32] = []
    var members: [(chain: UInt32, literal: Int, window: Int)] = []
    var last = Array(repeating: -1, count: Int(CK_CHAINS))  // The window that a chain took last.
    for (id, windows) in windows.enumerated() {
      guard let windows else { continue }
      for (number, window) in [windows.even, windows.odd].enumerated() {
        Self.forEachFour(all[id], at: window) { four in
          let gram = ck_gram(four)
          hashes.append(gram)
          let c = ck_chain(gram)
          // Several hashes of one window may meet in a chain.
          guard last[Int(c)] != 2 * id + number else { return }
          last[Int(c)] = 2 * id + number
          members.append((c, id, window))
        }
      }
    }

    // About one window to a word: with two bits of 32 for each, one place in three hundred passes by chance.
    var bits = UInt32(CK_GRAM_BITS_MIN)
    while bits < UInt32(CK_GRAM_BITS_MAX), hashes.count > 3 << (bits - 1) { bits += 1 }
    grams = .allocate(capacity: 1 << Int(bits))
    grams.initialize(repeating: 0, count: 1 << Int(bits))
    for gram in hashes { grams[Int(ck_gram_word(gram, bits))] |= ck_gram_mask(gram, bits) }

    let chain = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(CK_CHAINS) + 1)
    self.chain = chain
    chain.initialize(repeating: 0, count: Int(CK_CHAINS) + 1)
    chained = .allocate(capacity: members.count + Int(CK_AT_ONCE))
    chained.initialize(repeating: ck_member(), count: members.count + Int(CK_AT_ONCE))
    for member in members { chain[Int(member.chain) + 1] += 1 }
    let most = (0...Int(CK_CHAINS)).reduce(0) { max($0, Int(chain[$1])) }
    for c in 0..<Int(CK_CHAINS) { chain[c + 1] += chain[c] }
    var next = (0..<Int(CK_CHAINS)).map { Int(chain[$0]) }
    for member in members {
      (chained + next[Int(member.chain)]).initialize(
        to: ck_member(literal: UInt16(member.literal), window: Int16(member.window)))
      next[Int(member.chain)] += 1
    }
    set.pointee.most = UInt32(most)
    set.pointee.grams = UnsafePointer(grams)
    set.pointee.gram_bits = bits
    set.pointee.chain = UnsafePointer(chain)
    set.pointee.chained = UnsafePointer(chained)

    // Brief literals: the pairs of bytes they begin with.
    let short = windows.indices.filter { windows[$0] == nil }
    brief = .allocate(capacity: max(1, short.count))
    for (place, id) in short.enumerated() { brief[place] = UInt16(id) }
    let pairs = Set(short.flatMap { Self.pairs(all[$0]) })
    set.pointee.pairs = UInt32(min(pairs.count, Int(CK_PAIRS_MAX) + 1))
    if pairs.count <= Int(CK_PAIRS_MAX) {
      withUnsafeMutableBytes(of: &set.pointee.pair) { room in
        for (place, pair) in pairs.enumerated() {
          room[2 * place] = UInt8(pair >> 8)
          room[2 * place + 1] = UInt8(pair & 0xFF)
        }
      }
    }
    set.pointee.briefs = UInt32(short.count)
    set.pointee.brief = UnsafePointer(brief)
    hitsMax = Int(CK_CHUNK) * max(1, most + short.count)
  }

  private static func compile(
    _ literal: Literal, id: Int, isPlain: Bool, into start: UnsafeMutablePointer<UInt8>
  ) -> ck_literal {
    var c = ck_literal()
    c.length = UInt32(literal.choices.count)
    c.id = UInt32(id)
    c.bytes = UnsafePointer(start)
    c.is_long = isPlain && c.length <= 8 ? 0 : 1
    c.starts_word = literal.startsWord ? 1 : 0
    // What the first eight bytes must be, where they are known.
    func fix(_ i: Int, _ choice: [UInt8]) {
      c.value |= UInt64(choice.last!) << UInt64(8 * i)
      c.mask |= 0xFF << UInt64(8 * i)
      if choice.count == 2 { c.fold |= 0x20 << UInt64(8 * i) }
    }
    guard isPlain else {
      for (i, choice) in literal.choices.enumerated() {
        for k in 0..<32 { start[32 * i + k] = 0 }
        for byte in choice { start[32 * i + Int(byte >> 3)] |= 1 << (byte & 7) }
        if i < 8, choice.count == 1 || Literal.isLetterPair(choice) { fix(i, choice) }
      }
      c.sets = UnsafePointer(start)
      return c
    }
    for (i, choice) in literal.choices.enumerated() {
      start[i] = choice.last!
      if i < 8 {
        fix(i, choice)
      } else if choice.count == 2 {
        // Past the eighth byte either all letters fold or none: literals are made that way.
        c.folds = 1
      }
    }
    return c
  }

  private static func forEachFour(_ literal: Literal, at start: Int, _ body: (UInt32) -> Void) {
    let kinds = (0..<Int(CK_WINDOW)).map { LiteralSet.kinds(literal, at: start, $0) }
    for d in kinds[3] {
      for c in kinds[2] {
        for b in kinds[1] {
          for a in kinds[0] { body(UInt32(a) | UInt32(b) << 8 | UInt32(c) << 16 | UInt32(d) << 24) }
        }
      }
    }
  }

  /// Two folded bytes as one number, the first one high; a second byte of 0 stands for any.
  private static func pairs(_ literal: Literal) -> [UInt16] {
    let first = LiteralSet.folded(literal.choices[0])
    let second = literal.choices.count > 1 ? LiteralSet.folded(literal.choices[1]) : []
    return first.flatMap { a in
      second.isEmpty || second.count > 4 ? [UInt16(a) << 8] : second.map { UInt16(a) << 8 | UInt16($0) }
    }
  }

  deinit {
    set.deallocate()
    literals.deallocate()
    bytes.deallocate()
    grams.deallocate()
    chain.deallocate()
    chained.deallocate()
    brief.deallocate()
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
