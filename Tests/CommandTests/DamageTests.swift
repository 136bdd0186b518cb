import Foundation
import Testing

/// The file of the store is damaged, as a bad disk or a clumsy hand would: collecting goes on in a new one, and
/// each line is in it once that was not in the old one.
struct DamageTests {
  /// What happens to a store whose log was written back into it.
  enum Damage: String, CaseIterable {
    case magic = "the first bytes are others"
    case header = "the whole header is noise"
    case words = "pages in the middle are noise"
    case cut = "the last half is gone"
    case empty = "all of it is gone but its write-ahead log"

    var keepsPositions: Bool { self != .cut }
  }

  private let program: Program
  private let store: String
  private static let pageBytes = 8192

  init() throws {
    program = try Program()
    store = "\(program.folder.path)/e.db"
  }

  @discardableResult
  private func collect(_ options: [String] = []) throws -> Program.Outcome {
    try program.run(
      ["collect", "app.log", "idle.log", "--db", "e.db", "--keep", "all", "--archive", "archive"] + options)
  }

  /// Failed log-ins: there are events about the collector itself, too.
  private func stored() throws -> [Int] { try program.stored(where: "event = 'authn_login_fail'") }

  private func archived() throws -> [Int] {
    let users = try program.shell(#"zcat archive/*.gz | grep -o '"user":"u[0-9]*"'"#).output
      .split(whereSeparator: \.isNewline)
    return [users.count, Set(users).count]
  }

  private var asides: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: program.folder.path)) ?? [])
      .filter { $0.hasPrefix("e.db-damaged-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted()
  }

  private func mode(_ name: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: "\(program.folder.path)/\(name)")[.posixPermissions] as? Int ?? 0
  }

  private func checkpoint() throws {
    try #require(try program.shell("sqlite3 e.db 'PRAGMA wal_checkpoint(TRUNCATE)'").status == 0)
  }

  private func overwrite(_ name: String = "e.db", at offset: Int, with bytes: [UInt8]) {
    let handle = open("\(program.folder.path)/\(name)", O_WRONLY)
    _ = bytes.withUnsafeBytes { pwrite(handle, $0.baseAddress!, $0.count, off_t(offset)) }
    close(handle)
  }

  private func inflict(_ damage: Damage) throws {
    let noise = (0..<Self.pageBytes).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ $0 >> 5) }
    switch damage {
    case .magic:
      try checkpoint()
      overwrite(at: 0, with: Array("no database here".utf8))
    case .header:
      try checkpoint()
      overwrite(at: 0, with: Array(noise.prefix(100)))
    case .words:
      try checkpoint()
      // Every page of the index's words.
      let pages = try program.shell("sqlite3 e.db \"SELECT pageno FROM dbstat WHERE name = 'events_text_data'\"").output
        .split(whereSeparator: \.isNewline).compactMap { Int($0) }
      try #require(!pages.isEmpty)
      for page in pages { overwrite(at: (page - 1) * Self.pageBytes, with: noise) }
    case .cut:
      try checkpoint()
      let size = try FileManager.default.attributesOfItem(atPath: store)[.size] as? Int ?? 0
      truncate(store, off_t(size / 2))
    case .empty:
      truncate(store, 0)
    }
  }

  @Test(arguments: Damage.allCases)
  func `a damaged store is set aside, and collecting goes on`(damage: Damage) throws {
    program.append(0..<3000)
    program.append(10_000..<10_004, to: "idle.log")
    try #require(try collect().status == 0)
    chmod(store, 0o600)
    try inflict(damage)
    program.append(3000..<3100)
    let outcome = try collect()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("is set aside as e.db-damaged-"))
    let asides = asides
    try #require(asides.count == 1)
    #expect(try mode(asides[0]) == 0o600)
    #expect(try mode("e.db") == 0o600)
    #expect(try stored() == (damage.keepsPositions ? [100, 100] : [3104, 3104]))
    // Nothing more comes, and nothing is said twice.
    #expect(try collect().errors.contains("0 lines"))
    #expect(
      try program.numbers("SELECT count(*) AS n FROM events WHERE event = 'pipeline_gap' AND reason = 'store_damaged'")
        == [1])
    // What the archive had waiting in the damaged store is in it now, once.
    let lines = try archived()
    #expect(lines[1] == 3104)
    if damage.keepsPositions {
      #expect(lines[0] == 3104)
      #expect(try program.run(["archive", "verify", "--db", "e.db"]).status == 0)
    }
    let status = try program.run(["status", "--db", "e.db"])
    #expect(status.status == 1)
    #expect(status.output.contains("a damaged store was set aside as e.db-damaged-"))
    let configuration = try program.write("db: \(store)\n", to: "seclog.yaml")
    #expect(try program.run(["check", "--config", configuration]).errors.contains("seclog store rescue"))
    // What the damaged store held comes back, as far as its pages are there.
    let rescue = try program.run(["store", "rescue", asides[0], "--db", "e.db"])
    #expect(rescue.status == 0, "\(rescue.errors)")
    let all = try stored()
    #expect(all[0] == all[1])
    #expect(all[0] == 3104)
    #expect(try program.numbers("SELECT count(*) AS n FROM events WHERE id = '' OR event = ''") == [0])
    let again = try program.run(["store", "rescue", asides[0], "--db", "e.db"])
    #expect(again.errors.contains(", 0 of them new here."), "\(again)")
  }

  @Test func `a write-ahead log that ends too soon takes positions back with its events`() throws {
    program.append(0..<2000)
    program.append(10_000..<10_004, to: "idle.log")
    try collect()
    let size = try FileManager.default.attributesOfItem(atPath: store + "-wal")[.size] as? Int ?? 0
    overwrite("e.db-wal", at: size / 2, with: [UInt8](repeating: 0xA5, count: 3 * Self.pageBytes))
    program.append(2000..<2100)
    let outcome = try collect()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try stored() == [2104, 2104])
    #expect(try archived() == [2104, 2104])
    #expect(asides.isEmpty)
  }

  @Test(arguments: [0, 100]) func `a damaged database of another program is refused and stays`(offset: Int) throws {
    try #require(
      try program.shell(
        "sqlite3 e.db 'PRAGMA application_id = 77; CREATE TABLE events (a); INSERT INTO events VALUES (1)'"
      ).status == 0)
    overwrite(at: offset, with: Array("no database here".utf8))
    let before = try Data(contentsOf: URL(fileURLWithPath: store))
    program.append(0..<10)
    #expect(try collect().status == 2)
    #expect(try Data(contentsOf: URL(fileURLWithPath: store)) == before)
    #expect(asides.isEmpty)
  }

  @Test(arguments: [Damage.magic, .words, .cut])
  func `a store that is damaged while it is written is set aside`(damage: Damage) throws {
    program.append(0..<2000)
    program.append(10_000..<10_004, to: "idle.log")
    let collector = try Child(
      Program.path,
      ["collect", "-f", "app.log", "idle.log", "--db", "e.db", "--keep", "all", "--archive", "archive", "-q"],
      environment: program.environment, directory: program.folder.path, errors: "\(program.folder.path)/errors")
    try wait { try stored() == [2004, 2004] }
    try inflict(damage)
    for part in 0..<60 where asides.isEmpty {
      program.append(2000 + part * 50..<2050 + part * 50)
      usleep(200_000)
    }
    let asides = asides
    try #require(
      asides.count == 1, "\((try? String(contentsOfFile: "\(program.folder.path)/errors", encoding: .utf8)) ?? "")")
    program.append(20_000..<20_050)
    try wait { try program.numbers("SELECT count(*) AS n FROM events WHERE actor = 'u20049'") == [1] }
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
    let written = try program.shell("cat app.log idle.log | wc -l").output.split(whereSeparator: \.isWhitespace)
    let total = Int(written.first ?? "") ?? 0
    // Whatever the damaged store took before anybody saw it, and the rest: together all, each once.
    let rescue = try program.run(["store", "rescue", asides[0], "--db", "e.db"])
    #expect(rescue.status == 0, "\(rescue.errors)")
    let new = try stored()
    #expect(new[0] == new[1])
    // The rest of a file that was cut in half is nowhere.
    if damage != .cut { #expect(new == [total, total]) }
    #expect(try archived()[1] == total)
    // No position was lost.
    #expect(try collect().errors.contains("0 lines"))
  }

  /// For at most 15 seconds.
  private func wait(until isTrue: () throws -> Bool) throws {
    for _ in 0..<150 {
      if try isTrue() { return }
      usleep(100_000)
    }
    Issue.record("waited in vain")
  }
}
