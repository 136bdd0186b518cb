import Events

/// Row ids sort as times do: `ts << 12 | n` (decision 3), so that a time range is a row-id range and
/// full-text results arrive newest first without sorting.
///
/// `n` numbers the events of one microsecond; more than 4,096 of them go on into the slots of the
/// microseconds that follow, which keeps their order and costs later events of that instant a slot.
public enum RowID {
  static let slotBits: Int64 = 12
  static let slotCount: Int64 = 1 << slotBits
  /// 2041-05-10: the last microsecond whose slots fit 63 bits. Later and pre-1970 times keep their
  /// `ts` and sort at the ends.
  static let tsMax: Int64 = Int64.max >> slotBits

  /// The lowest row id that an event of this time may have.
  public static func first(at ts: Int64) -> Int64 { min(max(ts, 0), tsMax) << slotBits }

  /// The row ids that events of `since ..< until` may have. A few others are among them, where full
  /// microseconds overflowed, so conditions on `ts` stay in the query.
  public static func range(since: Int64?, until: Int64?) -> ClosedRange<Int64> {
    let low = since.map(first(at:)) ?? Int64.min
    let high = until.map { first(at: min(max($0, 0), tsMax) + overflowMicroseconds) } ?? Int64.max
    return low...max(low, high)
  }

  /// So far may the events of one instant spread: a million of them.
  private static let overflowMicroseconds: Int64 = 256

  /// Where an event sorts: its own time, unless it claims to come from the future.
  static func sortTime(_ event: borrowing Event) -> Int64 {
    event.observedTs > 0 ? min(event.ts, event.observedTs + StoreLimits.futureMicroseconds) : event.ts
  }
}
