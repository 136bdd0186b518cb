import Events
import GRDB
import GRDBSQLite

/// Writes the events of one transaction: rows, words, order of arrival, matches.
struct EventWriter {
  private let db: Database
  private var binder = StatementBinder()
  private var nextSeq: Int64
  /// The highest row id in the store: above it every slot is free and needs no look-up.
  private var highest: Int64
  private var rules: [String: Int64] = [:]

  private let insertRow, insertWords, removeWords, insertChange: Statement

  init(_ db: Database) throws {
    self.db = db
    nextSeq = try Self.int(
      db,
      "SELECT max((SELECT coalesce(max(seq), 0) FROM changes), (SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE key = 'changes_seq')) + 1"
    )
    highest = try Self.int(db, "SELECT coalesce(max(row_id), -1) FROM events")
    let marks = [String](repeating: "?", count: Schema.columns.count + 1).joined(separator: ",")
    insertRow = try db.cachedStatement(sql: "INSERT INTO events (\(Schema.selectList)) VALUES (\(marks))")
    insertWords = try db.cachedStatement(sql: "INSERT INTO events_text (rowid, text, id) VALUES (?, ?, ?)")
    removeWords = try db.cachedStatement(
      sql: "INSERT INTO events_text (events_text, rowid, text, id) VALUES ('delete', ?, ?, ?)")
    insertChange = try db.cachedStatement(sql: "INSERT INTO changes (seq, row_id) VALUES (?, ?)")
  }

  private static func int(_ db: Database, _ sql: String) throws -> Int64 {
    try Int64.fetchOne(db.cachedStatement(sql: sql)) ?? 0
  }

  mutating func write(_ changes: [EventChange]) throws {
    var (events, revisions) = Self.folded(changes)
    // Rows and words go in by row id: B-tree appends, and one ascending run for FTS5.
    let order = events.indices.sorted { (RowID.sortTime(events[$0]), $0) < (RowID.sortTime(events[$1]), $1) }
    var rowIDs = [Int64](repeating: 0, count: events.count)
    var last = Int64.min
    for index in order {
      let first = RowID.first(at: RowID.sortTime(events[index]))
      last = last >= first ? try free(from: last + 1) : try free(from: first)
      rowIDs[index] = last
    }
    for index in order { try insert(events[index], at: rowIDs[index]) }
    for index in order { try insertWords(of: events[index], at: rowIDs[index]) }
    if let last = order.last { highest = max(highest, rowIDs[last]) }
    for index in events.indices { try noteChange(rowIDs[index]) }
    for index in order where !events[index].matches.isEmpty { try insertMatches(of: events[index], at: rowIDs[index]) }
    events.removeAll()
    for event in revisions { try revise(event) }
  }

  /// Insertions with the revisions of this very batch folded in, and the revisions of older rows
  /// (the last one of each).
  static func folded(_ changes: [EventChange]) -> (insertions: [Event], revisions: [Event]) {
    var insertions: [Event] = []
    insertions.reserveCapacity(changes.count)
    guard changes.contains(where: { if case .revise = $0 { true } else { false } }) else {
      for change in changes { insertions.append(change.event) }
      return (insertions, [])
    }
    var revisions: [Event] = []
    var inserted: [String: Int] = [:]
    var revised: [String: Int] = [:]
    for change in changes {
      switch change {
      case .insert(let event):
        inserted[event.id] = insertions.count
        insertions.append(event)
      case .revise(let event):
        if let index = inserted[event.id] {
          insertions[index] = event
        } else if let index = revised[event.id] {
          revisions[index] = event
        } else {
          revised[event.id] = revisions.count
          revisions.append(event)
        }
      }
    }
    return (insertions, revisions)
  }

  /// The first free row id from `candidate` on, given that this batch has nothing at or above it.
  private func free(from candidate: Int64) throws -> Int64 {
    var candidate = candidate
    let newest = try db.cachedStatement(sql: "SELECT max(row_id) FROM events WHERE row_id BETWEEN ? AND ?")
    while candidate <= highest {
      // Events of one microsecond fill its slots from below, so behind its newest one is room.
      let end = candidate | (RowID.slotCount - 1)
      guard let taken = try Int64.fetchOne(newest, arguments: [candidate, end]) else { return candidate }
      candidate = taken + 1
    }
    return candidate
  }

  private mutating func insert(_ event: Event, at rowID: Int64) throws {
    binder.integer(rowID)
    binder.event(event)
    try step(insertRow)
  }

  private mutating func insertWords(of event: Event, at rowID: Int64) throws {
    binder.integer(rowID)
    binder.text { SearchText.append(event, to: &$0) }
    binder.text(SearchText.word(forID: event.id))
    try step(insertWords)
  }

  private mutating func noteChange(_ rowID: Int64) throws {
    binder.integer(nextSeq)
    binder.integer(rowID)
    try step(insertChange)
    nextSeq += 1
  }

  private mutating func step(_ statement: Statement) throws {
    let code = binder.step(statement.sqliteStatement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
    }
  }

  // MARK: Revisions

  private mutating func revise(_ event: Event) throws {
    guard let (rowID, old) = try stored(event.id) else {
      // Its row was pruned, or never stored: what the later line told still counts.
      return try write([.insert(event)])
    }
    binder.integer(rowID)
    binder.text { SearchText.append(old, to: &$0) }
    binder.text(SearchText.word(forID: old.id))
    try step(removeWords)
    try db.cachedStatement(sql: "DELETE FROM events WHERE row_id = ?").execute(arguments: [rowID])
    try db.cachedStatement(sql: "DELETE FROM matches WHERE rule IN (SELECT rule FROM match_rules) AND row_id = ?")
      .execute(arguments: [rowID])
    try insert(event, at: rowID)
    try insertWords(of: event, at: rowID)
    try noteChange(rowID)
    try insertMatches(of: event, at: rowID)
  }

  private func stored(_ id: String) throws -> (Int64, Event)? {
    let candidates = try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT rowid FROM events_text WHERE events_text MATCH ?"),
      arguments: ["id : \"\(SearchText.word(forID: id))\""])
    for rowID in candidates {
      let row = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT \(Schema.selectList) FROM events WHERE row_id = ? AND id = ?"),
        arguments: [rowID, id])
      if let row { return (rowID, StoredEvent(row).event) }
    }
    return nil
  }

  // MARK: Matches

  private mutating func insertMatches(of event: Event, at rowID: Int64) throws {
    for hash in event.matches {
      let rule = try number(of: hash)
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO matches (rule, row_id, ts) VALUES (?, ?, ?)")
        .execute(arguments: [rule, rowID, event.ts])
    }
  }

  private mutating func number(of hash: String) throws -> Int64 {
    if let rule = rules[hash] { return rule }
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO match_rules (hash) VALUES (?)").execute(arguments: [hash])
    let rule = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT rule FROM match_rules WHERE hash = ?"), arguments: [hash])!
    rules[hash] = rule
    return rule
  }
}

extension StoredEvent {
  /// From a row of ``Schema/selectList``.
  init(_ row: Row) {
    self.init(rowID: row[0]) { column in
      let index = Schema.index[column]! + 1
      switch column.kind {
      case .integer, .time: return .integer(row[index])
      case .text, .json: return .text(row[index])
      }
    }
  }

  /// From a row of ``Schema/selectList``.
  init(_ row: RowView) {
    self.init(rowID: row.int(0)) { column in
      let index = Int32(Schema.index[column]! + 1)
      switch column.kind {
      case .integer, .time: return .integer(row.int(index))
      case .text, .json: return .text(row.text(index))
      }
    }
  }
}
