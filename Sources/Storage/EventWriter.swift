import Events
import GRDB
import GRDBSQLite

/// Writes the events of one transaction: rows, words, order of arrival, matches.
struct EventWriter {
  private let db: Database
  private var nextSeq: Int64
  /// The highest row id in the store: above it every slot is free and needs no look-up.
  private var highest: Int64
  private var rules: [String: Int64] = [:]

  private var row, words, oldWords, change, match: StatementBinder

  init(_ db: Database) throws {
    self.db = db
    nextSeq = try Self.int(
      db,
      "SELECT max((SELECT coalesce(max(seq), 0) FROM changes), (SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE key = 'changes_seq')) + 1"
    )
    highest = try Self.int(db, "SELECT coalesce(max(row_id), -1) FROM events")
    let marks = [String](repeating: "?", count: Schema.columns.count + 1).joined(separator: ",")
    row = try Self.binder(db, "INSERT INTO events (\(Schema.selectList)) VALUES (\(marks))")
    words = try Self.binder(db, "INSERT INTO events_text (rowid, text, id_word) VALUES (?, ?, ?)")
    oldWords = try Self.binder(
      db, "INSERT INTO events_text (events_text, rowid, text, id_word) VALUES ('delete', ?, ?, ?)")
    change = try Self.binder(db, "INSERT INTO changes (seq, row_id) VALUES (?, ?)")
    match = try Self.binder(db, "INSERT OR IGNORE INTO matches (rule, row_id, ts) VALUES (?, ?, ?)")
  }

  private static func binder(_ db: Database, _ sql: String) throws -> StatementBinder {
    StatementBinder(try db.cachedStatement(sql: sql).sqliteStatement)
  }

  private static func int(_ db: Database, _ sql: String) throws -> Int64 {
    try Int64.fetchOne(db.cachedStatement(sql: sql)) ?? 0
  }

  mutating func write(_ changes: [EventChange]) throws {
    let (insertions, revisions) = Self.folded(changes)
    // Rows and words go in by row id: B-tree appends, and one ascending run for FTS5.
    var order: [(first: Int64, index: Int)] = []
    order.reserveCapacity(insertions.count)
    for (index, insertion) in insertions.enumerated() {
      order.append((RowID.first(at: RowID.sortTime(changes[insertion].shared.event)), index))
    }
    if zip(order, order.dropFirst()).contains(where: { $0.first > $1.first }) {
      order.sort { ($0.first, $0.index) < ($1.first, $1.index) }
    }
    var rowIDs = [Int64](repeating: 0, count: insertions.count)
    var last = Int64.min
    for (first, index) in order {
      last = last >= first ? try free(from: last + 1) : try free(from: first)
      rowIDs[index] = last
    }
    for (_, index) in order { try insert(changes[insertions[index]].shared.event, at: rowIDs[index]) }
    highest = max(highest, last)
    for rowID in rowIDs { try noteChange(rowID) }
    for index in revisions { try revise(changes[index].event) }
  }

  /// Where the changes to write are: insertions in order, each with its last revision of this very
  /// batch, and the last revision of each older row.
  static func folded(_ changes: [EventChange]) -> (insertions: [Int], revisions: [Int]) {
    var insertions: [Int] = []
    insertions.reserveCapacity(changes.count)
    let hasRevisions = changes.contains(where: \.isRevision)
    var revisions: [Int] = []
    var inserted: [String: Int] = [:]
    var revised: [String: Int] = [:]
    for index in changes.indices {
      if !changes[index].isRevision {
        if hasRevisions { inserted[changes[index].shared.event.id] = insertions.count }
        insertions.append(index)
        continue
      }
      let id = changes[index].shared.event.id
      if let place = inserted[id] {
        insertions[place] = index
      } else if let place = revised[id] {
        revisions[place] = index
      } else {
        revised[id] = revisions.count
        revisions.append(index)
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

  /// The row, its words, its matches.
  private mutating func insert(_ event: borrowing Event, at rowID: Int64) throws {
    row.integer(rowID)
    row.event(event)
    try check(row.step())
    words.integer(rowID)
    words.text { SearchText.append(event, to: &$0) }
    words.text(SearchText.word(forID: event.id))
    try check(words.step())
    if !event.matches.isEmpty { try insertMatches(of: event, at: rowID) }
  }

  private mutating func noteChange(_ rowID: Int64) throws {
    change.integer(nextSeq)
    change.integer(rowID)
    try check(change.step())
    nextSeq += 1
  }

  private func check(_ code: Int32) throws {
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
    oldWords.integer(rowID)
    oldWords.text { SearchText.append(old, to: &$0) }
    oldWords.text(SearchText.word(forID: old.id))
    try check(oldWords.step())
    try db.cachedStatement(sql: "DELETE FROM events WHERE row_id = ?").execute(arguments: [rowID])
    try db.cachedStatement(sql: "DELETE FROM matches WHERE rule IN (SELECT rule FROM match_rules) AND row_id = ?")
      .execute(arguments: [rowID])
    try insert(event, at: rowID)
    try noteChange(rowID)
  }

  private func stored(_ id: String) throws -> (Int64, Event)? {
    let candidates = try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT rowid FROM events_text WHERE events_text MATCH ?"),
      arguments: ["id_word : \"\(SearchText.word(forID: id))\""])
    for rowID in candidates {
      let row = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT \(Schema.selectList) FROM events WHERE row_id = ? AND id = ?"),
        arguments: [rowID, id])
      if let row { return (rowID, StoredEvent(row).event) }
    }
    return nil
  }

  // MARK: Matches

  private mutating func insertMatches(of event: borrowing Event, at rowID: Int64) throws {
    for hash in event.matches {
      let rule = try number(of: hash)
      match.integer(rule)
      match.integer(rowID)
      match.integer(event.ts)
      try check(match.step())
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
