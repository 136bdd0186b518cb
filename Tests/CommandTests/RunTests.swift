import Foundation
import Testing

/// `seclog run`: the application gets a file, and nothing that it writes depends on our life.
struct RunTests {
  private static func line(_ user: String) -> String {
    #"{"time":"2026-11-20T10:00:00Z","level":"WARN","msg":"login failed","user":"\#(user)","client_ip":"203.0.113.9"}"#
  }

  private let program: Program
  private var buffer: String { "\(program.folder.path)/buffer" }

  init() throws { program = try Program() }

  private func run(_ script: String, _ options: [String] = []) throws -> Program.Outcome {
    try program.run(
      ["run", "--db", "e.db", "--keep", "all", "--app", "portal", "--buffer", buffer] + options
        + ["--", "/bin/bash", "-c", script])
  }

  private func column(_ sql: String) throws -> [Substring] {
    try program.run(["query", "--db", "e.db", "--format", "csv", "--sql", sql]).output.split(
      whereSeparator: \.isNewline
    ).dropFirst()
      .map { $0 }
  }

  private func files() -> [String] {
    (FileManager.default.enumerator(atPath: buffer)?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".out") }
  }

  @Test(arguments: [(0, 0), (7, 7), (255, 255)])
  func `the exit status is the application's`(status: Int, expected: Int32) throws {
    #expect(try run("exit \(status)").status == expected)
  }

  @Test func `an application that a signal ends is told as shells tell it`() throws {
    #expect(try run("kill -KILL $$").status == 128 + 9)
  }

  @Test func `all that was written is stored, the last line without its end too, and no file is left`() throws {
    let lines = (1...3000).map { Self.line("u\($0)") }.joined(separator: "\n")
    let log = try program.write(lines, to: "lines")
    let outcome = try run("cat \(log)")
    #expect(outcome.status == 0 && outcome.output.isEmpty)
    #expect(try column("SELECT count(DISTINCT actor) AS n FROM events") == ["3000"])
    #expect(try column("SELECT DISTINCT source FROM events") == ["run:portal"])
    #expect(files().isEmpty)
  }

  @Test func `standard error is passed on, or collected when that is asked for`() throws {
    let script = "echo '\(Self.line("out"))'; echo '\(Self.line("err"))' >&2"
    #expect(try run(script).errors.contains("\"err\""))
    #expect(try column("SELECT actor FROM events") == ["out"])
    #expect(try !run(script, ["--stderr"]).errors.contains("\"err\""))
    #expect(try column("SELECT actor FROM events WHERE actor = 'err'") == ["err"])
  }

  @Test func `tee writes the redacted lines on`() throws {
    let secret = "AKIA" + "QWERTYUIOPASDFGH"
    let outcome = try run("echo plain \(secret) text", ["--tee"])
    #expect(outcome.output.hasPrefix("plain [REDACTED"))
    #expect(!outcome.output.contains(secret))
  }

  @Test func `a program that is not there is named, and nothing is left behind`() throws {
    let outcome = try program.run(["run", "--db", "e.db", "--buffer", buffer, "--", "no-such-program"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("no-such-program: no such program"))
    #expect(files().isEmpty)
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGUSR1])
  func `signals go on to the application, whose last words are stored`(signal: Int32) throws {
    let process = try start(
      "for s in TERM INT HUP USR1; do trap 'echo caught; exit 5' $s; done; : > ready; while :; do sleep 0.05; done")
    try #require(waitUntil { FileManager.default.fileExists(atPath: "\(program.folder.path)/ready") })
    kill(process.processIdentifier, signal)
    try #require(waitUntil { !process.isRunning })
    #expect(process.terminationStatus == 5)
    #expect(try column("SELECT message FROM events") == ["caught"])
  }

  @Test func `after a kill of ours the application writes on, and the next run stores what was left, once`() throws {
    let script =
      "i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo '\(Self.line("u"))' | sed s/:.u.,/:\\\"u$i\\\",/; [ ! -f stop ] || sleep 0; done; : > done"
    let process = try start(script)
    try #require(waitUntil { (try? column("SELECT count(*) AS n FROM events").first).flatMap { Int($0) } ?? 0 > 5 })
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try #require(waitUntil { FileManager.default.fileExists(atPath: "\(program.folder.path)/done") })
    let outcome = try run("echo '\(Self.line("second"))'")
    #expect(outcome.errors.contains("reading what an earlier run of portal left"))
    #expect(try column("SELECT count(*) AS n FROM events") == ["401"])
    #expect(try column("SELECT count(DISTINCT actor) AS n FROM events") == ["401"])
    #expect(files().isEmpty)
  }

  @Test func `what is stored is given back, so that the file stays small`() throws {
    let text = String(repeating: Self.line("u") + "\n", count: 15_000)
    let log = try program.write(text, to: "lines")
    // While it writes on, the file that it writes is larger than what it takes.
    let outcome = try run(
      "cat \(log); for i in $(seq 100); do sleep 0.1; set -- $(stat -c '%b %s' \(buffer)/*/*.out); [ $(($1 * 512)) -gt $(($2 / 4)) ] || { echo '\(Self.line("small"))'; exit; }; done"
    )
    #expect(outcome.status == 0)
    #expect(try column("SELECT actor FROM events WHERE actor = 'small'") == ["small"])
  }

  // MARK: A run that is not waited for

  private func start(_ script: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = [
      "run", "--db", "e.db", "--keep", "all", "--app", "portal", "--buffer", buffer, "--", "/bin/bash", "-c", script,
    ]
    process.environment = program.environment
    process.currentDirectoryURL = URL(fileURLWithPath: program.folder.path)
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func waitUntil(_ condition: () -> Bool) -> Bool {
    let end = Date(timeIntervalSinceNow: 20)
    while Date() < end {
      if condition() { return true }
      usleep(20_000)
    }
    return false
  }
}
