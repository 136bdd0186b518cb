/// Every limit of the hot path, by name (decision 7). Limits of other rooms stand in their own `Limits.swift`.
public enum Limits {
  /// Longest line that is redacted and recognised whole; a longer one becomes a visible stub.
  public static let lineBytesMax = 16 << 20
  /// Longest text stored in one column; the rest is cut and marked.
  public static let storedTextBytesMax = 64 << 10
  /// JSON inside strings is entered this deep; deeper strings are hidden whole.
  public static let nestedStringDepthMax = 5
  /// Nesting of objects and arrays that is followed; deeper parts are redacted as text.
  public static let nestingDepthMax = 128
  /// A docker or CRI partial, or an open PEM block, is held for at most this many lines (decision 16).
  public static let heldLinesMax = 64
  /// A join of lines into one event stays open this long, in event time (decision 1).
  public static let joinMicroseconds: Int64 = 1_000_000
  /// … and this long for lines that more than their nearness links: one request id, one path of one
  /// client, or the very next line. A slow log-in is told when it begins and when it ends.
  public static let joinLinkedMicroseconds: Int64 = 10_000_000
  /// … and, whatever the clock says, for this many lines where the event's first line has no time of its own:
  /// it took the last one seen, which may be long ago where little is logged.
  public static let joinUntimedLinesMax = 8
  /// … and for at most this many lines of the same source.
  public static let joinLinesMax = 64
  /// Different messages that an event keeps, its best line's first, and their bytes together.
  public static let joinedMessagesMax = 8
  public static let joinedMessageBytesMax = 8 << 10

  /// Text of continuation lines (tracebacks, DETAIL lines) kept with their record.
  public static let continuationTextBytesMax = 8 << 10
  /// Scalar fields of one record that are looked at; the rest stay in the text only.
  public static let fieldsMax = 512
  /// Records taken from one line (OTLP, CloudTrail).
  public static let recordsPerLineMax = 10_000
  /// How far ahead a source's first lines look for a time when they have none (decision 2).
  public static let timeLookaheadBytesMax = 64 << 10
  /// … and for how long a follower waits for those bytes.
  public static let timeLookaheadMicroseconds: Int64 = 1_000_000
  /// Hits on a line that are looked at closely before the line is read all the same.
  public static let anchorTriesMax = 256
  /// Keys of pseudonyms in one file: the current one, and earlier ones as long as they are kept.
  public static let keysMax = 16
  /// Pairs of rule and name that hidden values of a batch are counted by; further names count as none.
  public static let redactionPlacesMax = 200
  /// How often what became of a line is read again: each time it is only if the last one hid more.
  public static let redactionRoundsMax = 4
  /// Counts of equal lines that are remembered for ids (decision 4).
  public static let ordinalsMax = 128
  /// Lines of a block whose times are read for the archive, so that it can be sought by time.
  public static let timesLookedAt = 8
  /// Lines of one record (a traceback); the next one begins a new record.
  public static let recordLinesMax = 1_000
  /// Plain lines behind a head whose message is open, such as `Invalid configuration:`.
  public static let openMessageLinesMax = 20
  /// How long a follower waits for the rest of a docker or CRI partial (decision 16).
  public static let heldMicroseconds: Int64 = 250_000
}
