@testable import Detection
@testable import Events
import Storage
import Testing

/// One attack is told once, and what is said of an absence waits for every source.
struct StoryTests {
  static func incident(_ label: String, level: Int, events: [Int]) -> StoredIncident {
    var incident = StoredIncident()
    incident.label = label
    incident.level = level
    incident.firstEvents = events.prefix(100).map(String.init)
    incident.lastEvents = events.suffix(100).map(String.init)
    return incident
  }

  @Test(arguments: [
    // what the graver one stands on, what the other does, whether it is the same story
    (Array(0..<9), Array(0..<8), true),
    (Array(0..<9), Array(4..<12), true),  // half is enough
    (Array(0..<9), Array(6..<14), false),
    (Array(0..<9), Array(20..<29), false),
    (Array(0..<5_000), Array(0..<4_900), true),  // only a hundred are listed at each end
    ([7], [7], true),
  ])
  func `an incident on the same events is told by the graver one`(graver: [Int], other: [Int], isSame: Bool) {
    let tellers = IncidentStories.tellers([
      Self.incident("spraying", level: 4, events: graver), Self.incident("failures", level: 3, events: other),
    ])
    #expect(tellers == [0, isSame ? 0 : 1])
  }

  @Test func `incidents without events are stories of their own`() {
    let silent = Self.incident("source-silent", level: 3, events: [])
    #expect(IncidentStories.tellers([silent, silent]) == [0, 1])
  }

  static let attack = AlertEngineTests.rules(
    """
    title: Login after failures
    name: in
    level: critical
    correlation: {type: temporal_ordered, rules: [failed, success], group-by: [source_ip], timespan: 10m}
    ---
    title: Failures of an address
    name: by-source
    level: medium
    correlation: {type: event_count, rules: [failed], group-by: [source_ip], timespan: 10m, condition: {gte: 3}}
    ---
    title: Failures of a user
    name: by-user
    level: medium
    correlation: {type: event_count, rules: [failed], group-by: [actor], timespan: 10m, condition: {gte: 3}}
    ---
    title: Failed
    name: failed
    detection: {s: {event: authn_login_fail}, condition: s}
    ---
    title: Success
    name: success
    detection: {s: {event: authn_login_success}, condition: s}
    """)

  @Test func `one attack is one block of the mail, and three incidents of the list`() throws {
    let place = try TemporaryStore()
    let who: [Events.Column: String] = [.sourceIP: "192.0.2.1", .actor: "alice"]
    try place.add(
      (0..<5).map { .at(1_000 + Double($0), "authn_login_fail", who) } + [.at(1_010, "authn_login_success", who)])
    let report = try AlertEngine(store: place.store, rules: Self.attack).run(now: 1_100_000_000)
    #expect(report.notifications.count == 3)
    let mail = IncidentText().message(report, now: 1_100_000_000)
    #expect(mail.hasPrefix("seclog: 1 alert, "))
    #expect(mail.contains("CRITICAL  in "))
    #expect(mail.contains("\n  Also   by-source (medium), by-user (medium)\n"))
    #expect(!mail.contains("MEDIUM"))
    #expect(try place.store.incidents(all: true).count == 3)
  }

  @Test func `what ended, or was told before, is not folded away`() throws {
    let place = try TemporaryStore()
    let who: [Events.Column: String] = [.sourceIP: "192.0.2.1", .actor: "alice"]
    let engine = AlertEngine(store: place.store, rules: Self.attack)
    try place.add((0..<5).map { .at(1_000 + Double($0), "authn_login_fail", who) })
    let first = try engine.run(now: 1_006_000_000)
    #expect(IncidentText().message(first, now: 1_006_000_000).hasPrefix("seclog: 1 alert, "))
    try engine.told(first.notifications, now: 1_006_000_000)
    try place.add([.at(1_010, "authn_login_success", who)])
    let second = try engine.run(now: 1_020_000_000)
    #expect(second.notifications.map(\.incident.label) == ["in"])
  }

  // MARK: Absence

  static let absence = AlertEngineTests.rules(
    """
    title: Start without an end
    name: unended
    level: medium
    correlation:
      type: temporal
      rules: [begun, ended]
      group-by: [app]
      timespan: 1m
      condition: begun and not ended
    ---
    title: Begun
    name: begun
    detection: {s: {event: sys_startup}, condition: s}
    ---
    title: Ended
    name: ended
    detection: {s: {event: sys_shutdown}, condition: s}
    """)

  private func add(_ events: [Event], from source: String, to place: TemporaryStore) throws {
    var commit = Commit()
    commit.changes = events.map { event in
      var event = event
      event.source = source
      return .insert(event)
    }
    commit.counts[source] = ReadCounts()
    try place.store.commit(commit)
  }

  @Test func `an absence is judged when the slowest source has passed it`() throws {
    let place = try TemporaryStore()
    let engine = AlertEngine(store: place.store, rules: Self.absence)
    func labels() throws -> [String] { try engine.run(now: 9_000_000_000).notifications.map(\.incident.label) }
    try #require(Self.absence.problems.isEmpty, "\(Self.absence.problems)")
    try add([.at(5_000, "app_log")], from: "slow.log", to: place)
    try add([.at(5_000, "sys_startup", [.app: "a"]), .at(5_300, "app_log")], from: "fast.log", to: place)
    // The end may still come from the file that was read up to 5,000 only.
    #expect(try labels().isEmpty)
    try add([.at(5_030, "sys_shutdown", [.app: "a"]), .at(5_310, "app_log")], from: "slow.log", to: place)
    #expect(try labels().isEmpty)

    try add([.at(6_000, "sys_startup", [.app: "b"]), .at(6_100, "app_log")], from: "fast.log", to: place)
    #expect(try labels().isEmpty)
    // Fifteen minutes later the slow one is quiet, not late.
    try add([.at(6_300, "app_log")], from: "fast.log", to: place)
    #expect(try labels() == ["unended"])
  }
}
