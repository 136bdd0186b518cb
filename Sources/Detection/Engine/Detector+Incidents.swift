import Events
import Storage

extension Detector {
  /// The incidents of one group whose anchors lie in a range of time: a function of the events and
  /// the clock, and of nothing else.
  ///
  /// - Parameters:
  ///   - resolvers: events that end incidents of this group.
  ///   - now: for state, and for deadlines.
  func incidents(of group: WindowGroup, anchors range: ClosedRange<Int64>, resolvers: [EventSample], now: Int64)
    -> [StoredIncident]
  {
    if rule.alert.deadline != nil { return deadlines(of: group, now: now) }
    let ends = resolvers.map(\.ts).sorted()
    var incidents: [StoredIncident] = []
    var run: [WindowAnchor] = []
    func close() {
      guard !run.isEmpty else { return }
      incidents.append(incident(of: group, run, ends: ends, now: now))
      run.removeAll()
    }
    for anchor in group.anchors where range.contains(anchor.ts) {
      if let last = run.last {
        // An event that resolves stands between them, or nothing for too long.
        let isCut = ends.contains { $0 >= last.end && $0 < anchor.ts }
        if isCut || anchor.ts.saturatingSubtract(last.ts) > mergeGap { close() }
      }
      run.append(anchor)
    }
    close()
    return incidents
  }

  private func incident(of group: WindowGroup, _ anchors: [WindowAnchor], ends: [Int64], now: Int64) -> StoredIncident {
    let events = group.events(anchors.map(\.members))
    var incident = incident(of: events, group: group.members[anchors[0].members.lowerBound].group, key: group.key)
    incident.firstAnchor = anchors.first!.ts
    incident.lastAnchor = anchors.last!.ts
    incident.peak = anchors.map(\.metric).max()!
    incident.level = level(peak: incident.peak).rawValue
    let last = max(incident.lastAnchor, incident.end, anchors.last!.end)
    incident.resolveTime = min(last.saturatingAdd(resolveAfter), ends.first { $0 >= last } ?? .max)
    incident.state = incident.resolveTime <= now ? .resolved : .open
    return incident
  }

  func level(peak: Double) -> Level {
    max(rule.level, rule.alert.levels.last { peak >= $0.atLeast }?.level ?? rule.level)
  }

  private func incident(of events: [WindowGroup.Reference], group: [String], key: String) -> StoredIncident {
    var incident = StoredIncident()
    incident.rule = rule.key
    incident.label = rule.label
    incident.title = rule.title
    incident.groupKey = key
    incident.groupJSON = groupJSON(group)
    incident.start = events.first!.ts
    incident.end = events.last!.ts
    incident.count = Int64(events.count)
    incident.firstEvents = events.prefix(AlertLimits.eventsShownMax).map(\.id.description)
    incident.lastEvents = events.suffix(AlertLimits.eventsShownMax).map(\.id.description)
    var digest: (UInt64, UInt64) = (0, 0)
    for event in events {
      digest.0 &+= event.id.high
      digest.1 &+= event.id.low
    }
    incident.digest = EventID(high: digest.0, low: digest.1)
    incident.firstRow = events.first!.row
    incident.lastRow = events.last!.row
    return incident
  }

  private func groupJSON(_ values: [String], more: [(String, String)] = []) -> String {
    JSONValue.object((zip(root.groupNames, values) + more).map { JSONValue.Member(key: $0.0, value: .string($0.1)) })
      .minified
  }

  // MARK: Deadlines

  /// After its deadline, an incident that nothing renews is given up once nobody has told of it for this long.
  private static let forgetAfter: Int64 = 30 * 86_400_000_000

  /// One incident for each date that the group's events name. It opens at the first rung, rises rung
  /// by rung, and ends when a later date is told of after this one was last told of.
  private func deadlines(of group: WindowGroup, now: Int64) -> [StoredIncident] {
    guard let deadline = rule.alert.deadline, let first = deadline.ladder.first else { return [] }
    var tellings: [Int64: [Int]] = [:]
    for (index, member) in group.members.enumerated() {
      if let date = member.counted.first.flatMap(Int64.init), date > 0 { tellings[date, default: []].append(index) }
    }
    return tellings.keys.sorted().map { date in
      let members = tellings[date]!
      let events = group.events(members.map { $0..<$0 + 1 })
      let lastTold = events.last!.ts
      let renewed = group.members.first { member in
        member.ts > lastTold && (member.counted.first.flatMap(Int64.init) ?? 0) > date
      }
      var incident = incident(
        of: events, group: group.members[members[0]].group,
        key: GroupKey.text(group.members[members[0]].group + [String(date)]))
      incident.groupJSON = groupJSON(group.members[members[0]].group, more: [(deadline.field, Timestamp.rfc3339(date))])
      incident.deadline = date
      incident.start = date - first.before
      incident.resolveTime = min(renewed?.ts ?? .max, max(date, lastTold).saturatingAdd(Self.forgetAfter))
      turn(&incident, now: now)
      return incident
    }
  }

  /// Brings a deadline's level and state up to the clock.
  func turn(_ incident: inout StoredIncident, now: Int64) {
    guard let ladder = rule.alert.deadline?.ladder else { return }
    let clock = min(now, incident.resolveTime)
    let opened = ladder.filter { incident.deadline - $0.before <= clock }
    incident.end = opened.last.map { incident.deadline - $0.before } ?? incident.start
    incident.firstAnchor = incident.start
    incident.lastAnchor = incident.end
    incident.peak = Double(opened.count)
    incident.level = (opened.map(\.level).max() ?? ladder[0].level).rawValue
    incident.state = opened.isEmpty ? .pending : incident.resolveTime <= now ? .resolved : .open
  }
}
