import Events
import Storage

/// A dashboard with everything its panels show, ready to be drawn by either renderer.
public struct DashboardPage: Sendable {
  public var dashboard: Dashboard
  /// Microseconds since 1970; `until` is not part of the range.
  public var since: Int64
  public var until: Int64
  public var now: Int64
  public var zone = TimeExpression.Zone.local
  public var panels: [[Panel]] = []
  public var attention: [Attention] = []
  public var health = Health()
  /// Shown in front of each command so that it can be pasted, such as `--db /tmp/x/events.db`.
  public var commandOptions = ""

  public struct Panel: Sendable {
    public var panel: Dashboard.Panel
    public var result: Result
    /// Prints the same rows in a terminal.
    public var command: String
    /// Width of a time bucket in microseconds, for charts.
    public var bucket: Int64 = 0

    public enum Result: Sendable {
      case rows(RowSet, previous: RowSet?)
      /// One panel's fault does not take the page away.
      case failed(String)
      /// `attention` and `health` draw what the page holds.
      case ofPage
    }
  }

  /// One firing incident as a sentence.
  public struct Attention: Hashable, Sendable {
    /// 1 info to 6 fatal.
    public var severity: Int64
    /// The rule, as a mark in a chart.
    public var label: String
    public var title: String
    public var detail: String
    /// Start and last event, microseconds since 1970.
    public var start: Int64
    public var end: Int64
    /// Not over yet.
    public var isOpen: Bool
    /// Prints the events behind it.
    public var command: String
    /// A graver incident stands on the same events and names this one; the panel of sentences leaves it out.
    public var isToldElsewhere: Bool

    public init(
      severity: Int64, label: String, title: String, detail: String, start: Int64, end: Int64, isOpen: Bool = true,
      command: String, isToldElsewhere: Bool = false
    ) {
      self.severity = severity
      self.label = label
      self.title = title
      self.detail = detail
      self.start = start
      self.end = end
      self.isOpen = isOpen
      self.command = command
      self.isToldElsewhere = isToldElsewhere
    }
  }

  /// The sentences, the gravest and then the newest first.
  var sentences: [Attention] {
    attention.filter { !$0.isToldElsewhere }.sorted { ($0.severity, $0.end) > ($1.severity, $1.end) }
  }

  /// What the pipeline itself has to say.
  public struct Health: Hashable, Sendable {
    public var sources: [Source] = []
    /// Sentences such as `store 2.4 GB · 5,000,000 events since 13 Nov`.
    public var remarks: [String] = []
    /// Time of the newest event, 0 if there is none.
    public var newestEvent: Int64 = 0
    public var hosts: [String] = []

    public struct Source: Hashable, Sendable {
      public enum State: String, Sendable { case ok, silent, failed }
      public var path: String
      public var lines: Int64
      public var events: Int64
      public var redactions: Int64
      public var rejected: Int64
      /// Time of its last line, 0 if unknown.
      public var last: Int64
      public var state: State

      public init(
        path: String, lines: Int64, events: Int64, redactions: Int64, rejected: Int64, last: Int64, state: State
      ) {
        self.path = path
        self.lines = lines
        self.events = events
        self.redactions = redactions
        self.rejected = rejected
        self.last = last
        self.state = state
      }
    }

    public init() {}
  }

  public init(dashboard: Dashboard, since: Int64, until: Int64, now: Int64) {
    self.dashboard = dashboard
    self.since = since
    self.until = until
    self.now = now
  }

  /// A round width that cuts the range into about `count` buckets.
  public static func bucket(for range: Int64, count: Int64 = 48) -> Int64 {
    let seconds = max(1, range / 1_000_000 / count)
    let round: [Int64] = [
      1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
      2_592_000,
    ]
    return (round.first { $0 >= seconds } ?? 31_536_000) * 1_000_000
  }
}
