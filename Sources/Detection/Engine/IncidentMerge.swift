import Events
import Storage

/// Gives computed incidents of one group the identity of the stored ones they continue.
///
/// An incident that was told must not be told again because a late event moved its start or joined
/// it with another: it keeps its id, and what it swallowed is marked.
struct IncidentMerge {
  private var stored: [StoredIncident]
  /// Before this time events may have been pruned: what stands there is kept as it is.
  private let horizon: Int64
  private(set) var changed: [StoredIncident] = []
  private(set) var removed: [Int64] = []

  init(stored: [StoredIncident], horizon: Int64) {
    self.stored = stored.sorted { $0.id < $1.id }
    self.horizon = horizon
  }

  mutating func merge(_ computed: [StoredIncident]) {
    var taken: Set<Int64> = []
    for incident in computed {
      let touching = stored.filter { old in
        !taken.contains(old.id) && old.firstAnchor <= incident.lastAnchor && incident.firstAnchor <= old.lastAnchor
      }
      // Deadline incidents keep their identity even when the ladder's rungs move.
      let dated =
        incident.deadline > 0 ? stored.filter { $0.deadline == incident.deadline && !taken.contains($0.id) } : []
      guard let oldest = dated.first ?? touching.first else {
        changed.append(incident)
        continue
      }
      taken.insert(oldest.id)
      var next = incident.keeping(oldest)
      if oldest.start < horizon, oldest.deadline == 0 { next = oldest.extended(by: incident) }
      if next != oldest { changed.append(next) }
      for var swallowed in touching where swallowed.id != oldest.id {
        taken.insert(swallowed.id)
        swallowed.mergedInto = oldest.id
        changed.append(swallowed)
      }
    }
    for var old in stored where !taken.contains(old.id) && old.start >= horizon {
      // Its events turned out to be something else, or the rule did.
      if old.openedAt == 0 {
        removed.append(old.id)
      } else {
        old.mergedInto = -1
        changed.append(old)
      }
    }
  }
}

extension StoredIncident {
  /// The computed part of this one with the history of `old`.
  func keeping(_ old: StoredIncident) -> StoredIncident {
    var next = self
    next.id = old.id
    next.isLate = old.isLate
    next.openedAt = old.openedAt
    next.ackedAt = old.ackedAt
    next.ackedBy = old.ackedBy
    next.note = old.note
    return next
  }

  /// This one with what `later` adds behind its end: its own events are pruned and cannot be counted again.
  func extended(by later: StoredIncident) -> StoredIncident {
    guard later.lastAnchor > lastAnchor else { return self }
    var next = self
    next.end = max(end, later.end)
    next.lastAnchor = later.lastAnchor
    next.resolveTime = max(resolveTime, later.resolveTime)
    next.state = later.state
    next.peak = max(peak, later.peak)
    next.level = max(level, later.level)
    let known = Set(lastEvents)
    let fresh = later.lastEvents.filter { !known.contains($0) }
    next.count += Int64(fresh.count)
    next.lastEvents = Array((lastEvents + fresh).suffix(AlertLimits.eventsShownMax))
    for id in fresh.map(EventID.init) {
      next.digest = EventID(high: next.digest.high &+ id.high, low: next.digest.low &+ id.low)
    }
    next.lastRow = later.lastRow
    return next
  }
}
