import Events
import Storage

/// Incidents for people: the text that cron mails.
///
/// Values come from log lines, so whoever is attacked writes part of this text: control characters
/// are made visible, and shell commands are quoted.
public struct IncidentText {
  /// How times are written.
  public let clock: Clock
  public let host: String

  public struct Clock: Sendable {
    /// Microseconds since 1970 → `20 Nov 2026 15:45 CET`.
    public var moment: @Sendable (Int64) -> String
    /// → `15:41:40`, or with the day if it is not that of the second time.
    public var short: @Sendable (Int64, Int64) -> String

    public init(moment: @escaping @Sendable (Int64) -> String, short: @escaping @Sendable (Int64, Int64) -> String) {
      self.moment = moment
      self.short = short
    }

    public static let utc = Clock(
      moment: { Timestamp.rfc3339($0).prefix(16).replacing("T", with: " ") + " UTC" },
      short: { time, reference in
        let text = Timestamp.rfc3339(time)
        let isSameDay = Timestamp.rfc3339(reference).prefix(10) == text.prefix(10)
        let clock = String(text.dropFirst(11).prefix(8))
        return isSameDay ? clock : text.prefix(10) + " " + clock
      })
  }

  public init(clock: Clock = .utc, host: String = "") {
    self.clock = clock
    self.host = host
  }

  /// The whole message; empty if there is nothing to say.
  public func message(_ report: AlertReport, now: Int64) -> String {
    guard !report.notifications.isEmpty || report.olderRecorded > 0 else { return "" }
    var blocks: [String] = []
    let stories = Self.stories(report.notifications)
    let count = stories.count
    if count > 0 {
      blocks.append(
        "seclog: \(count) alert\(count == 1 ? "" : "s")\(host.isEmpty ? "" : " on \(Self.visible(host))"), \(clock.moment(now))"
      )
    }
    var shown: [String: Int] = [:]
    var left: [String: Int] = [:]
    for story in stories {
      let rule = story[0].incident.label
      shown[rule, default: 0] += 1
      if shown[rule]! > AlertLimits.blocksMax {
        left[rule, default: 0] += 1
      } else {
        blocks.append(block(story[0], also: story.dropFirst().map(\.incident), now: now))
      }
    }
    for (rule, count) in left.sorted(by: { $0.key < $1.key }) {
      blocks.append("And \(count) more of \(Self.visible(rule)): seclog alert list --rule \(Self.quoted(rule))")
    }
    if !report.heldBack.isEmpty {
      let names = report.heldBack.prefix(5).map { "\(Self.visible($0.label)) \(Self.group($0))".trimmed }
      let more = report.heldBack.count > 5 ? " and \(report.heldBack.count - 5) more" : ""
      blocks.append("Held back by a silence: \(names.joined(separator: ", "))\(more).")
    }
    if report.olderRecorded > 0 {
      let incidents = report.olderRecorded == 1 ? "1 older incident" : "\(report.olderRecorded) older incidents"
      blocks.append("\(incidents) recorded: seclog alert list --all")
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  /// New incidents that stand on the same events are told together, the gravest first.
  private static func stories(_ notifications: [Notification]) -> [[Notification]] {
    var stories: [[Notification]] = notifications.map { [$0] }
    let new = notifications.indices.filter { notifications[$0].reason == .opened }
    for (position, teller) in IncidentStories.tellers(new.map { notifications[$0].incident }).enumerated()
    where teller != position {
      stories[new[teller]].append(notifications[new[position]])
      stories[new[position]] = []
    }
    return stories.filter { !$0.isEmpty }
  }

  /// What else the same events made: `login-failures-by-source (medium)`.
  public static func also(_ incidents: [StoredIncident]) -> String {
    incidents.map { "\(visible($0.label)) (\((Level(rawValue: $0.level) ?? .medium).name))" }.joined(separator: ", ")
  }

  /// One incident: what, who, how much, first and last event, and the command for the rest.
  public func block(_ notification: Notification, also: [StoredIncident] = [], now: Int64) -> String {
    let incident = notification.incident
    let word: String =
      switch notification.reason {
      case .opened: notification.level.name.uppercased()
      case .escalated: "NOW \(notification.level.name.uppercased())"
      case .reminder: "STILL \(notification.level.name.uppercased())"
      case .resolved: "RESOLVED"
      }
    var lines = [
      [Self.padded(word, 8), Self.padded(Self.visible(incident.label), 24), Self.group(incident)].joined(
        separator: "  "
      ).trimmed
    ]
    if !notification.title.isEmpty, notification.title != incident.label {
      lines.append("  \(Self.visible(notification.title))")
    }
    lines.append("  " + summary(incident, reason: notification.reason, now: now))
    if !also.isEmpty { lines.append("  Also   " + Self.also(also)) }
    if let first = notification.first { lines.append("  First  " + event(first, now: now)) }
    if let last = notification.last { lines.append("  Last   " + event(last, now: now)) }
    lines.append("  See    " + notification.command)
    if !notification.query.isEmpty { lines.append("  More   seclog query " + Self.quoted(notification.query)) }
    if !notification.runbook.isEmpty { lines.append("  Do     " + Self.visible(notification.runbook)) }
    return lines.joined(separator: "\n")
  }

  func summary(_ incident: StoredIncident, reason: OutboxRow.Reason, now: Int64) -> String {
    if incident.deadline > 0 {
      let days = (incident.deadline - now) / 86_400_000_000
      if reason == .resolved { return "Renewed: a later date was seen \(clock.moment(incident.resolveTime))." }
      if incident.deadline <= now { return "Expired \(clock.moment(incident.deadline))." }
      return "Expires \(clock.moment(incident.deadline)), in \(days) day\(days == 1 ? "" : "s")."
    }
    if incident.count == 0 {
      return reason == .resolved
        ? "Heard again \(clock.moment(incident.resolveTime))." : "Nothing read since \(clock.moment(incident.start))."
    }
    let events = incident.count == 1 ? "1 event" : "\(Self.grouped(incident.count)) events"
    if reason == .resolved { return "Over since \(clock.moment(incident.resolveTime)), after \(events)." }
    if incident.start == incident.end { return "\(events) at \(clock.short(incident.end, now))." }
    return "\(events) from \(clock.short(incident.start, now)) to \(clock.short(incident.end, now))."
  }

  private func event(_ stored: StoredEvent, now: Int64) -> String {
    let event = stored.event
    var parts = [String(event.id.prefix(8)), clock.short(event.ts, now), event.event]
    if !event.actor.isEmpty { parts.append(event.actor) }
    if !event.sourceIP.isEmpty { parts.append("from \(event.sourceIP)") }
    if !event.target.isEmpty { parts.append("→ \(event.target)") }
    let words = event.reason.isEmpty ? event.message : event.reason
    if !words.isEmpty { parts.append(words) }
    let line = Self.visible(parts.joined(separator: "  "))
    return line.count > 160 ? line.prefix(159) + "…" : line
  }

  // MARK: Pieces

  static func group(_ incident: StoredIncident) -> String {
    guard case .object(let members)? = JSONValue(incident.groupJSON) else { return "" }
    let texts = members.compactMap { member -> String? in
      guard case .string(let value) = member.value, !value.isEmpty, member.key != "cert_not_after" else { return nil }
      return member.key == "source_ip" ? "from \(value)" : value
    }
    return visible(texts.joined(separator: " "))
  }

  /// The command that shows every event of an incident, and as little else as its group and its
  /// stretch of time allow.
  static func command(for incident: StoredIncident, _ rule: Rule, in rules: RuleSet) -> String {
    if incident.count == 0 { return "seclog status" }
    var words = ["seclog search"]
    if case .object(let members)? = JSONValue(incident.groupJSON) {
      for member in members {
        guard case .string(let value) = member.value, !value.isEmpty, Column(rawValue: member.key) != nil,
          Column(rawValue: member.key)?.kind != .time
        else { continue }
        words.append("\(member.key)=\(quoted(value))")
      }
    }
    let names = (eventNames(rule, in: rules) ?? []).sorted()
    if let name = names.first {
      // Several names by what they begin with.
      let shared = names.dropFirst().reduce(name) { String(zip($0, $1).prefix { $0 == $1 }.map(\.0)) }
      if names.count == 1 {
        words.append("event=\(name)")
      } else if shared.count > 3 {
        words.append("event~" + quoted(shared + "*"))
      }
    }
    // A date's events may lie anywhere before it.
    if incident.deadline > 0 { return words.joined(separator: " ") }
    // Whole seconds around the incident, since `until` is excluded.
    words.append("--since \(Timestamp.rfc3339(incident.start).prefix(19))Z")
    words.append("--until \(Timestamp.rfc3339(incident.end + 1_000_000).prefix(19))Z")
    return words.joined(separator: " ")
  }

  private static func eventNames(_ rule: Rule, in rules: RuleSet) -> Set<String>? {
    switch rule.body {
    case .detection(let filter): return filter.eventNames
    case .correlation(let correlation):
      var names: Set<String> = []
      for key in correlation.rules {
        guard let inner = rules.rule(key), let some = eventNames(inner, in: rules) else { return nil }
        names.formUnion(some)
      }
      return names
    }
  }

  /// Control characters as `\x1b`, so that a log line cannot steer a terminal or a mail.
  public static func visible(_ text: String) -> String { text.visible }

  /// A word for a shell.
  static func quoted(_ text: String) -> String {
    let plain = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || "-_.:/@,+=%".unicodeScalars.contains(scalar))
    }
    return plain && !text.isEmpty ? text : "'" + visible(text).replacing("'", with: "'\\''") + "'"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func grouped(_ number: Int64) -> String {
    var digits = Array(String(number))
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: index)
      index -= 3
    }
    return String(digits)
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
