import Events
import GRDB
import Glibc

/// What a store holds and what it weighs.
public struct StoreStatistics: Hashable, Sendable {
  public var events: Int64
  public var oldestTs: Int64
  public var newestTs: Int64
  /// Pages in use, in bytes; the file may be larger.
  public var usedBytes: Int64
  public var fileBytes: Int64
  public var walBytes: Int64
  public var freeBytes: Int64
  /// Bytes left on the file system.
  public var diskFreeBytes: Int64
  public var schema: Int
}

extension EventStore {
  public func statistics() throws -> StoreStatistics {
    let extent = try extent()
    return try read { connection in
      func int(_ sql: String) throws -> Int64 { try connection.rows(sql).rows[0][0].int }
      let page = try int("SELECT page_size FROM pragma_page_size")
      let free = try int("SELECT freelist_count FROM pragma_freelist_count") * page
      let all = try int("SELECT page_count FROM pragma_page_count") * page
      var disk = statvfs()
      statvfs(path, &disk)
      return StoreStatistics(
        events: try int("SELECT count(*) FROM events"), oldestTs: extent.oldestTs, newestTs: extent.newestTs,
        usedBytes: all - free, fileBytes: Self.size(path), walBytes: Self.size(path + "-wal"), freeBytes: free,
        diskFreeBytes: Int64(disk.f_bavail) * Int64(disk.f_frsize),
        schema: Int(try int("SELECT user_version FROM pragma_user_version")))
    }
  }

  private static func size(_ path: String) -> Int64 {
    var info = stat()
    return stat(path, &info) == 0 ? Int64(info.st_size) : 0
  }

  /// How many events are older than `ts`, for a dry run.
  public func eventCount(before ts: Int64) throws -> Int64 {
    try read {
      try $0.rows("SELECT count(*) FROM events WHERE row_id < :end", ["end": .integer(RowID.first(at: ts))]).rows[0][0]
        .int
    }
  }

  /// Removes the oldest events in slices, each a short transaction, so that writers go on (decisions 18, 19).
  ///
  /// - Parameters:
  ///   - before: events older than this go; `nil` = no bound of age.
  ///   - bytesMax: the oldest events go until the store uses no more; `nil` = no bound of size.
  /// - Returns: how many events were removed.
  public func prune(before: Int64?, bytesMax: Int64?) throws -> Int64 {
    var removed: Int64 = 0
    let end = before.map(RowID.first(at:)) ?? Int64.max
    while before != nil {
      let count = try removeSlice(below: end)
      removed += count
      if count < StoreLimits.pruneRowsMax { break }
    }
    if let bytesMax {
      while try usedBytes() > bytesMax {
        let count = try removeSlice(below: Int64.max)
        removed += count
        if count == 0 { break }
      }
    }
    if removed > 0 {
      try pruneChanges()
      try giveBackPages()
    }
    return removed
  }

  private func usedBytes() throws -> Int64 {
    try write { db in
      let page = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0
      let pages = try Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      let free = try Int64.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
      return (pages - free) * page
    }
  }

  private func removeSlice(below end: Int64) throws -> Int64 {
    try write { db in
      let rows = try StoredEvent.all(
        "SELECT \(Schema.selectList) FROM events WHERE row_id < ? ORDER BY row_id LIMIT ?",
        [end, StoreLimits.pruneRowsMax], on: db)
      guard let firstID = rows.first?.rowID, let lastID = rows.last?.rowID else { return 0 }
      var words = SearchWords(count: rows.count)
      var newest: Int64 = 0
      for stored in rows {
        newest = max(newest, stored.event.ts)
        words.append(EventChange.insert(stored.event).shared, at: stored.rowID)
      }
      try words.remove(through: incoming, on: db)
      try db.execute(sql: "DELETE FROM events WHERE row_id BETWEEN ? AND ?", arguments: [firstID, lastID])
      try db.execute(
        sql: "DELETE FROM matches WHERE rule IN (SELECT rule FROM match_rules) AND row_id BETWEEN ? AND ?",
        arguments: [firstID, lastID])
      // Where the store begins now: "nothing found" before this is no evidence.
      let begins = min(newest, lastID >> RowID.slotBits) + 1
      try db.execute(
        sql: """
          INSERT INTO meta (key, value) VALUES ('pruned_ts', ?1), ('pruned_row_id', ?2)
          ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))
          """, arguments: [String(begins), String(lastID)])
      return Int64(rows.count)
    }
  }

  /// Removes entries of the log of arrivals whose rows are gone.
  private func pruneChanges() throws {
    let window: Int64 = 20_000
    var from = try write { db in
      // Numbers are never used twice, even when the whole log is gone.
      try db.execute(
        sql: """
          INSERT INTO meta (key, value) SELECT 'changes_seq', max(seq) FROM changes WHERE true HAVING count(*) > 0
          ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))
          """)
      return try Int64.fetchOne(db, sql: "SELECT min(seq) FROM changes") ?? Int64.max
    }
    while from < Int64.max {
      let start = from
      from = try write { db in
        try db.execute(
          sql: """
            DELETE FROM changes WHERE seq BETWEEN ?1 AND ?2
              AND row_id <= (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'pruned_row_id')
            """, arguments: [start, start + window - 1])
        return try Int64.fetchOne(db, sql: "SELECT min(seq) FROM changes WHERE seq >= ?", arguments: [start + window])
          ?? Int64.max
      }
    }
  }

  private func giveBackPages() throws {
    guard let writer else { return }
    do {
      try writer.writeWithoutTransaction { db in
        while let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count"), free > 0 {
          try db.execute(sql: "PRAGMA incremental_vacuum(1000)")
          guard let left = try Int.fetchOne(db, sql: "PRAGMA freelist_count"), left < free else { break }
        }
      }
    } catch {
      throw Failure.problem(error, path: path)
    }
  }

  /// Writes a consistent copy while others go on writing. The copy is a store of its own.
  ///
  /// - Throws: ``Problem``: the file is there already, or cannot be written.
  public func backUp(to copy: String, mode: UInt32 = 0o640) throws {
    let file = Glibc.open(copy, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode_t(mode))
    guard file >= 0 else {
      throw Problem(
        errno == EACCES || errno == EROFS ? .permission : .failed, at: copy, String(cString: strerror(errno)),
        next: errno == EEXIST ? "A backup never overwrites: name a new file." : "Name another file.")
    }
    fchmod(file, mode_t(mode))
    close(file)
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(Double(StoreLimits.busyMilliseconds) / 1000)
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [copy]) }
      let descriptor = Glibc.open(copy, O_RDONLY | O_CLOEXEC)
      fsync(descriptor)
      close(descriptor)
    } catch {
      unlink(copy)
      throw Failure.problem(error, path: path)
    }
  }
}
