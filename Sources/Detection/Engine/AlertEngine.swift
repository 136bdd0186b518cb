import Events
import Storage

/// Keeps incidents up to date with the events of a store, and says what is new.
///
/// Incidents are a function of the stored events, the rules and the clock. A run looks only at groups
/// in which something changed since the last one, but computes for them what a run over everything
/// would: so order, batches, run times, overlaps and crashes leave no trace.
///
/// One engine at a time works on a store: see ``AlertLock``.
public struct AlertEngine {
  public struct Options: Sendable {
    /// An incident that ended longer ago is recorded, not told. Microseconds.
    public var notifyAgeMax: Int64 = 24 * 3_600_000_000
    /// Changes nothing in the store.
    public var isDryRun = false
    public var channels: [String] = [Channel.standardOutput]

    public init() {}
  }

  /// Names of channels, as they stand in the outbox.
  public enum Channel {
    public static let standardOutput = "stdout"
  }

  let store: EventStore
  let rules: RuleSet
  let options: Options
  let detectors: [Detector]
  /// Rules that look at sources instead of events.
  let watchers: [Rule]

  public init(store: EventStore, rules: RuleSet, options: Options = Options()) {
    self.store = store
    self.rules = rules
    self.options = options
    let output = rules.rules.filter { rules.isOutput($0) }
    detectors = output.compactMap { Detector($0, in: rules) }
    watchers = output.filter { $0.alert.silence != nil }
  }

  /// Evaluates what is new and decides what to tell.
  ///
  /// The report's notifications are pending in the store: tell them, then call ``told(_:now:)``. A run
  /// that dies in between leaves them to the next.
  ///
  /// - Parameter now: the clock, microseconds since 1970.
  /// - Throws: ``Problem`` if the store cannot be read or written. A rule that fails is counted
  ///   (``AlertReport/problems``) and the others go on.
  public func run(now: Int64) throws -> AlertReport {
    var report = AlertReport(problems: rules.problems, rules: detectors.count + watchers.count)
    var commit = AlertCommit()
    let last = try store.lastChange()
    let progress = try store.alertProgress()
    let watermark = detectors.contains { $0.root.isNegative } ? try store.watermark(now: now) : 0
    var changes: [Int64: Changes] = [:]  // by the seq they begin behind
    for detector in detectors {
      let key = detector.rule.key
      let known = progress[key]
      let isNew = known?.hash != detector.hash
      // A rule about what did not happen can tell more as time goes on, without a new match. It never
      // takes back what it knew when a source that was quiet turns out to have been late.
      let horizon = detector.root.isNegative ? max(watermark, isNew ? 0 : known!.horizon) : 0
      if !isNew, known!.seq == last, known!.horizon == horizon { continue }
      do {
        var found: [StoredIncident]
        if isNew {
          found = try evaluate(detector, .everything, horizon, now: now, removed: &commit.removed)
        } else {
          let from = known!.seq
          if changes[from] == nil { changes[from] = try self.changes(after: from, upTo: last) }
          var dirty = try dirty(detector, changes[from]!)
          if detector.root.isNegative { dirty.include(min(known!.horizon, horizon)...max(known!.horizon, horizon)) }
          found = try evaluate(detector, dirty, horizon, now: now, removed: &commit.removed)
        }
        report.evaluated += 1
        for index in found.indices where found[index].openedAt == 0 { found[index].openedAt = now }
        commit.incidents += found
        commit.progress.append(AlertCommit.Progress(rule: key, hash: detector.hash, seq: last, horizon: horizon))
      } catch let problem as Problem where problem.code != .busy && problem.code != .permission {
        report.problems.append(
          Problem(
            problem.code, at: detector.rule.place, "rule '\(key)' failed: \(problem.what)", next: problem.nextStep))
      }
    }
    commit.incidents += try turned(by: now, besides: commit.incidents)
    commit.incidents += try silentSources(now: now)
    if options.isDryRun {
      try decide(on: commit.incidents, now: now, into: &report, isDry: true)
      return report
    }
    let stored = try store.commit(commit)
    try decide(on: stored, now: now, into: &report, isDry: false)
    return report
  }

  /// Marks notifications as told.
  public func told(_ notifications: [Notification], now: Int64) throws {
    guard !options.isDryRun else { return }
    try store.markSent(notifications.compactMap { $0.row == 0 ? nil : $0.row }, at: now)
  }

  // MARK: What changed

  enum Changes {
    case events([StoredEvent], revised: Set<Int64>)
    /// Too many to look at: everything in a range of time.
    case range(ClosedRange<Int64>?)
  }

  private func changes(after seq: Int64, upTo last: Int64) throws -> Changes {
    guard last - seq <= Int64(AlertLimits.changesMax) else {
      return .range(try store.timeRange(changedAfter: seq, upTo: last))
    }
    let events = try store.events(changedAfter: seq, upTo: last).map(\.event)
    return .events(events, revised: try store.rowsRevised(after: seq, upTo: last))
  }

  /// Which groups of a rule to compute anew, and in which range of anchors.
  enum Dirty {
    case everything
    /// Every group, in a range.
    case range(ClosedRange<Int64>)
    case groups([String: ClosedRange<Int64>])

    /// Widens it to every group, and to a further range.
    mutating func include(_ range: ClosedRange<Int64>) {
      var ranges = [range]
      switch self {
      case .everything: return
      case .range(let other): ranges.append(other)
      case .groups(let groups): ranges += groups.values
      }
      self = .range(ranges.map(\.lowerBound).min()!...ranges.map(\.upperBound).max()!)
    }
  }

  private func dirty(_ detector: Detector, _ changes: Changes) throws -> Dirty {
    switch changes {
    case .range(nil): return .groups([:])
    case .range(let range?): return .range(range)
    case .events(let events, let revised):
      var groups: [String: ClosedRange<Int64>] = [:]
      func mark(_ group: String, _ ts: Int64) {
        guard let range = groups[group] else { return groups[group] = ts...ts }
        groups[group] = min(range.lowerBound, ts)...max(range.upperBound, ts)
      }
      for stored in events {
        let record = EventRecord(stored.event)
        for (number, leaf) in detector.leaves.enumerated() where leaf.compiled.matches(record) {
          let sample = EventSample(stored.rowID, record, fields: leaf.fields)
          for group in detector.groups(of: sample, leaf: number) { mark(group, sample.ts) }
        }
        if let resolver = detector.resolver, resolver.compiled.matches(record) {
          mark(detector.group(ofResolver: EventSample(stored.rowID, record, fields: resolver.fields)), stored.event.ts)
        }
        // A revised event may have left the group it was in; only an incident would remember.
        if revised.contains(stored.rowID) {
          let reach = detector.root.reach
          let ts = stored.event.ts
          let near = ts.saturatingSubtract(reach)...ts.saturatingAdd(reach)
          for incident in try store.incidents(rule: detector.rule.key, groupKey: nil, anchors: near)
          where incident.deadline == 0 {
            mark(incident.groupKey, ts)
          }
        }
      }
      return .groups(groups)
    }
  }

  // MARK: Evaluation

  private static let everything = Int64.min / 4...Int64.max / 4

  /// - Parameters:
  ///   - horizon: time up to which a rule about what did not happen may judge.
  ///   - removed: gets the ids of stored incidents that are no more and were never told.
  /// - Returns: incidents that are new or differ from what is stored.
  private func evaluate(_ detector: Detector, _ dirty: Dirty, _ horizon: Int64, now: Int64, removed: inout [Int64])
    throws
    -> [StoredIncident]
  {
    var found: [StoredIncident] = []
    switch dirty {
    case .everything:
      try evaluate(detector, nil, anchors: Self.everything, horizon, now: now, &found, &removed)
    case .range(let range):
      let anchors = detector.rule.alert.deadline == nil ? try widened(detector, nil, range) : Self.everything
      try evaluate(detector, nil, anchors: anchors, horizon, now: now, &found, &removed)
    case .groups(let groups):
      if detector.rule.alert.deadline != nil {
        if !groups.isEmpty {
          try evaluate(detector, Set(groups.keys), anchors: Self.everything, horizon, now: now, &found, &removed)
        }
        return found
      }
      // Groups that need the same stretch of time are read together.
      var stretches: [(anchors: ClosedRange<Int64>, groups: Set<String>)] = []
      for (group, range) in try groups.map({ ($0.key, try widened(detector, $0.key, $0.value)) }).sorted(by: {
        ($0.1.lowerBound, $0.0) < ($1.1.lowerBound, $1.0)
      }) {
        if let last = stretches.last, range.lowerBound <= last.anchors.upperBound {
          stretches[stretches.count - 1] = (
            last.anchors.lowerBound...max(last.anchors.upperBound, range.upperBound), last.groups.union([group])
          )
        } else {
          stretches.append((range, [group]))
        }
      }
      for stretch in stretches {
        // What one group needs may cut an incident of another; so the stretch grows until it cuts none.
        var anchors = stretch.anchors
        while true {
          let wider = try stretch.groups.reduce(anchors) { range, group in
            let own = try widened(detector, group, range, isSeed: false)
            return min(range.lowerBound, own.lowerBound)...max(range.upperBound, own.upperBound)
          }
          if wider == anchors { break }
          anchors = wider
        }
        try evaluate(detector, stretch.groups, anchors: anchors, horizon, now: now, &found, &removed)
      }
    }
    return found
  }

  /// The range of anchors that changes at `range` can touch, widened to whole incidents.
  ///
  /// - Parameter isSeed: `range` holds times of events; otherwise it is a range of anchors already.
  private func widened(_ detector: Detector, _ group: String?, _ range: ClosedRange<Int64>, isSeed: Bool = true) throws
    -> ClosedRange<Int64>
  {
    let reach = detector.root.reach
    let gap = max(detector.mergeGap, detector.rule.alert.resolveWhen == nil ? 0 : detector.resolveAfter)
    var anchors = isSeed ? range.lowerBound.saturatingSubtract(reach)...range.upperBound.saturatingAdd(reach) : range
    while true {
      let near = anchors.lowerBound.saturatingSubtract(gap)...anchors.upperBound.saturatingAdd(gap)
      let stored = try store.incidents(rule: detector.rule.key, groupKey: group, anchors: near)
      let wider =
        min(
          anchors.lowerBound, stored.map(\.firstAnchor).min() ?? .max)...max(
          anchors.upperBound, stored.map(\.lastAnchor).max() ?? .min)
      if wider == anchors { return anchors }
      anchors = wider
    }
  }

  private func evaluate(
    _ detector: Detector, _ groups: Set<String>?, anchors: ClosedRange<Int64>, _ known: Int64, now: Int64,
    _ found: inout [StoredIncident],
    _ removed: inout [Int64]
  ) throws {
    let reach = detector.root.reach
    let times = anchors.lowerBound.saturatingSubtract(reach)...anchors.upperBound.saturatingAdd(reach)
    let samples = try detector.leaves.map { try store.samples($0.filter, $0.compiled, fields: $0.fields, times: times) }
    var resolvers: [String: [EventSample]] = [:]
    if let resolver = detector.resolver {
      let after = anchors.lowerBound...anchors.upperBound.saturatingAdd(detector.resolveAfter)
      for sample in try store.samples(resolver.filter, resolver.compiled, fields: resolver.fields, times: after) {
        resolvers[detector.group(ofResolver: sample), default: []].append(sample)
      }
    }
    let horizon = detector.root.isNegative ? known : Int64.max
    var computed: [String: [StoredIncident]] = [:]
    for group in detector.evaluate(samples, only: groups, horizon: horizon) {
      computed[group.key] = detector.incidents(
        of: group, anchors: anchors, resolvers: resolvers[group.key] ?? [], now: now)
    }
    var stored: [String: [StoredIncident]] = [:]
    if detector.rule.alert.deadline != nil {
      // Keys of these carry the date behind the group.
      var byDate: [String: [StoredIncident]] = [:]
      for incident in computed.values.joined() { byDate[incident.groupKey, default: []].append(incident) }
      for incident in try store.deadlineIncidents(rule: detector.rule.key)
      where groups == nil || byDate[incident.groupKey] != nil {
        stored[incident.groupKey, default: []].append(incident)
      }
      computed = byDate
    } else {
      for incident in try store.incidents(rule: detector.rule.key, groupKey: nil, anchors: anchors)
      where groups?.contains(incident.groupKey) ?? true {
        stored[incident.groupKey, default: []].append(incident)
      }
    }
    let oldest = try store.horizon() ?? .max
    for key in Set(computed.keys).union(stored.keys).sorted() {
      var merge = IncidentMerge(stored: stored[key] ?? [], horizon: oldest)
      merge.merge(computed[key] ?? [])
      found += merge.changed
      removed += merge.removed
    }
  }

  // MARK: The clock

  /// Incidents that end, begin again or change their level because time went by.
  private func turned(by now: Int64, besides touched: [StoredIncident]) throws -> [StoredIncident] {
    let known = Set(touched.map(\.id))
    let dated = detectors.filter { $0.rule.alert.deadline != nil }
    let datedRules = Set(dated.map(\.rule.key))
    let loaded = Set(detectors.map(\.rule.key))
    var turned: [StoredIncident] = []
    for var incident in try store.incidentsToTurn(now: now)
    where !known.contains(incident.id) && loaded.contains(incident.rule) && !datedRules.contains(incident.rule) {
      incident.state = incident.resolveTime <= now ? .resolved : .open
      turned.append(incident)
    }
    for detector in dated {
      for incident in try store.deadlineIncidents(rule: detector.rule.key) where !known.contains(incident.id) {
        var current = incident
        detector.turn(&current, now: now)
        if current != incident { turned.append(current) }
      }
    }
    return turned
  }

  /// Incidents of sources that say nothing: a function of how far they were read, and of the clock.
  private func silentSources(now: Int64) throws -> [StoredIncident] {
    guard !watchers.isEmpty else { return [] }
    var found: [StoredIncident] = []
    let sources = try store.sources()
    for rule in watchers {
      guard let silence = rule.alert.silence else { continue }
      let open = try store.openIncidents(rule: rule.key)
      for source in sources {
        let key = GroupKey.text([source.source])
        let stored = open.first { $0.groupKey == key }
        let quietSince = source.lastReadAt
        if var incident = stored, quietSince > incident.start {
          incident.resolveTime = quietSince
          incident.state = .resolved
          found.append(incident)
          continue
        }
        let followed = source.lastReadAt - source.firstReadAt
        let usual = source.counts.lines > 1 ? Double(followed) / Double(source.counts.lines - 1) : 0
        let patience = max(silence.after, Int64(min(usual * silence.times, 1e15)))
        // A file that was read once and is done is not silent.
        guard stored == nil, quietSince > 0, followed >= silence.after, now - quietSince >= patience else { continue }
        var incident = StoredIncident()
        incident.rule = rule.key
        incident.label = rule.label
        incident.title = rule.title
        incident.groupKey = key
        incident.groupJSON = JSONValue.object(of: ["source": source.source])
        incident.start = quietSince
        incident.end = quietSince + patience
        incident.firstAnchor = incident.end
        incident.lastAnchor = incident.end
        incident.peak = Double((now - quietSince) / 1_000_000)
        incident.level = rule.level.rawValue
        incident.openedAt = now
        let told = try store.incidents(rule: rule.key, groupKey: key, anchors: incident.end...incident.end)
        if told.isEmpty { found.append(incident) }
      }
    }
    return found
  }
}
