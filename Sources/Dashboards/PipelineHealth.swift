import Events
import Storage

/// What the store knows about the pipeline itself: for `status`, the health panel, `/healthz` and `/metrics`.
public struct PipelineHealth: Hashable, Sendable {
  public struct Source: Hashable, Sendable {
    public var path: String
    public var lines: Int64
    public var bytes: Int64
    public var events: Int64
    /// Lines kept as text because they were no record of a known format.
    public var text: Int64
    public var redactions: [String: Int64]
    /// Values hidden, by rule of the redactor.
    public var redactionRules: [String: Int64] = [:]
    /// Values hidden, by the name they stood under: the most frequent ones; all others, and values without a name,
    /// are under the empty name.
    public var redactionFields: [String: Int64] = [:]
    public var rejected: [String: Int64]
    /// Time of the newest event, microseconds since 1970.
    public var newest: Int64
    public var firstRead: Int64
    public var lastRead: Int64
    /// Usual time between two lines while it was read; 0 if it was read in one go.
    public var usualGap: Int64
    public var isSilent: Bool
  }

  public var sources: [Source] = []
  public var events: Int64 = 0
  public var oldestEvent: Int64 = 0
  public var newestEvent: Int64 = 0
  /// Bytes on disk, with the write-ahead log.
  public var storeBytes: Int64 = 0
  public var hosts: [String] = []
  /// Stores that were damaged and set aside beside this one, until somebody takes them away.
  public var damagedStores: [String] = []

  /// A source is silent when it was being followed and has been quiet for an hour and for 20 times its usual gap.
  static let silentMicroseconds: Int64 = 3_600_000_000
  static let silentGaps: Int64 = 20

  public init() {}

  public init(store: EventStore, now: Int64) throws {
    func byKind(_ table: String, _ kind: String, _ count: String) throws -> [String: [String: Int64]] {
      var found: [String: [String: Int64]] = [:]
      for row in try store.rows(sql: "SELECT source, \(kind), \(count) FROM \(table)").rows {
        found[row[0].string, default: [:]][row[1].string] = row[2].int
      }
      return found
    }
    let redactions = try byKind("source_redactions", "kind", "hidden")
    let rules = try byKind("source_redaction_places GROUP BY source, rule", "rule", "sum(hidden)")
    let fields = try byKind("source_redaction_places GROUP BY source, field", "field", "sum(hidden)")
    let rejections = try byKind("source_rejections", "reason", "rejected")
    let rows = try store.rows(
      sql: """
        SELECT source, read_lines, read_bytes, events, text_lines, newest_ts, first_read_ts, last_read_ts
        FROM sources ORDER BY source LIMIT 1000
        """)
    sources = rows.rows.map { row in
      let (lines, first, last) = (row[1].int, row[6].int, row[7].int)
      let followed = last - first
      let gap = followed > 600_000_000 && lines > 1 ? followed / lines : 0
      return Source(
        path: row[0].string, lines: lines, bytes: row[2].int, events: row[3].int, text: row[4].int,
        redactions: redactions[row[0].string] ?? [:], redactionRules: rules[row[0].string] ?? [:],
        redactionFields: Self.most(fields[row[0].string] ?? [:]), rejected: rejections[row[0].string] ?? [:],
        newest: row[5].int, firstRead: first, lastRead: last, usualGap: gap,
        isSilent: gap > 0 && now - last > max(Self.silentMicroseconds, gap * Self.silentGaps))
    }
    events = sources.reduce(0) { $0 + $1.events }
    let extent = try store.extent()
    oldestEvent = extent.oldestTs
    newestEvent = extent.newestTs
    // A recent sample: a list of all hosts would read the whole table.
    hosts = try store.rows(
      sql: """
        SELECT DISTINCT host FROM (SELECT host FROM events ORDER BY row_id DESC LIMIT 2000)
        WHERE host <> '' ORDER BY host LIMIT 20
        """
    ).rows.map { $0[0].string }
    damagedStores = DamagedStore.all(besides: store.path)
    storeBytes = ["", "-wal"].reduce(0) { $0 + FileSize.bytes(of: store.path + $1) }
  }

  /// Names shown of a source.
  static let fieldsShown = 20

  private static func most(_ counts: [String: Int64]) -> [String: Int64] {
    var kept: [String: Int64] = [:]
    let ordered = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
    for (number, (name, count)) in ordered.enumerated() {
      kept[number < fieldsShown ? name : "", default: 0] += count
    }
    return kept
  }

  public var redactionTotal: Int64 { sources.reduce(0) { $0 + $1.redactions.values.reduce(0, +) } }

  /// One sentence each; empty = healthy.
  public var ailments: [String] {
    sources.filter(\.isSilent).map { "source \($0.path.visible) is silent" }
      + damagedStores.map { "a damaged store was set aside as \($0.visible)" }
  }

  var forPage: DashboardPage.Health {
    var page = DashboardPage.Health()
    page.newestEvent = newestEvent
    page.hosts = hosts
    page.sources = sources.map { source in
      .init(
        path: source.path, lines: source.lines, events: source.events,
        redactions: source.redactions.values.reduce(0, +), rejected: source.rejected.values.reduce(0, +),
        last: source.lastRead, state: source.isSilent ? .silent : .ok)
    }
    page.remarks = ["store \(Self.size(storeBytes))", "\(Labels.number(events)) events"]
    return page
  }

  /// `2.4 GB`.
  public static func size(_ bytes: Int64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    if unit == 0 { return "\(bytes) bytes" }
    let tenths = Int((value * 10).rounded())
    return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(units[unit])" : "\((tenths + 5) / 10) \(units[unit])"
  }
}
