import Foundation
import Testing

/// Whatever goes wrong, no file that the program writes holds a secret.
@Suite(.serialized) struct LeakTests {
  /// Random, so that nothing else on disk can hold them; each stands on many lines, in many forms.
  private let secrets = (0..<6).map { _ in
    "Kq" + UUID().uuidString.lowercased().replacing("-", with: "").prefix(18) + "Zx"
  }

  /// Lines that are stored, continued, cut, broken and too long.
  private func lines(_ count: Int) -> String {
    var text = ""
    for number in 0..<count {
      let secret = secrets[number % secrets.count]
      let time = "2026-11-20T10:\(10 + number / 60 % 50):\(10 + number % 50)Z"
      let head =
        #"{"time":"\#(time)","level":"WARN","msg":"login failed","user":"u\#(number)","client_ip":"203.0.113.9""#
      switch number % 8 {
      case 0: text += head + #","password":"\#(secret)"}"#
      case 1: text += head + #","url":"https://bob:\#(secret)@h/x","headers":{"authorization":"Bearer \#(secret)"}}"#
      case 2: text += head + #","body":"{\"client_secret\":\"\#(secret)\"}"}"#
      case 3:
        text += "\(time) ERROR login failed for bob\nTraceback (most recent call last):\n    password = '\(secret)'"
      case 4:
        text += #"{"log":"token=\#(secret.prefix(9))","stream":"stdout","time":"\#(time)"}"# + "\n"
        text += #"{"log":"\#(secret.dropFirst(9)) login failed\n","stream":"stdout","time":"\#(time)"}"#
      case 5: text += head + #","pass\u0077ord":"\#(secret)"#
      case 6: text += "\(time) WARN login failed user=u\(number) password=\(secret) \u{FFFD}\u{0}"
      default: text += head + #","password":"\#(secret)","note":""# + String(repeating: "z", count: 3000) + "\"}"
      }
      text += "\n"
    }
    return text
  }

  /// Files below the folder, but for the input.
  private func leaks(_ program: Program, but input: Set<String>) throws -> [String] {
    var found: [String] = []
    let names = try FileManager.default.subpathsOfDirectory(atPath: program.folder.path)
    for name in names where !input.contains(name) {
      guard var data = FileManager.default.contents(atPath: "\(program.folder.path)/\(name)") else { continue }
      if name.hasSuffix(".gz") {
        // What a killed program left may end within a member; what stands before is shown.
        data += Data(try program.shell("zcat '\(program.folder.path)/\(name)' 2>/dev/null").output.utf8)
      }
      for secret in secrets {
        // Parts count as well: nine bytes of it are no accident.
        for part in [secret.prefix(12), secret.suffix(12)] where data.range(of: Data(part.utf8)) != nil {
          found.append("\(name): \(part)")
        }
      }
    }
    return found
  }

  private func kill(_ program: Program, after delay: UInt32, _ options: [String]) throws {
    let child = try Child(
      Program.path, ["collect", "-f", "\(program.folder.path)/app.log", "--db", "e.db"] + options,
      environment: program.environment, directory: program.folder.path, output: "\(program.folder.path)/out",
      errors: "\(program.folder.path)/err")
    usleep(delay)
    child.send(SIGKILL)
    child.wait()
    #expect(try leaks(program, but: ["app.log"]) == [], "killed after \(delay) µs")
  }

  @Test func `neither store nor log of its own keeps a secret when it is killed`() throws {
    let program = try Program()
    try program.write(lines(400), to: "app.log")
    for delay in [60_000, 120_000, 250_000] as [UInt32] { try kill(program, after: delay, ["--keep", "all"]) }
    let outcome = try program.run(["collect", "app.log", "--db", "e.db", "--keep", "all"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    try #require(FileManager.default.fileExists(atPath: "\(program.folder.path)/e.db"))
    #expect(try leaks(program, but: ["app.log"]) == [])
    for arguments in [["search", "--db", "e.db", "login"], ["status", "--db", "e.db", "--format", "json"]] {
      let shown = try program.run(arguments)
      for secret in secrets { #expect(!(shown.output + shown.errors).contains(secret.prefix(12))) }
    }
  }

  @Test func `a store that cannot be written keeps no secret, and neither does what waits for it`() throws {
    let program = try Program()
    try program.write(lines(3000), to: "app.log")
    // Writes beyond the limit fail, as on a full disk. Standard input has no other copy, so it is spilled.
    let outcome = try program.shell(
      "trap '' XFSZ; ulimit -f 96; timeout 15 '\(Program.path)' collect --db e.db --keep all --tee < app.log > tee.out 2> err.out"
    )
    #expect(outcome.status >= 0)
    try #require(FileManager.default.fileExists(atPath: "\(program.folder.path)/e.db"))
    #expect(try leaks(program, but: ["app.log"]) == [])
  }

  @Test func `the archive keeps no secret, whether it is killed, full or whole`() throws {
    let program = try Program()
    try program.write(lines(400), to: "app.log")
    let arguments = ["collect", "app.log", "--db", "e.db", "--archive", "archive"]
    for delay in [40_000, 90_000, 200_000] as [UInt32] { try kill(program, after: delay, ["--archive", "archive"]) }
    // Writes beyond the limit fail, as on a full disk.
    _ = try program.shell(
      "trap '' XFSZ; ulimit -f 48; timeout 15 '\(Program.path)' \(arguments.joined(separator: " ")) > full.out 2> full.err"
    )
    #expect(try leaks(program, but: ["app.log"]) == [], "on a full disk")

    let outcome = try program.run(arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(try leaks(program, but: ["app.log"]) == [])
    // It is the archive that was looked at, and every line is in it.
    let text = try program.shell("zcat '\(program.folder.path)'/archive/*.gz").output
    #expect(text.contains("[REDACTED:password]") && text.contains("u399"))
    for arguments in [["archive", "search", "login", "--db", "e.db"], ["archive", "verify", "--db", "e.db"]] {
      let shown = try program.run(arguments)
      #expect(shown.status == 0, "\(shown.errors)")
      for secret in secrets { #expect(!(shown.output + shown.errors).contains(secret.prefix(12))) }
    }
  }

  @Test func `a file that is no store is left alone and told without its text`() throws {
    let program = try Program()
    try program.write(lines(20), to: "app.log")
    let outcome = try program.run(["collect", "--db", "app.log", "app.log"])
    #expect(outcome.status != 0)
    for secret in secrets { #expect(!(outcome.output + outcome.errors).contains(secret.prefix(12))) }
  }

  @Test func `no core is dumped`() throws {
    let program = try Program()
    try program.write(lines(5), to: "app.log")
    let child = try Child(
      Program.path, ["collect", "-f", "\(program.folder.path)/app.log", "--db", "e.db", "--quiet"],
      environment: program.environment, directory: program.folder.path)
    defer {
      child.send(SIGKILL)
      child.wait()
    }
    var limits = ""
    for _ in 0..<100 where !FileManager.default.fileExists(atPath: "\(program.folder.path)/e.db") { usleep(20_000) }
    limits = (try? String(contentsOfFile: "/proc/\(child.id)/limits", encoding: .utf8)) ?? ""
    #expect(limits.contains(/Max core file size +0 +0/), "\(limits)")
  }
}
