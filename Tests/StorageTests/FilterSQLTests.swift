@testable import Events
import Foundation
@testable import Storage
import TestSupport
import Testing

/// SQL and memory must agree: every row that the filter passes is among the rows of the SQL, and
/// where the SQL calls itself exact there are no others.
struct FilterSQLTests {
  private static let columns: [Events.Column] = [
    .message, .actor, .sourceIP, .event, .httpStatus, .severity, .redactions, .attrs, .category, .certNotAfter,
  ]
  private static let fields =
    columns.map(\.rawValue) + ["ip", "user", "a", "a.b", "Key", "threatname", "nested.deep.x"]
  private static let words = [
    "a", "A", "ab", "aB_c", "100%", "x*y", "[b]", "É", "é", "ß", "K", "\u{212A}", "k", "foo bar", "401", "007", "7",
    "1.0", "10.1.2.3", "10.evil", "::1", "it's", "\"q\"", "C:\\x", "a/b", "!", "true", "", "authn_login_fail", "authn",
    "Σ", "ς",
  ]
  private static let attrs = [
    "{}", #"{"a":"ab"}"#, #"{"a":["x","A"]}"#, #"{"a":{"b":"foo bar"}}"#, #"{"a.b":7}"#, #"{"Threat Name":"401"}"#,
    #"{"KEY":null}"#, #"{"\u006bey":"É"}"#, #"{"nested":{"deep":[{"x":1.0},{"x":"007"}]}}"#, #"{"a":"C:\\x \"q\""}"#,
    #"{"key" : true, "a":10}"#, "not json",
  ]

  private static func randomEvent(_ random: inout SeededGenerator) -> Event {
    var event = Event()
    event.id = String(format: "%032llx", random.next())
    event.ts = Int64(random.next() % 1_000_000)
    func word() -> String { words.randomElement(using: &random)! }
    event.message = word() + (Bool.random(using: &random) ? " " + word() : "")
    event.actor = word()
    event.sourceIP = ["", "10.1.2.3", "10.evil", "::1", "192.168.0.9", " 10.0.0.1"].randomElement(using: &random)!
    event.event = ["authn_login_fail", "app_log", ""].randomElement(using: &random)!
    event.category = ["authn", "app", ""].randomElement(using: &random)!
    event.httpStatus = [0, 200, 401, 7].randomElement(using: &random)!
    event.severity = Int64.random(in: 0...6, using: &random)
    event.redactions = Int64.random(in: 0...2, using: &random)
    event.certNotAfter = [0, 1_772_323_200_000_000].randomElement(using: &random)!
    event.attrs = attrs.randomElement(using: &random)!
    return event
  }

  private static func randomFilter(_ random: inout SeededGenerator, depth: Int) -> Filter {
    if depth > 0, Int.random(in: 0..<3, using: &random) > 0 {
      let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in randomFilter(&random, depth: depth - 1) }
      switch Int.random(in: 0..<3, using: &random) {
      case 0: return .all(parts)
      case 1: return .any(parts)
      default: return .not(parts[0])
      }
    }
    let test = randomTest(&random)
    if Int.random(in: 0..<8, using: &random) == 0 { return .keyword(test) }
    return .test(field: fields.randomElement(using: &random)!, test)
  }

  private static func randomTest(_ random: inout SeededGenerator) -> Filter.Test {
    let word = words.randomElement(using: &random)!
    let cased = Bool.random(using: &random)
    switch Int.random(in: 0..<12, using: &random) {
    case 0, 1: return .equals(word, caseSensitive: cased)
    case 2, 3, 4:
      let pieces = (0..<Int.random(in: 0...4, using: &random)).map { _ -> Filter.Pattern.Piece in
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .anyOne
        case 1, 2: .anyRun
        default: .text(word)
        }
      }
      return .like(Filter.Pattern(pieces: pieces), caseSensitive: cased)
    case 5: return .regex(["^a", "b$", "(?i)é", "[0-9]+", ""].randomElement(using: &random)!)
    case 6: return .network(["10.0.0.0/8", "::/0", "192.168.0.9"].randomElement(using: &random)!)
    case 7:
      return .compare(
        [.less, .lessOrEqual, .greater, .greaterOrEqual].randomElement(using: &random)!,
        [0, 6.5, 401].randomElement(using: &random)!)
    case 8: return .exists(cased)
    case 9: return .null
    case 10:
      return .sameAs(
        field: fields.randomElement(using: &random)!, [.whole, .start, .end, .anywhere].randomElement(using: &random)!)
    default:
      let number = ["7", "401", "1.0", "-0", "18446744073709551616"].randomElement(using: &random)!
      return cased ? .number(Double(number)!, spelling: number) : .datePart(.year, 2026)
    }
  }

  @Test func `SQL and memory agree about random filters and events`() throws {
    let seed = UInt64.random(in: 0 ..< .max)
    var random = SeededGenerator(seed: seed)
    let folder = try TemporaryFolder()
    let store = try EventStore(path: folder.path("events.db"), access: .readWrite)
    var commit = Commit()
    let events = (0..<400).map { _ in Self.randomEvent(&random) }
    commit.changes = events.map { .insert($0) }
    try store.commit(commit)

    var exact = 0
    for _ in 0..<600 {
      let filter = Self.randomFilter(&random, depth: 3)
      let compiled = try CompiledFilter(filter)
      let wanted = Set(events.filter { compiled.matches($0) }.map(\.id))
      let sql = FilterSQL(filter)
      let found = Set(
        try store.read {
          try $0.rows("SELECT id FROM events WHERE \(sql.condition)", sql.parameters).rows.map { $0[0].string }
        })
      #expect(found.isSuperset(of: wanted), "seed \(seed): \(filter) loses rows in \(sql.condition)")
      if sql.isExact {
        exact += 1
        #expect(found == wanted, "seed \(seed): \(filter) is not exact in \(sql.condition)")
      }
      let none = try store.read {
        try $0.rows("SELECT count(*) FROM events WHERE (\(sql.condition)) IS NULL", sql.parameters).rows[0][0].int
      }
      #expect(none == 0, "seed \(seed): NULL from \(sql.condition)")
    }
    #expect(exact > 50)
  }

  @Test func `a rule on event names is served by the index`() throws {
    let sql = FilterSQL(
      .any([.test(field: "event", .equals("authn_login_fail")), .test(field: "event", .equals("AUTHN_login_lock"))]))
    #expect(sql.condition == "event IN (:f0, :f1)")
    #expect(sql.parameters["f1"] == "authn_login_lock")
    #expect(sql.isExact)
  }
}
