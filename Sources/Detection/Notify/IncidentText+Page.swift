import Events
import Storage

extension IncidentText {
  /// An incident in two short lines, for pages: which rule about whom, and what happened.
  public func lines(_ incident: StoredIncident, now: Int64) -> (title: String, detail: String) {
    let group = Self.group(incident)
    let title = group.isEmpty ? incident.label : "\(incident.label): \(group)"
    let what = summary(incident, reason: .opened, now: now)
    return (title, incident.title.isEmpty || incident.title == incident.label ? what : "\(incident.title). \(what)")
  }

  /// The command that shows what is behind an incident.
  public static func command(for incident: StoredIncident, in rules: RuleSet) -> String {
    rules.rule(incident.rule).map { command(for: incident, $0, in: rules) } ?? "seclog alert list --all"
  }
}
