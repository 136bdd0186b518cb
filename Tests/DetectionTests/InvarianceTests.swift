@testable import Detection
@testable import Events
import Foundation
import Storage
import TestSupport
import Testing

/// Incidents are a function of the events: whatever the order, the batches, the run times and the
/// revisions, the same events give the same incidents, and each is opened once.
struct InvarianceTests {
  static let rules = AlertEngineTests.rules(
    """
    name: failed
    detection: {selection: {event: authn_login_fail}, condition: selection}
    ---
    name: success
    detection: {selection: {event: authn_login_success}, condition: selection}
    ---
    name: count
    correlation: {type: event_count, rules: [failed], group-by: [source_ip], timespan: 60s, condition: {gte: 4}}
    x-alert: {merge_gap: 90s, levels: {high: 7}}
    ---
    name: spray
    correlation: {type: value_count, rules: [failed], group-by: [source_ip], timespan: 60s, condition: {gte: 3, field: actor}}
    x-alert: {merge_gap: 30s}
    ---
    name: breach
    correlation: {type: temporal_ordered, rules: [failed, success], group-by: [source_ip], timespan: 30s}
    x-alert: {merge_gap: 30s}
    ---
    name: chain
    correlation: {type: temporal_ordered, rules: [count, success], group-by: [source_ip], timespan: 120s}
    x-alert: {merge_gap: 60s}
    ---
    name: unanswered
    correlation: {type: temporal, group-by: [source_ip], timespan: 40s, condition: failed and not success}
    x-alert: {merge_gap: 10s}
    ---
    name: database
    detection: {selection: {event: db_connect_fail}, condition: selection}
    x-alert:
      group-by: [app]
      merge_gap: 50s
      resolve_after: 200s
      resolve_when: {selection: {event: session_created}, condition: selection}
    ---
    name: expiry
    detection: {selection: {category: cert}, condition: selection}
    x-alert: {group-by: [cert_subject], deadline: {field: cert_not_after, ladder: {300s: low, 100s: high}}}
    """)

  static func randomEvents(_ random: inout SeededGenerator, count: Int) -> [Event] {
    (0..<count).map { number in
      // Whole seconds, so that equal times are common.
      let second = Double(Int.random(in: 1_000..<2_200, using: &random))
      let app = ["web", "api"].randomElement(using: &random)!
      let values: [Events.Column: String] = [
        .sourceIP: ["192.0.2.1", "192.0.2.2", "198.51.100.7", ""].randomElement(using: &random)!,
        .actor: ["alice", "Alice", "bob", "carol", "dave"].randomElement(using: &random)!,
        .app: app, .message: "event \(number)",
      ]
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<13: return .at(second, "authn_login_fail", values)
      case 13..<15: return .at(second, "authn_login_success", values)
      case 15..<17: return .at(second, "db_connect_fail", values)
      case 17: return .at(second, "session_created", values)
      default:
        return .at(
          second, "cert_expiring",
          values.merging([
            .certSubject: "CN=\(app)",
            .certNotAfter: String(Int64([1_900, 2_300, 2_500].randomElement(using: &random)!) * 1_000_000),
          ]) { $1 })
      }
    }
  }

  /// All that the contract fixes, without numbers that depend on the order of arrival.
  static func canonical(_ store: EventStore) throws -> [String] {
    try store.incidents(all: true).map { incident in
      var plain = incident
      plain.id = 0
      plain.isLate = false
      return plain.json
    }.sorted()
  }

  @Test(arguments: 0..<12)
  func `incidents depend on the events alone`(trial: Int) throws {
    let seed = UInt64.random(in: 0 ..< .max)
    var random = SeededGenerator(seed: seed)
    let events = Self.randomEvents(&random, count: Int.random(in: 20..<160, using: &random))
    let end: Int64 = 2_260_000_000

    let once = try TemporaryStore()
    try once.add(events)
    _ = try AlertEngine(store: once.store, rules: Self.rules).run(now: end)
    let wanted = try Self.canonical(once.store)

    for _ in 0..<3 {
      let place = try TemporaryStore()
      var rest = events.shuffled(using: &random)
      var opened: [String: Int] = [:]
      while !rest.isEmpty {
        let batch = rest.prefix(Int.random(in: 1...40, using: &random))
        rest.removeFirst(batch.count)
        var changes = batch.map { EventChange.insert($0) }
        // Some arrive as something else first and are revised later.
        var revisions: [EventChange] = []
        for index in changes.indices where Int.random(in: 0..<10, using: &random) == 0 {
          var early = changes[index].event
          early.sourceIP = "192.0.2.1"
          early.event = "authn_login_fail"
          revisions.append(.revise(changes[index].event))
          changes[index] = .insert(early)
        }
        try place.add(changes)
        if Bool.random(using: &random) {
          _ = try AlertEngine(store: place.store, rules: Self.rules).run(
            now: Int64.random(in: 1_500_000_000...end, using: &random))
        }
        if !revisions.isEmpty { try place.add(revisions) }
        if Bool.random(using: &random) {
          // A new engine each time: nothing lives outside the store.
          let engine = AlertEngine(store: place.store, rules: Self.rules)
          let report = try engine.run(now: end)
          for told in report.notifications where told.reason == .opened {
            opened["\(told.incident.rule) \(told.incident.id)", default: 0] += 1
          }
          try engine.told(report.notifications, now: end)
        }
      }
      _ = try AlertEngine(store: place.store, rules: Self.rules).run(now: end)
      let got = try Self.canonical(place.store)
      let lost = Set(wanted).subtracting(got).sorted().joined(separator: "\n")
      let gained = Set(got).subtracting(wanted).sorted().joined(separator: "\n")
      #expect(lost == gained, "seed \(seed)")
      #expect(opened.values.allSatisfy { $0 == 1 }, "seed \(seed)")
    }
  }
}
