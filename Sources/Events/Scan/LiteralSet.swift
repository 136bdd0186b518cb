import CKernels

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
    tables = LiteralTables(literals, windows: literals.map(Self.window))
  }

  /// Windows that a literal may stand for, at most.
  private static let windowsMax = 1 << 12

  /// Where the four neighbouring bytes begin that logs show least; `nil` if the literal is too short
  /// or too vague to be looked for by four bytes.
  static func window(_ literal: Literal) -> Int? {
    let last = max(0, literal.choices.count - Int(CK_WINDOW))
    var best: Int?
    var most = -Float.infinity
    // The first windows only: hits are kept ordered by start, and a near window keeps that cheap.
    for at in 0...min(last, 24) {
      guard let count = grams(literal, at: at), count <= windowsMax else { continue }
      var bytes: [UInt8] = []
      for choice in literal.choices.dropFirst(at).prefix(Int(CK_WINDOW)) {
        guard choice.count <= 2 else { break }
        bytes.append(choice[0])
      }
      let bits = ByteRarity.bits(bytes) - Float(count).logarithm
      if bits > most { (best, most) = (at, bits) }
    }
    return best
  }

  /// How many windows the literal stands for at that place; `nil` for very many.
  private static func grams(_ literal: Literal, at start: Int) -> Int? {
    var product = 1
    for k in 0..<Int(CK_WINDOW) {
      guard start + k < literal.choices.count else {
        product *= 128
        continue
      }
      let choices = literal.choices[start + k]
      if choices.count > 1, !Literal.isLetterPair(choices) { product *= folded(choices).count }
      if product > windowsMax { return nil }
    }
    return product
  }

  /// The bytes as a hash of a window sees them, which ignores the bit that tells the cases of a letter apart.
  static func folded(_ choices: [UInt8]) -> [UInt8] {
    if choices.count == 1 || Literal.isLetterPair(choices) { return [choices[0] | 0x20] }
    var set = ByteSet()
    for byte in choices { set.insert(byte | 0x20) }
    return set.members
  }
}

extension Float {
  /// To base 2, of a positive number; exact enough to compare.
  fileprivate var logarithm: Float { Float(exponent) + significand - 1 }
}
