import Events
import GRDB
import GRDBSQLite

/// Writes the events of one transaction: rows, words, order of arrival, matches.
struct EventWriter {
  /// An event and where it goes.
  private struct Placed {
    let rowID: Int64
    let shared: SharedEvent
  }
  private struct Match {
    var rule: Int64
    let rowID: Int64
    let ts: Int64
  }

  private let db: Database
  private let incoming: IncomingRows
  private var nextSeq: Int64
  /// The highest row id in the store: above it every slot is free and needs no look-up.
  private var highest: Int64
  private var rules: [String: Int64] = [:]
  private let newestInRange: Statement

  init(_ db: Database, _ incoming: IncomingRows) throws {
    self.db = db
    self.incoming = incoming
    nextSeq = try Self.int(
      db,
      "SELECT max((SELECT coalesce(max(seq), 0) FROM changes), (SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE key = 'changes_seq')) + 1"
    )
    highest = try Self.int(db, "SELECT coalesce(max(row_id), -1) FROM events")
    newestInRange = try db.cachedStatement(sql: "SELECT max(row_id) FROM events WHERE row_id BETWEEN ? AND ?")
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
    var placed: [Placed] = []
    placed.reserveCapacity(insertions.count)
    var rowIDs = [Int64](repeating: 0, count: insertions.count)
    var last = Int64.min
    for (first, index) in order {
      last = try free(from: last >= first ? last + 1 : first)
      rowIDs[index] = last
      placed.append(Placed(rowID: last, shared: changes[insertions[index]].shared))
    }
    try insert(placed)
    highest = max(highest, last)
    try noteChanges(of: rowIDs)
    for index in revisions { try revise(changes[index]) }
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
    while candidate <= highest {
      // Events of one microsecond fill its slots from below, so behind its newest one is room.
      guard let taken = try newest(in: candidate...(candidate | (RowID.slotCount - 1))) else { return candidate }
      candidate = taken + 1
    }
    return candidate
  }

  /// The highest row id there is in this range. Asked for each event that is older than another, so without
  /// GRDB's cursors.
  private func newest(in range: ClosedRange<Int64>) throws -> Int64? {
    let statement = newestInRange.sqliteStatement
    defer { sqlite3_reset(statement) }
    sqlite3_bind_int64(statement, 1, range.lowerBound)
    sqlite3_bind_int64(statement, 2, range.upperBound)
    let code = sqlite3_step(statement)
    guard code == SQLITE_ROW else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
    }
    return sqlite3_column_type(statement, 0) == SQLITE_NULL ? nil : sqlite3_column_int64(statement, 0)
  }

  /// The rows, their words, their matches; ascending by row id.
  private mutating func insert(_ placed: [Placed]) throws {
    guard !placed.isEmpty else { return }
    var words = SearchWords(count: placed.count)
    var matches: [Match] = []
    // Rules that have no number in the store yet, or none that is known here, count down from -1.
    var unnumbered: [String] = []
    var numbers = rules
    // The transaction is undone as a whole, so SQLite need not be able to undo a statement.
    try incoming.insert(
      into: "events", Schema.rowColumns, always: Schema.columnsWithoutEmptyValue, on: db, count: placed.count
    ) { row, index in
      let (rowID, shared) = (placed[index].rowID, placed[index].shared)
      row.integer(rowID)
      row.event(shared)
      // All that is needed of an event is taken while the processor has it at hand.
      words.append(shared, at: rowID)
      for hash in shared.event.matches {
        let known = numbers[hash]
        let rule = known ?? -Int64(unnumbered.count + 1)
        if known == nil {
          numbers[hash] = rule
          unnumbered.append(hash)
        }
        matches.append(Match(rule: rule, rowID: rowID, ts: shared.event.ts))
      }
    }
    try words.insert(through: incoming, on: db)
    if !unnumbered.isEmpty {
      let numbered = try unnumbered.map { try number(of: $0) }
      for index in matches.indices where matches[index].rule < 0 {
        matches[index].rule = numbered[-1 - Int(matches[index].rule)]
      }
    }
    try insert(matches)
  }

  private func insert(_ matches: [Match]) throws {
    guard !matches.isEmpty else { return }
    // As they lie in the table: neighbours share a page.
    let sorted = matches.sorted { ($0.rule, $0.rowID) < ($1.rule, $1.rowID) }
    try incoming.run(
      "INSERT OR IGNORE INTO matches (rule, row_id, ts) SELECT c0, c1, c2 FROM incoming", on: db, count: sorted.count
    ) { row, index in
      row.integer(sorted[index].rule)
      row.integer(sorted[index].rowID)
      row.integer(sorted[index].ts)
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

  private mutating func noteChanges(of rowIDs: [Int64]) throws {
    let first = nextSeq
    try incoming.run(
      "INSERT OR FAIL INTO changes (seq, row_id) SELECT c0, c1 FROM incoming", on: db, count: rowIDs.count
    ) { row, index in
      row.integer(first + Int64(index))
      row.integer(rowIDs[index])
    }
    nextSeq += Int64(rowIDs.count)
  }

  // MARK: Revisions

  private mutating func revise(_ change: EventChange) throws {
    guard let (rowID, old) = try stored(change.shared.event.id) else {
      // Its row was pruned, or never stored: what the later line told still counts.
      return try write([.insert(change.event)])
    }
    var oldWords = SearchWords(count: 1)
    oldWords.append(EventChange.insert(old).shared, at: rowID)
    try oldWords.remove(through: incoming, on: db)
    try db.cachedStatement(sql: "DELETE FROM events WHERE row_id = ?").execute(arguments: [rowID])
    try db.cachedStatement(sql: "DELETE FROM matches WHERE rule IN (SELECT rule FROM match_rules) AND row_id = ?")
      .execute(arguments: [rowID])
    try insert([Placed(rowID: rowID, shared: change.shared)])
    try noteChanges(of: [rowID])
  }

  func stored(_ id: String) throws -> (Int64, Event)? {
    let candidates = try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT rowid FROM events_text WHERE events_text MATCH ?"),
      arguments: ["id_word : \"\(SearchText.word(forID: id))\""])
    for rowID in candidates {
      let found = try StoredEvent.all(
        "SELECT \(Schema.selectList) FROM events WHERE row_id = ? AND id = ?", [rowID, id], on: db)
      if let found = found.first { return (rowID, found.event) }
    }
    return nil
  }
}

extension StoredEvent {
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

  /// Rows of ``Schema/selectList`` on the writing connection. GRDB's own rows end a text at its first zero byte.
  static func all(_ sql: String, _ arguments: StatementArguments, on db: Database) throws -> [StoredEvent] {
    let statement = try db.cachedStatement(sql: sql)
    try statement.setArguments(arguments)
    defer { sqlite3_reset(statement.sqliteStatement) }
    var events: [StoredEvent] = []
    while true {
      switch sqlite3_step(statement.sqliteStatement) {
      case SQLITE_ROW: events.append(StoredEvent(RowView(statement: statement.sqliteStatement)))
      case SQLITE_DONE: return events
      case let code:
        throw DatabaseError(
          resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
      }
    }
  }
}
