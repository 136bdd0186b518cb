import Events
import Storage

/// A rule over stored events, as if it had been there all the time: no state is read or written.
public struct RuleReplay {
  /// In order of time.
  public let incidents: [StoredIncident]
  private let rule: Rule
  private let since: Int64
  private let until: Int64
  /// Other thresholds, and how many incidents each would have given.
  private let others: [(threshold: Double, incidents: Int)]

  /// - Throws: ``Problem`` if the store cannot be read, or the rule does not look at events.
  public init(_ rule: Rule, in rules: RuleSet, store: EventStore, since: Int64, until: Int64) throws {
    guard let detector = Detector(rule, in: rules) else {
      throw Problem(
        .usage, "rule '\(rule.label)' looks at sources, not at events, so there is nothing to replay.",
        next: "How sources fare: seclog status")
    }
    let reach = detector.root.reach
    let samples = try detector.leaves.map { leaf in
      try store.samples(leaf.filter, leaf.compiled, fields: leaf.fields, times: since.saturatingSubtract(reach)...until)
    }
    let resolvers =
      try detector.resolver.map { try store.samples($0.filter, $0.compiled, fields: $0.fields, times: since...until) }
      ?? []
    self.rule = rule
    self.since = since
    self.until = until
    incidents = detector.incidents(samples, resolvers: resolvers, from: since, now: until)
    var others: [(threshold: Double, incidents: Int)] = []
    if case .correlation(var correlation) = rule.body, case .bounds(let bounds) = correlation.condition,
      bounds.count == 1,
      bounds[0].comparison == .gte, !correlation.kind.isTemporal
    {
      for factor in [0.5, 2.0] {
        let threshold = (bounds[0].value * factor).rounded()
        guard threshold >= 2, threshold != bounds[0].value else { continue }
        correlation.condition = .bounds([Correlation.Bound(comparison: .gte, value: threshold)])
        guard let variant = Detector(rule.with(.correlation(correlation)), in: rules) else { continue }
        others.append((threshold, variant.incidents(samples, resolvers: resolvers, from: since, now: until).count))
      }
    }
    self.others = others
  }

  /// What would have happened, for people.
  public func text(clock: IncidentText.Clock) -> String {
    let days = max(1, (until - since + 43_200_000_000) / 86_400_000_000)
    let span = "\(days) day\(days == 1 ? "" : "s")"
    guard !incidents.isEmpty else { return "Would not have fired in \(span).\n" + alternatives }
    var lines = ["Would have fired \(incidents.count == 1 ? "once" : "\(incidents.count) times") in \(span):"]
    for incident in incidents.suffix(20) {
      let level = Level(rawValue: incident.level)?.name ?? ""
      lines.append(
        "  \(clock.short(incident.start, until))  \(level)  \(IncidentText.group(incident))  \(incident.count) event\(incident.count == 1 ? "" : "s")"
      )
    }
    if incidents.count > 20 { lines.append("  … and \(incidents.count - 20) before these") }
    return lines.joined(separator: "\n") + "\n" + alternatives
  }

  private var alternatives: String {
    guard !others.isEmpty else { return "" }
    let texts = others.map { "with \(Int64($0.threshold)), \($0.incidents == 1 ? "once" : "\($0.incidents) times")" }
    return "Other thresholds: " + texts.joined(separator: "; ") + ".\n"
  }
}

extension Detector {
  /// All incidents of some samples, in order of time.
  func incidents(_ samples: [[EventSample]], resolvers: [EventSample], from: Int64 = .min / 4, now: Int64)
    -> [StoredIncident]
  {
    let byGroup = Dictionary(grouping: resolvers) { group(ofResolver: $0) }
    let newest = samples.joined().map(\.ts).max() ?? 0
    let horizon = root.isNegative ? min(now, newest) : Int64.max
    return evaluate(samples, horizon: horizon)
      .flatMap { incidents(of: $0, anchors: from...(.max / 4), resolvers: byGroup[$0.key] ?? [], now: now) }
      .filter { $0.state != .pending }
      .sorted { ($0.start, $0.groupKey) < ($1.start, $1.groupKey) }
  }
}
