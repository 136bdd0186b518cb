import CKernels

/// The C side of a ``LiteralSet``: tables and literals in memory that never moves.
///
/// Sendable because nothing is written after `init`.
final class LiteralTables: @unchecked Sendable {
  private let set: UnsafeMutablePointer<ck_literal_set>
  private let literals: UnsafeMutablePointer<ck_literal>
  private let bytes: UnsafeMutablePointer<UInt8>
  private let grams: UnsafeMutablePointer<UInt32>
  private let echoes: UnsafeMutablePointer<UInt32>
  private let chain: UnsafeMutablePointer<UInt32>
  private let chained: UnsafeMutablePointer<UInt16>
  private let brief: UnsafeMutablePointer<UInt16>
  /// How many hits one block of the kernels can yield.
  let hitsMax: Int

  /// - Parameter windows: for each literal where its window begins; `nil` to look for it by two bytes.
  init(_ all: [Literal], windows: [Int?]) {
    precondition(all.count <= Int(UInt16.max), "more literals than a chain can number")
    let size = all.reduce(0) { $0 + $1.choices.count * ($1.isPlain ? 1 : 32) }
    set = .allocate(capacity: 1)
    set.initialize(to: ck_literal_set())
    literals = .allocate(capacity: max(1, all.count))
    bytes = .allocate(capacity: max(1, size))
    var used = 0
    for (id, literal) in all.enumerated() {
      let isPlain = literal.isPlain
      let c = Self.compile(literal, id: id, window: windows[id] ?? 0, isPlain: isPlain, into: bytes + used)
      (literals + id).initialize(to: c)
      used += literal.choices.count * (isPlain ? 1 : 32)
    }
    set.pointee.count = UInt32(all.count)
    set.pointee.literals = UnsafePointer(literals)

    // Windows: their hashes, and the literals of each chain of hashes.
    let words = (1 << Int(CK_GRAM_BITS)) / 32
    let grams = UnsafeMutablePointer<UInt32>.allocate(capacity: words)
    grams.initialize(repeating: 0, count: words)
    self.grams = grams
    let echoWords = (1 << Int(CK_ECHO_BITS)) / 32
    let echoes = UnsafeMutablePointer<UInt32>.allocate(capacity: echoWords)
    echoes.initialize(repeating: 0, count: echoWords)
    self.echoes = echoes
    var members: [UInt32] = []  // chain, literal
    for (id, window) in windows.enumerated() {
      guard let window else { continue }
      let before = members.count
      Self.forEachFour(all[id], at: window) { four in
        let gram = ck_gram(four)
        let echo = ck_echo(four)
        grams[Int(gram >> 5)] |= 1 << (gram & 31)
        echoes[Int(echo >> 5)] |= 1 << (echo & 31)
        members.append(ck_chain(gram) << 16 | UInt32(id))
      }
      // Two windows of one literal may meet in a chain; it must not be compared twice there.
      if members.count - before > 1 {
        let own = Set(members[before...])
        members.replaceSubrange(before..., with: own)
      }
    }
    members.sort()
    chain = .allocate(capacity: Int(CK_CHAINS) + 1)
    chained = .allocate(capacity: max(1, members.count))
    var next = 0
    var most = 0
    for c in 0...Int(CK_CHAINS) {
      chain[c] = UInt32(next)
      while next < members.count, Int(members[next] >> 16) == c {
        chained[next] = UInt16(truncatingIfNeeded: members[next])
        next += 1
      }
      most = max(most, next - Int(chain[c]))
    }
    set.pointee.most = UInt32(most)
    set.pointee.grams = UnsafePointer(grams)
    set.pointee.echoes = UnsafePointer(echoes)
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
    hitsMax = 32 * max(1, most + short.count)
  }

  private static func compile(
    _ literal: Literal, id: Int, window: Int, isPlain: Bool, into start: UnsafeMutablePointer<UInt8>
  ) -> ck_literal {
    var c = ck_literal()
    c.length = UInt32(literal.choices.count)
    c.window = UInt32(window)
    c.id = UInt32(id)
    c.bytes = UnsafePointer(start)
    guard isPlain else {
      for (i, choice) in literal.choices.enumerated() {
        for k in 0..<32 { start[32 * i + k] = 0 }
        for byte in choice { start[32 * i + Int(byte >> 3)] |= 1 << (byte & 7) }
      }
      c.sets = UnsafePointer(start)
      return c
    }
    for (i, choice) in literal.choices.enumerated() {
      let byte = choice.last!
      start[i] = byte
      if i < 8 {
        c.value |= UInt64(byte) << UInt64(8 * i)
        c.mask |= 0xFF << UInt64(8 * i)
        if choice.count == 2 { c.fold |= 0x20 << UInt64(8 * i) }
      } else if choice.count == 2 {
        // Past the eighth byte either all letters fold or none: literals are made that way.
        c.folds = 1
      }
    }
    return c
  }

  private static func forEachFour(_ literal: Literal, at start: Int, _ body: (UInt32) -> Void) {
    let any = (UInt8(0)...0xFF).filter { $0 & 0x20 != 0 }
    let choices = (0..<Int(CK_WINDOW)).map { k in
      start + k < literal.choices.count ? LiteralSet.folded(literal.choices[start + k]) : any
    }
    for d in choices[3] {
      for c in choices[2] {
        for b in choices[1] {
          for a in choices[0] { body(UInt32(a) | UInt32(b) << 8 | UInt32(c) << 16 | UInt32(d) << 24) }
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
    echoes.deallocate()
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
