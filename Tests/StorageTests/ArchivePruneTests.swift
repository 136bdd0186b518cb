import Foundation
import GRDB
import TestSupport
import Testing

@testable import Events
@testable import Storage

/// Old segments of the archive go, with a death between any two steps.
struct ArchivePruneTests {
  let folder: TemporaryFolder
  let store: EventStore
  private static let day: Int64 = 86_400_000_000
  private static let start: Int64 = 1_790_000_000_000_000

  /// Five segments of a day each; the last is open.
  init() throws {
    folder = try TemporaryFolder()
    store = try EventStore(path: folder.path("e.db"), access: .readWrite)
    var options = ArchivedStore.Options(directory: folder.path("archive"))
    options.segmentMicrosecondsMax = Self.day
    nonisolated(unsafe) var time = Self.start
    let archived = try ArchivedStore(store, options, now: { time })
    for day in 0..<5 {
      var text = ArchiveText()
      text.bytes = Array("line of day \(day)\n".utf8)
      text.runs = [.init(source: "/a.log", bytes: text.bytes.count)]
      text.times = time...time
      var commit = Commit()
      commit.archive = [.text(text)]
      try archived.commit(commit)
      try archived.finish()
      time += Self.day
    }
  }

  private var now: Int64 { Self.start + 5 * Self.day }
  private func cut(after days: Int64) -> Int64 { Self.start + days * Self.day - 1 }

  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path("archive")).sorted()
  }

  private func verify() throws -> [Problem] { try store.verifyArchive(directory: nil).problems }

  @Test(arguments: [(0, 5), (1, 4), (3, 2), (9, 1)])
  func `what is older than the bound goes, but for the open one`(days: Int64, left: Int) throws {
    let going = try store.archiveToPrune(before: cut(after: days), bytesMax: nil, now: now)
    #expect(going.count == 5 - left)
    #expect(try store.pruneArchive(before: cut(after: days), bytesMax: nil, now: now) == going)
    #expect(try files().count == left)
    #expect(try store.archive().segments.count == left)
    #expect(try store.rows(sql: "SELECT count(*) FROM archive_blocks").rows[0][0] == .integer(Int64(left)))
    #expect(try verify() == [])
  }

  @Test func `the oldest go until the rest is small enough`() throws {
    let segments = try store.archive().segments
    let going = try store.pruneArchive(
      before: nil, bytesMax: segments.suffix(2).map(\.length).reduce(0, +), now: now)
    #expect(going == Array(segments.prefix(3)))
    #expect(try store.archive().segments == Array(segments.suffix(2)))
    #expect(try files().count == 2)
    #expect(try store.pruneArchive(before: nil, bytesMax: 0, now: now).count == 1)
    #expect(try files().count == 1)
  }

  @Test(arguments: [false, true])
  func `what was begun is ended by the next, and nobody misses it meanwhile`(isFileGone: Bool) throws {
    let first = try store.archive().segments[0]
    try store.write {
      try $0.execute(sql: "UPDATE archive_segments SET is_closed = 2 WHERE id = ?", arguments: [first.id])
    }
    if isFileGone { unlink(first.path) }
    #expect(try verify() == [])
    #expect(try store.archive().segments.count == 4)
    #expect(try store.pruneArchive(before: nil, bytesMax: nil, now: now) == [])
    #expect(try files().count == 4)
    #expect(try store.rows(sql: "SELECT count(*) FROM archive_segments").rows[0][0] == .integer(4))
    #expect(try store.rows(sql: "SELECT count(*) FROM archive_blocks").rows[0][0] == .integer(4))
  }

  @Test func `lines of the future do not keep a file, and a table names no file but ours`() throws {
    let other = folder.path("archive/other.txt")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: other))
    try store.write { db in
      try db.execute(sql: "UPDATE archive_segments SET last_ts = ? WHERE id = 1", arguments: [now * 2])
      try db.execute(sql: "UPDATE archive_segments SET path = ? WHERE id = 2", arguments: [other])
    }
    #expect(try store.pruneArchive(before: cut(after: 2), bytesMax: nil, now: now).count == 2)
    #expect(FileManager.default.fileExists(atPath: other))
    #expect(try store.archive().segments.count == 3)
  }

  @Test func `what is no file any more stays, and its rows go`() throws {
    let first = try store.archive().segments[0]
    unlink(first.path)
    try FileManager.default.createDirectory(atPath: first.path, withIntermediateDirectories: false)
    #expect(try store.pruneArchive(before: cut(after: 1), bytesMax: nil, now: now).count == 1)
    #expect(FileManager.default.fileExists(atPath: first.path))
    #expect(try verify() == [])
  }
}
