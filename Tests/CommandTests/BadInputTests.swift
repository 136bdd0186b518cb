import Foundation
import Testing

/// Whatever comes in: what is wrong, where, the next step, the right exit code, and the rest still runs.
struct BadInputTests {
  static let good =
    #"{"time":"2026-11-20T10:00:00Z","level":"WARN","msg":"login failed","user":"alice","client_ip":"203.0.113.9"}"#

  @Test func `a missing file is named, and the other file is read`() throws {
    let program = try Program()
    let log = try program.write(Self.good + "\n", to: "app.log")
    let outcome = try program.run(["collect", "--db", "e.db", "/nowhere/app.log", log])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("/nowhere/app.log"))
    #expect(try program.run(["search", "--db", "e.db", "alice"]).status == 0)
  }

  @Test func `a directory is not a log`() throws {
    let program = try Program()
    let outcome = try program.run(["collect", "--db", "e.db", program.folder.path])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(program.folder.path))
    #expect(outcome.errors.contains("directory"))
  }

  @Test func `a binary file ends the run neither early nor with its bytes on the terminal`() throws {
    let program = try Program()
    var bytes = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 3) })
    bytes.append(0x0A)
    bytes.append(Data((Self.good + "\n").utf8))
    try bytes.write(to: URL(fileURLWithPath: "\(program.folder.path)/core.log"))
    let outcome = try program.run(["collect", "--db", "e.db", "core.log"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
    #expect(try program.run(["search", "--db", "e.db", "alice"]).status == 0)
  }

  @Test func `a line of 50 MB is kept as a stub, and the next line is read`() throws {
    let program = try Program()
    let path = "\(program.folder.path)/big.log"
    var bytes = Data(repeating: UInt8(ascii: "x"), count: 50 << 20)
    bytes.append(Data(("\n" + Self.good + "\n").utf8))
    try bytes.write(to: URL(fileURLWithPath: path))
    let outcome = try program.run(["collect", "--db", "e.db", path])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("1 rejected"))
    #expect(try program.run(["search", "--db", "e.db", "alice"]).status == 0)
  }

  @Test(arguments: [
    Data([0x7B, 0x22, 0x6D, 0x22, 0x3A, 0x22, 0xFF, 0xFE, 0xC0, 0x22, 0x7D, 0x0A]),  // invalid UTF-8 in a JSON text
    Data(#"{"time":"2026-11-20T10:00:00Z","msg":"cut of"#.utf8) + Data([0x0A]),  // truncated JSON
    Data("\n\n\u{0}\u{0}\n".utf8),
  ])
  func `lines that do not read stop nothing`(bytes: Data) throws {
    let program = try Program()
    try (bytes + Data((Self.good + "\n").utf8)).write(to: URL(fileURLWithPath: "\(program.folder.path)/app.log"))
    let outcome = try program.run(["collect", "--db", "e.db", "app.log"])
    #expect(outcome.status == 0)
    #expect(try program.run(["search", "--db", "e.db", "alice"]).status == 0)
  }

  @Test func `another program's database is left alone`() throws {
    let program = try Program()
    let made = try program.shell("sqlite3 other.db 'CREATE TABLE t (a); INSERT INTO t VALUES (1)'")
    try #require(made.status == 0)
    let before = try Data(contentsOf: URL(fileURLWithPath: "\(program.folder.path)/other.db"))
    for arguments in [["search", "--db", "other.db", "x"], ["status", "--db", "other.db"]] {
      let outcome = try program.run(arguments)
      #expect(outcome.status == 2)
      #expect(outcome.errors.contains("another program"))
    }
    let log = try program.write(Self.good + "\n", to: "app.log")
    #expect(try program.run(["collect", "--db", "other.db", log]).status == 2)
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(program.folder.path)/other.db")) == before)
  }

  @Test func `a store that is not there is not made by looking for it`() throws {
    let program = try Program()
    let outcome = try program.run(["search", "--db", "none.db", "x"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("seclog: no event store yet at none.db."))
    #expect(outcome.errors.contains("seclog demo"))
    #expect(!FileManager.default.fileExists(atPath: "\(program.folder.path)/none.db"))
  }

  @Test(.disabled(if: geteuid() == 0, "root may write everywhere"))
  func `a directory that may not be written is named with what to do`() throws {
    let program = try Program()
    let log = try program.write(Self.good + "\n", to: "app.log")
    try FileManager.default.createDirectory(atPath: "\(program.folder.path)/locked", withIntermediateDirectories: true)
    chmod("\(program.folder.path)/locked", 0o500)
    let outcome = try program.run(["collect", "--db", "locked/e.db", log])
    #expect(outcome.status == 77)
    #expect(outcome.errors.contains("locked"))
  }

  @Test func `a place that cannot hold a store is named`() throws {
    let program = try Program()
    let log = try program.write(Self.good + "\n", to: "app.log")
    let outcome = try program.run(["collect", "--db", "/proc/seclog/e.db", log])
    #expect([2, 77].contains(outcome.status))
    #expect(outcome.errors.contains("/proc"))
  }

  @Test func `an unknown query is answered with the one meant`() throws {
    let program = try Program()
    try program.run(["collect", "--db", "e.db"], input: Self.good + "\n")
    let outcome = try program.run(["query", "failed-login-by-source", "--db", "e.db"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("unknown query 'failed-login-by-source'. Did you mean 'failed-logins-by-source'?"))
  }

  @Test func `a broken query is answered with a caret and the column meant`() throws {
    let program = try Program()
    try program.run(["collect", "--db", "e.db"], input: Self.good + "\n")
    let outcome = try program.run(["query", "--db", "e.db", "--sql", "SELECT user, count(*) FROM events"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("no such column: user"))
    #expect(outcome.errors.contains("^^^^ did you mean 'actor' or 'target'?"))
  }

  @Test func `an unknown field is answered with the one meant`() throws {
    let program = try Program()
    try program.run(["collect", "--db", "e.db"], input: Self.good + "\n")
    let outcome = try program.run(["search", "--db", "e.db", "sorce_ip=203.0.113.9"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("source_ip"))
  }

  @Test func `a broken rule is refused with its place, and the others run`() throws {
    let program = try Program()
    try program.run(["collect", "--db", "e.db"], input: Self.good + "\n")
    try program.write(
      "title: Broken\nid: broken\ndetection:\n  a:\n    clientip: x\n  condition: b\n", to: "rules/broken.yml")
    let outcome = try program.run(["alert", "run", "--db", "e.db", "--rules", "\(program.folder.path)/rules"])
    #expect(outcome.status != 0)
    #expect(outcome.errors.contains("broken.yml"))
  }

  @Test(arguments: ["yesteday", "25:00", "2026-13-01", "-2h"])
  func `a time that does not read is answered with ones that do`(text: String) throws {
    let program = try Program()
    try program.run(["collect", "--db", "e.db"], input: Self.good + "\n")
    let outcome = try program.run(["search", "--db", "e.db", "--since=\(text)", "x"])
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.contains("not a time. Use 2h, 3d, yesterday")
        || outcome.errors.contains("not a time.\n        Use 2h, 3d, yesterday"))
  }

  @Test func `a closed pipe ends the program without a word`() throws {
    let program = try Program()
    let outcome = try program.shell("set -o pipefail; seclog completions bash | true; echo $?")
    #expect(["0\n", "141\n"].contains(outcome.output))
    #expect(outcome.errors.isEmpty)
  }
}
