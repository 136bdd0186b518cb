import TestSupport
import Testing

@testable import Events

struct ScanTests {
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
    var random = SeededGenerator(seed: 7)
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

  /// Windows that were inserted are found by every variant at the places that are asked about; what else is
  /// found, all of them find.
  @Test func `every variant finds the windows of a set`() {
    var random = SeededGenerator(seed: 9)
    for round in 0..<200 {
      let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      bytes.withUnsafeBytes { raw in
        guard let view = ByteView(raw), view.count >= 16 else { return }
        var set = WindowSet(seed: .random(in: .min ... .max, using: &random))
        let from = Int.random(in: 0..<8, using: &random)
        let places = stride(from: from, through: view.count - 4, by: WindowSet.stride).filter { _ in
          Int.random(in: 0..<6, using: &random) == 0
        }
        let windows = places.map { set.window(view, $0) }
        for window in windows { set.insert(window) }
        var found: [LiteralScanner.Variant: [Int]] = [:]
        for variant in LiteralScanner.Variant.allCases where variant.isSupported {
          var i = from
          while true {
            i = set.first(in: view, from: i, to: view.count, variant: variant)
            if i >= view.count { break }
            found[variant, default: []].append(i)
            i += WindowSet.stride
          }
        }
        for (variant, all) in found {
          #expect(Set(all).isSuperset(of: places), "seed 9, round \(round), \(variant)")
          #expect(all == found[.scalar], "seed 9, round \(round), \(variant)")
        }
        #expect(places.isEmpty || !found.isEmpty)
        if !windows.isEmpty { set.replaceAll(with: windows, except: 0..<windows.count) }
        #expect(set.first(in: view, from: from, to: view.count) == view.count)
      }
    }
  }

  @Test func `the bounds of a name are where its bytes end`() {
    var random = SeededGenerator(seed: 10)
    func isOfName(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte >= 0x80 || "_-.".utf8.contains(byte) }
    for byte in UInt8.min ... .max {
      let bytes = Array(repeating: UInt8(ascii: "n"), count: 20) + [byte] + Array(repeating: 0x61, count: 20)
      bytes.withUnsafeBytes { raw in
        let view = ByteView(raw)!
        #expect(view.endOfName(1, to: 41) == (isOfName(byte) ? 41 : 20), "\(byte)")
        #expect(view.startOfName(40, from: 0) == (isOfName(byte) ? 0 : 21), "\(byte)")
      }
    }
    for round in 0..<500 {
      let bytes = (0..<Int.random(in: 1...90, using: &random)).map { _ in
        Int.random(in: 0..<30, using: &random) == 0 ? UInt8.random(in: 0...255, using: &random) : UInt8(ascii: "k")
      }
      bytes.withUnsafeBytes { raw in
        let view = ByteView(raw)!
        let low = Int.random(in: 0...view.count, using: &random)
        let high = Int.random(in: low...view.count, using: &random)
        let end = (low..<high).first { !isOfName(view[$0]) } ?? high
        let start = (low..<high).last { !isOfName(view[$0]) }.map { $0 + 1 } ?? low
        #expect(view.endOfName(low, to: high) == end, "seed 10, round \(round)")
        #expect(view.startOfName(high, from: low) == start, "seed 10, round \(round)")
      }
    }
  }

  /// What a search for one byte or a text finds, close to the end of the view and far from it.
  @Test func `a byte and a text are found where a plain search finds them`() {
    var random = SeededGenerator(seed: 12)
    for round in 0..<500 {
      let bytes = (0..<Int.random(in: 1...120, using: &random)).map { _ in
        UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "d"), using: &random)
      }
      bytes.withUnsafeBytes { raw in
        let view = ByteView(raw)!
        let low = Int.random(in: 0...view.count, using: &random)
        let high = Int.random(in: low...view.count, using: &random)
        let byte = (low..<high).first { view[$0] == UInt8(ascii: "a") } ?? high
        #expect(view.next(UInt8(ascii: "a"), from: low, to: high) == byte, "seed 12, round \(round)")
        let last = (low..<high).last { view[$0] == UInt8(ascii: "a") } ?? -1
        #expect(view.last(UInt8(ascii: "a"), from: low, before: high) == last, "seed 12, round \(round)")
        let at = Int.random(in: 0..<view.count, using: &random)
        let needle = Array(bytes[at..<Int.random(in: at + 1...min(view.count, at + 24), using: &random)])
        let text =
          (low..<max(low, high - needle.count + 1)).first { Array(bytes[$0..<($0 + needle.count)]) == needle } ?? high
        needle.withUnsafeBytes { #expect(view.find($0, from: low, to: high) == text, "seed 12, round \(round)") }
      }
    }
  }

  @Test func `a text is found without case where a plain search finds it`() {
    var random = SeededGenerator(seed: 13)
    for round in 0..<2000 {
      let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
        "abAB@`2\u{12}".utf8.randomElement(using: &random)!
      }
      let at = Int.random(in: 0..<bytes.count, using: &random)
      let needle = bytes[at..<Int.random(in: at + 1...min(bytes.count, at + 24), using: &random)].map(lower)
      bytes.withUnsafeBytes { raw in
        let view = ByteView(raw)!
        let start = Int.random(in: 0...view.count, using: &random)
        let place =
          (start..<max(start, view.count - needle.count + 1)).first {
            bytes[$0..<($0 + needle.count)].map(lower) == needle
          } ?? view.count
        needle.withUnsafeBytes { needle in
          for variant in LiteralScanner.Variant.allCases where variant.isSupported {
            let found = view.findFolded(needle, from: start, variant: variant)
            #expect(found == place, "seed 13, round \(round), \(variant.rawValue)")
          }
        }
      }
    }
  }

  /// `pi` was once taken for `pin` with one seed in eight.
  @Test func `texts of one to eight bytes have hashes of their own`() {
    var random = SeededGenerator(seed: 14)
    for _ in 0..<400 {
      let seed = UInt64.random(in: .min ... .max, using: &random) | 1
      var known: [UInt64: [UInt8]] = [:]
      for text in ["p", "pi", "pin", "pii", "pinn", "pip", "k", "ke", "key", "keyy", "to", "tok", "toke", "token"] {
        Array(text.utf8).withUnsafeBytes { raw in
          let hash = ByteView(raw)!.hash(0, raw.count, seed: seed)
          #expect(known[hash] == nil, "seed 14: \(text)")
          known[hash] = Array(raw)
        }
      }
    }
  }
}
