@testable import Detection
@testable import Events
import Foundation
import Storage
import Testing

/// What correlations and filters may say beyond plain counts.
struct SigmaCorrelationTests {
  private func incidents(_ yaml: String, _ events: [Event]) throws -> [StoredIncident] {
    let rules = AlertEngineTests.rules(yaml)
    try #require(rules.problems.isEmpty, "\(rules.problems)")
    let place = try TemporaryStore()
    try place.add(events)
    _ = try AlertEngine(store: place.store, rules: rules).run(now: 100_000_000_000)
    return try place.store.incidents(all: true)
  }

  private static func statuses(_ numbers: [Int]) -> [Event] {
    numbers.enumerated().map {
      .at(1_000 + Double($0.offset), "http_request", [.httpStatus: String($0.element), .app: "web"])
    }
  }

  private static func numbers(_ kind: String, _ condition: String) -> String {
    """
    name: top
    correlation: {type: \(kind), rules: [r], group-by: [app], timespan: 1h, condition: {\(condition), field: http_status}}
    ---
    name: r
    detection: {selection: {event: http_request}, condition: selection}
    """
  }

  @Test(
    arguments: [
      ("value_sum", "gte: 900", 900.0),
      ("value_sum", "gt: 900", nil),
      ("value_avg", "gte: 225", 300),  // the first window holds 300 alone
      ("value_median", "gte: 250", 300),
      ("value_percentile", "gte: 390, percentile: 100", 400),
      ("value_percentile", "gte: 301, percentile: 50", nil),
      ("value_sum", "gt: 400, lt: 500", nil),  // 300, 400, 500, 900: none strictly between
      ("value_sum", "gte: 400, lte: 500", 500),
      ("value_sum", "eq: 500", 500),
    ] as [(String, String, Double?)])
  func `numbers are measured`(kind: String, condition: String, peak: Double?) throws {
    let found = try incidents(Self.numbers(kind, condition), Self.statuses([300, 100, 100, 400]))
    #expect(found.map(\.peak) == (peak.map { [$0] } ?? []))
  }

  @Test func `an alias lets rules name the same thing in their own words`() throws {
    let yaml = """
      name: top
      correlation:
        type: temporal
        rules: [invited, joined]
        aliases:
          person: {invited: target, joined: actor}
        group-by: [person]
        timespan: 10m
      ---
      name: invited
      detection: {selection: {event: user_created}, condition: selection}
      ---
      name: joined
      detection: {selection: {event: authn_login_success}, condition: selection}
      """
    let found = try incidents(
      yaml,
      [
        .at(1_000, "user_created", [.actor: "root", .target: "alice"]),
        .at(1_060, "authn_login_success", [.actor: "alice"]),
        .at(1_070, "authn_login_success", [.actor: "root"]),
      ])
    #expect(found.map(\.groupJSON) == [#"{"person":"alice"}"#])
    #expect(found.map(\.count) == [2])
  }

  static let filtered = """
    title: Failed
    name: failed
    logsource: {product: seclog, category: authentication}
    detection:
      selection: {event: authn_login_fail}
      condition: selection
    x-alert: {group-by: [actor]}
    """

  @Test(arguments: [
    ("rules: [failed]\n  selection: {actor: probe}\n  condition: not selection", "seclog", ["alice"]),
    ("rules: any\n  selection: {actor|startswith: pro}\n  condition: not selection", "seclog", ["alice"]),
    ("rules: [failed]\n  selection: {actor: probe}\n  condition: selection", "seclog", ["probe"]),
    ("rules: any\n  selection: {actor: probe}\n  condition: not selection", "windows", ["alice", "probe"]),
  ])
  func `a filter narrows the rules it names`(filter: String, product: String, actors: [String]) throws {
    let yaml = Self.filtered + "\n---\ntitle: Filter\nlogsource: {product: \(product)}\nfilter:\n  \(filter)"
    let found = try incidents(
      yaml, [.at(1_000, "authn_login_fail", [.actor: "alice"]), .at(1_001, "authn_login_fail", [.actor: "probe"])])
    #expect(found.map { JSONValue.texts(of: $0.groupJSON)["actor"]! }.sorted() == actors)
  }

  @Test func `a filter for a rule that is not here is a fault`() {
    let yaml =
      Self.filtered
      + "\n---\ntitle: Filter\nlogsource: {product: seclog}\nfilter:\n  rules: [nobody]\n  s: {actor: x}\n  condition: not s"
    let rules = AlertEngineTests.rules(yaml)
    #expect(rules.problems.map(\.what) == ["the filter names a rule that is not here: 'nobody'"])
    #expect(rules.rules.map(\.key) == ["failed"])
  }
}
