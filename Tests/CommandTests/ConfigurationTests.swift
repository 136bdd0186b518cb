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
