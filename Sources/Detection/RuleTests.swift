import Events
import Foundation
import Storage
import StrictYAML
import Yams

/// Tests that stand beside rules: events, a clock, and the incidents that must follow.
///
/// ```
/// tests:
///   - name: ten failures make one incident
///     events:
///       - {ts: 2026-11-20T10:00:00Z, event: authn_login_fail, source_ip: 192.0.2.1, repeat: 10, every: 20s}
///     expect:
///       - {rule: login-failures-by-source, group: {source_ip: 192.0.2.1}, count: 10, level: medium}
/// ```
/// `repeat` and `every` make many of one; `{n}` in a value is the number of the copy, from 1. Without
/// `now` the clock stands at the last event. `expect: []` says that nothing may follow.
public struct RuleTests {
  public struct Result: Sendable {
    public let file: String
    public let name: String
    public let why: String
    public let seconds: Double
    public var passed: Bool { why.isEmpty }

    public var json: String {
      JSONValue.object([
        JSONValue.Member(key: "file", value: .string(file)), JSONValue.Member(key: "test", value: .string(name)),
        JSONValue.Member(key: "passed", value: .bool(passed)), JSONValue.Member(key: "why", value: .string(why)),
      ]).minified
    }
  }

  public private(set) var results: [Result] = []
  /// Rules and test files that could not be read.
  public private(set) var problems: [Problem] = []
  /// Labels of rules that no test names.
  public private(set) var untested: [String] = []

  /// The tests of a directory, against the rules of the same directory.
  public static func run(_ path: String) throws -> RuleTests {
    let rules = try RuleSet.load(path)
    let (sources, problems) = RuleSet.read(path) { $0.hasSuffix(RuleSet.testSuffix) }
    var tests = RuleTests(rules, sources)
    tests.problems += problems
    return tests
  }

  /// The tests of the program's own rules.
  public static func runShipped() -> RuleTests { RuleTests(RuleSet(RuleSet.shipped), RuleSet.shippedTests) }

  public init(_ rules: RuleSet, _ sources: [RuleSet.Source]) {
    problems = rules.problems
    var named: Set<String> = []
    for source in sources {
      let file = YAMLFile(name: source.name, text: source.text)
      for node in file.documents() {
        guard let fields = file.fields(node, path: "") else { continue }
        for test in fields.mappings("tests") {
          let start = ContinuousClock.now
          guard let (name, why) = Self.run(test, rules, &named) else { continue }
          let seconds = Double((ContinuousClock.now - start) / .microseconds(1)) / 1e6
          results.append(Result(file: source.name, name: name, why: why, seconds: seconds))
        }
        fields.finish()
      }
      problems += file.problems
    }
    untested = rules.rules.filter { rules.isOutput($0) && $0.alert.silence == nil && !named.contains($0.key) }.map(
      \.label)
  }

  private static func run(_ test: YAMLFields, _ rules: RuleSet, _ named: inout Set<String>) -> (String, String)? {
    let name = test.string("name") ?? ""
    guard let events = events(test) else { return nil }
    var now = events.map(\.event.ts).max() ?? 0
    if let text = test.string("now") {
      guard let time = Timestamp.microseconds(of: .text(text)) else {
        test.refuse("now", "'now' is a time such as 2026-11-20T10:00:00Z")
        return nil
      }
      now = time
    }
    var expected: [(rule: Rule, fields: YAMLFields)] = []
    guard test.keys.contains("expect") else {
      test.refuse("a test says what to 'expect'", next: "expect: [] says that nothing may follow.")
      return nil
    }
    for fields in test.mappings("expect") {
      guard let text = fields.string("rule") else {
        fields.refuse("an expectation names its 'rule'")
        return nil
      }
      guard let rule = rules.rule(text) else {
        fields.refuse(
          "rule", "there is no rule '\(text)'",
          note: Suggestion.closest(to: text, among: rules.rules.map(\.label)).map { "did you mean '\($0)'?" } ?? "")
        return nil
      }
      named.insert(rule.key)
      expected.append((rule, fields))
    }
    let scope = Set((test.strings("rules") ?? []).compactMap { rules.rule($0)?.key })
    named.formUnion(scope)
    var found: [StoredIncident] = []
    for rule in rules.rules where rules.isOutput(rule) && (scope.isEmpty || scope.contains(rule.key)) {
      guard let detector = Detector(rule, in: rules) else { continue }
      found += incidents(detector, events, now: now)
    }
    test.finish()
    var faults: [String] = []
    var rest = found
    for (rule, fields) in expected {
      let position = rest.firstIndex { $0.rule == rule.key && fits($0, fields) }
      fields.finishExpectation()
      if let position {
        rest.remove(at: position)
      } else {
        let near = rest.filter { $0.rule == rule.key }.map(described)
        faults.append(
          "no incident as expected of \(rule.label)"
            + (near.isEmpty ? "" : "; there is: " + near.joined(separator: "; ")))
      }
    }
    for incident in rest { faults.append("unexpected: " + described(incident)) }
    return (name, faults.joined(separator: "\n"))
  }

  private static func incidents(_ detector: Detector, _ events: [StoredEvent], now: Int64) -> [StoredIncident] {
    var samples = detector.leaves.map { _ in [EventSample]() }
    var resolvers: [EventSample] = []
    for stored in events {
      let record = EventRecord(stored.event)
      for (number, leaf) in detector.leaves.enumerated() where leaf.compiled.matches(record) {
        samples[number].append(EventSample(stored.rowID, record, fields: leaf.fields))
      }
      if let resolver = detector.resolver, resolver.compiled.matches(record) {
        resolvers.append(EventSample(stored.rowID, record, fields: resolver.fields))
      }
    }
    return detector.incidents(samples, resolvers: resolvers, now: now)
  }

  private static func described(_ incident: StoredIncident) -> String {
    "\(incident.label) \(incident.groupJSON) count \(incident.count) peak \(incident.peak) level \(Level(rawValue: incident.level)?.name ?? "") \(incident.state.rawValue)"
  }

  private static func fits(_ incident: StoredIncident, _ fields: YAMLFields) -> Bool {
    let group = JSONValue.texts(of: incident.groupJSON)
    if let wanted = fields.mapping("group") {
      for key in wanted.keys where wanted.string(key) != group[key] { return false }
    }
    if let count = fields.integer("count"), Int64(count) != incident.count { return false }
    if let peak = fields.string("peak").flatMap(Double.init), peak != incident.peak { return false }
    if let level = fields.string("level"), level != Level(rawValue: incident.level)?.name { return false }
    if let state = fields.string("state"), state != incident.state.rawValue { return false }
    for (key, time) in [("start", incident.start), ("end", incident.end)] {
      if let text = fields.string(key), Timestamp.microseconds(of: .text(text)) != time { return false }
    }
    return true
  }

  /// The events of a test, with ids and rows by their order.
  private static func events(_ test: YAMLFields) -> [StoredEvent]? {
    var events: [StoredEvent] = []
    for fields in test.mappings("events") {
      guard let text = fields.string("ts"), let first = Timestamp.microseconds(of: .text(text)) else {
        fields.refuse("an event of a test has a 'ts' such as 2026-11-20T10:00:00Z")
        return nil
      }
      let copies = fields.integer("repeat", in: 1...100_000) ?? 1
      let every = fields.age("every")?.microseconds ?? 1_000_000
      var values: [(Column, String)] = []
      var isSound = true
      for key in fields.keys where !["ts", "repeat", "every"].contains(key) {
        guard let column = Column(rawValue: key) else {
          fields.refuse(
            key, "'\(key)' is no column of events",
            note: Suggestion.closest(to: key, among: Column.allCases.map(\.rawValue)).map { "did you mean '\($0)'?" }
              ?? "")
          isSound = false
          continue
        }
        values.append((column, fields.string(key) ?? ""))
      }
      guard isSound else { return nil }
      for copy in 1...copies {
        let number = Int64(events.count + 1)
        let filled = values.map { ($0.0, $0.1.replacing("{n}", with: String(copy))) }
        let name = filled.first { $0.0 == .event }?.1 ?? ""
        let meaning = EventName.all.first { $0.name == name }
        let event = StoredEvent(rowID: number) { column in
          if let text = filled.first(where: { $0.0 == column })?.1 {
            switch column.kind {
            case .integer: return .integer(Int64(text) ?? 0)
            case .time: return .integer(Timestamp.microseconds(of: .text(text)) ?? 0)
            case .text, .json: return .text(text)
            }
          }
          switch column {
          case .ts: return .integer(first + Int64(copy - 1) * every)
          case .id: return .text(EventID(high: 0, low: UInt64(number)).description)
          case .category: return (meaning?.category).map { .text($0) }
          case .outcome: return (meaning?.outcome).map { .text($0) }
          case .severity: return (meaning?.severity).map { .integer($0) }
          default: return nil
          }
        }
        events.append(event)
      }
    }
    return events
  }

  // MARK: JUnit

  /// A report as continuous integration reads it.
  public var junit: String {
    let failed = results.count { !$0.passed }
    var text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"seclog rules\" tests=\"\(results.count)\" failures=\"\(failed)\">\n"
    for result in results {
      text +=
        "  <testcase classname=\"\(Self.xml(result.file))\" name=\"\(Self.xml(result.name))\" time=\"\(result.seconds)\""
      text += result.passed ? "/>\n" : "><failure message=\"\(Self.xml(result.why))\"/></testcase>\n"
    }
    return text + "</testsuite>\n"
  }

  private static func xml(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "\n": out += "&#10;"
      case _ where scalar.value < 0x20: out += "?"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

extension YAMLFields {
  /// Keys of an expectation that a failed comparison may not have come to.
  fileprivate func finishExpectation() {
    for key in ["group", "count", "peak", "level", "state", "start", "end"] { _ = node(key) }
    finish()
  }
}
