import Foundation
import Testing

/// `collect` on gzipped files and on standard input.
struct CollectTests {
  static func line(_ user: String, _ rest: String = "") -> String {
    #"{"time":"2026-11-20T10:00:00Z","level":"WARN","msg":"login failed\#(rest)","user":"\#(user)","client_ip":"203.0.113.9"}"#
      + "\n"
  }

  private func users(_ program: Program) throws -> String {
    try program.run([
      "query", "--db", "e.db", "--format", "csv", "--sql",
      "SELECT count(*) AS n, count(DISTINCT actor) AS actors FROM events",
    ]).output
  }

  @Test func `a gzipped log is read, once`() throws {
    let program = try Program()
    try program.write((1...50).map { Self.line("u\($0)") }.joined(), to: "app.log")
    try #require(try program.shell("gzip app.log").status == 0)
    for _ in 0..<2 { #expect(try program.run(["collect", "--db", "e.db", "app.log.gz"]).status == 0) }
    #expect(try users(program).contains("50,50"))
  }

  @Test func `a log that was read and then gzipped by rotation is not read again`() throws {
    let program = try Program()
    try program.write((1...50).map { Self.line("u\($0)") }.joined(), to: "app.log")
    #expect(try program.run(["collect", "--db", "e.db", "app.log*"]).status == 0)
    try #require(try program.shell("gzip app.log && mv app.log.gz app.log.1.gz").status == 0)
    try program.write((51...60).map { Self.line("u\($0)") }.joined(), to: "app.log")
    #expect(try program.run(["collect", "--db", "e.db", "app.log*"]).status == 0)
    #expect(try users(program).contains("60,60"))
  }

  @Test func `tee passes each line of standard input on, redacted`() throws {
    let program = try Program()
    let secret = "AKIA" + "QWERTYUIOPASDFGH"
    let input = Self.line("alice", " with \(secret)") + "plain text\n" + Self.line("bob")
    let outcome = try program.run(["collect", "--db", "e.db", "--tee", "--app", "portal"], input: input)
    #expect(outcome.status == 0)
    #expect(outcome.output.split(separator: "\n").count == 3)
    #expect(outcome.output.contains("plain text\n") && outcome.output.contains("bob"))
    #expect(!outcome.output.contains(secret))
    #expect(try users(program).contains("2,2"))
  }

  @Test func `the name given with --app goes before the one in the lines`() throws {
    let program = try Program()
    let log = try program.write(Self.line("alice"), to: "web.log")
    #expect(try program.run(["collect", "--db", "e.db", "--app", "portal", log]).status == 0)
    let apps = try program.run(["query", "--db", "e.db", "--format", "csv", "--sql", "SELECT app FROM events"])
    #expect(apps.output.contains("portal"))
  }
}
