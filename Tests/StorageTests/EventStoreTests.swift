import Foundation
import GRDB
import TestSupport
import Testing

@testable import Events
@testable import Storage

struct EventStoreTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("events.db")
  }

  private func open(_ access: EventStore.Access = .readWrite) throws -> EventStore {
    try EventStore(path: path, access: access)
  }

  private func commit(_ changes: [EventChange]) -> Commit {
    var commit = Commit()
    commit.changes = changes
    return commit
  }

  private func count(_ table: String = "events") throws -> Int64 {
    try open(.readOnly).rows(sql: "SELECT count(*) FROM \(table)").rows[0][0].int
  }

  /// What SQLite calls them: https://www.sqlite.org/pragma.html#pragma_synchronous
  @Test(arguments: [(EventStore.Durability.process, 1), (.power, 2)])
  func `durability says whether each commit waits for the disk`(durability: EventStore.Durability, level: Int) throws {
    let store = try EventStore(path: path, access: .readWrite, durability: durability)
    #expect(try store.writer?.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == level)
  }

  @Test func `what was committed is there in the next store object`() throws {
    var commit = commit((1...3).map { .insert(.sample($0)) })
    commit.positions = [StoredPosition(key: "k", path: "/x", offset: 5, identity: "{}", state: "{}")]
    commit.counts["/x"] = ReadCounts()
    commit.counts["/x"]!.lines = 3
    commit.counts["/x"]!.redactions = ["jwt": 2]
    commit.readAt = 77
    let writer = try open()
    try writer.commit(commit)
    commit.changes = []
    try writer.commit(commit)
    let again = try open(.readOnly)
    #expect(try again.positions() == commit.positions)
    #expect(try again.events(EventSearch()).map(\.event) == [3, 2, 1].map { Event.sample($0) })
    let source = try #require(try again.sources().first)
    #expect(source.counts.lines == 6)
    #expect(source.counts.redactions == ["jwt": 4])
    #expect(source.lastReadAt == 77)
  }

  @Test func `a source is counted by so many names and no more`() throws {
    let store = try open()
    for round in 0..<2 {
      var counts = ReadCounts()
      for number in 0..<150 { counts.places[RedactionPlace(rule: "r", field: "token\(round)_\(number)")] = 1 }
      counts.places[RedactionPlace(rule: "s", field: "")] = 2
      var commit = commit([])
      commit.counts["/x"] = counts
      try store.commit(commit)
    }
    let rows = try store.rows(sql: "SELECT count(DISTINCT field), sum(hidden) FROM source_redaction_places").rows
    #expect(rows.map { [$0[0].int, $0[1].int] } == [[Int64(StoreLimits.redactionFieldsMax) + 1, 304]])
  }

  @Test func `every column comes back as it went in`() throws {
    var event = Event.sample(1)
    for (index, column) in Column.allCases.enumerated() where ![.id, .ts, .observedTs, .lines, .attrs].contains(column)
    {
      event.set(column, column.kind == .text ? .text("é\"\u{0}\(index)") : .integer(Int64(index)))
    }
    event.lines = [100, 412]
    event.attrs = #"{"a":1}"#
    try open().commit(commit([.insert(event)]))
    #expect(try open(.readOnly).events(EventSearch()).map(\.event) == [event])
  }

  @Test func `what waits to be told is found without reading what was told`() throws {
    let plan = try open().rows(
      sql: "EXPLAIN QUERY PLAN SELECT id FROM outbox WHERE \(EventStore.isInWaitingState) ORDER BY id",
      parameters: ["state": .text("pending")])
    #expect(plan.rows.map { $0[3].string }.joined().contains("INDEX outbox_waiting"), "\(plan.rows)")
  }

  @Test func `a commit that fails leaves nothing behind`() throws {
    let store = try open()
    try store.commit(commit([.insert(.sample(1))]))
    try store.write {
      try $0.execute(sql: "CREATE TRIGGER t BEFORE INSERT ON positions BEGIN SELECT raise(ABORT, 'no'); END")
    }
    var bad = commit([.insert(.sample(2))])
    bad.positions = [StoredPosition(key: "k", path: "", offset: 0, identity: "", state: "")]
    #expect(throws: Problem.self) { try store.commit(bad) }
    #expect(try count() == 1)
    #expect(try count("changes") == 1)
  }

  @Test func `a revision replaces the row, its words and its matches, and is a change again`() throws {
    let store = try open()
    try store.commit(commit([.insert(.sample(1) { $0.matches = ["r1"] }), .insert(.sample(2))]))
    try store.commit(
      commit([
        .revise(
          .sample(1) {
            $0.message = "Login refused"
            $0.actor = "bob"
            $0.lines = [100, 200]
            $0.matches = ["r2"]
          })
      ]))
    var search = EventSearch()
    search.texts = ["alice"]
    #expect(try store.events(search).map(\.event.id) == [Event.sample(2).id])
    search.texts = ["bob"]
    #expect(try store.events(search).map(\.event.lines) == [[100, 200]])
    #expect(try count() == 2)
    let hashes = try store.rows(sql: "SELECT hash FROM matches JOIN match_rules USING (rule)").rows
    #expect(hashes == [["r2"]])
    let changes = try store.changes(after: 0, limit: 10)
    #expect(changes.map(\.seq) == [1, 2, 3])
    #expect(changes[2].rowID == changes[0].rowID)
  }

  @Test func `a revision in the batch of its event makes one row and one change`() throws {
    let store = try open()
    try store.commit(commit([.insert(.sample(1)), .revise(.sample(1) { $0.actor = "bob" })]))
    #expect(try store.events(EventSearch()).map(\.event.actor) == ["bob"])
    #expect(try count("changes") == 1)
  }

  @Test func `events of one instant keep their order, beyond the slots of their microsecond, over commits`() throws {
    let store = try open()
    let ts: Int64 = 1_790_000_000_000_000
    let ids = (0..<5_000).map { Event.sample($0, ts: ts).id }
    try store.commit(commit((0..<3_000).map { .insert(.sample($0, ts: ts)) }))
    try store.commit(commit((3_000..<5_000).map { .insert(.sample($0, ts: ts)) }))
    try store.commit(commit([.insert(.sample(9_000, ts: ts + 1)), .insert(.sample(9_001, ts: ts - 1))]))
    var search = EventSearch()
    search.order = .oldestFirst
    search.since = ts
    search.until = ts + 1
    #expect(try store.events(search).map(\.event.id) == ids)
    search.since = nil
    search.until = nil
    #expect(try store.events(search).count == 5_002)
    #expect(try store.events(search).first?.event.ts == ts - 1)
  }

  @Test func `an event from the future keeps its time and sorts by its arrival`() throws {
    let store = try open()
    let future = Event.sample(1) { $0.ts += 86_400_000_000 * 365 }
    try store.commit(commit([.insert(future), .insert(.sample(7_200))]))
    let events = try store.events(EventSearch())
    #expect(events.map(\.event.id) == [Event.sample(7_200).id, future.id])
    #expect(events[1].event.ts == future.ts)
  }

  @Test(arguments: [
    ("10.0.0.1", [1]), ("a@b.c", [2]), ("foo-bar", [3]), ("C:/x", [5]), ("it's", [6]), ("NOT x", [7]),
    ("\"q\" (y", [8]), ("->", [8]), ("foo bar", [4]), ("mark*", [9]), ("mark", []), ("token:expired", []),
    ("ALICE", [1]),
    ("Größe", [10]), ("alice foo", []),
  ])
  func `a text finds what it says`(text: String, found: [Int]) throws {
    let messages = [
      "from 10.0.0.1 ok", "mail a@b.c sent", "foo-bar", "foo bar", "path C:/x", "it's", "NOT x", "a \"q\" (y -> z",
      "marks of 10.0.0.12", "größe",
    ]
    let store = try open()
    try store.commit(
      commit(
        messages.enumerated().map { index, message in
          .insert(
            .sample(index + 1) {
              $0.message = message
              $0.actor = index == 0 ? "alice" : ""
              $0.sourceIP = ""
            })
        }))
    var search = EventSearch()
    search.texts = [text]
    #expect(try store.events(search).map(\.event.id) == found.map { Event.sample($0).id })
  }

  @Test func `conditions, words and range work together, newest first`() throws {
    let store = try open()
    try store.commit(
      commit((1...100).map { n in .insert(.sample(n) { $0.actor = n.isMultiple(of: 10) ? "Bob" : "alice" }) }))
    var search = EventSearch()
    search.filter = .test(field: "user", .equals("bob"))
    search.since = Event.sample(20).ts
    search.until = Event.sample(90).ts
    search.limits.rows = 3
    var found: [String] = []
    let isCut = try store.forEachEvent(search) {
      found.append($0.event.id)
      return true
    }
    #expect(found == [80, 70, 60].map { Event.sample($0).id })
    #expect(isCut)
  }

  @Test func `an id is found by its beginning`() throws {
    let store = try open()
    try store.commit(commit((1...50).map { .insert(.sample($0)) }))
    let id = Event.sample(7).id
    #expect(try store.events(idPrefix: id).map(\.event.id) == [id])
    #expect(try store.events(idPrefix: String(id.prefix(8))).map(\.event.id) == [id])
    #expect(try store.events(idPrefix: "zz").isEmpty)
  }

  @Test func `a reader works while the writer is open, and after it has closed, without permission to write`() throws {
    var writer: EventStore? = try open()
    try writer!.commit(commit([.insert(.sample(1))]))
    #expect(try count() == 1)
    try writer!.commit(commit([.insert(.sample(2))]))
    #expect(try count() == 2)
    writer = nil
    #expect(FileManager.default.fileExists(atPath: path + "-wal"), "so that readers who may not create it can read")
    #expect(try count() == 2)
  }

  @Test func `the store and its side files have the mode asked for, its directory 0750`() throws {
    let path = folder.path("deep/events.db")
    let store = try EventStore(path: path, access: .readWrite)
    try store.commit(commit([.insert(.sample(1))]))
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(path) == 0o640)
    #expect(try mode(path + "-wal") == 0o640)
    #expect(try mode(path + "-shm") == 0o640)
    #expect(try mode(folder.path("deep")) == 0o750)
    _ = try EventStore(path: folder.path("private.db"), access: .readWrite, mode: 0o600)
    #expect(try mode(folder.path("private.db")) == 0o600)
  }

  @Test(arguments: [EventStore.Access.readWrite, .readOnly])
  func `another program's database is refused and left as it was`(access: EventStore.Access) throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let problem = #expect(throws: Problem.self) { try open(access) }
    #expect(problem?.what == "this SQLite database belongs to another program")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test(arguments: [EventStore.Access.readWrite, .readOnly])
  func `a file that is no database is refused and left as it was`(access: EventStore.Access) throws {
    let text = Data(String(repeating: "a log line, not a store\n", count: 500).utf8)
    try text.write(to: URL(fileURLWithPath: path))
    let problem = #expect(throws: Problem.self) { try open(access) }
    #expect(problem?.what == "this is not a seclog store, nor a SQLite database")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
  }

  @Test func `a store of a newer seclog is refused`() throws {
    try open().write { try $0.execute(sql: "PRAGMA user_version = 9999") }
    for access in [EventStore.Access.readWrite, .readOnly] {
      let problem = #expect(throws: Problem.self) { try open(access) }
      #expect(problem?.what.contains("newer seclog") == true)
    }
  }

  @Test func `a reader never creates a store`() throws {
    let problem = #expect(throws: Problem.self) { try open(.readOnly) }
    #expect(problem?.what == "no event store yet")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test func `a directory is no store`() throws {
    for access in [EventStore.Access.readWrite, .readOnly] {
      let problem = #expect(throws: Problem.self) { try EventStore(path: folder.url.path, access: access) }
      #expect(problem?.what == "not a file")
    }
  }

  @Test(arguments: [
    "DELETE FROM events", "CREATE TABLE x (a)", "CREATE TEMP TABLE x (a)", "ATTACH ':memory:' AS m",
    "PRAGMA journal_mode = DELETE", "SELECT load_extension('x')", "INSERT INTO meta VALUES ('a', 'b')", "VACUUM",
    "SELECT 1; DELETE FROM events", "BEGIN IMMEDIATE",
  ])
  func `a query can do nothing but read`(sql: String) throws {
    try open().commit(commit([.insert(.sample(1))]))
    #expect(throws: SQLError.self) { try open(.readOnly).rows(sql: sql) }
    #expect(try count() == 1)
  }

  @Test func `a query ends at its limit of time and of rows`() throws {
    _ = try open()
    let store = try open(.readOnly)
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT"
    let error = #expect(throws: SQLError.self) {
      try store.rows(sql: "\(endless) count(*) FROM n", limits: ReadLimits(seconds: 0.05))
    }
    #expect(error?.isTimeout == true)
    let rows = try store.rows(sql: "\(endless) x FROM n", limits: ReadLimits(rows: 7))
    #expect(rows.rows.count == 7)
    #expect(rows.isCut)
  }

  @Test func `pruning removes the oldest with their words, and the log of arrivals goes on counting`() throws {
    let store = try open()
    try store.commit(commit((1...5_000).map { .insert(.sample($0) { $0.matches = ["r"] }) }))
    #expect(try store.prune(before: Event.sample(4_991).ts, bytesMax: nil) == 4_990)
    #expect(try count() == 10)
    #expect(try count("matches") == 10)
    #expect(try count("changes") == 10)
    var search = EventSearch()
    search.texts = ["signature"]
    #expect(try store.events(search).count == 10)
    #expect(try store.rows(sql: "SELECT count(*) FROM events_text WHERE events_text MATCH 'signature'").rows == [[10]])
    #expect(try store.prune(before: .max, bytesMax: nil) == 10)
    try store.commit(commit([.insert(.sample(6_000))]))
    #expect(try store.changes(after: 0, limit: 10).map(\.seq) == [5_001])
    #expect(try store.extent().prunedTs > Event.sample(5_000).ts)
  }

  @Test func `texts of every size go in side by side and come back`() throws {
    let events = (0..<40).map { number in
      Event.sample(number) { event in
        for (index, column) in Column.allCases.enumerated() where column.kind == .text && column != .id {
          event.set(column, .text(String(repeating: "é", count: (index * 7_919 + number * 1_031) % 3_001)))
        }
        event.lines = [0, 9, 10, Int64.max]
      }
    }
    try open().commit(commit(events.map { .insert($0) }))
    var search = EventSearch()
    search.order = .oldestFirst
    #expect(try open(.readOnly).events(search).map(\.event) == events)
  }

  @Test func `rows that fill different columns and pass different rules go in side by side`() throws {
    var random = SeededGenerator(seed: 21)
    let store = try open()
    var events: [Event] = []
    for _ in 0..<3 {
      let some = (events.count..<events.count + 40).map { number in
        Event.sample(number) { event in
          // A column more with every few events, in any order: nearly none at first.
          for (index, column) in Column.allCases.enumerated()
          where ![.id, .ts, .observedTs, .lines, .attrs].contains(column) {
            let isFilled = Int.random(in: 0..<60, using: &random) < number / 3
            event.set(
              column,
              column.kind == .text
                ? .text(isFilled ? "\(column.rawValue) \(number)" : "") : .integer(isFilled ? Int64(index) : 0))
          }
          event.matches = (0..<number % 4).map { "rule \((number + $0) % 7)" }
        }
      }
      try store.commit(commit(some.map { .insert($0) }))
      events += some
    }
    var search = EventSearch()
    search.order = .oldestFirst
    let stored = try open(.readOnly).events(search).map(\.event)
    #expect(
      stored
        == events.map {
          var event = $0
          event.matches = []
          return event
        })
    let matches = try store.rows(
      sql: """
        SELECT id, hash FROM matches JOIN match_rules USING (rule) JOIN events USING (row_id)
        ORDER BY events.ts, hash
        """
    ).rows.map { [$0[0].string, $0[1].string] }
    #expect(matches == events.flatMap { event in event.matches.sorted().map { [event.id, $0] } })
  }

  @Test func `words behind a zero byte are found, and leave with their row`() throws {
    let store = try open()
    try store.commit(commit([.insert(.sample(1) { $0.message = "one\u{0}two" })]))
    let found = "SELECT count(*) FROM events_text WHERE events_text MATCH 'two'"
    #expect(try store.rows(sql: found).rows == [[1]])
    try store.commit(commit([.revise(.sample(1) { $0.message = "one\u{0}three" })]))
    #expect(try store.rows(sql: found).rows == [[0]])
    #expect(try store.prune(before: .max, bytesMax: nil) == 1)
    #expect(try store.rows(sql: found.replacing("'two'", with: "'three'")).rows == [[0]])
  }

  @Test func `a row that is refused in the middle of a batch leaves nothing behind`() throws {
    let store = try open()
    try store.write {
      try $0.execute(
        sql: """
          CREATE TRIGGER t BEFORE INSERT ON events WHEN new.actor = 'mallory' BEGIN SELECT raise(ABORT, 'no'); END
          """)
    }
    let changes = (0..<10).map { number in
      EventChange.insert(.sample(number) { if number == 6 { $0.actor = "mallory" } })
    }
    #expect(throws: Problem.self) { try store.commit(commit(changes)) }
    for table in ["events", "changes", "matches"] { #expect(try count(table) == 0) }
    try store.commit(commit(Array(changes.dropLast(4))))
    #expect(try count() == 6)
    #expect(try store.changes(after: 0, limit: 10).map(\.seq) == [1, 2, 3, 4, 5, 6])
  }

  @Test func `a store of before the last migrations is taken along`() throws {
    func merging(_ db: Database) throws -> Int? {
      try Int.fetchOne(db, sql: "SELECT v FROM events_text_config WHERE k = 'automerge'")
    }
    try DatabaseQueue(path: path).write { db in
      for migration in Schema.migrations.prefix(3) { try migration.run(db) }
      try db.execute(
        sql: """
          PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 3;
          INSERT INTO events (row_id, id, ts, message) VALUES (4096, '00000000000000000000000000000001', 1, 'early bird');
          INSERT INTO events_text (rowid, text, id_word) VALUES (4096, 'early bird', '000000000000');
          INSERT INTO changes (seq, row_id) VALUES (1, 4096);
          """)
      #expect(try merging(db) == 16)
    }
    let store = try open()
    #expect(try store.writer?.read { try merging($0) } == 64)
    try store.commit(commit([.insert(.sample(1))]))
    var search = EventSearch()
    search.texts = ["bird"]
    #expect(try store.events(search).map(\.event.message) == ["early bird"])
    #expect(try store.changes(after: 0, limit: 10).map(\.seq) == [1, 2])
  }

  @Test func `a backup is a store of its own and never overwrites`() throws {
    let store = try open()
    try store.commit(commit([.insert(.sample(1))]))
    try store.backUp(to: folder.path("copy.db"))
    #expect(try EventStore(path: folder.path("copy.db"), access: .readOnly).events(EventSearch()).count == 1)
    #expect(throws: Problem.self) { try store.backUp(to: folder.path("copy.db")) }
  }

  @Test func `a follower shows what arrives, each event once`() throws {
    let store = try open()
    try store.commit(commit([.insert(.sample(1))]))
    var search = EventSearch()
    search.texts = ["signature"]
    var follower = EventFollower(search: search, seq: try store.lastSeq())
    #expect(try follower.next(in: store).isEmpty)
    try store.commit(commit([.insert(.sample(2)), .insert(.sample(3) { $0.message = "other" })]))
    try store.commit(commit([.revise(.sample(2) { $0.actor = "bob" })]))
    #expect(try follower.next(in: store).map(\.id) == [Event.sample(2).id])
    #expect(try follower.next(in: store).isEmpty)
  }
}
