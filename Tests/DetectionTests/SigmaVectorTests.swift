@testable import Detection
import Events
import Foundation
import Testing

/// Our vectors of the Sigma specification's corners: `Fixtures/sigma-vectors.jsonl`.
struct SigmaVectorTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    let number: Int
    let about: String
    let rule: String
    let event: JSONValue
    let want: Bool?
    var testDescription: String { "\(number): \(about)" }
  }

  static let all: [Vector] = {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/sigma-vectors.jsonl")
    let text = try! String(contentsOf: path, encoding: .utf8)
    return text.split(separator: "\n").map { line in
      let vector = JSONValue(String(line))!
      func member(_ key: String) -> JSONValue { vector.member(key)! }
      guard case .number(let number) = member("n"), case .string(let about) = member("about") else { fatalError() }
      let want: Bool? = if case .bool(let value) = member("want") { value } else { nil }
      // JSON is YAML, so the detection goes in as it is.
      return Vector(
        number: Int(number)!, about: about,
        rule: "title: v\nlogsource: {product: x}\ndetection: \(member("detection").minified)\n",
        event: member("event"), want: want)
    }
  }()

  @Test(arguments: all.filter { $0.want != nil })
  func `agrees with the specification`(vector: Vector) throws {
    let rules = RuleSet([RuleSet.Source(name: "vector.yml", text: vector.rule)])
    #expect(rules.problems.isEmpty, "\(rules.problems)")
    guard case .detection(let filter)? = rules.rules.first?.body else {
      Issue.record("no rule")
      return
    }
    #expect(filter.matches(vector.event) == vector.want)
  }

  /// What both reference engines refuse, we refuse.
  @Test(arguments: [191, 193, 195, 197, 198])
  func `refuses what is not Sigma`(number: Int) throws {
    let vector = try #require(Self.all.first { $0.number == number })
    #expect(!RuleSet([RuleSet.Source(name: "vector.yml", text: vector.rule)]).problems.isEmpty)
  }

  /// Where the specification is silent, these are our choices.
  @Test(arguments: [
    (9, true), (10, true), (18, false), (46, true), (58, true), (73, false), (79, false), (97, false), (101, true),
    (109, true), (141, true), (150, false), (151, false), (162, true), (163, true), (165, true), (166, true),
    (167, true),
    (169, true), (170, false), (171, true), (190, true), (202, true),
  ])
  func `has chosen`(number: Int, want: Bool) throws {
    let vector = try #require(Self.all.first { $0.number == number })
    guard case .detection(let filter)? = RuleSet([RuleSet.Source(name: "v.yml", text: vector.rule)]).rules.first?.body
    else {
      Issue.record("refused")
      return
    }
    #expect(filter.matches(vector.event) == want)
  }
}

extension JSONValue {
  func member(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }
}
