import TestSupport
import Testing

@testable import Events

struct RegularExpressionTests {
  /// Groups are asked for only where the pattern's beginning stands; whether it occurs at all is RE2's own answer.
  @Test func `groups are found wherever the expression occurs`() throws {
    var random = SeededGenerator(seed: 21)
    let pieces = [
      "a", "b", "K", "ab", "user ", "(?P<x>a)", "(?:a|b)", "(a|K)", "[ab|]", "[)|]", "[(]", "a?", "b*", "b+", "K{0}",
      "^",
      "|", ".", "\\.", "\\|", "$",
    ]
    var tried = 0
    for round in 0..<4000 {
      let count = Int.random(in: 1...5, using: &random)
      let flags = Bool.random(using: &random) ? "(?i)" : ""
      let pattern = flags + (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
      let ignoringCase = Bool.random(using: &random)
      guard let expression = try? RegularExpression(pattern, ignoringCase: ignoringCase) else { continue }
      tried += 1
      for _ in 0..<4 {
        let texts = ["a", "b", "k", "A", "K", "user ", "USER ", ".", "|", ")", "("]
        let text = (0..<Int.random(in: 0...6, using: &random)).map { _ in texts.randomElement(using: &random)! }
          .joined()
        let found = expression.groups(in: Array(text.utf8)) != nil
        #expect(found == expression.matches(text), "seed 21, round \(round): `\(pattern)` in `\(text)`")
      }
    }
    #expect(tried > 2000)
  }

  @Test func `the names of groups are those of the pattern`() throws {
    let expression = try RegularExpression(#"a(?P<one>[()]x)|(\()(?P<two>b)(?:c)[](?P<no>)]"#)
    #expect(expression.groupNames == ["one", "", "two"])
  }
}
