/// An event as a store gives it back: what was written is redacted already, so a row may become an
/// `Event` again. The only door from a store; stores call it, nobody else.
public struct StoredEvent: Hashable, Sendable {
  /// Time-ordered row id: `ts << 12 | n` (decision 3).
  public let rowID: Int64
  public let event: Event

  /// - Parameter value: the stored value of each column; `nil` leaves the column's default.
  public init(rowID: Int64, value: (Column) -> Event.Value?) {
    var event = Event()
    for column in Column.allCases {
      if let value = value(column) { event.set(column, value) }
    }
    self.rowID = rowID
    self.event = event
  }
}
