import Foundation
import Testing

/// The store refuses to be written for a while, and the collector goes on when it does no more: no line is
/// lost, none is there twice, in the store and in the archive.
struct StoreFaultTests {
  private let program: Program
  private let log: String

  init() throws {
    program = try Program()
    log = "\(program.folder.path)/app.log"
  }

  private func append(_ numbers: Range<Int>) {
    let handle = open(log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    let bytes = numbers.flatMap(Program.line)
    let sent = bytes.withUnsafeBytes { write(handle, $0.baseAddress!, $0.count) }
    precondition(sent == bytes.count, "a temporary directory takes a few hundred kilobytes")
    close(handle)
  }

  private func archived() throws -> [Int] {
    let users = try program.shell(#"zcat archive/*.gz | grep -o '"user":"u[0-9]*"'"#).output
      .split(whereSeparator: \.isNewline)
    return [users.count, Set(users).count]
  }

  private func errors() throws -> String {
    try String(contentsOfFile: "\(program.folder.path)/errors", encoding: .utf8)
  }

  private func wait(limit seconds: Int = 15, until isTrue: () throws -> Bool) throws {
    for _ in 0..<10 * seconds {
      if try isTrue() { return }
      usleep(100_000)
    }
    Issue.record("waited in vain")
  }

  private func follow(limit: String) throws -> Child {
    // Bash sets the limit and is the collector from then on.
    try Child(
      "/bin/bash",
      [
        "-c",
        "\(limit) exec '\(Program.path)' collect -f app.log --db e.db --keep all --archive archive -q",
      ],
      environment: program.environment, directory: program.folder.path, errors: "\(program.folder.path)/errors")
  }

  @Test func `a store that another process holds for longer than one waits is written when it lets go`() throws {
    append(0..<10)
    let collector = try follow(limit: "")
    try wait { try program.stored() == [10, 10] }
    // The lock of SQLite's writers in its shared memory: see wal.html#the_wal_index_file_format.
    let shared = open("\(program.folder.path)/e.db-shm", O_RDWR | O_CLOEXEC)
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = 120
    lock.l_len = 1
    try wait { fcntl(shared, F_SETLK, &lock) == 0 }
    for part in 1...11 {
      append(part * 100..<part * 100 + 100)
      usleep(100_000)
    }
    // It is held until the program has waited in vain.
    try wait(limit: 60) { try errors().contains("another process holds the store") }
    #expect(try program.stored() == [10, 10])
    close(shared)
    try wait { try program.stored() == [1110, 1110] }
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
    #expect(try archived() == [1110, 1110])
  }

  @Test func `when there is no room reading waits, and goes on when there is`() throws {
    append(0..<10)
    let collector = try follow(limit: "ulimit -S -f 600;")
    try wait { try program.stored() == [10, 10] }
    for part in 1...20 { append(part * 500..<part * 500 + 500) }
    try wait { try errors().contains("Collecting goes on; what was read is kept and written later.") }
    #expect(try program.stored()[0] < 10_010)
    try #require(try program.shell("prlimit --pid \(collector.id) --fsize=unlimited:").status == 0)
    try wait { try program.stored() == [10_010, 10_010] }
    #expect(try errors().contains("the store takes events again; nothing was lost."))
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
    #expect(try archived() == [10_010, 10_010])
    #expect(try program.run(["archive", "verify", "--db", "e.db"]).status == 0)
  }

  @Test func `a store that is moved away keeps what it has, and a new one gets the rest`() throws {
    append(0..<300)
    let collector = try follow(limit: "")
    try wait { try program.stored() == [300, 300] }
    try FileManager.default.moveItem(
      atPath: "\(program.folder.path)/e.db", toPath: "\(program.folder.path)/moved.db")
    append(300..<500)
    try wait { try program.stored() == [200, 200] }
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
    #expect(try program.shell("sqlite3 moved.db 'SELECT count(DISTINCT actor) FROM events'").output == "300\n")
  }

  @Test func `an older state that is put back gets the rest, once`() throws {
    append(0..<300)
    let collector = try follow(limit: "")
    try wait { try program.stored() == [300, 300] }
    try #require(try program.shell("sqlite3 e.db '.backup older.db'").status == 0)
    append(300..<500)
    try wait { try program.stored() == [500, 500] }
    try #require(try program.shell("rm e.db-wal e.db-shm && mv older.db e.db").status == 0)
    append(500..<550)
    try wait { try program.stored() == [550, 550] }
    #expect(try errors().contains("Reading begins again at its positions"))
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
    #expect(try archived() == [550, 550])
    #expect(try program.run(["archive", "verify", "--db", "e.db"]).status == 0)
  }
}
