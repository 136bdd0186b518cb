import Events

/// A page of panels over saved queries, as a file in `dashboards/` describes it.
public struct Dashboard: Hashable, Sendable {
  /// The file's name without its ending.
  public let name: String
  public var title: String
  /// One sentence under the title of `dashboard list`.
  public var about = ""
  /// How far back the panels look unless told otherwise.
  public var range = Age.hours(24)
  /// How often a browser asks again when the page is served.
  public var refresh = Age.seconds(60)
  /// Only events of this application; empty = of all.
  public var app = ""
  public var rows: [[Panel]] = []

  public struct Panel: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
      /// Firing incidents, one sentence each.
      case attention
      /// One number, its change and its course.
      case tile
      /// Stacked columns over time.
      case columns
      /// A line over time.
      case line
      /// A table whose number is also drawn as a bar.
      case bars
      case table
      /// Time left until a moment, such as a certificate's end.
      case countdown
      /// A weekday by hour grid.
      case heatmap
      /// What is read from where, and whether it still speaks.
      case health
    }
    public var kind: Kind
    public var title: String
    /// Name of the saved query; empty for `attention` and `health`.
    public var query = ""
    public var parameters: [String: String] = [:]
    /// Columns shown and what they are called; a name such as `from_value -> to_value` shows two as
    /// one change. Empty = every column under its own name.
    public var columns: [Shown] = []
    /// Column of time buckets for charts.
    public var x = "bucket_ts"
    /// Columns drawn: one series each.
    public var series: [String] = []
    /// Columns whose series or bars mean harm, drawn in the colour of harm.
    public var harm: Set<String> = []
    /// What a tile counts.
    public var value = Value.first
    /// A tile shows the change against the span before.
    public var comparesPrevious = false
    /// A tile's number turns to a warning, or an alarm, above these.
    public var warnAbove: Int64?
    public var alarmAbove: Int64?
    public var limit = 8
    /// What to say when no row came back.
    public var empty = "Nothing in this time."
    /// Rows in which a column has a value are marked: `to_value` → `owner`.
    public var highlight: [String: String] = [:]

    public struct Shown: Hashable, Sendable {
      public var column: String
      public var title: String
    }

    public enum Value: Hashable, Sendable {
      /// The first cell of the first row.
      case first
      /// How many rows there are.
      case rows
      /// The sum of a column.
      case sum(String)
    }

    public init(kind: Kind, title: String) {
      self.kind = kind
      self.title = title
    }
  }

  public init(name: String, title: String) {
    self.name = name
    self.title = title
  }
}
