import Testing

@testable import Events

struct ScanTests {
  /// A seeded generator, so that a failure can be run again.
  struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  static func naive(_ literals: [Literal], _ bytes: [UInt8]) -> Set<LiteralScanner.Hit> {
    var hits: Set<LiteralScanner.Hit> = []
    for position in bytes.indices {
      for (id, literal) in literals.enumerated() where literal.matches(bytes, at: position) {
        hits.insert(.init(position: position, literal: id))
      }
    }
    return hits
  }

  static func scan(_ set: LiteralSet, _ variant: LiteralScanner.Variant, _ bytes: [UInt8]) -> [LiteralScanner.Hit] {
    var scanner = LiteralScanner(set, variant: variant)
    bytes.withUnsafeBytes { _ = scanner.scan($0) }
    return (0..<scanner.count).map { scanner[$0] }
  }

  @Test(arguments: LiteralScanner.Variant.allCases.filter(\.isSupported))
  func `every variant finds what a plain search finds`(variant: LiteralScanner.Variant) {
    var random = Random(state: 7)
    let letters = Array("abAB01:\"_-é\\%".utf8)
    for round in 0..<24 {
      let literals = (0..<Int.random(in: 1...90, using: &random)).map { _ -> Literal in
        let bytes = (0..<Int.random(in: 1...12, using: &random)).map { _ in letters.randomElement(using: &random)! }
        if Int.random(in: 0..<8, using: &random) == 0 { return Literal(pattern: "a[ab0-1][b:]\\\"[aA]B01:a-B")! }
        var literal = Literal(bytes: bytes, caseSensitive: Bool.random(using: &random))
        literal.startsWord = Int.random(in: 0..<4, using: &random) == 0
        return literal
      }
      let set = LiteralSet(literals)
      for _ in 0..<8 {
        let count = Int.random(in: 0...300, using: &random)
        let bytes = (0..<count).map { _ in
          round % 4 == 0 ? UInt8.random(in: 0...255, using: &random) : letters.randomElement(using: &random)!
        }
        let hits = Self.scan(set, variant, bytes)
        #expect(Set(hits) == Self.naive(literals, bytes), "seed 7, round \(round)")
        #expect(hits.count == Set(hits).count)
        #expect(hits.map(\.position) == hits.map(\.position).sorted())
      }
    }
  }

  @Test(arguments: LiteralScanner.Variant.allCases.filter(\.isSupported))
  func `a literal is found wherever it stands and wherever the text ends`(variant: LiteralScanner.Variant) {
    let literals = [Literal("key"), Literal("pw"), Literal("token="), Literal(pattern: "SK[0-9a-f][0-9a-f]")!]
    let set = LiteralSet(literals)
    // A kernel looks at 64 bytes at a time, and 512 before it compares.
    for (number, text) in ["KEY", "pw", "Token=", "SK3e"].enumerated() {
      for start in [0..<140, 440..<520].joined() {
        let bytes = Array(repeating: UInt8(ascii: "."), count: start) + Array(text.utf8)
        for more in [0, 1, 7, 63, 64, 71, 72] {
          let hits = Self.scan(set, variant, bytes + Array(repeating: UInt8(ascii: "."), count: more))
          #expect(hits == [.init(position: start, literal: number)], "\(text) at \(start), \(more) bytes behind")
        }
      }
    }
  }

  @Test func `more hits than the buffer holds are all found, in order`() {
    let set = LiteralSet([Literal("a"), Literal("aaaa"), Literal("aaaaaaaaab")])
    let bytes = Array(repeating: UInt8(ascii: "a"), count: 20_000) + [UInt8(ascii: "b")]
    let hits = Self.scan(set, .best, bytes)
    #expect(hits.count == 20_000 + 19_997 + 1)
    #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.position <= $1.position })
  }

  @Test func `candidate lines are the lines with a literal`() {
    let text = Array("one\ntwo error\n\nthree\nERROR error four\nfive".utf8)
    var scanner = LiteralScanner(LiteralSet([Literal("error"), Literal("fiv")]))
    var lines: [String] = []
    text.withUnsafeBytes { block in
      scanner.forEachCandidateLine(of: block) { line, hits in
        lines.append("\(hits.count) " + String(decoding: block[line], as: UTF8.self))
      }
    }
    #expect(lines == ["1 two error", "2 ERROR error four", "1 five"])
  }

  @Test(arguments: [("SK[0-9a-f]", true), ("a[", false), ("", false), ("[b-a]", false), ("\\[x", true), ("[]a", false)])
  func `a pattern is read or refused`(text: String, isRead: Bool) {
    #expect((Literal(pattern: text) != nil) == isRead)
  }
}
