import TestSupport
import Testing

@testable import Events

/// Three emitters tell each attempt, in any interleaving; the attempts stay as many as they were.
@Suite(.serialized)
struct JoinerTests {
  // One reader serves one thread; the suite is serialized.
  nonisolated(unsafe) static let reader: Result<EventReader, any Error> = Result {
    try EventReader(ReaderConfiguration())
  }

  static func stored(_ lines: [String]) throws -> [Event] {
    let reader = try reader.get()
    var state = SourceState(source: "app.log", app: "app")
    var batch = EventBatch()
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    _ = bytes.withUnsafeBytes {
      reader.read($0, of: &state, at: 0, now: 1_795_300_000_000_000, ending: .final, into: &batch)
    }
    var events: [String: Event] = [:]
    var order: [String] = []
    for change in batch.changes where events.updateValue(change.event, forKey: change.event.id) == nil {
      order.append(change.event.id)
    }
    return order.map { events[$0]! }
  }

  static func app(_ i: Int, _ address: String) -> String {
    #"{"name": "trueppm.auth", "message": "auth.login_failed username_hash=ab\#(i)cd client_ip=\#(address)", "timestamp": "2026-11-21 06:04:33,066", "level": "WARNING"}"#
  }
  static let framework =
    #"{"name": "django.request", "message": "Unauthorized: /api/v1/auth/token/", "status_code": 401, "request": "<ASGIRequest: POST '/api/v1/auth/token/'>", "timestamp": "2026-11-21 06:04:33,081", "level": "WARNING"}"#
  static func access(_ address: String) -> String {
    #"INFO:     \#(address):0 - "POST /api/v1/auth/token/ HTTP/1.1" 401 Unauthorized"#
  }

  @Test(arguments: 1...40)
  func `k attempts of three emitters in any interleaving are k events`(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let k = Int.random(in: 1...12, using: &random)
    // Each emitter keeps its own order, as a program does; how they interleave is free.
    var queues = [
      (0..<k).map { Self.app($0, "203.0.113.\($0 + 1)") },
      (0..<k).map { _ in Self.framework },
      (0..<k).map { Self.access("203.0.113.\($0 + 1)") },
    ]
    var lines: [String] = []
    while let queue = queues.indices.filter({ !queues[$0].isEmpty }).randomElement(using: &random) {
      lines.append(queues[queue].removeFirst())
    }
    let events = try Self.stored(lines)
    #expect(events.count == k, "seed \(seed), \(k) attempts")
    #expect(events.allSatisfy { $0.event == "authn_login_fail" })
    #expect(Set(events.flatMap(\.lines)).count == 3 * k, "every line tells one event")
  }

  @Test func `fifty attempts of one emitter stay fifty`() throws {
    #expect(try Self.stored((0..<50).map { _ in Self.access("203.0.113.7") }).count == 50)
  }

  /// Lines of one event, or of two that must not be taken for one.
  @Test(arguments: [
    // The wrong input of somebody else stands between the refusal and its request.
    (
      [
        "2027-02-19 12:35:45,814 - app.auth - WARNING - Login failed for user 'admin': incorrect password",
        #"2027-02-19 12:35:45,836 - app.middleware - INFO - 198.51.100.62 - "POST /entities/" 400 - 0.038s"#,
        #"2027-02-19 12:35:45,841 - app.middleware - INFO - 203.0.113.199 - "POST /auth/login" 401 - 0.076s"#,
      ], ["203.0.113.199"]
    ),
    // Django shows the form again, with 200.
    (
      [
        "WARNING 2027-02-17 19:02:35,714 api.signals [trace=] admin login failed: username=kim ip=203.0.113.64",
        #"203.0.113.64:0 - "POST /admin/login/?next=/admin/ HTTP/1.1" 200"#,
      ], ["203.0.113.64"]
    ),
    // A lockout succeeds, the request that it answers does not; and two lines tell that.
    (
      [
        #"{"name": "axes.watch_login", "message": "AXES: Locking out {username: \"kim\", ip_address: \"203.0.113.31\", path_info: \"/api/auth/token/\"} after repeated login failures.", "timestamp": "2027-02-13 05:33:11,086", "level": "WARNING"}"#,
        #"{"name": "django.request", "message": "Forbidden: /api/auth/token/", "status_code": 403, "request": "<ASGIRequest: POST '/api/auth/token/'>", "timestamp": "2027-02-13 05:33:11,111", "level": "WARNING"}"#,
        #"INFO:     203.0.113.31:0 - "POST /api/auth/token/ HTTP/1.1" 403 Forbidden"#,
      ], ["203.0.113.31"]
    ),
  ])
  func `lines that tell one event are one, with its own address`(lines: [String], addresses: [String]) throws {
    let events = try Self.stored(lines).filter { $0.event != "http_request" }
    #expect(events.map(\.sourceIP) == addresses)
  }

  /// The access line has no time: it took that of a line of four minutes ago.
  @Test(arguments: [(between: 0, events: 1), (between: 6, events: 1), (between: 9, events: 2)])
  func `a line without a time meets its double whatever the clock says, if it is near`(
    between: Int, events: Int
  ) throws {
    let access = Self.access("203.0.113.7").replacing("401 Unauthorized", with: "200 OK")
    let proxy =
      #"{"level":"info","ts":1795242273.6,"logger":"http.log.access.log0","msg":"handled request","request":{"client_ip":"203.0.113.7","method":"POST","uri":"/api/v1/auth/token/"},"status":200}"#
    let others = (0..<between).map { #"INFO:     203.0.113.9:0 - "GET /items/\#($0) HTTP/1.1" 200 OK"# }
    let stored = try Self.stored(
      [#"{"time":"2026-11-21T06:20:00Z","level":"INFO","msg":"started"}"#, access] + others + [proxy])
    #expect(stored.map(\.event) == Array(repeating: "authn_login_success", count: events))
  }

  @Test func `each line of sudo is a record, though it begins with blanks`() throws {
    let lines = ["/bin/ls", "/bin/cat"].map {
      "Nov 21 06:00:00 web-01 sudo:      kim : TTY=pts/0 ; PWD=/home/kim ; USER=root ; COMMAND=\($0)"
    }
    #expect(try Self.stored(lines).map(\.objectID) == ["/bin/ls", "/bin/cat"])
  }

  @Test func `an unequal address forbids a join`() throws {
    #expect(try Self.stored([Self.app(1, "203.0.113.1"), Self.access("203.0.113.2")]).count == 2)
  }

  @Test func `the joined event has the actor of one line and the address of another`() throws {
    let events = try Self.stored([
      "2026-11-21 05:56:15,362 - compere.modules.middleware - INFO - 203.0.113.5, 10.0.0.3, 10.42.1.1 - \"POST /auth/token\" 401 - 0.466s",
      "INFO:     10.42.1.1:0 - \"POST /auth/token?username=bob.m&password=nope2 HTTP/1.1\" 401 Unauthorized",
    ])
    #expect(events.count == 1)
    #expect(events.first?.actor == "bob.m")
    #expect(events.first?.sourceIP == "203.0.113.5")
    #expect(events.first?.lines.count == 2)
  }

  @Test func `a joined event can be searched for by the words of all its lines, the best line's first`() throws {
    let events = try Self.stored([
      Self.framework, Self.app(1, "203.0.113.1"), Self.access("203.0.113.1"), Self.app(2, "203.0.113.2"),
    ])
    let words = try #require(events.first).message.split(separator: "\n")
    #expect(events.count == 2)
    #expect(words.first?.hasPrefix("auth.login_failed") == true)
    #expect(words.contains("Unauthorized: /api/v1/auth/token/"))
    #expect(words.contains { $0.contains("401 Unauthorized") })
  }

  @Test func `equal words are kept once, and the words of an event are bounded`() throws {
    let long = String(repeating: "reason ", count: Limits.joinedMessageBytesMax / 14)
    func line(_ logger: String, _ text: String) -> String {
      #"{"logger":"\#(logger)","msg":"Access denied for user bob \#(text)","request_id":"7f3a","time":"2026-11-21T06:04:33Z"}"#
    }
    let twice = try Self.stored([line("a", "x"), line("b", "x")])
    #expect(twice.map(\.message) == ["Access denied for user bob x"])
    #expect(twice.first?.lines.count == 2)
    let many = try Self.stored((0..<4).map { line("l\($0)", "\($0)" + long) })
    #expect(many.count == 1)
    #expect(try #require(many.first).message.utf8.count <= Limits.joinedMessageBytesMax)
  }

  static func after(_ seconds: Int, _ text: String, from address: String = "") -> String {
    #"{"time":"2026-11-21T06:04:\#(10 + seconds)Z","level":"INFO","msg":"\#(text)","client_ip":"\#(address)"}"#
  }

  @Test(arguments: [
    // The request ends three seconds after its first line, and nothing stands between them.
    (
      [
        after(0, "SAML login rejected at ACS: assertion expired"),
        after(3, "REQUEST_COMPLETE [1] POST /saml/acs -> 403 (3s)", from: "203.0.113.3"),
      ], 1
    ),
    // Another request ended in between.
    (
      [
        after(0, "SAML login rejected at ACS: assertion expired"),
        after(2, "REQUEST_COMPLETE [2] GET /me -> 200 (3ms)", from: "203.0.113.2"),
        after(3, "REQUEST_COMPLETE [1] POST /saml/acs -> 403 (3s)", from: "203.0.113.3"),
      ], 2
    ),
    // It ended too late to be meant.
    (
      [
        after(0, "SAML login rejected at ACS: assertion expired"),
        after(30, "REQUEST_COMPLETE [1] POST /saml/acs -> 403 (3s)", from: "203.0.113.3"),
      ], 2
    ),
  ])
  func `a slow request's lines are one event if nothing stands between them`(lines: [String], count: Int) throws {
    #expect(try Self.stored(lines).filter { $0.event != "http_request" }.count == count)
  }

  @Test func `the tracebacks of a line that is logged twice do not part its two tellings`() throws {
    let head =
      "ERROR 2026-11-21 06:16:11,105 django.security.SuspiciousFileOperation [trace=] The joined path (/etc/passwd) is located outside of the base path component (/srv/media)"
    let trace = [
      "Traceback (most recent call last):", "  File \"/srv/x.py\", line 7, in join",
      "django.core.exceptions.SuspiciousFileOperation: The joined path (/etc/passwd) is located outside of the base path component (/srv/media)",
    ]
    let events = try Self.stored([head] + trace + [head] + trace)
    #expect(events.count == 1)
    #expect(events.first?.lines.count == 4, "two heads and the lines that name the exception")
  }

  @Test func `an open join survives being stored`() throws {
    let reader = try Self.reader.get()
    let first = Array((Self.app(1, "203.0.113.1") + "\n").utf8)
    let second = Array((Self.access("203.0.113.1") + "\n").utf8)
    func read(_ bytes: [UInt8], _ state: inout SourceState, at offset: Int64) -> [EventChange] {
      var batch = EventBatch()
      _ = bytes.withUnsafeBytes {
        reader.read($0, of: &state, at: offset, now: 1_795_300_000_000_000, ending: .final, into: &batch)
      }
      return batch.changes
    }
    var state = SourceState(source: "app.log", app: "app")
    let inserted = read(first, &state, at: 0)
    let stored = state
    let direct = read(second, &state, at: Int64(first.count))
    var restored = try JSONRoundTrip.value(stored)
    let resumed = read(second, &restored, at: Int64(first.count))
    #expect(direct == resumed)
    #expect(direct.first?.event.id == inserted.first?.event.id)
    let revision = try #require(direct.first)
    #expect(revision.isRevision)
    let event = revision.event
    #expect(event.lines == [0, Int64(first.count)])
    #expect(event.message.split(separator: "\n").count == 2)
  }

  @Test func `a UUID is one id with and without its dashes`() throws {
    let events = try Self.stored([
      #"{"level":"warn","msg":"login failed","user":"kim","request_id":"8f2c975d-1d02-4e51-a71b-ebacd1fc2fb1","time":"2026-11-21T06:04:33Z"}"#,
      #"{"time_iso8601":"2026-11-21T06:04:33Z","remote_addr":"203.0.113.9","request_id":"8f2c975d1d024e51a71bebacd1fc2fb1","method":"POST","uri":"/in","status":403,"request_time":0.031}"#,
    ])
    #expect(events.map(\.actor) == ["kim"] && events.map(\.sourceIP) == ["203.0.113.9"])
  }

  @Test func `two traces are two events`() throws {
    func access(_ method: String, _ trace: String) -> String {
      #"{"level":"info","ts":"2026-11-21T06:04:33.100Z","logger":"http","msg":"request","http.request.method":"\#(method)","url.path":"/api/session","http.response.status_code":200,"client.address":"203.0.113.9","trace_id":"\#(trace)"}"#
    }
    let events = try Self.stored([
      #"{"level":"info","ts":"2026-11-21T06:04:33.000Z","logger":"app","msg":"user signed in","user":"kim","remote":"203.0.113.9","trace_id":"c0d7fcc51a444b6e9b774054c59c74ab"}"#,
      access("GET", "6ef8b434096e4ec48616e73db22635cb"), access("POST", "c0d7fcc51a444b6e9b774054c59c74ab"),
    ])
    #expect(events.count == 1)
    #expect(events.first?.httpMethod == "POST")
  }

  @Test(arguments: [("sso login refused: account is deactivated (user_id=14)", 2), ("socket ticket refused", 1)])
  func `a refused socket is told by what speaks of sockets`(message: String, count: Int) throws {
    let events = try Self.stored([
      "WARNING 2026-11-21 06:04:33,066 app.auth \(message)",
      #"INFO:     203.0.113.9:0 - "WebSocket /ws/rooms/9" 403"#,
    ])
    #expect(events.count == count)
  }
}
