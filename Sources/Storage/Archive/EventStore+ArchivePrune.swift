import Events
import GRDB
import Glibc

extension EventStore {
  /// Removes closed segments of the archive that are too old, or the oldest if all are too large.
  ///
  /// A segment is first marked, and nobody looks for it any more; then its file goes, then its rows. Whoever dies
  /// in between leaves the mark, and the next call does the rest. A file that was moved away stays where it is.
  ///
  /// - Parameters:
  ///   - before: segments whose newest line is older go; `nil` = no bound of age.
  ///   - bytesMax: the oldest go until all files together are no larger; `nil` = no bound of size.
  ///   - now: newest lines that claim to be of the future do not keep a file for ever.
  /// - Returns: what was removed, without what an earlier call had begun.
  /// - Throws: ``Events/Problem``; the mark stays on what could not be removed.
  public func pruneArchive(before: Int64?, bytesMax: Int64?, now: Int64) throws -> [ArchiveSegment] {
    let going = try archiveToPrune(before: before, bytesMax: bytesMax, now: now)
    try write { db in
      for segment in going {
        // Nobody takes an open one away from its writer.
        try db.execute(
          sql: "UPDATE archive_segments SET is_closed = 2 WHERE id = ? AND is_closed = 1", arguments: [segment.id])
      }
    }
    let marked = try write { db in
      try Row.fetchAll(db, sql: "SELECT id, path FROM archive_segments WHERE is_closed = 2 ORDER BY id")
        .map { (id: $0[0] as Int64, path: $0[1] as String) }
    }
    for (id, path) in marked {
      try Self.removeSegment(path)
      while try removeBlocks(of: id) == StoreLimits.pruneRowsMax {}
      try write { db in
        try db.execute(sql: "DELETE FROM archive_segments WHERE id = ? AND is_closed = 2", arguments: [id])
      }
    }
    return going
  }

  /// What ``pruneArchive(before:bytesMax:now:)`` would remove.
  public func archiveToPrune(before: Int64?, bytesMax: Int64?, now: Int64) throws -> [ArchiveSegment] {
    let segments = try archive().segments
    var bytes = segments.reduce(0) { $0 + $1.length }
    var going: [ArchiveSegment] = []
    for segment in segments where segment.isClosed {
      let newest = segment.lastTs > 0 && segment.lastTs <= now ? segment.lastTs : segment.begunAt
      guard before.map({ newest < $0 }) == true || bytesMax.map({ bytes > $0 }) == true else { continue }
      bytes -= segment.length
      going.append(segment)
    }
    return going
  }

  private func removeBlocks(of segment: Int64) throws -> Int {
    try write { db in
      try db.execute(
        sql: """
          DELETE FROM archive_blocks WHERE segment = ?1 AND offset IN
            (SELECT offset FROM archive_blocks WHERE segment = ?1 LIMIT ?2)
          """, arguments: [segment, StoreLimits.pruneRowsMax])
      return db.changesCount
    }
  }

  /// Removes a file that bears a name of ours, and nothing else that a table may name.
  private static func removeSegment(_ path: String) throws {
    let name = path.split(separator: "/").last ?? ""
    var info = stat()
    guard name.hasPrefix("seclog-"), name.hasSuffix(".log.gz"), lstat(path, &info) == 0,
      info.st_mode & S_IFMT == S_IFREG
    else { return }
    guard unlink(path) != 0, errno != ENOENT else { return }
    throw errno == EACCES || errno == EPERM
      ? Problem(
        .permission, at: path, "no permission to remove this segment.",
        next: "Run as the owner of the archive: ls -ld \(Directory.of(path))")
      : ArchiveFile.problem(path, errno)
  }
}
