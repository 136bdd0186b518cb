import Foundation
import Testing

/// `alert …` as cron, scripts and people run it.
struct AlertTests {
  static let now = "2026-11-20T10:30:00Z"

  static func failure(_ minute: Int, _ address: String, user: String = "alice") -> String {
    let time = "2026-11-20T10:\(minute < 10 ? "0" : "")\(minute):00Z"
    return #"{"time":"\#(time)","level":"WARN","msg":"login failed","user":"\#(user)","client_ip":"\#(address)"}"#
      + "\n"
  }

  /// A store in which one address failed to log in six times.
  static func attacked() throws -> Program {
    let program = try Program()
    let collected = try program.run(
      ["collect", "--db", "e.db"], input: (0..<6).map { failure($0, "203.0.113.9") }.joined())
    try #require(collected.status == 0, "\(collected.errors)")
    return program
  }

  private static func run(_ program: Program, _ more: [String] = []) throws -> Program.Outcome {
    try program.run(["alert", "run", "--db", "e.db", "--now", now, "--utc"] + more)
  }

  private static func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  @Test func `tells what is new once, then nothing`() throws {
    let program = try Self.attacked()
    let first = try Self.run(program)
    #expect(first.status == 0)
    #expect(first.errors.isEmpty)
    #expect(first.output.hasPrefix("seclog: 1 alert"))
    #expect(first.output.contains("MEDIUM    login-failures-by-source  from 203.0.113.9"))
    #expect(first.output.contains("  10:00:00  authn_login_fail"))
    #expect(first.output.contains("  10:05:00  authn_login_fail"))
    for _ in 0..<2 {
      let again = try Self.run(program)
      #expect(again.status == 0)
      #expect(again.output.isEmpty)
      #expect(again.errors.isEmpty)
    }
  }

  @Test func `the command in a mail shows every event of the incident`() throws {
    let program = try Self.attacked()
    let mail = try Self.run(program).output
    let line = try #require(mail.split(separator: "\n").first { $0.hasPrefix("  See    ") })
    let shown = try program.shell(line.dropFirst(9) + " --db e.db --json")
    #expect(shown.output.split(separator: "\n").count == 6)
  }

  @Test func `a store in which nothing is wrong makes no mail`() throws {
    let program = try Program()
    try program.run(["collect", "--db", "e.db"], input: Self.failure(0, "203.0.113.9"))
    let outcome = try Self.run(program)
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty && outcome.errors.isEmpty)
  }

  @Test func `JSON says the same, one object a line`() throws {
    let program = try Self.attacked()
    let outcome = try Self.run(program, ["--format", "json", "--exit-code"])
    #expect(outcome.status == 1)
    let alerts = try Self.objects(outcome.output)
    #expect(alerts.count == 1)
    #expect(alerts[0]["reason"] as? String == "opened")
    #expect(alerts[0]["rule"] as? String == "login-failures-by-source")
    #expect(alerts[0]["level"] as? String == "medium")
    #expect((alerts[0]["command"] as? String)?.hasPrefix("seclog search source_ip=203.0.113.9") == true)
    #expect(try Self.run(program, ["--format", "json", "--exit-code"]).status == 0)
  }

  @Test func `the list is canonical`() throws {
    let program = try Self.attacked()
    _ = try Self.run(program)
    let listed = try program.run(["alert", "list", "--db", "e.db", "--all", "--json", "--now", Self.now])
    #expect(listed.status == 0)
    let incidents = try Self.objects(listed.output)
    let incident = try #require(incidents.first)
    #expect(incidents.count == 1)
    let fixed = [
      "rule", "group", "start", "end", "count", "peak", "level", "state", "first_events", "last_events",
      "events_digest",
    ]
    // In this order, before anything else.
    var rest = listed.output[...]
    for name in fixed {
      let place = try #require(rest.firstRange(of: "\"\(name)\":"), "\(name) is missing or out of order")
      rest = rest[place.upperBound...]
    }
    #expect(incident["group"] as? [String: String] == ["source_ip": "203.0.113.9"])
    #expect(incident["start"] as? String == "2026-11-20T10:00:00.000000Z")
    #expect(incident["end"] as? String == "2026-11-20T10:05:00.000000Z")
    #expect(incident["count"] as? Int == 6)
    #expect(incident["peak"] as? Int == 6)
    #expect(incident["state"] as? String == "open")
    #expect((incident["first_events"] as? [String])?.count == 6)
    let digest = try #require(incident["events_digest"] as? String)
    #expect(digest.count == 32 && digest.allSatisfy(\.isHexDigit))
  }

  @Test func `the same events in other batches and orders give the same list`() throws {
    let lines =
      (0..<6).map { Self.failure($0, "203.0.113.9") } + (3..<9).map { Self.failure($0, "203.0.113.7", user: "bob") }
    func list(_ batches: [[String]]) throws -> [String] {
      let program = try Program()
      for (number, batch) in batches.enumerated() {
        let path = try program.write(batch.joined(), to: "\(number).log")
        try program.run(["collect", "--db", "e.db", path])
        _ = try Self.run(program)
      }
      return try Self.objects(program.run(["alert", "list", "--db", "e.db", "--all", "--json"]).output).map {
        incident in
        // Ids name a file and a place in it; here the files differ.
        ["rule", "group", "start", "end", "count", "peak", "level", "state"].map { "\($0)=\(incident[$0] ?? "")" }
          .joined(separator: " ")
      }.sorted()
    }
    let once = try list([lines])
    #expect(!once.isEmpty)
    #expect(try list([Array(lines[4...]), Array(lines[..<4])]) == once)
    #expect(try list([Array(lines.reversed())]) == once)
  }

  @Test func `a dry run says what would be told and touches nothing`() throws {
    let program = try Self.attacked()
    func snapshot() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: program.folder.path).filter { $0.hasPrefix("e.db") }.sorted()
        .map { name in
          // SQLite keeps locks in the -shm file, also for readers.
          name
            + (name.hasSuffix("-shm")
              ? "" : String(try Data(contentsOf: URL(fileURLWithPath: "\(program.folder.path)/\(name)")).hashValue))
        }
    }
    let before = try snapshot()
    let dry = try Self.run(program, ["--dry-run"])
    #expect(dry.output.contains("login-failures-by-source"))
    #expect(try snapshot() == before)
    #expect(try Self.run(program).output == dry.output)
  }

  /// Holds the lock as another run would.
  private func holding<R>(_ program: Program, since: Double, _ body: () throws -> R) throws -> R {
    let descriptor = open("\(program.folder.path)/e.db.alert-lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    try #require(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    defer { close(descriptor) }
    let text = "\(getpid()) \(Int64(since * 1e6))\n"
    try #require(write(descriptor, text, text.utf8.count) == text.utf8.count)
    return try body()
  }

  @Test func `a run beside a young one leaves without a word`() throws {
    let program = try Self.attacked()
    let outcome = try holding(program, since: Date().timeIntervalSince1970 - 30) { try Self.run(program) }
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty && outcome.errors.isEmpty)
    #expect(try Self.run(program).output.contains("login-failures-by-source"))
  }

  @Test func `a run beside one that hangs fails with 75 and names it`() throws {
    let program = try Self.attacked()
    let outcome = try holding(program, since: Date().timeIntervalSince1970 - 600) {
      try Self.run(program, ["--max-run", "5m"])
    }
    #expect(outcome.status == 75)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("pid \(getpid())"))
  }

  static let broken =
    "title: Broken\nname: broken\nlogsource: {product: seclog}\ndetection:\n  a: {actor: x}\n  condition: b\n"
  static let sound =
    "title: Sound\nname: sound\nlogsource: {product: seclog}\ndetection:\n  a: {event: authn_login_fail}\n  condition: a\nx-alert: {group-by: [source_ip]}\n"

  @Test func `a broken rule is told once for each change, and 2 keeps saying it`() throws {
    let program = try Self.attacked()
    let rules = "\(program.folder.path)/rules"
    try program.write(Self.broken, to: "rules/broken.yml")
    try program.write(Self.sound, to: "rules/sound.yml")
    let first = try Self.run(program, ["--rules", rules])
    #expect(first.status == 2)
    #expect(first.output.contains("sound"))
    #expect(first.errors.contains("rules/broken.yml:6:14"))
    let second = try Self.run(program, ["--rules", rules])
    #expect(second.status == 2)
    #expect(second.output.isEmpty && second.errors.isEmpty)
    try program.write(
      Self.broken.replacingOccurrences(of: "condition: b", with: "condition: a and c"), to: "rules/broken.yml")
    #expect(try Self.run(program, ["--rules", rules]).errors.contains("rules/broken.yml:6:20"))
    try program.write(
      Self.broken.replacingOccurrences(of: "condition: b", with: "condition: a"), to: "rules/broken.yml")
    let mended = try Self.run(program, ["--rules", rules])
    #expect(mended.status == 0)
    #expect(mended.errors.isEmpty)
    try program.write(Self.broken, to: "rules/broken.yml")
    #expect(try Self.run(program, ["--rules", rules]).errors.contains("rules/broken.yml:6:14"))
  }

  @Test func `an acknowledged incident says by whom and why`() throws {
    let program = try Self.attacked()
    _ = try Self.run(program)
    let id = try #require(
      Self.objects(program.run(["alert", "list", "--db", "e.db", "--all", "--json"]).output)[0]["id"] as? Int)
    #expect(
      try program.run(["alert", "ack", "\(id)", "--db", "e.db", "--by", "eve", "--note", "old phone"]).status == 0)
    let incident = try Self.objects(program.run(["alert", "list", "--db", "e.db", "--all", "--json"]).output)[0]
    #expect(incident["acked_by"] as? String == "eve")
    #expect(incident["note"] as? String == "old phone")
    let missing = try program.run(["alert", "ack", "999", "--db", "e.db"])
    #expect(missing.status == 1)
    #expect(missing.errors.contains("there is no incident 999"))
  }

  @Test func `a silence records and does not tell, until it ends`() throws {
    let program = try Self.attacked()
    let made = try program.run([
      "alert", "silence", "login-failures-by-source", "source_ip=203.0.113.9", "--for", "2m", "--comment", "load test",
      "--db", "e.db",
      "--now", Self.now,
    ])
    #expect(made.status == 0)
    #expect(try !Self.run(program).output.contains("MEDIUM"))
    #expect(
      try program.run(["alert", "list", "--db", "e.db", "--now", Self.now]).output.contains("login-failures-by-source"))
    #expect(try program.run(["alert", "silence", "--db", "e.db", "--now", Self.now]).output.contains("load test"))
    let later = try program.run(["alert", "run", "--db", "e.db", "--now", "2026-11-20T10:33:00Z", "--utc"])
    #expect(later.output.contains("login-failures-by-source"))
  }

  @Test(arguments: [
    (["silence", "any"], "--for"),
    (["silence", "any", "source_ip", "--for", "8h"], "not field=value"),
    (["test", "login-failure-by-source"], "Did you mean 'login-failures-by-source'?"),
  ])
  func `what was meant is said`(arguments: [String], words: String) throws {
    let program = try Self.attacked()
    let outcome = try program.run(["alert"] + arguments + ["--db", "e.db"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(words))
  }

  @Test func `a rule can be tried over what is stored, and nothing is kept`() throws {
    let program = try Self.attacked()
    let tried = try program.run([
      "alert", "test", "login-failures-by-source", "--db", "e.db", "--since", "2026-11-20", "--now", Self.now, "--json",
    ])
    #expect(tried.status == 0)
    #expect(try Self.objects(tried.output).map { $0["count"] as? Int } == [6])
    #expect(try program.run(["alert", "list", "--db", "e.db", "--all"]).status == 1)
    let quiet = try program.run([
      "alert", "test", "ownership-transferred", "--db", "e.db", "--since", "2026-11-20", "--now", Self.now,
    ])
    #expect(quiet.status == 1)
  }

  @Test func `log text cannot steer the terminal or the shell of who gets the mail`() throws {
    let program = try Program()
    let user = #"\u001b[31m$(touch pwned)';x"#
    try program.run(
      ["collect", "--db", "e.db"], input: (0..<9).map { Self.failure($0, "203.0.113.9", user: user) }.joined())
    let mail = try Self.run(program).output
    #expect(!mail.isEmpty)
    #expect(mail.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
    for line in mail.split(separator: "\n") where line.hasPrefix("  See    ") {
      _ = try program.shell(line.dropFirst(9) + " --db e.db")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(program.folder.path)/pwned"))
  }

  /// A notification may be repeated by a run that dies between telling and noting it; it is never lost.
  @Test func `runs that are killed lose nothing, and repeat at most what they were telling`() throws {
    let seed = UInt64.random(in: 0 ..< .max)
    var state = seed
    func random(_ below: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % below
    }
    let rounds = 4
    let program = try Program()
    let calm = try Program()
    var lines: [String] = []
    var told: [String: Int] = [:]
    func note(_ text: String) {
      for line in text.split(separator: "\n") {
        // The last line of a run that was killed may be cut.
        guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
          object["reason"] as? String == "opened",
          let group = object["group"]
        else { continue }
        told["\(object["rule"] ?? "") \(group)", default: 0] += 1
      }
    }
    for round in 0..<rounds {
      lines += (0..<10).flatMap { source in
        (0..<6).map { Self.failure($0 + round, "198.51.\(round).\(source)", user: "u\(round)-\(source)-\($0)") }
      }
      try program.write(lines.joined(), to: "app.log")
      try program.run(["collect", "--db", "e.db", "app.log"])
      let delay = Double(random(200)) / 1000
      note(
        try program.shell(
          "seclog alert run --db e.db --now \(Self.now) --format json & p=$!; sleep \(delay); kill -9 $p 2>/dev/null; wait $p 2>/dev/null; true"
        ).output)
    }
    note(try Self.run(program, ["--format", "json"]).output)
    #expect(try Self.run(program, ["--format", "json"]).output.isEmpty)
    try calm.write(lines.joined(), to: "app.log")
    try calm.run(["collect", "--db", "e.db", "app.log"])
    _ = try Self.run(calm)
    func list(_ program: Program) throws -> [String] {
      try Self.objects(program.run(["alert", "list", "--db", "e.db", "--all", "--json"]).output).map { incident in
        ["rule", "group", "start", "end", "count", "peak", "level", "state"].map { "\($0)=\(incident[$0] ?? "")" }
          .joined(separator: " ")
      }.sorted()
    }
    let wanted = try list(calm)
    #expect(try list(program) == wanted, "seed \(seed)")
    #expect(wanted.count >= 10 * rounds, "seed \(seed)")
    #expect(told.count == wanted.count, "seed \(seed): some were never told")
    #expect(told.values.allSatisfy { $0 <= 1 + rounds }, "seed \(seed)")
  }
}
