/// One step of what a reader tells the store.
public struct EventChange: Hashable, Sendable {
  /// A later line told more about an event whose join is still open (decision 1). `id` and `ts` are
  /// those of the insertion; everything else may differ.
  public let isRevision: Bool
  public let shared: SharedEvent

  init(_ shared: SharedEvent, isRevision: Bool) {
    self.isRevision = isRevision
    self.shared = shared
  }

  public static func insert(_ event: Event) -> EventChange { EventChange(SharedEvent(event), isRevision: false) }
  public static func revise(_ event: Event) -> EventChange { EventChange(SharedEvent(event), isRevision: true) }

  /// A copy; hot paths look at ``shared`` instead.
  public var event: Event { shared.event }
}

/// An event that stays as it is, in one place for all who hold it: forty texts that nobody copies.
public final class SharedEvent: Hashable, Sendable {
  public let event: Event

  init(_ event: consuming Event) { self.event = event }

  /// Leaves an empty event behind; a `var` that is passed on for the last time would be copied.
  init(taking event: inout Event) {
    var taken = Event()
    swap(&taken, &event)
    self.event = taken
  }

  public static func == (a: SharedEvent, b: SharedEvent) -> Bool { a === b || a.event == b.event }
  public func hash(into hasher: inout Hasher) { hasher.combine(event) }
}
