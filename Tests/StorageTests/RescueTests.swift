import Foundation
import GRDB
import TestSupport
import Testing

@testable import Events
@testable import Storage

/// A damaged store on its way to another name, with a death between any two steps.
struct RescueTests {
  let folder: TemporaryFolder
  let file: StoreFile

  init() throws {
    folder = try TemporaryFolder()
    file = StoreFile(path: folder.path("e.db"))
  }

  private func position(_ number: Int, at offset: Int64? = nil) -> StoredPosition {
    StoredPosition(
      key: "file:\(number)", path: "/p/\(number)", offset: offset ?? Int64(number), identity: "{}", state: "{}")
  }

  private func commit(_ numbers: Range<Int>) -> Commit {
    var commit = Commit()
    commit.changes = numbers.map { .insert(.sample($0)) }
    commit.positions = numbers.map { position($0) }
    return commit
  }

  private func makeDamaged() throws {
    let store = try file.open()
    try store.commit(commit(0..<600))
    try store.writer!.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    // Not enough for a new page, so the first page is not in the log.
    var last = Commit()
    last.positions = [position(0, at: 7)]
    try store.commit(last)
    // A copy, so that no connection writes the log back.
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: file.path + suffix, toPath: folder.path("copy") + suffix)
    }
    store.closeConnections()
    for suffix in ["", "-wal"] {
      unlink(file.path + suffix)
      rename(folder.path("copy") + suffix, file.path + suffix)
    }
    let handle = open(file.path, O_WRONLY)
    pwrite(handle, "no database here", 16, 0)
    close(handle)
  }

  /// What a killed process leaves: the files at `names` bear the interim name.
  @Test(arguments: [[], ["-wal"], ["-wal", "-shm"], ["-wal", "-shm", ""]])
  func `what was begun is ended by the next`(moved names: [String]) throws {
    try makeDamaged()
    for name in names { rename(file.path + name, file.path + "-damaged" + name) }
    func follow(_ damaged: DamagedStore) throws -> EventStore {
      var saved = Commit()
      saved.positions = damaged.positions
      saved.changes = [.insert(.sample(9_999))]
      let store = try file.open()
      _ = try store.follow(damaged, with: saved, takesArchive: true)
      return store
    }
    var damaged = try DamagedStore.setAside(file)
    #expect(damaged?.isWhole == true)
    #expect(Set(damaged?.positions ?? []) == Set((1..<600).map { position($0) } + [position(0, at: 7)]))
    try follow(#require(damaged)).closeConnections()
    // Killed here, which unlocks it.
    damaged = nil
    let again = try #require(try DamagedStore.setAside(file))
    let store = try follow(again)
    try again.release()
    #expect(try store.statistics().events == 1)
    #expect(try store.positions().count == 601)
    #expect(DamagedStore.all(besides: file.path) == [again.path])
    #expect(try DamagedStore.setAside(file) == nil)
    let outcome = try store.rescue(again.path)
    #expect(outcome == (600, 600, true))
    #expect(try store.rescue(again.path) == (600, 0, true))
  }

  @Test func `two do not set it aside at the same time`() throws {
    try makeDamaged()
    let first = try DamagedStore.setAside(file)
    #expect(throws: Problem.self) { _ = try DamagedStore.setAside(file) }
    withExtendedLifetime(first) {}
  }

  @Test func `rows behind a page that cannot be read are found`() throws {
    let store = try file.open()
    for part in 0..<10 { try store.commit(commit(part * 1000..<part * 1000 + 1000)) }
    let leaves = try store.writer!.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      return try Int.fetchAll(db, sql: "SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf'")
    }
    store.closeConnections()
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file.path)))
    let bad = (leaves.sorted()[leaves.count / 2] - 1) * Schema.pageBytes
    for index in bad..<bad + Schema.pageBytes { bytes[index] = 0xEE }
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path("bad.db")))
    let next = try StoreFile(path: folder.path("next.db")).open()
    let outcome = try next.rescue(folder.path("bad.db"))
    #expect(!outcome.isWhole)
    #expect(outcome.added == outcome.found)
    #expect(outcome.found > 9_800 && outcome.found < 10_000)
  }
}
