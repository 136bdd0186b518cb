import Foundation
import Testing

struct CheckTests {
  @Test func `what the program brings is sound`() throws {
    let outcome = try Program().run(["check"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.isEmpty)
    #expect(outcome.output.contains("no configuration") && outcome.output.contains("sound"))
  }

  @Test func `all faults of all files are shown at once`() throws {
    let program = try Program()
    let here = program.folder.path
    let configuration = try program.write(
      """
      kep: all
      queries: \(here)/q
      dashboards: \(here)/d
      alerts:
        rules: \(here)/r
      """, to: "seclog.yaml")
    try program.write("-- title: Broken\nSELECT user FROM events\n", to: "q/broken.sql")
    try program.write("title: X\nrows:\n  - - {show: pie, title: P}\n  - - {show: table, query: nope}\n", to: "d/x.yml")
    try program.write("title: Bad\ndetection:\n  condition: nothing\n", to: "r/bad.yml")
    let outcome = try program.run(["check", "--config", configuration])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("\(configuration):1:1: unknown key 'kep'"))
    #expect(outcome.errors.contains("q/broken.sql:2:8: no such column: user"))
    #expect(outcome.errors.contains("d/x.yml:3:14: 'rows[0][0].show' is one of attention, tile"))
    #expect(outcome.errors.contains("r/bad.yml"))
  }

  @Test func `patterns of the configuration are compiled, tried and applied`() throws {
    let program = try Program()
    let here = program.folder.path
    let configuration = try program.write(
      "redaction:\n  patterns: [\(here)/p.json]\n  hide: [user.badge]\n  allow: [hello-world-1]\n", to: "seclog.yaml")
    let good = #"[{"id": "acme", "starts": ["acme_"], "then": "[a-z0-9]{8,}", "matches": ["x acme_abc123def"]}]"#
    try program.write(good, to: "p.json")
    let sound = try program.run(["check", "--config", configuration])
    #expect(sound.status == 0, "\(sound.errors)")
    try program.write(
      #"{"time":"2026-11-20T10:00:00Z","level":"WARN","msg":"login failed acme_abc123def","client_ip":"203.0.113.9","#
        + #""user":{"name":"bob","badge":"B-77"},"password":"hello-world-1"}"# + "\n", to: "app.log")
    let run = try program.run(["collect", "--config", configuration, "--db", "e.db", "--keep", "all", "app.log"])
    try #require(run.status == 0, "\(run.errors)")
    let shown = try program.run(["query", "--db", "e.db", "--format", "json", "--sql", "SELECT * FROM events"]).output
    #expect(shown.contains("[REDACTED:acme]") && !shown.contains("acme_abc123def"), "\(shown)")
    #expect(!shown.contains("B-77"))

    try program.write("[\n{\"id\": \"a\", \"starts\": [\"abc\"], \"then\": \"[a-z\"}]", to: "p.json")
    let broken = try program.run(["check", "--config", configuration])
    #expect(broken.status == 1)
    #expect(broken.errors.contains("\(here)/p.json:2:1: 'a': cannot read the pattern \"[a-z\""), "\(broken.errors)")
    #expect(try program.run(["collect", "--config", configuration, "--db", "e.db", "app.log"]).status == 78)

    try program.write(good.replacing("x acme_abc123def", with: "x acme_"), to: "p.json")
    let untrue = try program.run(["check", "--config", configuration])
    #expect(untrue.errors.contains("\(here)/p.json:1:2: 'acme' hides nothing in its match 1"), "\(untrue.errors)")
    try FileManager.default.removeItem(atPath: "\(here)/p.json")
    let missing = try program.run(["check", "--config", configuration])
    #expect(missing.status == 1 && missing.errors.contains("\(here)/p.json"), "\(missing.errors)")
  }

  @Test func `a dashboard whose query or column is not there does not pass`() throws {
    let program = try Program()
    let configuration = try program.write("dashboards: \(program.folder.path)/d\n", to: "seclog.yaml")
    try program.write(
      """
      title: X
      rows:
        - - {show: table, title: A, query: failed-login}
          - {show: bars, title: B, query: failed-logins-by-source, series: failurs}
      """, to: "d/x.yml")
    let outcome = try program.run(["check", "--config", configuration])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("panel 'A': unknown query 'failed-login'. Did you mean 'failed-logins'?"))
    #expect(
      outcome.errors.contains(
        "panel 'B': query 'failed-logins-by-source' gives no column 'failurs'. Did you mean 'failures'?"))
  }
}
