import Events
import Storage

/// What was read and not handed to the store yet: the next commit as it grows.
struct Gathering {
  private(set) var commit = Commit()
  private(set) var total = ReadCounts()
  /// Set to keep the redacted lines, too.
  var archive: ArchiveCutter?
  /// Steady time of the first row or position in `commit`.
  private(set) var since: Int64?

  var isEmpty: Bool { since == nil }
  var rows: Int { commit.changes.count }

  /// Whether the commit is large or old enough to be handed over.
  func isDue(at now: Int64) -> Bool {
    guard let since else { return false }
    return rows >= CollectorLimits.commitRowsMax || now - since >= CollectorLimits.commitMicroseconds
  }

  /// Moves a batch over, and leaves it empty.
  mutating func take(_ batch: inout EventBatch, of source: String, at now: Int64) {
    if commit.changes.isEmpty {
      swap(&commit.changes, &batch.changes)
    } else if !batch.changes.isEmpty {
      commit.changes.append(contentsOf: batch.changes)
    }
    if archive != nil, !batch.text.isEmpty {
      archive!.take(batch.text, of: source, times: batch.times ?? 0...0)
    }
    commit.counts[source, default: ReadCounts()] += batch.counts
    total += batch.counts
    batch.removeAll()
    begin(at: now)
  }

  /// A position changed that the shell will put in when the commit is handed over.
  mutating func begin(at now: Int64) {
    if since == nil { since = now }
  }

  mutating func add(_ position: StoredPosition) { commit.positions.append(position) }

  mutating func forget(_ key: String) { commit.forgotten.append(key) }

  mutating func insert(_ event: Event) {
    commit.changes.append(.insert(event))
    total.events += 1
    commit.counts[event.source, default: ReadCounts()].events += 1
  }

  /// The commit, for the writer; a new one begins.
  mutating func handOver() -> Commit {
    if archive != nil { commit.archive = archive!.finish() }
    defer {
      commit = Commit()
      commit.changes.reserveCapacity(64)
      since = nil
    }
    return commit
  }
}
