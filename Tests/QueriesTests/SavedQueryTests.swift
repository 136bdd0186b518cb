import Events
import Foundation
import Storage
import TestSupport
import Testing

@testable import Queries

struct SavedQueryTests {
  static let files = embeddedFiles.filter { $0.path.hasSuffix(".sql") }

  @Test func `every shipped query has a head that is sound`() throws {
    #expect(Self.files.count >= 24)
    for file in Self.files {
      let name = String(file.path.split(separator: "/").last!.dropLast(4))
      let query = try SavedQuery(name: name, text: file.text, origin: SavedQuery.builtIn)
      #expect(!query.about.isEmpty, "\(name) says what it is for")
      #expect(query.title.count <= 60, "\(name)")
    }
  }

  @Test(arguments: QueryCatalogue().queries.map(\.name))
  func `every shipped query runs on an empty store, within the range, for one application`(name: String) throws {
    let query = try QueryCatalogue().query(named: name)
    let folder = try TemporaryFolder()
    let path = folder.path("events.db")
    _ = try EventStore(path: path, access: .readWrite)
    let runner = QueryRunner(store: try EventStore(path: path, access: .readOnly), now: 1_790_000_000_000_000)
    var arguments: [String: String] = [:]
    for parameter in query.parameters where parameter.standard == nil { arguments[parameter.name] = "x" }
    if query.parameter("app") != nil { arguments["app"] = "tmi" }
    let result = try runner.run(query, arguments: arguments)
    #expect(!result.rows.columns.isEmpty)
  }

  /// What SQLite and ClickHouse both understand, and in the same way.
  @Test(arguments: QueryCatalogue().queries.map(\.name))
  func `a shipped query keeps to SQL that runs on every store`(name: String) throws {
    let query = try QueryCatalogue().query(named: name)
    #expect(PortableSQL.faults(in: query.sql) == [])
  }

  @Test(arguments: [
    ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH"),
    ("SELECT count(*) OVER () FROM events", "OVER"),
    ("SELECT instr(message, 'x') FROM events", "instr()"),
    ("SELECT max(ts, observed_ts) FROM events", "max() of several values"),
    ("SELECT a FROM events UNION SELECT b FROM events", "UNION without ALL"),
    ("SELECT ts / 2 FROM events", "/"),
    ("SELECT \"app\" FROM events", "\"quoted\""),
    ("SELECT ts FROM events WHERE message LIKE '%x%'", "LIKE without lower()"),
    ("SELECT ts FROM events WHERE actor IS NULL", "NULL"),
  ])
  func `the check for portable SQL finds what is not`(sql: String, fault: String) {
    #expect(PortableSQL.faults(in: sql) == [fault])
  }

  @Test(arguments: [
    ("SELECT 1", "queries/q.sql:1: no title."),
    ("-- title: T\n-- parms: a int 1\nSELECT 1", "queries/q.sql:2: unknown head 'parms'. Did you mean 'params'?"),
    ("-- title: T\n-- params: a\nSELECT 1", "queries/q.sql:2: parameter 'a': no kind."),
    (
      "-- title: T\n-- params: a number 1\nSELECT 1",
      "queries/q.sql:2: parameter 'a number 1': 'number' is no kind; kinds are duration, time, ahead, span, int, text."
    ),
    ("-- title: T\n-- params: a int x\nSELECT 1", "queries/q.sql:2: parameter 'a int x': 'x' is no int."),
    ("-- title: T\n-- params: a int 1; a int 2\nSELECT 1", "queries/q.sql:2: parameter 'a int 2': given twice."),
  ])
  func `a head that is not sound says where and why`(text: String, message: String) throws {
    let problem = #expect(throws: Problem.self) {
      try SavedQuery(name: "q", text: text, origin: SavedQuery.builtIn)
    }
    #expect(problem?.description.split(separator: "\n").first.map(String.init) == message)
  }

  @Test func `a file of a directory wins over the built-in one, and a broken one is told`() throws {
    let folder = try TemporaryFolder()
    try "-- title: Mine\nSELECT 1 AS one".write(
      toFile: folder.path("recent-events.sql"), atomically: true, encoding: .utf8)
    try "SELECT 1".write(toFile: folder.path("broken.sql"), atomically: true, encoding: .utf8)
    let catalogue = QueryCatalogue(directories: [folder.url.path, "/nowhere"])
    #expect(try catalogue.query(named: "recent-events").title == "Mine")
    #expect(catalogue.problems.map(\.what) == ["no title."])
    #expect(throws: Problem.self) { try catalogue.query(named: "broken") }
    let problem = #expect(throws: Problem.self) { try catalogue.query(named: "failed-login-by-source") }
    #expect(problem?.what == "unknown query 'failed-login-by-source'. Did you mean 'failed-logins-by-source'?")
    #expect(problem?.code == .usage)
  }
}
