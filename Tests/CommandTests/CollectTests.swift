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

  @Test(arguments: ["file", "standard input", "followed", "killed"])
  func `the archive holds what redact prints, line for line`(kind: String) throws {
    let program = try Program()
    let key = try program.write(String(repeating: "k", count: 32), to: "hmac.key")
    chmod(key, 0o600)
    var text = ""
    for number in 0..<3000 {
      text +=
        #"{"time":"2026-11-20T10:00:0\#(number % 10)Z","msg":"GET /x","n":\#(number),"password":"hunter\#(number)"}"#
      text += "\nplain line \(number) with token=ghp_\(String(repeating: "a1B2", count: 9))\n"
    }
    let path = try program.write(text, to: "app.log")
    let expected = try program.run(["redact", "--key-file", key, path]).output
    let flags = ["--db", "e.db", "--key-file", key, "--archive", "archive", "-q"]
    func search(_ arguments: String...) throws -> Program.Outcome {
      try program.run(["archive", "search", "--db", "e.db"] + arguments)
    }
    switch kind {
    case "file": #expect(try program.run(["collect", path] + flags).status == 0)
    case "standard input": #expect(try program.run(["collect"] + flags, input: text).status == 0)
    default:
      let collector = try Child(
        Program.path, ["collect", "-f", path] + flags, environment: program.environment, directory: program.folder.path)
      for _ in 0..<150 {
        if try search("--count", "").output == "6000\n" { break }
        usleep(100_000)
      }
      collector.send(kind == "killed" ? SIGKILL : SIGTERM)
      #expect((collector.wait(limit: 10) == 0) == (kind == "followed"))
      // A run that finds nothing new ends what a killed one left.
      if kind == "killed" { #expect(try program.run(["collect", path] + flags).status == 0) }
    }
    #expect(!expected.contains("hunter"))
    #expect(try program.shell("zcat archive/*.gz").output == expected)
    #expect(try program.run(["archive", "verify", "--db", "e.db"]).status == 0)
    let found = try search("plain line 2999", "--json")
    #expect(found.status == 0 && found.output.contains("[REDACTED:") && found.output.contains(#""source":"#))
    #expect(try search("hunter2").status == 1)
    #expect(try search("-E", "line 29[0-9]{2} ", "--count").output == "100\n")
    #expect(try program.run(["archive", "list", "--db", "e.db", "--format", "csv"]).output.contains(",6000,"))
    #expect(try program.run(["status", "--db", "e.db", "--json"]).output.contains(#""archive_files":1"#))
  }

  @Test func `the name given with --app goes before the one in the lines`() throws {
    let program = try Program()
    let log = try program.write(Self.line("alice"), to: "web.log")
    #expect(try program.run(["collect", "--db", "e.db", "--app", "portal", log]).status == 0)
    let apps = try program.run(["query", "--db", "e.db", "--format", "csv", "--sql", "SELECT app FROM events"])
    #expect(apps.output.contains("portal"))
  }
}
