import Events

/// A run of matches of one rule and one group, as the store keeps it.
///
/// Everything down to ``lastRow`` is a function of the events, the rules and the clock of the last
/// run; the rest is what was done about it.
public struct StoredIncident: Hashable, Sendable {
  public enum State: String, Sendable {
    /// Known to come: a deadline whose first rung lies ahead.
    case pending
    case open, resolved
  }

  /// 0 until it is stored.
  public var id: Int64 = 0
  public var rule = ""
  /// What people call the rule.
  public var label = ""
  public var title = ""
  /// What the values of the group compare by: a JSON array of folded texts.
  public var groupKey = ""
  /// The values as the first event spelled them: a JSON object.
  public var groupJSON = ""
  /// Times of the first and the last event.
  public var start: Int64 = 0
  public var end: Int64 = 0
  /// Times at which the rule's condition first and last held.
  public var firstAnchor: Int64 = 0
  public var lastAnchor: Int64 = 0
  /// When it is over as far as is known; `.max` if it does not end by itself.
  public var resolveTime: Int64 = .max
  /// Events, each counted once.
  public var count: Int64 = 0
  /// The largest value that the rule's metric reached.
  public var peak: Double = 0
  /// 1 to 5, as `severity`.
  public var level = 0
  public var state: State = .open
  /// Ids in order of time, at most ``AlertLimits/eventsShownMax``.
  public var firstEvents: [String] = []
  public var lastEvents: [String] = []
  /// Sum of all event ids: the same for the same events in any order.
  public var digest = EventID(high: 0, low: 0)
  public var firstRow: Int64 = 0
  public var lastRow: Int64 = 0
  public var deadline: Int64 = 0

  public var isLate = false
  /// Run clock at which it was first stored.
  public var openedAt: Int64 = 0
  public var ackedAt: Int64 = 0
  public var ackedBy = ""
  public var note = ""
  public var mergedInto: Int64 = 0

  public init() {}
}

/// Something to be said about an incident through one channel: said once, whatever happens.
public struct OutboxRow: Hashable, Sendable {
  public enum Reason: String, Sendable { case opened, escalated, reminder, resolved }
  public enum State: String, Sendable {
    case pending, sent
    /// A silence holds it back.
    case held
    case failed
  }
  public var id: Int64 = 0
  public var incident: Int64
  public var channel: String
  public var reason: Reason
  /// Tells repeats of a reason apart: the level of an escalation, the number of a reminder.
  public var n: Int64
  public var state: State
  public var level: Int
  public var createdAt: Int64

  public init(incident: Int64, channel: String, reason: Reason, n: Int64, state: State, level: Int, createdAt: Int64) {
    self.incident = incident
    self.channel = channel
    self.reason = reason
    self.n = n
    self.state = state
    self.level = level
    self.createdAt = createdAt
  }
}

/// Incidents that shall not be told for a while.
public struct Silence: Hashable, Sendable {
  public var id: Int64 = 0
  /// Empty: every rule.
  public var rule: String
  /// Field of the group → value, all of which must be equal.
  public var matchers: [String: String]
  public var start: Int64
  public var end: Int64
  public var author: String
  public var comment: String

  public init(rule: String, matchers: [String: String], start: Int64, end: Int64, author: String, comment: String) {
    self.rule = rule
    self.matchers = matchers
    self.start = start
    self.end = end
    self.author = author
    self.comment = comment
  }
}

/// Limits of alerting, by name.
public enum AlertLimits {
  /// First and last events that an incident names.
  public static let eventsShownMax = 100
  /// More new events than this are not looked at one by one: their whole time range counts as changed.
  public static let changesMax = 50_000
  /// How far back a revision may stand behind the event it revises, in changes.
  public static let revisionDistanceMax: Int64 = 200_000
  /// A source whose newest event is this much older than the newest of all is quiet, not late.
  public static let idleSourceMicroseconds: Int64 = 900_000_000
  /// Blocks of one rule in one message; the rest is counted.
  public static let blocksMax = 10
}
