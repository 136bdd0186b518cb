import Events
import Foundation
import GRDB

/// What one transaction changes in the archive's tables.
struct ArchiveUpdate {
  var segment: Int64
  /// Where the members were written, and they.
  var members: [(offset: Int64, member: ArchiveMember)] = []
  /// The waiting lines are in `members` now.
  var clearsTail = false
  /// Lines that wait from now on.
  var tail = ArchiveText()
  var closes = false
}

/// A file of the archive as the store knows it.
public struct ArchiveSegment: Hashable, Sendable {
  public var id: Int64
  public var path: String
  /// Bytes that count; what follows them was never committed.
  public var length: Int64
  public var textBytes: Int64
  public var lines: Int64
  /// Event times of the first and last line; 0 if it has none.
  public var firstTs: Int64
  public var lastTs: Int64
  public var begunAt: Int64
  /// Nothing is added to it any more. (2 in the table: it is being removed, and nobody sees it.)
  public var isClosed: Bool
}

/// One gzip member of a segment.
public struct ArchiveBlock: Hashable, Sendable {
  public var offset: Int64
  public var length: Int64
  /// CRC-32 of the member.
  public var checksum: UInt32
  public var textBytes: Int64
  public var lines: Int64
  public var firstTs: Int64
  public var lastTs: Int64
  var runs: String
}

/// Lines that are in the archive and in no segment yet.
public struct ArchiveTail: Hashable, Sendable {
  public var segment: Int64
  public var text: [UInt8]
  public var firstTs: Int64
  public var lastTs: Int64
  var runs: String
}

/// The archive at one instant.
public struct ArchiveContents: Hashable, Sendable {
  /// In the order in which they were begun.
  public var segments: [ArchiveSegment] = []
  public var tails: [ArchiveTail] = []
}

extension EventStore {
  private static let segmentColumns =
    "id, path, length, text_bytes, lines, first_ts, last_ts, begun_ts, is_closed"

  public func archive() throws -> ArchiveContents {
    try read { connection in
      var contents = ArchiveContents()
      // One statement sees one instant: no line is missing here and none is twice.
      try connection.forEach(
        """
        SELECT \(Self.segmentColumns), 0 AS seq, NULL AS text, '' AS runs FROM archive_segments
        WHERE is_closed < 2
        UNION ALL
        SELECT segment, '', 0, 0, 0, first_ts, last_ts, 0, 0, seq, text, runs FROM archive_tail
        ORDER BY seq, id
        """
      ) { row in
        if row.int(9) == 0 {
          contents.segments.append(
            ArchiveSegment(
              id: row.int(0), path: row.text(1), length: row.int(2), textBytes: row.int(3), lines: row.int(4),
              firstTs: row.int(5), lastTs: row.int(6), begunAt: row.int(7), isClosed: row.int(8) != 0))
        } else {
          contents.tails.append(
            ArchiveTail(
              segment: row.int(0), text: row.blob(10), firstTs: row.int(5), lastTs: row.int(6), runs: row.text(11)))
        }
        return true
      }
      return contents
    }
  }

  /// The blocks of a segment that may hold lines of a range of time, in order.
  ///
  /// - Parameter segment: as ``archive()`` gave it; what was added since is left out.
  public func archiveBlocks(of segment: ArchiveSegment, since: Int64 = .min, until: Int64 = .max) throws
    -> [ArchiveBlock]
  {
    try read { connection in
      var blocks: [ArchiveBlock] = []
      try connection.forEach(
        """
        SELECT offset, length, crc, text_bytes, lines, first_ts, last_ts, runs FROM archive_blocks
        WHERE segment = :segment AND offset < :length AND last_ts >= :since AND first_ts < :until ORDER BY offset
        """,
        [
          "segment": .integer(segment.id), "length": .integer(segment.length), "since": .integer(since),
          "until": .integer(until),
        ]
      ) { row in
        blocks.append(
          ArchiveBlock(
            offset: row.int(0), length: row.int(1), checksum: UInt32(truncatingIfNeeded: row.int(2)),
            textBytes: row.int(3), lines: row.int(4), firstTs: row.int(5), lastTs: row.int(6), runs: row.text(7)))
        return true
      }
      return blocks
    }
  }

  /// Names of the sources in ``ArchiveBlock/runs``.
  func archiveSources() throws -> [Int64: String] {
    try read { connection in
      var names: [Int64: String] = [:]
      try connection.forEach("SELECT id, source FROM archive_sources") { row in
        names[row.int(0)] = row.text(1)
        return true
      }
      return names
    }
  }

  func hasArchiveSegment(at path: String) throws -> Bool {
    try read { connection in
      var isKnown = false
      try connection.forEach("SELECT 1 FROM archive_segments WHERE path = :path", ["path": .text(path)]) { _ in
        isKnown = true
        return false
      }
      return isKnown
    }
  }

  // MARK: Writing

  static func write(_ update: ArchiveUpdate, _ db: Database) throws {
    for (offset, member) in update.members {
      let runs = try encode(member.runs, db)
      try db.cachedStatement(
        sql: """
          INSERT INTO archive_blocks (segment, offset, length, crc, text_bytes, lines, first_ts, last_ts, runs)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """
      ).execute(arguments: [
        update.segment, offset, member.bytes.count, Int64(member.checksum), member.textBytes, member.lines,
        member.times.lowerBound, member.times.upperBound, runs,
      ])
      try db.cachedStatement(
        sql: """
          UPDATE archive_segments SET length = ?2, text_bytes = text_bytes + ?3, lines = lines + ?4,
            first_ts = CASE WHEN lines = 0 THEN ?5 ELSE min(first_ts, ?5) END, last_ts = max(last_ts, ?6)
          WHERE id = ?1
          """
      ).execute(arguments: [
        update.segment, offset + Int64(member.bytes.count), member.textBytes, member.lines, member.times.lowerBound,
        member.times.upperBound,
      ])
    }
    if update.clearsTail {
      try db.cachedStatement(sql: "DELETE FROM archive_tail WHERE segment = ?").execute(arguments: [update.segment])
    }
    if !update.tail.isEmpty {
      let times = update.tail.times ?? 0...0
      try db.cachedStatement(
        sql: "INSERT INTO archive_tail (segment, text, first_ts, last_ts, runs) VALUES (?, ?, ?, ?, ?)"
      ).execute(arguments: [
        update.segment, Data(update.tail.bytes), times.lowerBound, times.upperBound, encode(update.tail.runs, db),
      ])
    }
    if update.closes {
      try db.execute(sql: "UPDATE archive_segments SET is_closed = 1 WHERE id = ?", arguments: [update.segment])
    }
  }

  private static func encode(_ runs: [ArchiveText.Run], _ db: Database) throws -> String {
    var words: [String] = []
    for run in runs {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO archive_sources (source) VALUES (?)")
        .execute(arguments: [run.source])
      let id = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT id FROM archive_sources WHERE source = ?"), arguments: [run.source])
      words.append("\(id ?? 0):\(run.bytes)")
    }
    return words.joined(separator: " ")
  }

  /// Which bytes of a text are of which source.
  static func decode(runs: String, _ names: [Int64: String]) -> [ArchiveText.Run] {
    runs.split(separator: " ").map { word in
      let parts = word.split(separator: ":")
      return ArchiveText.Run(
        source: parts.first.flatMap { Int64($0) }.flatMap { names[$0] } ?? "",
        bytes: parts.last.flatMap { Int($0) } ?? 0)
    }
  }

  /// - Parameter length: what is in the file already.
  /// - Returns: its id.
  func beginArchiveSegment(path: String, at time: Int64, length: Int64) throws -> Int64 {
    try write { db in
      try db.execute(
        sql: "INSERT INTO archive_segments (path, begun_ts, length) VALUES (?, ?, ?)", arguments: [path, time, length])
      return db.lastInsertedRowID
    }
  }

  /// Ends segments whose writers are gone; their waiting lines go on in another.
  func closeArchiveSegments(_ ids: [Int64], handingOverTo heir: Int64?) throws {
    guard !ids.isEmpty else { return }
    try write { db in
      for id in ids {
        try db.execute(sql: "UPDATE archive_segments SET is_closed = 1 WHERE id = ?", arguments: [id])
        if let heir {
          try db.execute(sql: "UPDATE archive_tail SET segment = ? WHERE segment = ?", arguments: [heir, id])
        }
      }
    }
  }
}
