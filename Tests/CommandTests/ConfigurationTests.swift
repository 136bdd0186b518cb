import Testing

struct ConfigurationTests {
  @Test func `every fault is shown at once, each with its place and what was meant`() throws {
    let program = try Program()
    let path = try program.write(
      """
      db: /tmp/x.db
      kep: all
      sources:
        - path: logs/*.log
          ap: tmi
      retention:
        age: ninety days
      """, to: "seclog.yaml")
    let outcome = try program.run(["status", "--config", path])
    #expect(outcome.status == 78)
    #expect(outcome.errors.contains("\(path):2:1: unknown key 'kep'"))
    #expect(outcome.errors.contains("    2 | kep: all\n      | ^^^ did you mean 'keep'?"))
    #expect(outcome.errors.contains("\(path):4:11: 'logs/*.log' is not an absolute path"))
    #expect(outcome.errors.contains("\(path):5:5: unknown key 'sources[0].ap'"))
    #expect(outcome.errors.contains("\(path):7:8: 'retention.age' is a span of time such as 15m, 24h or 90d"))
  }

  @Test func `a file that is not YAML is answered with the place`() throws {
    let program = try Program()
    let path = try program.write("db: /tmp/x\n  keep: [all\n", to: "seclog.yaml")
    let outcome = try program.run(["status", "--config", path])
    #expect(outcome.status == 78)
    #expect(outcome.errors.hasPrefix("seclog: \(path):2:"))
  }

  @Test func `a configuration that was named must be there`() throws {
    let outcome = try Program().run(["status", "--config", "/nowhere/seclog.yaml"])
    #expect(outcome.status == 78)
    #expect(outcome.errors.contains("/nowhere/seclog.yaml: no such file."))
  }

  @Test func `the working directory is never looked into`() throws {
    let program = try Program()
    try program.write("db: \(program.folder.path)/hostile.db\n", to: "seclog.yaml")
    let outcome = try program.run(["status"])
    #expect(!outcome.errors.contains("hostile"))
  }

  @Test func `each source is read in the format that the configuration gives it`() throws {
    let program = try Program()
    let line = #"time=2026-11-20T10:00:00Z level=warn msg="login failed" user=bob client=203.0.113.9"# + "\n"
    for name in ["free", "forced", "later"] { try program.write(line, to: "\(name).log") }
    let folder = program.folder.path
    func configure(_ forced: [String]) throws -> String {
      let sources = ["free", "forced", "later"].map { name in
        "  - path: \(folder)/\(name).log\n" + (forced.contains(name) ? "    input_format: text\n" : "")
      }
      return try program.write("sources:\n" + sources.joined(), to: "seclog.yaml")
    }
    func collect(_ flags: [String] = []) throws -> String {
      let collected = try program.run(
        ["collect", "--config", try configure(["forced"]), "--db", "e.db"] + flags
          + ["free", "forced", "later"].map { "\(folder)/\($0).log" })
      #expect(collected.status == 0, "\(collected.errors)")
      return try program.run([
        "query", "--db", "e.db", "--format", "csv", "--sql",
        "SELECT app, count(*), min(length(message)) AS n FROM events GROUP BY app ORDER BY app",
      ]).output.replacing("\r\n", with: "\n")
    }
    // As logfmt the message is `login failed`, as text all of the line.
    #expect(try collect().contains("forced,1,\(line.utf8.count - 1)\nfree,1,12\nlater,1,12"))

    // The flag wins, also for files that are known already.
    for name in ["free", "forced", "later"] {
      try program.write(line + line.replacing("bob", with: "eve"), to: "\(name).log")
    }
    #expect(try collect(["--input-format", "logfmt"]).contains("forced,2,12\nfree,2,12\nlater,2,12"))

    let path = try program.write("sources:\n  - path: /x.log\n    input_format: klogg\n", to: "wrong.yaml")
    let refused = try program.run(["collect", "--config", path, "--db", "e.db", "\(folder)/free.log"])
    #expect(refused.status == 78)
    #expect(refused.errors.contains("input_format: `klogg` is no known format."))
    #expect(try program.run(["check", "--config", path]).errors.contains("`klogg`"))
  }

  @Test func `flags win over variables, variables over the file`() throws {
    var program = try Program()
    let path = try program.write("db: \(program.folder.path)/file.db\n", to: "seclog.yaml")
    func place(_ arguments: [String]) throws -> String {
      try program.run(["status"] + arguments).errors.split(separator: "\n").first.map(String.init) ?? ""
    }
    program.environment["SECLOG_CONFIG"] = path
    #expect(try place([]).contains("file.db"))
    program.environment["SECLOG_DB"] = "\(program.folder.path)/variable.db"
    #expect(try place([]).contains("variable.db"))
    #expect(try place(["--db", "\(program.folder.path)/flag.db"]).contains("flag.db"))
  }
}
