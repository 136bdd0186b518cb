import Events
import Storage

extension AlertEngine {
  /// Decides what to tell about incidents that changed, and about those for which something is due.
  func decide(on changed: [StoredIncident], now: Int64, into report: inout AlertReport, isDry: Bool) throws {
    let silences = try store.silences(endingAfter: now)
    var incidents: [Int64: StoredIncident] = [:]
    var fresh: [StoredIncident] = []  // a dry run's have no id
    for incident in changed where incident.mergedInto == 0 && incident.state != .pending {
      if incident.id == 0 { fresh.append(incident) } else { incidents[incident.id] = incident }
    }
    for id in try store.undecidedIncidents() where incidents[id] == nil {
      guard let incident = try store.incident(id: id), incident.mergedInto == 0, incident.state != .pending else {
        continue
      }
      incidents[id] = incident
    }
    for rule in rules.rules where rule.alert.remindEvery > 0 {
      for incident in try store.openIncidents(rule: rule.key) where incidents[incident.id] == nil {
        incidents[incident.id] = incident
      }
    }
    let held = try store.heldRows()
    for row in held where incidents[row.incident] == nil {
      if let incident = try store.incident(id: row.incident) { incidents[incident.id] = incident }
    }
    let told = try store.outbox(incidents: Array(incidents.keys))
    var rows: [OutboxRow] = []
    var late: [StoredIncident] = []
    for incident in incidents.values.sorted(by: { $0.id < $1.id }) + fresh {
      guard let rule = rules.rule(incident.rule) else { continue }
      var wanted = self.wanted(incident, rule, told: told[incident.id] ?? [], now: now)
      let isUntold = (told[incident.id] ?? []).allSatisfy { $0.state == .held }
      if !wanted.isEmpty, isUntold, isOld(incident, rule, now: now) {
        if !incident.isLate, (told[incident.id] ?? []).isEmpty {
          var old = incident
          old.isLate = true
          late.append(old)
          report.olderRecorded += 1
        }
        continue
      }
      if silences.contains(where: { $0.covers(incident, now: now) }) {
        for index in wanted.indices { wanted[index].state = .held }
        if !wanted.isEmpty, (told[incident.id] ?? []).allSatisfy({ $0.state != .held }) {
          report.heldBack.append(incident)
        }
      }
      rows += wanted
      if isDry {
        for row in wanted where row.state == .pending {
          report.notifications.append(try notification(row, incident, rule))
        }
      }
    }
    if isDry { return }
    if !late.isEmpty {
      var commit = AlertCommit()
      commit.incidents = late
      _ = try store.commit(commit)
    }
    for row in try store.enqueue(rows) {
      let known: StoredIncident? =
        if let incident = incidents[row.incident] { incident } else { try store.incident(id: row.incident) }
      guard let incident = known, let rule = rules.rule(incident.rule) else { continue }
      report.notifications.append(try notification(row, incident, rule))
    }
    report.notifications.sort {
      ($1.incident.level, $0.incident.start, $0.incident.id) < ($0.incident.level, $1.incident.start, $1.incident.id)
    }
  }

  /// Whether the incident ended too long ago to be told. What a date or a silent source opened holds now.
  private func isOld(_ incident: StoredIncident, _ rule: Rule, now: Int64) -> Bool {
    if rule.alert.deadline != nil || rule.alert.silence != nil { return incident.state != .open }
    let age = rule.alert.notifyAgeMax ?? options.notifyAgeMax
    return incident.end < now.saturatingSubtract(age)
  }

  /// The rows that the outbox should have and has not.
  private func wanted(_ incident: StoredIncident, _ rule: Rule, told: [OutboxRow], now: Int64) -> [OutboxRow] {
    var rows: [OutboxRow] = []
    for channel in options.channels {
      let mine = told.filter { $0.channel == channel }
      func add(_ reason: OutboxRow.Reason, _ n: Int64) {
        rows.append(
          OutboxRow(
            incident: incident.id, channel: channel, reason: reason, n: n, state: .pending, level: incident.level,
            createdAt: now))
      }
      guard let opened = mine.first(where: { $0.reason == .opened }) else {
        add(.opened, 0)
        continue
      }
      if opened.state == .held {
        // The silence may be over: tell it now if it still matters.
        if incident.state == .open { add(.opened, 0) }
        continue
      }
      let highest = mine.filter { $0.reason != .resolved }.map(\.level).max() ?? 0
      if incident.state == .open, incident.level > highest { add(.escalated, Int64(incident.level)) }
      if rule.alert.remindEvery > 0, incident.state == .open, incident.ackedAt == 0 {
        let latest = mine.map(\.createdAt).max() ?? now
        let number = (mine.filter { $0.reason == .reminder }.map(\.n).max() ?? 0) + 1
        if now - latest >= rule.alert.remindEvery { add(.reminder, number) }
      }
      if incident.state == .resolved, rule.alert.tellsResolved, !mine.contains(where: { $0.reason == .resolved }) {
        add(.resolved, 0)
      }
    }
    return rows
  }

  private func notification(_ row: OutboxRow, _ incident: StoredIncident, _ rule: Rule) throws -> Notification {
    Notification(
      row: row.id, channel: row.channel, reason: row.reason, incident: incident,
      first: incident.count == 0 ? nil : try store.event(row: incident.firstRow),
      last: incident.count < 2 ? nil : try store.event(row: incident.lastRow),
      title: rule.title, runbook: rule.alert.runbook, command: IncidentText.command(for: incident, rule, in: rules),
      query: rule.alert.query)
  }
}

extension Silence {
  /// Whether it keeps the incident from being told now.
  func covers(_ incident: StoredIncident, now: Int64) -> Bool {
    guard now >= start, now < end, rule.isEmpty || rule == incident.rule || rule == incident.label else { return false }
    let group = JSONValue.texts(of: incident.groupJSON)
    return matchers.allSatisfy { field, value in
      group[field].map { GroupKey.folded($0) == GroupKey.folded(value) } ?? false
    }
  }
}
