import Events
import GRDB

/// Everything that one evaluation changes, in one transaction.
public struct AlertCommit: Sendable {
  public struct Progress: Hashable, Sendable {
    public var rule: String
    public var hash: String
    public var seq: Int64
    public var horizon: Int64

    public init(rule: String, hash: String, seq: Int64, horizon: Int64 = 0) {
      self.rule = rule
      self.hash = hash
      self.seq = seq
      self.horizon = horizon
    }
  }
  public var progress: [Progress] = []
  /// `id` 0: new. The rest replaces what is stored.
  public var incidents: [StoredIncident] = []
  public var removed: [Int64] = []

  public init() {}

  public var isEmpty: Bool { progress.isEmpty && incidents.isEmpty && removed.isEmpty }
}

extension EventStore {
  // MARK: What is new

  /// The number of the newest change; 0 in an empty store.
  public func lastChange() throws -> Int64 {
    try read { try $0.rows("SELECT coalesce(max(seq), 0) FROM changes").rows[0][0].int }
  }

  public func alertProgress() throws -> [String: AlertCommit.Progress] {
    try read { connection in
      let rows = try connection.rows("SELECT rule, hash, seq, horizon FROM alert_rules").rows
      return Dictionary(
        rows.map {
          (
            $0[0].string,
            AlertCommit.Progress(rule: $0[0].string, hash: $0[1].string, seq: $0[2].int, horizon: $0[3].int)
          )
        },
        uniquingKeysWith: { $1 })
    }
  }

  /// The events that changed behind `seq`, each once, as they are now; rows pruned since are left out.
  public func events(changedAfter seq: Int64, upTo last: Int64) throws -> [(seq: Int64, event: StoredEvent)] {
    let columns = Schema.columns.map { "e." + $0.rawValue }.joined(separator: ",")
    var events: [(seq: Int64, event: StoredEvent)] = []
    try read { connection in
      try connection.forEach(
        """
        SELECT e.row_id, \(columns), c.seq FROM (
          SELECT row_id, max(seq) AS seq FROM changes WHERE seq > :after AND seq <= :last GROUP BY row_id
        ) c JOIN events e ON e.row_id = c.row_id
        """, ["after": .integer(seq), "last": .integer(last)]
      ) { row in
        events.append((row.int(Int32(Schema.columns.count + 1)), StoredEvent(row)))
        return true
      }
    }
    return events
  }

  /// Earliest and latest time of the events that changed behind `seq`.
  public func timeRange(changedAfter seq: Int64, upTo last: Int64) throws -> ClosedRange<Int64>? {
    try read { connection in
      let row = try connection.rows(
        "SELECT count(*), min(e.ts), max(e.ts) FROM changes c JOIN events e ON e.row_id = c.row_id WHERE c.seq > :after AND c.seq <= :last",
        ["after": .integer(seq), "last": .integer(last)]
      ).rows[0]
      return row[0].int == 0 ? nil : row[1].int...row[2].int
    }
  }

  /// The rows among those changed behind `seq` that had changed before: revisions.
  public func rowsRevised(after seq: Int64, upTo last: Int64) throws -> Set<Int64> {
    try read { connection in
      let rows = try connection.rows(
        """
        SELECT DISTINCT row_id FROM changes WHERE seq > :after AND seq <= :last AND row_id IN (
          SELECT row_id FROM changes WHERE seq > :far AND seq <= :after)
        """,
        ["after": .integer(seq), "last": .integer(last), "far": .integer(seq - AlertLimits.revisionDistanceMax)]
      ).rows
      return Set(rows.map { $0[0].int })
    }
  }

  /// Time of the oldest event that is still stored; events before it may have been pruned.
  public func horizon() throws -> Int64? {
    try read { try $0.rows("SELECT ts FROM events ORDER BY row_id LIMIT 1").rows.first?[0].int }
  }

  public func newestTime() throws -> Int64 {
    try read { try $0.rows("SELECT ts FROM events ORDER BY row_id DESC LIMIT 1").rows.first?[0].int ?? 0 }
  }

  /// The event time up to which every source that is at work has been read.
  ///
  /// A source counts as at work while its newest event is younger than the newest of all by less than
  /// ``AlertLimits/idleSourceMicroseconds``; one that lags for longer is taken for quiet. What no source
  /// told (it is in `events` alone) counts as the newest does.
  ///
  /// - Parameter now: bounds it: an event may claim to come from the future.
  public func watermark(now: Int64) throws -> Int64 {
    let newest = min(now, try newestTime())
    return try read { connection in
      let row = try connection.rows(
        "SELECT min(min(newest_ts, :newest)) FROM sources WHERE newest_ts > :active",
        ["newest": .integer(newest), "active": .integer(newest - AlertLimits.idleSourceMicroseconds)]
      ).rows[0]
      if case .integer(let time) = row[0] { return time }
      return newest
    }
  }

  /// One event by its row, if it is still stored.
  public func event(row: Int64) throws -> StoredEvent? {
    var found: StoredEvent?
    try read { connection in
      try connection.forEach("SELECT \(Schema.selectList) FROM events WHERE row_id = :row", ["row": .integer(row)]) {
        found = StoredEvent($0)
        return false
      }
    }
    return found
  }

  // MARK: Incidents

  private static let incidentColumns = """
    id, rule, label, title, group_key, group_json, start_ts, end_ts, first_anchor, last_anchor, resolve_ts, count, peak, \
    level, state, first_events, last_events, digest_high, digest_low, first_row, last_row, deadline, late, opened_ts, \
    acked_ts, acked_by, note, merged_into
    """

  /// - Parameter condition: SQL over the columns of `incidents`; ours, never a user's.
  private func incidents(where condition: String, _ parameters: [String: SQLValue] = [:]) throws -> [StoredIncident] {
    try read { connection in
      try connection.rows(
        "SELECT \(Self.incidentColumns) FROM incidents WHERE merged_into = 0 AND \(condition)", parameters
      ).rows.map { StoredIncident($0) }
    }
  }

  /// Incidents of a rule, of one group or all, whose anchors touch a range of time.
  public func incidents(rule: String, groupKey: String?, anchors: ClosedRange<Int64>) throws -> [StoredIncident] {
    var parameters: [String: SQLValue] = [
      "rule": .text(rule), "from": .integer(anchors.lowerBound), "to": .integer(anchors.upperBound),
    ]
    if let groupKey { parameters["group"] = .text(groupKey) }
    return try incidents(
      where:
        "rule = :rule \(groupKey == nil ? "" : "AND group_key = :group") AND last_anchor >= :from AND first_anchor <= :to ORDER BY id",
      parameters)
  }

  /// Incidents whose state no longer fits the clock.
  public func incidentsToTurn(now: Int64) throws -> [StoredIncident] {
    try incidents(
      where: "((state = 'open' AND resolve_ts <= :now) OR (state = 'resolved' AND resolve_ts > :now))",
      ["now": .integer(now)])
  }

  /// Open incidents of one rule. There may be thousands of others, so none of those is read.
  public func openIncidents(rule: String) throws -> [StoredIncident] {
    try incidents(where: "rule = :rule AND state = 'open' ORDER BY id", ["rule": .text(rule)])
  }

  /// Incidents that a date opens and closes, of one rule.
  public func deadlineIncidents(rule: String) throws -> [StoredIncident] {
    try incidents(where: "rule = :rule AND deadline > 0 ORDER BY id", ["rule": .text(rule)])
  }

  /// What people list: all but those known to come, newest first.
  ///
  /// - Parameter all: the resolved ones, too.
  public func incidents(all: Bool) throws -> [StoredIncident] {
    try incidents(where: "\(all ? "state != 'pending'" : "state = 'open'") ORDER BY start_ts DESC, rule, group_key")
  }

  public func incident(id: Int64) throws -> StoredIncident? {
    try incidents(where: "id = :id", ["id": .integer(id)]).first
  }

  /// Writes one evaluation: all of it or nothing.
  ///
  /// - Returns: the incidents with the ids that they got.
  public func commit(_ commit: AlertCommit) throws -> [StoredIncident] {
    guard !commit.isEmpty else { return [] }
    var incidents = commit.incidents
    try write { db in
      for progress in commit.progress {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO alert_rules (rule, hash, seq, horizon) VALUES (?, ?, ?, ?)")
          .execute(arguments: [progress.rule, progress.hash, progress.seq, progress.horizon])
      }
      for id in commit.removed {
        try db.cachedStatement(sql: "DELETE FROM incidents WHERE id = ?").execute(arguments: [id])
      }
      let columns = Self.incidentColumns
      let marks = [String](repeating: "?", count: columns.split(separator: ",").count).joined(separator: ",")
      let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO incidents (\(columns)) VALUES (\(marks))")
      for index in incidents.indices {
        try statement.execute(arguments: incidents[index].arguments)
        if incidents[index].id == 0 { incidents[index].id = db.lastInsertedRowID }
      }
      guard !incidents.isEmpty else { return }
      let known = Self.ids(try String.fetchOne(db, sql: Self.undecided))
      let all = Set(known).union(incidents.map(\.id)).sorted().map(String.init).joined(separator: ",")
      try db.execute(
        sql: "INSERT OR REPLACE INTO meta (key, value) VALUES ('alert_undecided', ?)", arguments: [all])
    }
    return incidents
  }

  // MARK: Notifications

  /// Incidents that were stored by a run which may have died before it decided what to tell of them; all of them
  /// until ``enqueue(_:)``.
  public func undecidedIncidents() throws -> [Int64] {
    try read { Self.ids(try $0.rows(Self.undecided).rows.first?[0].string) }
  }

  private static let undecided = "SELECT value FROM meta WHERE key = 'alert_undecided'"

  private static func ids(_ text: String?) -> [Int64] { (text ?? "").split(separator: ",").compactMap { Int64($0) } }

  /// Adds rows that are not there yet, and lets go of held ones that are now pending: what to tell is decided.
  ///
  /// - Returns: the rows that are pending now, those of earlier runs that died included.
  public func enqueue(_ rows: [OutboxRow]) throws -> [OutboxRow] {
    if try !rows.isEmpty || !undecidedIncidents().isEmpty {
      try write { db in
        try db.execute(sql: "DELETE FROM meta WHERE key = 'alert_undecided'")
        for row in rows {
          try db.cachedStatement(
            sql: """
              INSERT INTO outbox (incident, channel, reason, n, state, level, created_ts) VALUES (?, ?, ?, ?, ?, ?, ?)
              ON CONFLICT (incident, channel, reason, n) DO UPDATE SET state = excluded.state
              WHERE outbox.state = 'held' AND excluded.state = 'pending'
              """
          ).execute(arguments: [
            row.incident, row.channel, row.reason.rawValue, row.n, row.state.rawValue, row.level, row.createdAt,
          ])
        }
      }
    }
    return try outbox(in: .pending)
  }

  public func outbox(incident: Int64) throws -> [OutboxRow] {
    try outbox(where: "incident = :incident", ["incident": .integer(incident)])
  }

  public func heldRows() throws -> [OutboxRow] { try outbox(in: .held) }

  /// The rows in a state that waits for something: few, among all that were ever told.
  private func outbox(in state: OutboxRow.State) throws -> [OutboxRow] {
    try outbox(where: Self.isInWaitingState, ["state": .text(state.rawValue)])
  }

  /// The second condition is the one of the index, word by word: without it SQLite reads every row.
  static let isInWaitingState = "state = :state AND state IN ('pending', 'held')"

  /// Every row of the given incidents; one query, because a run asks about many.
  public func outbox(incidents: [Int64]) throws -> [Int64: [OutboxRow]] {
    var found: [Int64: [OutboxRow]] = [:]
    for start in stride(from: 0, to: incidents.count, by: 500) {
      let ids = incidents[start..<min(start + 500, incidents.count)].map(String.init).joined(separator: ",")
      for row in try outbox(where: "incident IN (\(ids))") { found[row.incident, default: []].append(row) }
    }
    return found
  }

  private func outbox(where condition: String, _ parameters: [String: SQLValue] = [:]) throws -> [OutboxRow] {
    try read { connection in
      try connection.rows(
        "SELECT id, incident, channel, reason, n, state, level, created_ts FROM outbox WHERE \(condition) ORDER BY id",
        parameters
      ).rows.compactMap { row in
        guard let reason = OutboxRow.Reason(rawValue: row[3].string),
          let state = OutboxRow.State(rawValue: row[5].string)
        else { return nil }
        var found = OutboxRow(
          incident: row[1].int, channel: row[2].string, reason: reason, n: row[4].int, state: state,
          level: Int(row[6].int), createdAt: row[7].int)
        found.id = row[0].int
        return found
      }
    }
  }

  /// Marks rows as told.
  public func markSent(_ ids: [Int64], at now: Int64) throws {
    guard !ids.isEmpty else { return }
    try write { db in
      let statement = try db.cachedStatement(
        sql: "UPDATE outbox SET state = 'sent', attempts = attempts + 1, done_ts = ? WHERE id = ?")
      for id in ids { try statement.execute(arguments: [now, id]) }
    }
  }

  // MARK: What people do

  /// - Returns: whether there is such an incident.
  public func acknowledge(_ id: Int64, by author: String, note: String, at now: Int64) throws -> Bool {
    try write { db in
      try db.execute(
        sql: "UPDATE incidents SET acked_ts = ?, acked_by = ?, note = ? WHERE id = ? AND merged_into = 0",
        arguments: [now, author, note, id])
      return db.changesCount > 0
    }
  }

  public func add(_ silence: Silence) throws -> Int64 {
    try write { db in
      try db.execute(
        sql: "INSERT INTO silences (rule, matchers, start_ts, end_ts, author, comment) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          silence.rule, JSONValue.object(of: silence.matchers), silence.start, silence.end, silence.author,
          silence.comment,
        ])
      return db.lastInsertedRowID
    }
  }

  /// Silences that end after `now`, or all.
  public func silences(endingAfter now: Int64 = .min) throws -> [Silence] {
    try read { connection in
      try connection.rows(
        "SELECT id, rule, matchers, start_ts, end_ts, author, comment FROM silences WHERE end_ts > :now ORDER BY id",
        ["now": .integer(now)]
      ).rows.map { row in
        var silence = Silence(
          rule: row[1].string, matchers: JSONValue.texts(of: row[2].string), start: row[3].int, end: row[4].int,
          author: row[5].string, comment: row[6].string)
        silence.id = row[0].int
        return silence
      }
    }
  }

  /// Ends a silence now.
  public func endSilence(_ id: Int64, at now: Int64) throws -> Bool {
    try write { db in
      try db.execute(sql: "UPDATE silences SET end_ts = ? WHERE id = ? AND end_ts > ?", arguments: [now, id, now])
      return db.changesCount > 0
    }
  }

  // MARK: For `status`

  public struct AlertStatus: Hashable, Sendable {
    /// Clock of the last run that ended; 0 = none yet.
    public var lastRun: Int64 = 0
    public var seconds: Double = 0
    public var rules: Int64 = 0
    /// Rules that were refused or failed in that run.
    public var broken: Int64 = 0
    /// Which problems of rules were told last, as ``noteRun(_:)`` was given them.
    public var problemsTold = ""
    /// Open incidents by level (1 to 5).
    public var open: [Int: Int64] = [:]

    public init() {}
  }

  public func alertStatus() throws -> AlertStatus {
    try read { connection in
      var status = AlertStatus()
      let text = try connection.rows("SELECT value FROM meta WHERE key = 'alert_run'").rows.first?[0].string ?? "{}"
      let fields = JSONValue.texts(of: text)
      status.lastRun = fields["ts"].flatMap(Int64.init) ?? 0
      status.seconds = fields["seconds"].flatMap(Double.init) ?? 0
      status.rules = fields["rules"].flatMap(Int64.init) ?? 0
      status.broken = fields["broken"].flatMap(Int64.init) ?? 0
      status.problemsTold = fields["problems"] ?? ""
      for row in try connection.rows(
        "SELECT level, count(*) FROM incidents WHERE state = 'open' AND merged_into = 0 GROUP BY level"
      ).rows {
        status.open[Int(row[0].int)] = row[1].int
      }
      return status
    }
  }

  /// As ``AlertStatus/problemsTold``, without counting incidents: there may be tens of thousands.
  public func alertProblemsTold() throws -> String {
    try read { connection in
      let text = try connection.rows("SELECT value FROM meta WHERE key = 'alert_run'").rows.first?[0].string ?? "{}"
      return JSONValue.texts(of: text)["problems"] ?? ""
    }
  }

  public func noteRun(_ status: AlertStatus) throws {
    let fields = [
      "ts": String(status.lastRun), "seconds": String(status.seconds), "rules": String(status.rules),
      "broken": String(status.broken), "problems": status.problemsTold,
    ]
    try write { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO meta (key, value) VALUES ('alert_run', ?)",
        arguments: [JSONValue.object(of: fields)])
    }
  }
}

extension JSONValue {
  /// An object of texts, keys in order.
  public static func object(of texts: [String: String]) -> String {
    JSONValue.object(texts.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: .string($0.value)) }).minified
  }

  /// The members of an object that are texts or numbers.
  public static func texts(of json: String) -> [String: String] {
    guard case .object(let members)? = JSONValue(json) else { return [:] }
    var texts: [String: String] = [:]
    for member in members {
      switch member.value {
      case .string(let text): texts[member.key] = text
      case .number(let spelling): texts[member.key] = spelling
      default: break
      }
    }
    return texts
  }
}

extension StoredIncident {
  fileprivate init(_ row: [SQLValue]) {
    self.init()
    id = row[0].int
    rule = row[1].string
    label = row[2].string
    title = row[3].string
    groupKey = row[4].string
    groupJSON = row[5].string
    start = row[6].int
    end = row[7].int
    firstAnchor = row[8].int
    lastAnchor = row[9].int
    resolveTime = row[10].int
    count = row[11].int
    if case .real(let value) = row[12] { peak = value } else { peak = Double(row[12].int) }
    level = Int(row[13].int)
    state = State(rawValue: row[14].string) ?? .open
    firstEvents = row[15].string.split(separator: ",").map(String.init)
    lastEvents = row[16].string.split(separator: ",").map(String.init)
    digest = EventID(high: UInt64(bitPattern: row[17].int), low: UInt64(bitPattern: row[18].int))
    firstRow = row[19].int
    lastRow = row[20].int
    deadline = row[21].int
    isLate = row[22].int != 0
    openedAt = row[23].int
    ackedAt = row[24].int
    ackedBy = row[25].string
    note = row[26].string
    mergedInto = row[27].int
  }

  fileprivate var arguments: StatementArguments {
    [
      id == 0 ? nil : id, rule, label, title, groupKey, groupJSON, start, end, firstAnchor, lastAnchor, resolveTime,
      count, peak,
      level, state.rawValue, firstEvents.joined(separator: ","), lastEvents.joined(separator: ","),
      Int64(bitPattern: digest.high), Int64(bitPattern: digest.low), firstRow, lastRow, deadline, isLate ? 1 : 0,
      openedAt,
      ackedAt, ackedBy, note, mergedInto,
    ]
  }
}
