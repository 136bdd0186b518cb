import CKernels

/// Many literals compiled for one SIMD pass over raw bytes: about 5 GB/s for a few hundred literals.
///
/// Immutable and shared between threads. To scan, each thread makes its own ``LiteralScanner``.
///
///     let set = LiteralSet([Literal("login failed"), Literal("ERROR", caseSensitive: true)])
///     var scanner = LiteralScanner(set)
///     scanner.forEachCandidateLine(of: block) { line, hits in … }   // only lines with a hit
public final class LiteralSet: Sendable {
  public let literals: [Literal]
  let tables: LiteralTables

  /// - Complexity: a millisecond or two for a few hundred literals.
  public init(_ literals: [Literal]) {
    self.literals = literals
    let shares = ByteShares()
    let windows = literals.map { Self.window($0, shares) }
    tables = LiteralTables(literals, windows: windows, buckets: Self.buckets(literals, windows, shares))
  }

  /// The window of a literal: the four neighbouring bytes that random log text shows least.
  static func window(_ literal: Literal, _ shares: ByteShares) -> Int {
    let last = max(0, literal.choices.count - Int(CK_WINDOW))
    var best = 0
    var least = Float.infinity
    // The first windows only: hits are kept ordered by start, and a near window keeps that cheap.
    for at in 0...min(last, 12) {
      let chance = NibbleSets(literal, window: at).chance(shares)
      if chance < least * 0.5 { (best, least) = (at, chance) }
    }
    return best
  }

  /// Groups literals so that few byte windows of log text pass the tables by accident: literals are
  /// merged pairwise, cheapest first, until 16 groups are left.
  static func buckets(_ literals: [Literal], _ windows: [Int], _ shares: ByteShares) -> [[Int]] {
    struct Group {
      var members: [Int]
      var sets: NibbleSets
    }
    // Literals that start alike start out together; that leaves about a hundred groups to merge.
    var byStart: [[UInt8]: Group] = [:]
    for (index, literal) in literals.enumerated() {
      let window = windows[index]
      let sets = NibbleSets(literal, window: window)
      let start = literal.choices.dropFirst(window).prefix(2).map { $0[0] | 0x20 }
      byStart[start, default: Group(members: [], sets: NibbleSets())].members.append(index)
      byStart[start]!.sets.formUnion(sets)
    }
    var groups = byStart.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    let count = groups.count
    var chances = groups.map { $0.sets.chance(shares) }
    var costs = [Float](repeating: .infinity, count: count * count)
    func price(_ i: Int, _ j: Int) {
      var sets = groups[i].sets
      sets.formUnion(groups[j].sets)
      let cost = sets.chance(shares) - chances[i] - chances[j]
      costs[i * count + j] = cost
      costs[j * count + i] = cost
    }
    for i in 0..<count {
      for j in (i + 1)..<max(i + 1, count) { price(i, j) }
    }
    // Each group knows the one it is cheapest to merge with, so that a merge costs one row and not the table.
    var alive = Array(0..<count)
    func cheapest(_ i: Int) -> Int {
      alive.lazy.filter { $0 != i }.min { costs[i * count + $0] < costs[i * count + $1] }!
    }
    var partner = count > 1 ? alive.map(cheapest) : []
    while alive.count > Int(CK_BUCKETS) {
      let i = alive.min { costs[$0 * count + partner[$0]] < costs[$1 * count + partner[$1]] }!
      let j = partner[i]
      groups[i].members += groups[j].members
      groups[i].sets.formUnion(groups[j].sets)
      chances[i] = groups[i].sets.chance(shares)
      alive.removeAll { $0 == j }
      for k in alive where k != i { price(i, k) }
      for k in alive {
        if k == i || partner[k] == i || partner[k] == j {
          partner[k] = cheapest(k)
        } else if costs[k * count + i] < costs[k * count + partner[k]] {
          partner[k] = i
        }
      }
    }
    return alive.map { groups[$0].members }
  }
}

/// For each byte of a window, which low and which high nibbles pass.
struct NibbleSets {
  var low = SIMD4<UInt16>()
  var high = SIMD4<UInt16>()

  init() {}

  init(_ literal: Literal, window: Int) {
    for k in 0..<Int(CK_WINDOW) {
      guard window + k < literal.choices.count else {
        low[k] = 0xFFFF
        high[k] = 0xFFFF
        continue
      }
      for byte in literal.choices[window + k] {
        low[k] |= 1 << UInt16(byte & 15)
        high[k] |= 1 << UInt16(byte >> 4)
      }
    }
  }

  mutating func formUnion(_ other: NibbleSets) {
    low |= other.low
    high |= other.high
  }

  /// How likely a random window of log text passes.
  func chance(_ shares: ByteShares) -> Float {
    var product: Float = 1
    for k in 0..<Int(CK_WINDOW) {
      var sum: Float = 0
      var rest = high[k]
      while rest != 0 {
        let h = rest.trailingZeroBitCount
        rest &= rest - 1
        sum += shares.sums[h << 9 | Int(low[k] & 0xFF)] + shares.sums[h << 9 | 256 | Int(low[k] >> 8)]
      }
      product *= sum
    }
    return product
  }
}

/// Rough shares of bytes in JSON logs, summed for every set of low nibbles.
struct ByteShares {
  /// [high nibble][half of the low nibbles][set of them]
  let sums: [Float]

  init() {
    var weight = [Float](repeating: 0.05, count: 256)
    for byte in 0x30...0x39 { weight[byte] = 2.2 }
    for byte in 0x41...0x5A { weight[byte] = 0.4 }
    for byte in 0x61...0x7A { weight[byte] = 1.6 }
    let frequent: [(StaticString, Float)] = [
      ("e", 5), ("t", 4), ("s", 4), ("a", 3.5), ("i", 3.5), ("r", 3.5), ("o", 3), ("n", 3), ("\"", 9), (":", 4),
      (",", 4), (" ", 4),
      ("_", 1.5), ("-", 1.5), (".", 2), ("/", 1.5), ("{", 0.5), ("}", 0.5),
    ]
    for (letter, share) in frequent { weight[Int(letter.utf8Start[0])] = share }
    let total = weight.reduce(0, +)
    var sums = [Float](repeating: 0, count: 16 * 512)
    for h in 0..<16 {
      for half in 0..<2 {
        for set in 1..<256 {
          let bit = set.trailingZeroBitCount
          sums[h << 9 | half << 8 | set] =
            sums[h << 9 | half << 8 | set & (set - 1)] + weight[h << 4 | half << 3 | bit] / total
        }
      }
    }
    self.sums = sums
  }
}
