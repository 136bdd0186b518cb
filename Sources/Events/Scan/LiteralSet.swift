import CKernels
import Foundation

/// Many literals compiled for one SIMD pass over raw bytes: 1 to 2 GB/s however many there are.
///
/// Immutable and shared between threads. To scan, each thread makes its own ``LiteralScanner``.
///
///     let set = LiteralSet([Literal("login failed"), Literal("ERROR", caseSensitive: true)])
///     var scanner = LiteralScanner(set)
///     scanner.forEachCandidateLine(of: block) { line, hits in … }   // only lines with a hit
public final class LiteralSet: Sendable {
  public let literals: [Literal]
  let tables: LiteralTables

  /// - Complexity: about a millisecond for a thousand literals.
  public init(_ literals: [Literal]) {
    self.literals = literals
    tables = LiteralTables(literals, windows: literals.map(Self.windows))
  }

  /// Hashes that a window may have, at most.
  private static let gramsMax = 1 << 12

  /// Where the four neighbouring bytes begin that logs show least: one such place for an even and one for
  /// an odd number of bytes before it (-1 is the byte before the literal). `nil` if the literal is too short
  /// or too vague to be looked for by four bytes.
  static func windows(_ literal: Literal) -> (even: Int, odd: Int)? {
    // The first ones only: hits are kept ordered by start, and a near window keeps that cheap.
    let last = min(max(0, literal.choices.count - Int(CK_WINDOW) + 1), 24)
    var best: [Int?] = [nil, nil]
    var most = [-Float.infinity, -Float.infinity]
    for at in -1...last {
      let grams = grams(literal, at: at)
      guard grams <= gramsMax else { continue }
      // Every hash takes room, too: a window that may have many must be worth it.
      let bits = bits(literal, at: at) - Float(Int.bitWidth - grams.leadingZeroBitCount) / 4
      if bits > most[at & 1] { (best[at & 1], most[at & 1]) = (at, bits) }
    }
    guard let even = best[0], let odd = best[1] else { return nil }
    return (even, odd)
  }

  /// Bits of surprise of the bytes that are known there, each run of them for itself.
  private static func bits(_ literal: Literal, at start: Int) -> Float {
    var bits: Float = 0
    var run = FewBytes()
    for k in 0..<Int(CK_WINDOW) {
      if let choices = literal.choices(at: start + k), choices.count <= 2 {
        run.append(choices[0])
      } else if run.count > 0 {
        bits += surprise(run)
        run = FewBytes()
      }
      if run.count == 0, let choices = literal.choices(at: start + k), choices.count <= 64 {
        bits += surprise(oneOf: choices, k)
      }
    }
    return run.count == 0 ? bits : bits + surprise(run)
  }

  private static func surprise(_ run: FewBytes) -> Float {
    ByteRarity.isEveryday(run) ? min(ByteRarity.bits(run), everydayBits) : ByteRarity.bits(run)
  }

  /// Of seeing, as byte number `k` of a window, one of `choices` or what the hash takes for one of them.
  private static func surprise(oneOf choices: [UInt8], _ k: Int) -> Float {
    // Nearly all are one byte, or one letter.
    if choices.count == 1 { return surpriseOfByte[k << 8 | Int(choices[0])] }
    if Literal.isLetterPair(choices) { return surpriseOfLetter[k << 8 | Int(choices[0])] }
    return computedSurprise(oneOf: choices, k)
  }

  private static let surpriseOfByte = surprises { [$0] }
  private static let surpriseOfLetter = surprises { isLetter($0) ? [$0 & ~0x20, $0 | 0x20] : [$0] }

  private static func surprises(_ choices: (UInt8) -> [UInt8]) -> [Float] {
    (0..<Int(CK_WINDOW)).flatMap { k in
      (0...0xFF as ClosedRange<UInt8>).map { computedSurprise(oneOf: choices($0), k) }
    }
  }

  private static func computedSurprise(oneOf choices: [UInt8], _ k: Int) -> Float {
    let mask = hashed(k)
    let kinds = choices.reduce(into: ByteSet()) { $0 = $0.union(alike[k << 8 | Int($1 & mask)]) }
    return max(0, -log2(kinds.members.reduce(Float(0)) { $0 + chances[Int($1)] }))
  }

  /// The bits of byte number `k` of a window that its hash is made of.
  private static func hashed(_ k: Int) -> UInt8 { UInt8(truncatingIfNeeded: CK_GRAM_MASK >> UInt32(8 * k)) }

  /// The bytes of ASCII, letters without case, that the hash takes for each byte there.
  private static let alike: [ByteSet] = (0..<Int(CK_WINDOW)).flatMap { k in
    var alike = [ByteSet](repeating: ByteSet(), count: 256)
    for byte in 0..<0x80 as Range<UInt8> { alike[Int(byte & hashed(k))].insert(lower(byte)) }
    return alike
  }

  /// Of seeing each byte of ASCII, letters without case.
  private static let chances: [Float] = (0..<0x80 as Range<UInt8>).map { exp2(-ByteRarity.bits([$0])) }

  /// Of a part of an everyday word: one place in two hundred and fifty.
  private static let everydayBits: Float = 8

  /// How many hashes the window at that place may have.
  private static func grams(_ literal: Literal, at start: Int) -> Int {
    (0..<Int(CK_WINDOW)).reduce(1) { product, k in
      guard let choices = literal.choices(at: start + k) else { return product * anyKinds[k].count }
      if choices.count == 1 || Literal.isLetterPair(choices) { return product }
      return product * ByteSet(choices.lazy.map { $0 & hashed(k) }).count
    }
  }

  /// What the hash of a window tells of its byte number `k`: every way it may be.
  static func kinds(_ literal: Literal, at start: Int, _ k: Int) -> [UInt8] {
    literal.choices(at: start + k).map { kinds($0, k) } ?? anyKinds[k]
  }

  private static func kinds(_ choices: [UInt8], _ k: Int) -> [UInt8] {
    let mask = hashed(k)
    if choices.count == 1 || Literal.isLetterPair(choices) { return [choices[0] & mask] }
    return ByteSet(choices.map { $0 & mask }).members
  }

  /// Of a byte that may be anything.
  private static let anyKinds: [[UInt8]] = (0..<Int(CK_WINDOW)).map { kinds(Array(0...0xFF), $0) }

  /// The bytes with the bit set that tells the cases of a letter apart.
  static func folded(_ choices: [UInt8]) -> [UInt8] {
    if choices.count == 1 || Literal.isLetterPair(choices) { return [choices[0] | 0x20] }
    var set = ByteSet()
    for byte in choices { set.insert(byte | 0x20) }
    return set.members
  }
}
