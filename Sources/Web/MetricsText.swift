import Dashboards
import Events

/// The figures of a store in the text format of Prometheus. No user, no address, no session ever
/// becomes a label.
public enum MetricsText {
  public static func text(health: PipelineHealth, firing: [DashboardPage.Attention], version: String) -> String {
    var output = ""
    func family(_ name: String, _ type: String, _ help: String, _ samples: [(labels: [(String, String)], value: Int64)])
    {
      guard !samples.isEmpty else { return }
      output += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
      for (labels, value) in samples {
        let text = labels.map { "\($0)=\"\(escape($1))\"" }.joined(separator: ",")
        output += text.isEmpty ? "\(name) \(value)\n" : "\(name){\(text)} \(value)\n"
      }
    }
    let sources = health.sources
    family("seclog_build_info", "gauge", "Build information.", [([("version", version)], 1)])
    family(
      "seclog_lines_read_total", "counter", "Input lines read.", sources.map { ([("source", $0.path)], $0.lines) })
    family(
      "seclog_bytes_read_total", "counter", "Input bytes read.", sources.map { ([("source", $0.path)], $0.bytes) })
    family(
      "seclog_lines_rejected_total", "counter", "Input lines kept as a stub only.",
      sources.flatMap { source in
        source.rejected.sorted { $0.key < $1.key }.map { ([("source", source.path), ("reason", $0.key)], $0.value) }
      })
    family(
      "seclog_events_stored_total", "counter", "Events committed to the store.",
      sources.map { ([("source", $0.path)], $0.events) })
    family(
      "seclog_redactions_total", "counter", "Values redacted before storage.",
      sources.flatMap { source in
        source.redactions.sorted { $0.key < $1.key }.map { ([("source", source.path), ("kind", $0.key)], $0.value) }
      })
    family(
      "seclog_redactions_by_rule_total", "counter", "Values redacted before storage, by the rule that hid them.",
      sources.flatMap { source in
        source.redactionRules.sorted { $0.key < $1.key }.map {
          ([("source", source.path), ("rule", $0.key)], $0.value)
        }
      })
    family(
      "seclog_redactions_by_field_total", "counter",
      "Values redacted before storage, by the known words of the name before them.",
      sources.flatMap { source in
        source.redactionFields.sorted { $0.key < $1.key }.map {
          ([("source", source.path), ("field", $0.key)], $0.value)
        }
      })
    family(
      "seclog_source_last_read_timestamp_seconds", "gauge", "When the source last gave a line.",
      sources.map { ([("source", $0.path)], $0.lastRead / 1_000_000) })
    family(
      "seclog_newest_event_timestamp_seconds", "gauge", "Time of the newest event.",
      [([], health.newestEvent / 1_000_000)])
    family("seclog_store_size_bytes", "gauge", "Size of the event store on disk.", [([], health.storeBytes)])
    var rules: [String: (Int64, Int64)] = [:]
    for incident in firing {
      let (count, severity) = rules[incident.label] ?? (0, 0)
      rules[incident.label] = (count + 1, max(severity, incident.severity))
    }
    family(
      "seclog_alerts_firing", "gauge", "Incidents firing, by rule.",
      rules.sorted { $0.key < $1.key }.map { ([("rule", $0.key), ("severity", "\($0.value.1)")], $0.value.0) })
    return output
  }

  /// Label values as the exposition format wants them.
  private static func escape(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
