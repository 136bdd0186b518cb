import Events
import Foundation
import Storage

/// Matches rules against JSON objects as they are, without a store.
public struct RuleMatcher {
  public struct Match: Hashable, Sendable {
    public let rule: String
    /// From 1, ascending.
    public let lines: [Int]
  }

  public struct Result: Sendable {
    /// In the order of rule ids.
    public var matches: [Match] = []
    /// Lines that are no JSON object.
    public var badLines: [Int] = []
  }

  private let rules: RuleSet
  private let detections: [(key: String, filter: CompiledFilter)]
  private let correlations: [Detector]

  public init(_ rules: RuleSet) {
    self.rules = rules
    detections = rules.rules.compactMap { rule in
      guard rules.isOutput(rule), case .detection(let filter) = rule.body, let compiled = try? CompiledFilter(filter)
      else { return nil }
      return (rule.key, compiled)
    }
    correlations = rules.rules.compactMap { rule in
      guard rules.isOutput(rule), case .correlation = rule.body else { return nil }
      return Detector(rule, in: rules)
    }
  }

  /// - Parameter data: JSON objects, one a line; blank lines count as lines and nothing else.
  public func match(_ data: Data) -> Result {
    var result = Result()
    var lines: [Int: [Int]] = [:]
    var samples = correlations.map { $0.leaves.map { _ in [EventSample]() } }
    data.withUnsafeBytes { bytes in
      let bytes = bytes.bindMemory(to: UInt8.self)
      var number = 0
      var start = 0
      while start < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...])
        let length =
          memchr(rest.baseAddress!, 0x0A, rest.count).map { UnsafeRawPointer($0) - rest.baseAddress! } ?? rest.count
        number += 1
        defer { start += length + 1 }
        let line = UnsafeBufferPointer(rebasing: bytes[start..<start + length])
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
        guard let event = JSONValue(line), case .object = event else {
          result.badLines.append(number)
          continue
        }
        for (index, detection) in detections.enumerated() where detection.filter.matches(event) {
          lines[index, default: []].append(number)
        }
        for (index, detector) in correlations.enumerated() {
          for (leaf, part) in detector.leaves.enumerated() where part.compiled.matches(event) {
            guard let ts = Self.time(of: event) else { continue }
            samples[index][leaf].append(
              EventSample(
                rowID: Int64(number), ts: ts, id: EventID(high: 0, low: UInt64(number)), weight: 1,
                values: part.fields.map { event.values(of: $0).first?.text ?? "" }))
          }
        }
      }
    }
    for (index, detection) in detections.enumerated() {
      if let found = lines[index] { result.matches.append(Match(rule: detection.key, lines: found)) }
    }
    for (index, detector) in correlations.enumerated() {
      let horizon = samples[index].joined().map(\.ts).max() ?? .min
      var found: Set<Int> = []
      for group in detector.evaluate(samples[index], horizon: horizon) {
        for event in group.events(group.anchors.map(\.members)) { found.insert(Int(event.row)) }
      }
      if !found.isEmpty { result.matches.append(Match(rule: detector.rule.key, lines: found.sorted())) }
    }
    result.matches.sort { $0.rule < $1.rule }
    return result
  }

  /// Names under which common logs keep the time of an event.
  private static let timeFields = [
    "@timestamp", "timestamp", "time", "ts", "eventTime", "published", "createdDateTime", "TimeGenerated", "EventTime",
    "UtcTime", "TimeCreated_SystemTime", "requestReceivedTimestamp",
  ].map(Field.init)

  /// Event time for correlations, microseconds since 1970.
  private static func time(of event: JSONValue) -> Int64? {
    for field in timeFields {
      for value in event.values(of: field) {
        if let time = Timestamp.microseconds(of: value) { return time }
      }
    }
    return nil
  }
}

extension RuleSet {
  /// Rules that cannot see lines which no classifier names, because no literal leads to them (decision 9).
  public var reachRemarks: [Problem] {
    rules.compactMap { rule in
      guard case .detection(let filter) = rule.body, rule.alert.silence == nil, filter.requiredLiterals.isEmpty else {
        return nil
      }
      if let names = filter.eventNames, names.isDisjoint(with: ["app_log", "http_request"]) { return nil }
      return Problem(
        .config, at: rule.place, "rule '\(rule.label)' sees classified and stored events only",
        next:
          "No text that a line must hold follows from it; name an 'event', or add a literal of three letters or more.")
    }
  }
}
