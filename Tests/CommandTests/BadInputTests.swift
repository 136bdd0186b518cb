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
    let rejected = try program.run(["search", "--db", "e.db", "--rejected", "--json"]).output
    #expect(rejected.split(whereSeparator: \.isNewline).count == 1)
    #expect(rejected.contains(#""reason":"too_long""#) && rejected.contains("52428800 bytes"))
    #expect(try program.run(["status", "--db", "e.db"]).output.contains("1: seclog search --rejected"))
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

  @Test func `what may not be written or read is named with what to do, and the rest is read`() throws {
    let program = try Program()
    let folder = program.folder.path
    chmod(folder, 0o777)
    let log = try program.write(Self.good + "\n", to: "app.log")
    let secret = try program.write(Self.good + "\n", to: "secret.log")
    chmod(secret, 0)
    try program.run(["collect", "--db", "locked.db", log])
    chmod("\(folder)/locked.db", 0)
    try FileManager.default.createDirectory(atPath: "\(folder)/locked", withIntermediateDirectories: true)
    chmod("\(folder)/locked", 0o555)
    for (arguments, status, message) in [
      (["collect", "--db", "locked/e.db", log], 77, "seclog: locked: no permission to write\n"),
      (["collect", "--db", "locked/sub/e.db", log], 77, "seclog: locked: no permission to write\n"),
      (["search", "--db", "locked.db", "alice"], 77, "seclog: locked.db: no permission to read\n"),
      (["alert", "run", "--db", "locked.db"], 77, "locked.db"),
      (
        ["dashboard", "render", "--db", "open.db", "-o", "locked/x.html"], 77, "locked/x.html: cannot be written here."
      ),
      (["collect", "--db", "open.db", secret, log], 2, "\(secret): permission denied."),
      (["import", "grype", "--db", "open.db", secret], 77, "\(secret): permission denied."),
      (["probe", "cert", "--dry-run", secret], 77, "\(secret): Permission denied."),
    ] as [([String], Int32, String)] {
      if arguments.first == "dashboard" { try program.runUnprivileged(["collect", "--db", "open.db", log]) }
      let outcome = try program.runUnprivileged(arguments)
      #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count >= 2, "no next step: \(outcome.errors)")
    }
    #expect(try program.runUnprivileged(["search", "--db", "open.db", "alice"]).status == 0)
    chmod("\(folder)/locked", 0o755)
  }

  @Test func `a place that cannot hold a store is named`() throws {
    let program = try Program()
    let log = try program.write(Self.good + "\n", to: "app.log")
    let outcome = try program.run(["collect", "--db", "/proc/seclog/e.db", log])
    #expect([2, 77].contains(outcome.status))
    #expect(outcome.errors.contains("/proc"))
  }

  /// What each command says of a file that is not there, and of a directory in its place.
  @Test(
    arguments: [
      (["redact"], 2), (["redact", "--check"], 2), (["explain", "--json"], 2),
      (["import", "grype", "--db", "e.db"], 2),
      (["rules", "check"], 2), (["rules", "match", "--rules", "rules", "--json"], 2), (["check", "--config"], 78),
      (["collect", "--db", "e.db"], 2), (["collect", "--db", "e.db", "--key-file"], 2),
      (["search", "x", "--db"], 2), (["alert", "run", "--db"], 2), (["status", "--db"], 2),
      (["dashboard", "render", "--db", "e.db", "-o"], 2),
    ] as [([String], Int32)])
  func `a path that is not there is named`(arguments: [String], status: Int32) throws {
    let program = try Program()
    try program.run(["collect", "--db", "e.db"], input: Self.good + "\n")
    try program.write(
      "title: x\nname: x\nlogsource: {product: seclog}\ndetection: {s: {event: app_log}, condition: s}\n",
      to: "rules/x.yml")
    let outcome = try program.run(arguments + ["/nowhere/thing"])
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("seclog: ") && outcome.errors.contains("/nowhere"), "\(outcome.errors)")
    let directory = try program.run(arguments + ["/tmp"])
    if arguments.first == "rules", arguments[1] == "check" { return }  // reads directories
    #expect(directory.status != 0, "\(directory.output)")
    #expect(directory.errors.contains("/tmp"), "\(directory.errors)")
  }

  @Test func `a zone that nobody knows is refused`() throws {
    let program = try Program()
    let log = try program.write(Self.good + "\n", to: "app.log")
    let outcome = try program.run(["collect", "--db", "e.db", "--zone", "Mars", log])
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.contains("--zone 'Mars': not a zone.\n        Use UTC, local, or a name such as Europe/Berlin"))
    let file = try program.write("sources:\n  - {path: /var/log/x.log, zone: Mars}\n", to: "seclog.yaml")
    let checked = try program.run(["check", "--config", file])
    #expect(checked.status == 1)
    #expect(checked.errors.contains("seclog.yaml:2:"))
    for zone in ["UTC", "local", "Europe/Berlin"] {
      #expect(try program.run(["collect", "--db", "e.db", "--zone", zone, log]).status == 0)
    }
  }

  @Test(arguments: ["text", "empty", "cut"])
  func `what is no database is refused, unchanged`(kind: String) throws {
    let program = try Program()
    var bytes = Data("no database, only text that is long enough to be no header of one".utf8)
    if kind == "empty" { bytes = Data() }
    if kind == "cut" {
      try program.shell("sqlite3 whole.db 'CREATE TABLE t (a)'")
      bytes = try Data(contentsOf: URL(fileURLWithPath: "\(program.folder.path)/whole.db")).prefix(50)
    }
    let path = "\(program.folder.path)/x.db"
    try bytes.write(to: URL(fileURLWithPath: path))
    for arguments in [
      ["search", "x", "--db", "x.db"], ["alert", "list", "--db", "x.db"], ["query", "failed-logins", "--db", "x.db"],
    ] {
      let outcome = try program.run(arguments)
      #expect(outcome.status == 2, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.hasPrefix("seclog: x.db: ") && outcome.errors.contains("\n"), "\(outcome.errors)")
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
  }

  @Test func `broken rules are each named, and the sound one runs`() throws {
    let program = try Program()
    try program.run(["collect", "--db", "e.db"], input: Self.good + "\n")
    try program.write("title: [\n", to: "rules/yaml.yml")
    try program.write("title: Bad\nname: bad\ndetection:\n  a:\n    clientip: x\n  condition: b\n", to: "rules/bad.yml")
    try Data([0x00, 0xFF, 0xFE, 0x9C, 0x0A]).write(to: URL(fileURLWithPath: "\(program.folder.path)/rules/bytes.yml"))
    try program.write(
      "title: Any\nname: any\nlogsource: {product: seclog}\nlevel: high\ndetection: {s: {event: authn_login_fail}, condition: s}\n",
      to: "rules/any.yml")
    let outcome = try program.run(["alert", "run", "--db", "e.db", "--rules", "rules", "--now", "2026-11-20T11:00:00Z"])
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("HIGH      any"))
    for place in [
      "rules/yaml.yml:2:1: not YAML", "rules/bad.yml:6:14: no selection is called 'b'", "rules/bytes.yml: not UTF-8",
    ] {
      #expect(outcome.errors.contains(place), "\(outcome.errors)")
    }
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
