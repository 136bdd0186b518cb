import Events
import Storage
import TestSupport
import Testing

@testable import Queries

struct QueryRunnerTests {
  let folder: TemporaryFolder
  let runner: QueryRunner
  static let now: Int64 = 1_790_000_000_000_000

  init() throws {
    folder = try TemporaryFolder()
    let path = folder.path("events.db")
    let store = try EventStore(path: path, access: .readWrite)
    var commit = Commit()
    for minute in 1...120 {
      let values: [Column: Event.Value] = [
        .id: .text(String(repeating: "0", count: 28) + String(1000 + minute)),
        .ts: .integer(Self.now - Int64(minute) * 60_000_000),
        .observedTs: .integer(Self.now), .event: .text(minute == 1 ? "authn_login_success" : "authn_login_fail"),
        .category: .text("authn"), .actor: .text("user\(minute % 3)"), .sourceIP: .text("203.0.113.9"),
        .app: .text("tmi"),
        .message: .text("Failed login"),
      ]
      commit.changes.append(.insert(StoredEvent(rowID: 0) { values[$0] }.event))
    }
    try store.commit(commit)
    runner = QueryRunner(store: try EventStore(path: path, access: .readOnly), now: Self.now, zone: .utc)
  }

  private func query(_ name: String) throws -> SavedQuery { try QueryCatalogue().query(named: name) }

  @Test func `a saved query has its defaults, and takes others`() throws {
    let all = try runner.run(query("failed-logins-by-source"))
    #expect(all.rows.rows.first?.prefix(3) == ["203.0.113.9", 119, 3])
    let hour = try runner.run(query("failed-logins-by-source"), arguments: ["since": "1h"])
    #expect(hour.rows.rows.first?[1] == 59)
    #expect(try runner.run(query("failed-logins-by-source"), arguments: ["app": "other"]).rows.rows.isEmpty)
    #expect(try runner.run(query("failed-logins-by-source"), since: Self.now - 600_000_001).rows.rows.first?[1] == 9)
  }

  @Test func `a login after failures is found by user and by address`() throws {
    let rows = try runner.run(query("success-after-failures")).rows
    #expect(rows.rows.map { $0[4] } == ["address", "user"])
    #expect(rows.rows.map { $0[5] } == [60, 20])
  }

  @Test func `one's own SQL sees the range asked for`() throws {
    let sql = "SELECT count(*) AS n FROM events"
    #expect(try runner.run(sql: sql).rows.rows == [[120]])
    #expect(try runner.run(sql: sql, since: Self.now - 600_000_000).rows.rows == [[10]])
    let with = "-- mine\nWITH a AS (SELECT * FROM events) SELECT count(*) FROM a WHERE actor = :who"
    #expect(try runner.run(sql: with, arguments: ["who": "user1"], since: Self.now - 600_000_000).rows.rows == [[4]])
  }

  @Test func `a fault in SQL comes with place, excerpt and what was meant`() throws {
    let problem = #expect(throws: Problem.self) { try runner.run(sql: "SELECT user, count(*) FROM events", since: 1) }
    #expect(problem?.code == .failed)
    #expect(problem?.place == "query:1:8")
    #expect(
      problem?.nextStep.split(separator: "\n").prefix(2) == [
        "   1 | SELECT user, count(*) FROM events", "     |        ^^^^ did you mean 'actor' or 'target'?",
      ])
  }

  @Test func `a parameter that is unknown, missing or of the wrong kind says so`() throws {
    func what(_ name: String, _ arguments: [String: String]) -> String? {
      do {
        _ = try runner.run(query(name), arguments: arguments)
        return nil
      } catch { return (error as? Problem)?.what }
    }
    #expect(
      what("failed-logins-by-source", ["mim": "5"])
        == "query 'failed-logins-by-source' has no parameter 'mim'. Did you mean 'min'?")
    #expect(
      what("failed-logins-by-source", ["min": "x"]) == "not what query 'failed-logins-by-source' takes here (int).")
    #expect(what("activity-of-user", [:]) == "query 'activity-of-user' needs the parameter 'user'.")
  }
}
