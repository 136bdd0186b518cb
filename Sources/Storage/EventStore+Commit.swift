import Events
import Foundation
import GRDB
import GRDBSQLite

extension EventStore {
  /// Writes one commit: all of it or nothing.
  ///
  /// - Throws: ``Problem`` (`busy`, `failed`: disk full, read-only, corrupt); nothing was written.
  /// - Complexity: about 6 µs of CPU an event; 10,000 events make one good transaction.
  public func commit(_ commit: Commit) throws {
    guard !commit.isEmpty else { return }
    try write { db in
      var writer = try EventWriter(db)
      try writer.write(commit.changes)
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

  private static func writePositions(of commit: Commit, _ db: Database) throws {
    for key in commit.forgotten {
      try db.cachedStatement(sql: "DELETE FROM positions WHERE key = ?").execute(arguments: [key])
    }
    for position in commit.positions {
      try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO positions (key, path, offset, identity, state) VALUES (?, ?, ?, ?, ?)"
      ).execute(arguments: [position.key, position.path, position.offset, position.identity, position.state])
    }
  }

  private static func writeCounts(of commit: Commit, _ db: Database) throws {
    guard !commit.counts.isEmpty else { return }
    var newest: [String: Int64] = [:]
    for change in commit.changes {
      newest[change.event.source] = max(newest[change.event.source] ?? 0, change.event.ts)
    }
    for (source, counts) in commit.counts.sorted(by: { $0.key < $1.key }) {
      // Kinds are few, so their sums are one JSON object, merged here under the write lock.
      let old = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT redactions, rejected FROM sources WHERE source = ?"), arguments: [source])
      let redactions = try merged(counts.redactions, into: old?[0])
      let rejected = try merged(counts.rejected, into: old?[1])
      try db.cachedStatement(
        sql: """
          INSERT INTO sources (source, lines, bytes, events, text, redactions, rejected, newest_ts, first_read_ts, last_read_ts)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
          ON CONFLICT (source) DO UPDATE SET
            lines = lines + ?2, bytes = bytes + ?3, events = events + ?4, text = text + ?5,
            redactions = ?6, rejected = ?7,
            newest_ts = max(newest_ts, ?8), last_read_ts = max(last_read_ts, ?9)
          """
      ).execute(arguments: [
        source, counts.lines, counts.bytes, counts.events, counts.text, redactions, rejected,
        newest[source] ?? 0, commit.readAt,
      ])
    }
  }

  private static func merged(_ counts: [String: Int64], into old: String?) throws -> String {
    var sum = try old.map { try JSONDecoder().decode([String: Int64].self, from: Data($0.utf8)) } ?? [:]
    if counts.isEmpty, let old { return old }
    sum.merge(counts, uniquingKeysWith: +)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(sum), as: UTF8.self)
  }

  /// Every source ever read, with its running totals, by name.
  public func sources() throws -> [StoredSource] {
    try read { connection in
      try connection.rows(
        """
        SELECT source, lines, bytes, events, text, redactions, rejected, newest_ts, first_read_ts, last_read_ts
        FROM sources ORDER BY source
        """
      ).rows.map { row in
        var counts = ReadCounts()
        counts.lines = row[1].int
        counts.bytes = row[2].int
        counts.events = row[3].int
        counts.text = row[4].int
        counts.redactions = try JSONDecoder().decode([String: Int64].self, from: Data(row[5].string.utf8))
        counts.rejected = try JSONDecoder().decode([String: Int64].self, from: Data(row[6].string.utf8))
        return StoredSource(
          source: row[0].string, counts: counts, newestTs: row[7].int, firstReadAt: row[8].int, lastReadAt: row[9].int)
      }
    }
  }
}
