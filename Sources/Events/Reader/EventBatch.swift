/// What a reader made of some bytes: changes for the store, and counts for people.
public struct EventBatch: Sendable {
  /// In order. A revision follows the insertion of its event, in this batch or an earlier one.
  public var changes: [EventChange] = []
  /// The redacted lines, one for each line read, when ``ReaderConfiguration/wantsText`` is set:
  /// for `--tee` and the archive.
  public var text: [UInt8] = []
  /// Between which times the lines of ``text`` are, as far as they were looked at: the first, the last,
  /// some between, and all events. Microseconds since 1970.
  public var times: ClosedRange<Int64>?
  public var counts = ReadCounts()

  public init() {}

  /// Empties the batch and keeps its memory.
  public mutating func removeAll() {
    changes.removeAll(keepingCapacity: true)
    text.removeAll(keepingCapacity: true)
    times = nil
    counts = ReadCounts()
  }
}

/// Sums over the lines read so far.
public struct ReadCounts: Hashable, Sendable, Codable {
  public var lines: Int64 = 0
  public var bytes: Int64 = 0
  /// Events inserted; revisions do not count.
  public var events: Int64 = 0
  /// Lines that were no record of any known format and were kept as text.
  public var text: Int64 = 0
  /// Values hidden, by kind (`jwt`, `password`, …).
  public var redactions: [String: Int64] = [:]
  /// … and by rule and name.
  public var places: [RedactionPlace: Int64] = [:]
  /// Lines kept as a stub only, by reason (`too_long`, …).
  public var rejected: [String: Int64] = [:]

  public init() {}

  /// Counts a value that was hidden. Names past the limit count as none.
  mutating func add(_ place: RedactionPlace, _ count: Int64 = 1) {
    if let index = places.index(forKey: place) {
      places.values[index] += count
    } else if places.count < Limits.redactionPlacesMax {
      places[place] = count
    } else {
      places[RedactionPlace(rule: place.rule, field: ""), default: 0] += count
    }
  }

  public static func += (sum: inout ReadCounts, more: ReadCounts) {
    sum.lines += more.lines
    sum.bytes += more.bytes
    sum.events += more.events
    sum.text += more.text
    sum.redactions.merge(more.redactions, uniquingKeysWith: +)
    for (place, count) in more.places { sum.add(place, count) }
    sum.rejected.merge(more.rejected, uniquingKeysWith: +)
  }
}
