@testable import Detection
import Events
import Foundation
import Storage
import Testing

/// Windows against an independent evaluation of the same rules and events in SQL:
/// `Fixtures/correlation-windows.tsv` holds rule, group, end of the window in seconds, and metric.
struct CorrelationTests {
  @Test func `finds the windows that SQL finds`() throws {
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    func text(_ name: String) throws -> String {
      try String(contentsOf: fixtures.appending(path: name), encoding: .utf8)
    }
    let rules = RuleSet([RuleSet.Source(name: "correlation.yml", text: try text("correlation.yml"))])
    #expect(rules.problems.isEmpty)
    let events = try text("correlation-events.jsonl").split(separator: "\n").map { JSONValue(String($0))! }
    let time = Field("@timestamp")
    var found: Set<String> = []
    for rule in rules.rules {
      guard case .correlation = rule.body, let detector = Detector(rule, in: rules) else { continue }
      var newest: Int64 = 0
      let samples = detector.leaves.map { leaf in
        events.enumerated().compactMap { number, event -> EventSample? in
          let ts = Timestamp.microseconds(of: event.values(of: time)[0])!
          newest = max(newest, ts)
          guard leaf.compiled.matches(event) else { return nil }
          return EventSample(
            rowID: Int64(number), ts: ts, id: EventID(high: 0, low: UInt64(number)), weight: 1,
            values: leaf.fields.map { event.values(of: $0).first?.text ?? "" })
        }
      }
      for group in detector.evaluate(samples, horizon: newest) {
        for anchor in group.anchors {
          found.insert("\(rule.key)\t\(group.display[0])\t\(anchor.end / 1_000_000)\t\(Int(anchor.metric))")
        }
      }
    }
    let wanted = Set(try text("correlation-windows.tsv").split(separator: "\n").map(String.init))
    #expect(found.subtracting(wanted).sorted() == [])
    #expect(wanted.subtracting(found).sorted() == [])
  }
}
