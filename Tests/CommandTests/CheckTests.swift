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
