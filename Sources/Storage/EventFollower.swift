import Events

/// Events as they arrive, each once: a revision of one that was shown is not shown again.
public struct EventFollower {
  private let search: EventSearch
  private var seq: Int64
  private var shown: Set<Int64>

  /// - Parameters:
  ///   - seq: go on behind this change.
  ///   - shown: rows that need not come again.
  public init(search: EventSearch, seq: Int64, shown: Set<Int64> = []) {
    self.search = search
    self.seq = seq
    self.shown = shown
  }

  /// What has arrived since the last call, in order of arrival.
  public mutating func next(in store: EventStore) throws -> [Event] {
    var search = search
    search.filter = .all([search.filter] + SearchTerm.conditions(for: search.texts))
    let filter = try CompiledFilter(search.filter)
    var events: [Event] = []
    while true {
      let changes = try store.changes(after: seq, limit: 1000)
      for change in changes where !shown.contains(change.rowID) {
        guard let event = try store.event(rowID: change.rowID)?.event, filter.matches(event),
          event.ts >= search.since ?? .min, event.ts < search.until ?? .max
        else { continue }
        shown.insert(change.rowID)
        events.append(event)
      }
      guard let last = changes.last else { break }
      seq = last.seq
    }
    // Joins are open for seconds; older rows come again only if someone reads logs of the past.
    if shown.count > 100_000 { shown = Set(shown.sorted().suffix(50_000)) }
    return events
  }
}

extension SearchTerm {
  /// The texts as conditions, for events that are not in the index yet.
  static func conditions(for texts: [String]) -> [Filter] {
    texts.map { .keyword(.like(SearchTerm($0).pattern)) }
  }
}
