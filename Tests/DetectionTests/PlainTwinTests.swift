@testable import Detection
@testable import Events
import Foundation
import Storage
import TestSupport
import Testing

/// Random rules over random events, against windows evaluated the plain way: for every match, look
/// at every other one. Both must give the same incidents.
struct PlainTwinTests {
  /// A correlation as the twin understands it.
  struct Plain {
    let kind: Correlation.Kind
    /// For each rule it watches, the events that pass it.
    let inputs: [Set<String>]
    let group: Events.Column
    let span: Int64
    let mergeGap: Int64
    let atLeast: Double
    let atMost: Double
    let percentile: Double

    static func random(_ random: inout SeededGenerator) -> Plain {
      let kind = Correlation.Kind.allCases.randomElement(using: &random)!
      let isTemporal = kind == .temporal || kind == .temporalOrdered
      let names = ["authn_login_fail", "authn_login_success", "session_created"].shuffled(using: &random)
      var inputs: [Set<String>] = names.prefix(Int.random(in: isTemporal ? 2...3 : 1...3, using: &random)).map { [$0] }
      // Rules may overlap: one event then passes two of them.
      if Bool.random(using: &random) { inputs[0].insert(names[1]) }
      let atLeast: Double =
        switch kind {
        case .temporal, .temporalOrdered: Double(Int.random(in: 1...inputs.count, using: &random))
        case .eventCount: Double(Int.random(in: 1...5, using: &random))
        case .valueCount: Double(Int.random(in: 1...4, using: &random))
        case .valueSum: Double(Int.random(in: 400...1500, using: &random))
        default: Double(Int.random(in: 200...500, using: &random))
        }
      let isRange = !isTemporal && Int.random(in: 0..<4, using: &random) == 0
      return Plain(
        kind: kind, inputs: inputs, group: Bool.random(using: &random) ? .sourceIP : .app,
        span: Int64.random(in: 1...60, using: &random), mergeGap: Int64.random(in: 1...90, using: &random),
        atLeast: atLeast,
        atMost: isRange ? atLeast * 1.5 : .infinity, percentile: [0, 25, 90, 100].randomElement(using: &random)!)
    }

    var yaml: String {
      let field: String =
        switch kind {
        case .eventCount, .temporal, .temporalOrdered: ""
        case .valueCount: ", field: actor"
        case .valuePercentile: ", field: http_status, percentile: \(percentile)"
        default: ", field: http_status"
        }
      let rules = inputs.indices.map { "r\($0)" }.joined(separator: ", ")
      let upper = atMost.isFinite ? ", lte: \(atMost)" : ""
      let top = """
        name: top
        correlation: {type: \(kind.rawValue), rules: [\(rules)], group-by: [\(group.rawValue)], timespan: \(span)s, condition: {gte: \(atLeast)\(upper)\(field)}}
        x-alert: {merge_gap: \(mergeGap)s}
        """
      let bottom = inputs.enumerated().map { number, names in
        "name: r\(number)\ndetection: {selection: {event: [\(names.sorted().joined(separator: ", "))]}, condition: selection}"
      }
      return ([top] + bottom).joined(separator: "\n---\n")
    }

    func metric(_ window: [Event]) -> Double? {
      let numbers = window.map { Double($0.httpStatus) }.filter { $0 != 0 }.sorted()
      switch kind {
      case .eventCount: return Double(window.count)
      case .valueCount: return Double(Set(window.map { $0.actor.lowercased() }.filter { !$0.isEmpty }).count)
      case .temporal: return Double(inputs.count { input in window.contains { input.contains($0.event) } })
      case .temporalOrdered:
        // Every choice of rules, in the order of the rule, each at a strictly later time than the one before.
        func most(_ input: Int, after time: Int64) -> Int {
          guard input < inputs.count else { return 0 }
          var best = most(input + 1, after: time)
          for event in window where event.ts > time && inputs[input].contains(event.event) {
            best = max(best, 1 + most(input + 1, after: event.ts))
          }
          return best
        }
        guard Double(most(0, after: .min)) >= atLeast else { return nil }
        return Double(inputs.count { input in window.contains { input.contains($0.event) } })
      case .valueSum: return numbers.isEmpty ? nil : numbers.reduce(0, +)
      case .valueAverage: return numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
      case .valueMedian, .valuePercentile:
        guard !numbers.isEmpty else { return nil }
        let rank = Double(numbers.count - 1) * (kind == .valueMedian ? 50 : percentile) / 100
        let low = numbers[Int(rank.rounded(.down))]
        let high = numbers[Int(rank.rounded(.up))]
        return low * (1 - (rank - rank.rounded(.down))) + high * (rank - rank.rounded(.down))
      }
    }

    /// Group, start, end, events and peak of every incident.
    func incidents(_ events: [Event]) -> [String] {
      var found: [String] = []
      func value(_ event: Event) -> String { group == .sourceIP ? event.sourceIP : event.app }
      for key in Set(events.map(value)) where !key.isEmpty {
        let members = events.filter { event in value(event) == key && inputs.contains { $0.contains(event.event) } }
        var run: (last: Int64, events: Set<String>, peak: Double)?
        func close() {
          guard let run else { return }
          let times = members.filter { run.events.contains($0.id) }.map(\.ts)
          found.append("\(key) \(times.min()!) \(times.max()!) \(run.peak) \(run.events.sorted())")
        }
        for time in Set(members.map(\.ts)).sorted() {
          let window = members.filter { $0.ts <= time && $0.ts >= time - span * 1_000_000 }
          guard let metric = metric(window), metric >= atLeast, metric <= atMost else { continue }
          if let last = run?.last, time - last > mergeGap * 1_000_000 {
            close()
            run = nil
          }
          run = (time, (run?.events ?? []).union(window.map(\.id)), max(run?.peak ?? -.infinity, metric))
        }
        close()
      }
      return found.sorted()
    }
  }

  static func events(_ random: inout SeededGenerator) -> [Event] {
    (0..<Int.random(in: 1...70, using: &random)).map { number in
      .at(
        // Whole seconds, so that equal times and windows that just touch are common.
        Double(Int.random(in: 1_000..<1_300, using: &random)),
        ["authn_login_fail", "authn_login_success", "session_created"].randomElement(using: &random)!,
        [
          .sourceIP: ["192.0.2.1", "192.0.2.2", ""].randomElement(using: &random)!,
          .actor: ["alice", "Alice", "bob", "carol", "dave", ""].randomElement(using: &random)!,
          .httpStatus: ["0", "100", "200", "404", "500"].randomElement(using: &random)!, .app: "web",
          .message: "\(number)",
        ])
    }
  }

  @Test(arguments: 0..<80)
  func `windows that slide find what a look at all pairs finds`(trial: Int) throws {
    let seed = UInt64.random(in: 0 ..< .max)
    var random = SeededGenerator(seed: seed)
    let plain = Plain.random(&random)
    let events = Self.events(&random)
    let rules = AlertEngineTests.rules(plain.yaml)
    try #require(rules.problems.isEmpty, "seed \(seed): \(rules.problems)")
    let place = try TemporaryStore()
    try place.add(events.shuffled(using: &random))
    _ = try AlertEngine(store: place.store, rules: rules).run(now: 10_000_000_000)
    let got = try place.store.incidents(all: true).map { incident in
      // With at most 70 events, the first ones are all of them.
      let group = JSONValue.texts(of: incident.groupJSON).values.first!
      return "\(group) \(incident.start) \(incident.end) \(incident.peak) \(incident.firstEvents.sorted())"
    }
    #expect(got.sorted() == plain.incidents(events), "seed \(seed)\n\(plain.yaml)")
  }
}
