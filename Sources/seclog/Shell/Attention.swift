import Dashboards
import Detection
import Events
import Storage

/// Incidents as the sentences of dashboards and pages.
struct Attention {
  let rules: RuleSet
  var zone = TimeExpression.Zone.local
  /// Appended to commands so that they run as printed, such as `--db /tmp/x/events.db`.
  var options = ""

  init(_ settings: Configuration) {
    rules = RuleSet.standard(directories: settings.alerts.ruleDirectories)
  }

  /// Open incidents; with `since`, also those that ended after it and that nobody has acknowledged.
  func incidents(in store: EventStore, now: Int64, endedSince since: Int64? = nil) throws -> [DashboardPage.Attention] {
    let text = IncidentText(clock: zone == .utc ? .utc : .local)
    let incidents = try store.incidents(all: since != nil).filter { incident in
      incident.state == .open || (incident.end >= since ?? .max && incident.ackedAt == 0)
    }.sorted { ($0.level, $0.end) > ($1.level, $1.end) }
    let tellers = IncidentStories.tellers(incidents)
    return incidents.indices.map { index in
      let incident = incidents[index]
      var (title, detail) = text.lines(incident, now: now)
      let also = incidents.indices.filter { tellers[$0] == index && $0 != index }.map { incidents[$0] }
      if !also.isEmpty { detail += " Also: \(IncidentText.also(also))." }
      let command = IncidentText.command(for: incident, in: rules)
      return .init(
        severity: Int64(incident.level), label: incident.label, title: title, detail: detail, start: incident.start,
        end: incident.end, isOpen: incident.state == .open,
        command: options.isEmpty ? command : "\(command) \(options)", isToldElsewhere: tellers[index] != index)
    }
  }
}
