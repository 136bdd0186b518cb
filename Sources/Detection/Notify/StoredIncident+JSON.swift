import Events
import Storage

extension StoredIncident {
  /// The canonical form, one JSON object: the same events always give the same text, but for `id`
  /// and what people did (`acked_*`, `note`).
  public var json: String { members(more: []).minified }

  func members(more: [JSONValue.Member]) -> JSONValue {
    func text(_ key: String, _ value: String) -> JSONValue.Member { JSONValue.Member(key: key, value: .string(value)) }
    func number(_ key: String, _ value: Int64) -> JSONValue.Member {
      JSONValue.Member(key: key, value: .number(String(value)))
    }
    func ids(_ key: String, _ values: [String]) -> JSONValue.Member {
      JSONValue.Member(key: key, value: .array(values.map { .string($0) }))
    }
    let group = JSONValue(groupJSON) ?? .object([])
    let whole = peak == peak.rounded() && abs(peak) < 1e15
    return .object(
      more + [
        text("rule", rule), JSONValue.Member(key: "group", value: group), text("start", Timestamp.rfc3339(start)),
        text("end", Timestamp.rfc3339(end)), number("count", count),
        JSONValue.Member(key: "peak", value: .number(whole ? String(Int64(peak)) : String(peak))),
        text("level", Level(rawValue: level)?.name ?? "medium"), text("state", state.rawValue),
        ids("first_events", firstEvents), ids("last_events", lastEvents), text("events_digest", digest.description),
        text("name", label), text("title", title), number("id", id),
        JSONValue.Member(key: "late", value: .bool(isLate)),
        text("acked_by", ackedAt == 0 ? "" : ackedBy), text("acked_ts", ackedAt == 0 ? "" : Timestamp.rfc3339(ackedAt)),
        text("note", note),
      ])
  }
}

extension Notification {
  /// One JSON object: the incident and why it is told.
  public var json: String {
    func text(_ key: String, _ value: String) -> JSONValue.Member { JSONValue.Member(key: key, value: .string(value)) }
    return incident.members(more: [text("reason", reason.rawValue), text("command", command), text("runbook", runbook)])
      .minified
  }
}

extension IncidentText {
  /// A table for people; empty if there is no incident.
  public static func table(_ incidents: [StoredIncident], clock: Clock, now: Int64) -> String {
    guard !incidents.isEmpty else { return "" }
    var rows = [["ID", "LEVEL", "STATE", "RULE", "ABOUT", "EVENTS", "FIRST", "LAST"]]
    for incident in incidents {
      let state = incident.ackedAt > 0 && incident.state == .open ? "acked" : incident.state.rawValue
      rows.append([
        String(incident.id), Level(rawValue: incident.level)?.name ?? "", state, visible(incident.label),
        group(incident),
        String(incident.count), clock.short(incident.start, now), clock.short(incident.end, now),
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        let isNumber = column == 0 || column == 5
        line += (column > 0 ? "  " : "") + (isNumber ? padding + cell : cell + padding)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
