import Events

/// One alert rule: a Sigma detection or correlation, and what this program adds under `x-alert`.
public struct Rule: Sendable {
  /// What people and scripts call the rule: its `id`, else its `name`, else its file's name.
  public let key: String
  public let id: String?
  public let name: String?
  public let title: String
  public let description: String
  public let author: String
  public let level: Level
  public let references: [String]
  public let falsePositives: [String]
  public let tags: [String]
  public let body: Body
  public let alert: AlertOptions
  /// File and line.
  public let place: String
  /// The file as it was named when the rules were loaded.
  public let file: String

  public enum Body: Sendable {
    case detection(Filter)
    case correlation(Correlation)
  }

  /// What mails call the rule: its `name`, else its title.
  public var label: String { name ?? (title.isEmpty ? key : title) }

  /// Everything that a person may type to mean this rule.
  public var aliases: [String] {
    let stem = file.split(separator: "/").last.map { $0.hasSuffix(".yml") ? String($0.dropLast(4)) : String($0) } ?? ""
    return [key] + [id, name].compactMap { $0 } + [title, stem].filter { !$0.isEmpty }
  }
}

/// A Sigma correlation: a condition on windows of matches of other rules.
///
/// Windows end at a match and reach back one `timespan`, both ends included, in event time.
public struct Correlation: Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case eventCount = "event_count", valueCount = "value_count", temporal, temporalOrdered = "temporal_ordered"
    case valueSum = "value_sum", valueAverage = "value_avg", valuePercentile = "value_percentile", valueMedian =
      "value_median"

    var isTemporal: Bool { self == .temporal || self == .temporalOrdered }
    var needsField: Bool { !isTemporal && self != .eventCount }
  }

  public enum Condition: Hashable, Sendable {
    /// Every bound holds for the metric of the window.
    case bounds([Bound])
    /// Which rules occur in the window: alternatives of rules that do and rules that do not.
    case occurrences([Occurrence])
  }

  public struct Bound: Hashable, Sendable {
    public enum Comparison: String, CaseIterable, Sendable { case gt, gte, lt, lte, eq, neq }
    public let comparison: Comparison
    public let value: Double

    func holds(for metric: Double) -> Bool {
      switch comparison {
      case .gt: metric > value
      case .gte: metric >= value
      case .lt: metric < value
      case .lte: metric <= value
      case .eq: metric == value
      case .neq: metric != value
      }
    }
  }

  /// Indices into ``Correlation/rules``.
  public struct Occurrence: Hashable, Sendable {
    public var present: Set<Int>
    public var absent: Set<Int>
  }

  public let kind: Kind
  /// Keys of the rules referred to, in the order of the file.
  public internal(set) var rules: [String]
  public let groupBy: [String]
  /// Microseconds.
  public let timespan: Int64
  public internal(set) var condition: Condition
  /// The counted field, or several that count together.
  public let field: [String]
  /// 0 to 100, for `value_percentile`.
  public let percentile: Double
  /// Alias → key of a rule → the field that the alias means there.
  public internal(set) var aliases: [String: [String: String]]
  /// Whether the rules referred to also make incidents of their own.
  public let generate: Bool

  /// Names in a condition text, until the rules are resolved.
  var conditionText: SigmaCondition?

  /// The field of rule number `rule` that a name of `groupBy` or `field` means.
  func field(_ name: String, ofRule rule: Int) -> String { aliases[name]?[rules[rule]] ?? name }
}

/// What this program adds to a rule, under `x-alert`.
public struct AlertOptions: Sendable {
  /// Whether the rule has the key at all.
  public var isGiven = false
  /// Splits the matches of a plain detection into incidents; a correlation has its own.
  public var groupBy: [String] = []
  /// Matches closer than this, in event time, belong to one incident. Microseconds; `nil`: the timespan, or an hour.
  public var mergeGap: Int64?
  /// An incident is over when nothing came for this long. Microseconds; `nil`: as ``mergeGap``; `.max`: never by itself.
  public var resolveAfter: Int64?
  /// An incident that ended longer ago is recorded, not sent. Microseconds; `nil`: the configuration's, else 24 h.
  public var notifyAgeMax: Int64?
  /// Repeats the notification while the incident is open; 0 = never.
  public var remindEvery: Int64 = 0
  /// Whether the end of an incident is told, too.
  public var tellsResolved = false
  /// Ends an open incident of the same group at once.
  public var resolveWhen: Filter?
  /// Raises the level when the peak of the metric reaches a number.
  public var levels: [(level: Level, atLeast: Double)] = []
  public var deadline: Deadline?
  public var silence: Silence?
  /// A page that says what to do.
  public var runbook = ""
  /// A saved query that shows more, such as `cert-expiry`.
  public var query = ""

  /// Incidents that a date opens: a certificate's end, say.
  public struct Deadline: Sendable {
    /// A time column: the date.
    public let field: String
    /// Before the deadline → level; the longest time first.
    public let ladder: [(before: Int64, level: Level)]
  }

  /// Incidents that a source opens by saying nothing.
  public struct Silence: Sendable {
    /// At least this long, and at least ``times`` as long as is usual for the source. Microseconds.
    public let after: Int64
    public let times: Double
  }
}
