import Events
import GRDB

extension EventStore {
  /// Writes one commit: all of it or nothing.
  ///
  /// - Throws: ``Problem`` (`busy`, `failed`: disk full, read-only, corrupt); nothing was written.
  /// - Complexity: about 6 µs of CPU an event; 10,000 events make one good transaction.
  public func commit(_ commit: Commit) throws {
    guard !commit.isEmpty else { return }
    try self.commit(commit, archive: nil)
  }

  func commit(_ commit: Commit, archive: ArchiveUpdate?) throws {
    try write { db in
      var writer = try EventWriter(db, incoming)
      try writer.write(commit.changes)
      if let archive { try Self.write(archive, db) }
      try Self.writePositions(of: commit, db)
      try Self.writeCounts(of: commit, db)
    }
  }

  public func positions() throws -> [StoredPosition] {
    try read { connection in
      try connection.rows("SELECT key, path, offset, identity, state FROM positions ORDER BY key").rows.map {
        StoredPosition(
          key: $0[0].string, path: $0[1].string, offset: $0[2].int, identity: $0[3].string, state: $0[4].string)
      }
    }
  }

  static func writePositions(of commit: Commit, _ db: Database) throws {
    for key in commit.forgotten {
      try db.cachedStatement(sql: "DELETE FROM positions WHERE key = ?").execute(arguments: [key])
    }
    for position in commit.positions {
      try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO positions (key, path, offset, identity, state) VALUES (?, ?, ?, ?, ?)"
      ).execute(arguments: [position.key, position.path, position.offset, position.identity, position.state])
    }
  }

  static func writeCounts(of commit: Commit, _ db: Database) throws {
    guard !commit.counts.isEmpty else { return }
    var newest: [String: Int64] = [:]
    // Sources come in runs.
    var source = ""
    var latest = Int64.min
    func note() { if latest != .min { newest[source] = max(newest[source] ?? 0, latest) } }
    for change in commit.changes {
      let shared = change.shared
      if shared.event.source != source {
        note()
        (source, latest) = (shared.event.source, shared.event.ts)
      } else {
        latest = max(latest, shared.event.ts)
      }
    }
    note()
    for (source, counts) in commit.counts.sorted(by: { $0.key < $1.key }) {
      try db.cachedStatement(
        sql: """
          INSERT INTO sources (source, read_lines, read_bytes, events, text_lines, newest_ts, first_read_ts, last_read_ts)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
          ON CONFLICT (source) DO UPDATE SET
            read_lines = read_lines + ?2, read_bytes = read_bytes + ?3, events = events + ?4, text_lines = text_lines + ?5,
            newest_ts = max(newest_ts, ?6), last_read_ts = max(last_read_ts, ?7)
          """
      ).execute(arguments: [
        source, counts.lines, counts.bytes, counts.events, counts.text, newest[source] ?? 0, commit.readAt,
      ])
      for (kind, count) in counts.redactions {
        try db.cachedStatement(
          sql: """
            INSERT INTO source_redactions (source, kind, hidden) VALUES (?1, ?2, ?3)
            ON CONFLICT (source, kind) DO UPDATE SET hidden = hidden + ?3
            """
        ).execute(arguments: [source, kind, count])
      }
      for (place, count) in counts.places {
        try db.cachedStatement(
          sql: """
            INSERT INTO source_redaction_places (source, rule, field, hidden)
            SELECT ?1, ?2, CASE
              WHEN ?3 = '' OR EXISTS (SELECT 1 FROM source_redaction_places WHERE source = ?1 AND field = ?3)
                OR (SELECT count(DISTINCT field) FROM source_redaction_places WHERE source = ?1 AND field <> '') < ?5
              THEN ?3 ELSE '' END, ?4
            WHERE true
            ON CONFLICT (source, field, rule) DO UPDATE SET hidden = hidden + ?4
            """
        ).execute(arguments: [source, place.rule, place.field, count, StoreLimits.redactionFieldsMax])
      }
      for (reason, count) in counts.rejected {
        try db.cachedStatement(
          sql: """
            INSERT INTO source_rejections (source, reason, rejected) VALUES (?1, ?2, ?3)
            ON CONFLICT (source, reason) DO UPDATE SET rejected = rejected + ?3
            """
        ).execute(arguments: [source, reason, count])
      }
    }
  }

  /// Every source ever read, with its running totals, by name.
  public func sources() throws -> [StoredSource] {
    try read { connection in
      func byKind(_ sql: String) throws -> [String: [String: Int64]] {
        var sums: [String: [String: Int64]] = [:]
        try connection.forEach(sql) { row in
          sums[row.text(0), default: [:]][row.text(1)] = row.int(2)
          return true
        }
        return sums
      }
      let redactions = try byKind("SELECT source, kind, hidden FROM source_redactions")
      let rejected = try byKind("SELECT source, reason, rejected FROM source_rejections")
      return try connection.rows(
        """
        SELECT source, read_lines, read_bytes, events, text_lines, newest_ts, first_read_ts, last_read_ts
        FROM sources ORDER BY source
        """
      ).rows.map { row in
        var counts = ReadCounts()
        (counts.lines, counts.bytes, counts.events, counts.text) = (row[1].int, row[2].int, row[3].int, row[4].int)
        counts.redactions = redactions[row[0].string] ?? [:]
        counts.rejected = rejected[row[0].string] ?? [:]
        return StoredSource(
          source: row[0].string, counts: counts, newestTs: row[5].int, firstReadAt: row[6].int, lastReadAt: row[7].int)
      }
    }
  }
}
