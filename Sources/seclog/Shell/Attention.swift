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

  /// - Parameter all: the ended ones too, newest first.
  func incidents(in store: EventStore, now: Int64, all: Bool = false) throws -> [DashboardPage.Attention] {
    let text = IncidentText(clock: zone == .utc ? .utc : .local)
    return try store.incidents(all: all).map { incident in
      let (title, detail) = text.lines(incident, now: now)
      let command = IncidentText.command(for: incident, in: rules)
      return .init(
        severity: Int64(incident.level), label: incident.label, title: title, detail: detail, start: incident.start,
        end: incident.end, command: options.isEmpty ? command : "\(command) \(options)")
    }
  }
}
