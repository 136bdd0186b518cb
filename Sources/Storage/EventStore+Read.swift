import Events

/// One entry of the log of arrivals: `seq` grows by one with every event written or revised.
public struct StoredChange: Hashable, Sendable {
  public var seq: Int64
  public var rowID: Int64
}

/// What the store covers.
public struct StoreExtent: Hashable, Sendable {
  /// Times of the first and last event; 0 if there is none.
  public var oldestTs: Int64
  public var newestTs: Int64
  /// Events older than this were removed by `prune`; 0 = never pruned.
  public var prunedTs: Int64
}

extension EventStore {
  /// Runs one SELECT over the store's tables.
  ///
  /// - Parameter parameters: by name, without the colon; all that the SQL uses.
  /// - Throws: ``SQLError`` for what is wrong with the SQL, ``Problem`` for what is wrong with the store.
  public func rows(sql: String, parameters: [String: SQLValue] = [:], limits: ReadLimits = ReadLimits()) throws
    -> RowSet
  {
    try query { try $0.rows(sql, parameters, limits: limits) }
  }

  /// Events in order of arrival, after `seq`: the incremental reading of `alert run` and `ship`.
  /// A revised event appears again. Rows that were pruned since are left out.
  public func changes(after seq: Int64, limit: Int) throws -> [StoredChange] {
    try read { connection in
      var changes: [StoredChange] = []
      try connection.forEach(
        "SELECT seq, row_id FROM changes WHERE seq > :seq ORDER BY seq LIMIT :limit",
        ["seq": .integer(seq), "limit": .integer(Int64(limit))]
      ) { row in
        changes.append(StoredChange(seq: row.int(0), rowID: row.int(1)))
        return true
      }
      return changes
    }
  }

  /// The newest `seq`; 0 in an empty store.
  public func lastSeq() throws -> Int64 {
    try read { try $0.rows("SELECT coalesce(max(seq), 0) FROM changes").rows[0][0].int }
  }

  public func event(rowID: Int64) throws -> StoredEvent? {
    try read { connection in
      var event: StoredEvent?
      try connection.forEach(
        "SELECT \(Schema.selectList) FROM events WHERE row_id = :row", ["row": .integer(rowID)]
      ) {
        event = StoredEvent($0)
        return false
      }
      return event
    }
  }

  /// Events whose id begins with `prefix` (lower-case hex, at least 4 digits), newest first.
  public func events(idPrefix prefix: String, limit: Int = 10) throws -> [StoredEvent] {
    guard prefix.utf8.count >= 4, prefix.utf8.allSatisfy({ isxdigit($0) }) else { return [] }
    return try read { connection in
      var events: [StoredEvent] = []
      // Ids are words of the full-text index, which takes random keys better than a B-tree does:
      // half a microsecond an event instead of a dirty page.
      try connection.forEach(
        """
        SELECT \(Schema.selectList) FROM events
        WHERE row_id IN (SELECT rowid FROM events_text WHERE events_text MATCH :word)
          AND substr(id, 1, length(:prefix)) = :prefix
        ORDER BY row_id DESC LIMIT :limit
        """,
        [
          "word": .text("id_word : \"\(SearchText.word(forID: prefix))\"*"), "prefix": .text(prefix),
          "limit": .integer(Int64(limit)),
        ]
      ) {
        events.append(StoredEvent($0))
        return true
      }
      return events
    }
  }

  public func extent() throws -> StoreExtent {
    try read { connection in
      func ts(_ order: String) throws -> Int64 {
        try connection.rows("SELECT ts FROM events ORDER BY row_id \(order) LIMIT 1").rows.first?[0].int ?? 0
      }
      let pruned = try connection.rows("SELECT value FROM meta WHERE key = 'pruned_ts'").rows.first?[0].int ?? 0
      return StoreExtent(oldestTs: try ts("ASC"), newestTs: try ts("DESC"), prunedTs: pruned)
    }
  }
}

private func isxdigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
  default: false
  }
}
