@testable import Detection
@testable import Events
import Foundation
@testable import Storage
import Testing

struct AlertEngineTests {
  static let hour: Int64 = 3_600_000_000

  static func rules(_ text: String) -> RuleSet { RuleSet([RuleSet.Source(name: "test.yml", text: text)]) }

  static let guessing = rules(
    """
    title: Guessing
    name: guessing
    level: medium
    correlation:
      type: event_count
      rules: [failed]
      group-by: [source_ip]
      timespan: 10m
      condition: {gte: 3}
    x-alert: {merge_gap: 20m, levels: {high: 6}}
    ---
    title: Failed
    name: failed
    detection:
      selection: {event: authn_login_fail}
      condition: selection
    """)

  private func failure(_ second: Double, _ address: String) -> Event {
    .at(second, "authn_login_fail", [.sourceIP: address])
  }

  @Test func `tells an incident once, with its first and last event`() throws {
    let place = try TemporaryStore()
    try place.add([failure(1_000, "192.0.2.1"), failure(1_060, "192.0.2.1"), failure(1_100, "192.0.2.2")])
    let engine = AlertEngine(store: place.store, rules: Self.guessing)
    let now: Int64 = 1_200_000_000
    #expect(try engine.run(now: now).notifications.isEmpty)
    try place.add([failure(1_120, "192.0.2.1")])
    let report = try engine.run(now: now)
    let told = try #require(report.notifications.first)
    #expect(report.notifications.count == 1)
    #expect(told.reason == .opened)
    #expect(told.incident.groupJSON == #"{"source_ip":"192.0.2.1"}"#)
    #expect(told.incident.count == 3)
    #expect(told.first?.event.ts == 1_000_000_000)
    #expect(told.last?.event.ts == 1_120_000_000)
    #expect(
      told.command
        == "seclog search source_ip=192.0.2.1 event=authn_login_fail --since 1970-01-01T00:16:40Z --until 1970-01-01T00:18:41Z"
    )
    try engine.told(report.notifications, now: now)
    #expect(try engine.run(now: now).notifications.isEmpty)
    try place.add([failure(1_130, "192.0.2.1")])
    #expect(try engine.run(now: now).notifications.isEmpty)
    #expect(try place.store.incidents(all: true).map(\.count) == [4])
  }

  @Test func `tells again what a run that died did not tell`() throws {
    let place = try TemporaryStore()
    try place.add((0..<3).map { failure(1_000 + Double($0), "192.0.2.1") })
    let engine = AlertEngine(store: place.store, rules: Self.guessing)
    #expect(try engine.run(now: 1_200_000_000).notifications.count == 1)
    #expect(try engine.run(now: 1_200_000_000).notifications.count == 1)
  }

  @Test func `tells what a run found that died before it decided what to tell`() throws {
    let place = try TemporaryStore()
    try place.add((0..<3).map { failure(1_000 + Double($0), "192.0.2.1") })
    let engine = AlertEngine(store: place.store, rules: Self.guessing)
    try place.store.write {
      try $0.execute(sql: "CREATE TRIGGER death BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'died'); END")
    }
    #expect(throws: (any Error).self) { try engine.run(now: 1_200_000_000) }
    #expect(try place.store.incidents(all: true).count == 1)
    try place.store.write { try $0.execute(sql: "DROP TRIGGER death") }
    let report = try engine.run(now: 1_200_000_000)
    #expect(report.notifications.map(\.reason) == [.opened])
    try engine.told(report.notifications, now: 1_200_000_000)
    #expect(try engine.run(now: 1_200_000_000).notifications.isEmpty)
  }

  @Test func `tells when an incident gets worse`() throws {
    let place = try TemporaryStore()
    let engine = AlertEngine(store: place.store, rules: Self.guessing)
    try place.add((0..<3).map { failure(1_000 + Double($0), "192.0.2.1") })
    try engine.told(engine.run(now: 1_200_000_000).notifications, now: 1_200_000_000)
    try place.add((3..<6).map { failure(1_000 + Double($0), "192.0.2.1") })
    let report = try engine.run(now: 1_200_000_000)
    #expect(report.notifications.map(\.reason) == [.escalated])
    #expect(report.notifications.map(\.level) == [.high])
  }

  @Test func `records what is too old to be told, and says so once`() throws {
    let place = try TemporaryStore()
    try place.add((0..<3).map { failure(1_000 + Double($0), "192.0.2.1") })
    let engine = AlertEngine(store: place.store, rules: Self.guessing)
    let now = 48 * Self.hour
    let report = try engine.run(now: now)
    #expect(report.notifications.isEmpty)
    #expect(report.olderRecorded == 1)
    #expect(IncidentText().message(report, now: now) == "1 older incident recorded: seclog alert list --all\n")
    #expect(try engine.run(now: now).olderRecorded == 0)
    #expect(try place.store.incidents(all: true).map(\.state) == [.resolved])
  }

  @Test func `a late event joins two incidents, and nothing is told twice`() throws {
    let place = try TemporaryStore()
    let engine = AlertEngine(store: place.store, rules: Self.guessing)
    let now: Int64 = 6_000_000_000
    try place.add((0..<3).map { failure(1_000 + Double($0), "192.0.2.1") })
    try place.add((0..<3).map { failure(3_000 + Double($0), "192.0.2.1") })
    let report = try engine.run(now: now)
    try engine.told(report.notifications, now: now)
    #expect(report.notifications.count == 2)
    try place.add((0..<3).map { failure(2_000 + Double($0), "192.0.2.1") })
    #expect(try engine.run(now: now).notifications.isEmpty)
    let incidents = try place.store.incidents(all: true)
    #expect(incidents.map(\.count) == [9])
    #expect(incidents.map(\.id) == [report.notifications.map(\.incident.id).min()!])
  }

  @Test func `a revision takes an event out of its incident`() throws {
    let place = try TemporaryStore()
    let engine = AlertEngine(store: place.store, rules: Self.guessing)
    let events = (0..<3).map { failure(1_000 + Double($0), "192.0.2.1") }
    try place.add(events)
    _ = try engine.run(now: 1_200_000_000)
    var revised = events[1]
    revised.sourceIP = "192.0.2.9"
    try place.add([.revise(revised)])
    _ = try engine.run(now: 1_200_000_000)
    #expect(try place.store.incidents(all: true).isEmpty)
  }

  @Test func `a silence holds back, and what is still open afterwards is told`() throws {
    let place = try TemporaryStore()
    let engine = AlertEngine(store: place.store, rules: Self.guessing)
    let now: Int64 = 1_200_000_000
    _ = try place.store.add(
      Silence(
        rule: "guessing", matchers: ["source_ip": "192.0.2.1"], start: 0, end: now + 60_000_000, author: "", comment: ""
      ))
    try place.add((0..<3).map { failure(1_000 + Double($0), "192.0.2.1") })
    #expect(try engine.run(now: now).notifications.isEmpty)
    #expect(try engine.run(now: now + 61_000_000).notifications.map(\.reason) == [.opened])
  }

  @Test func `an incident ends when nothing came for long enough`() throws {
    let place = try TemporaryStore()
    let engine = AlertEngine(store: place.store, rules: Self.guessing)
    try place.add((0..<3).map { failure(1_000 + Double($0), "192.0.2.1") })
    _ = try engine.run(now: 1_100_000_000)
    #expect(try place.store.incidents(all: true).map(\.state) == [.open])
    _ = try engine.run(now: 1_002_000_000 + 20 * 60_000_000)
    #expect(try place.store.incidents(all: true).map(\.state) == [.resolved])
  }

  @Test func `a dry run says the same and changes nothing`() throws {
    let place = try TemporaryStore()
    try place.add((0..<3).map { failure(1_000 + Double($0), "192.0.2.1") })
    var options = AlertEngine.Options()
    options.isDryRun = true
    let engine = AlertEngine(
      store: try EventStore(path: place.store.path, access: .readOnly), rules: Self.guessing, options: options)
    #expect(try engine.run(now: 1_200_000_000).notifications.count == 1)
    #expect(try place.store.incidents(all: true).isEmpty)
  }

  @Test func `a changed rule looks at everything again`() throws {
    let place = try TemporaryStore()
    try place.add((0..<3).map { failure(1_000 + Double($0), "192.0.2.1") })
    _ = try AlertEngine(store: place.store, rules: Self.guessing).run(now: 1_200_000_000)
    let stricter = Self.rules(
      """
      name: guessing
      correlation: {type: event_count, rules: [failed], group-by: [source_ip], timespan: 10m, condition: {gte: 9}}
      ---
      name: failed
      detection: {selection: {event: authn_login_fail}, condition: selection}
      """)
    _ = try AlertEngine(store: place.store, rules: stricter).run(now: 1_200_000_000)
    #expect(try place.store.incidents(all: true).isEmpty)
  }

  @Test func `one broken rule does not stop the others`() throws {
    let rules = RuleSet([
      RuleSet.Source(
        name: "broken.yml", text: "title: x\ndetection: {selection: {message|contians: y}, condition: selection}\n"),
      RuleSet.Source(
        name: "sound.yml",
        text: "name: any-failure\ndetection: {selection: {event: authn_login_fail}, condition: selection}\n"),
    ])
    let place = try TemporaryStore()
    try place.add([failure(1_000, "192.0.2.1")])
    let report = try AlertEngine(store: place.store, rules: rules).run(now: 1_200_000_000)
    #expect(report.notifications.count == 1)
    #expect(report.problems.map(\.what) == ["unknown modifier 'contians'"])
    #expect(report.problems[0].place == "broken.yml:2:25")
    #expect(report.problems[0].nextStep.contains("did you mean 'contains'?"))
  }

  // MARK: Deadlines

  static let expiry = rules(
    """
    name: expiry
    detection: {selection: {category: cert, cert_not_after|gt: 0}, condition: selection}
    x-alert:
      group-by: [cert_subject]
      deadline: {field: cert_not_after, ladder: {30d: informational, 14d: low, 7d: medium, 3d: high, 1d: critical, 0d: critical}}
      notify_resolved: true
    """)

  @Test func `a certificate climbs its ladder, one notification a rung, until it is renewed`() throws {
    let day = 24 * Self.hour
    let end = 1_000 * day
    let place = try TemporaryStore()
    try place.add([.at(900 * 86_400, "cert_expiring", [.certSubject: "CN=api", .certNotAfter: String(end)])])
    let engine = AlertEngine(store: place.store, rules: Self.expiry)
    func run(_ daysLeft: Double) throws -> [String] {
      let now = end - Int64(daysLeft * Double(day))
      let report = try engine.run(now: now)
      try engine.told(report.notifications, now: now)
      return report.notifications.map { "\($0.reason) \($0.level)" }
    }
    #expect(try run(40) == [])
    #expect(try place.store.incidents(all: true).isEmpty)
    #expect(try run(30) == ["opened informational"])
    #expect(try run(29) == [])
    #expect(try run(13.5) == ["escalated low"])
    #expect(try run(6) == ["escalated medium"])
    #expect(try run(1) == ["escalated critical"])
    #expect(try run(0) == [])
    try place.add([
      .at(1_000.5 * 86_400, "cert_renewed", [.certSubject: "CN=api", .certNotAfter: String(end + 90 * day)])
    ])
    #expect(try run(-1) == ["resolved critical"])
    #expect(
      try place.store.incidents(all: true).map(\.groupJSON) == [
        #"{"cert_subject":"CN=api","cert_not_after":"1972-09-27T00:00:00.000000Z"}"#
      ])
  }

  // MARK: Silent sources

  @Test func `a source that was followed and says nothing opens an incident, and ends it when it speaks`() throws {
    let place = try TemporaryStore()
    let rules = Self.rules(
      "name: silent\ndetection: {selection: {event: pipeline_source_silent}, condition: selection}\nx-alert: {silence: {after: 1h}, notify_resolved: true}\n"
    )
    func read(_ source: String, at time: Int64, lines: Int64) throws {
      var commit = Commit()
      var counts = ReadCounts()
      counts.lines = lines
      commit.counts = [source: counts]
      commit.readAt = time
      try place.store.commit(commit)
    }
    for minute in 0..<120 { try read("app.log", at: Int64(minute) * 60_000_000 + 1, lines: 5) }
    try read("once.log", at: 1, lines: 5)
    let engine = AlertEngine(store: place.store, rules: rules)
    func run(_ now: Int64) throws -> [String] {
      let report = try engine.run(now: now)
      try engine.told(report.notifications, now: now)
      return report.notifications.map { "\($0.reason) \($0.incident.groupJSON)" }
    }
    #expect(try run(2 * Self.hour) == [])
    #expect(try run(3 * Self.hour) == [#"opened {"source":"app.log"}"#])
    #expect(try run(4 * Self.hour) == [])
    try read("app.log", at: 5 * Self.hour, lines: 5)
    #expect(try run(5 * Self.hour) == [#"resolved {"source":"app.log"}"#])
  }
}
