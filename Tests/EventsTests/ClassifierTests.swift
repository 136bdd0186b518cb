import Foundation
import Testing

@testable import Events

/// Every classifier brings lines that it must name and lines that it must leave alone.
@Suite(.serialized)
struct ClassifierTests {
  static func explain(_ line: String) throws -> Explanation {
    // A reader of its own each time: the samples must not join or continue each other.
    try lock.withLock {
      let explainer = try Explainer(over: shared.get(), source: "sample", app: "sample")
      var explanations: [Explanation] = []
      _ = (Array(line.utf8) + [10]).withUnsafeBytes {
        explainer.explain($0, now: 1_795_300_000_000_000, ending: .final, into: &explanations)
      }
      return try #require(explanations.first)
    }
  }

  // One reader serves one thread; other suites ask it, too.
  private static let lock = NSLock()
  nonisolated(unsafe) static let shared: Result<EventReader, any Error> = Result {
    try EventReader(ReaderConfiguration())
  }

  static let entries: [ClassifierFile.Entry] = {
    let files = (try? ClassifierSet.sources([])) ?? []
    return files.filter { !$0.place.hasSuffix("fields.json") }.flatMap { file in
      (try? ClassifierFile(file.text, at: file.place))?.classifiers ?? []
    }
  }()

  @Test(arguments: entries.map(\.id))
  func `a classifier names its samples and leaves its counter-samples`(id: String) throws {
    let entry = try #require(Self.entries.first { $0.id == id })
    for line in entry.matches?.texts ?? [] {
      let event = try Self.explain(line).event
      let same = event.event == entry.event
      #expect(same, "\(id): wanted \(entry.event), got \(event.event) by \(event.classifier): \(line)")
    }
    for line in entry.ignores?.texts ?? [] {
      let event = try Self.explain(line).event
      #expect(event.classifier != id, "\(id) takes \(line)")
    }
  }

  @Test(arguments: entries.map(\.id))
  func `a classifier's samples are found without parsing every line`(id: String) throws {
    let entry = try #require(Self.entries.first { $0.id == id })
    for line in entry.matches?.texts ?? [] where entry.event != "app_log" && entry.event != "http_request" {
      var state = SourceState(source: "sample", app: "sample")
      var batch = EventBatch()
      _ = (Array(line.utf8) + [10]).withUnsafeBytes {
        try? Self.shared.get().read($0, of: &state, at: 0, now: 1_795_300_000_000_000, ending: .final, into: &batch)
      }
      #expect(batch.changes.count == 1, "\(id) holds no anchor: \(line)")
    }
  }

  @Test(arguments: [
    // What stands between quotes is a title or a text that somebody wrote.
    (#"2026-11-23 08:34:55,805 - app.entity - INFO - Created entity 'Invalid token'"#, "app_log"),
    (#"2026-11-23 08:34:55,805 - app.search - INFO - search q='permission denied' gave 3 pages"#, "app_log"),
    (#"2026-11-23 08:34:55,805 - app.vs - INFO - Comparison "Login failed" vs "Password expired" recorded"#, "app_log"),
    // A refusal is no plain news, and what tells an error is the program's own word.
    (#"2026-11-23 08:34:55,805 - app.entity - WARNING - Request failed: 'permission denied'"#, "authz_fail"),
    (
      #"2026-11-23 08:34:55,805 - app.auth - INFO - sign-in ended with error="login failed for kim""#,
      "authn_login_fail"
    ),
    (#"2026-11-23 08:34:55,805 - app.auth - INFO - login failed for 'kim lee'"#, "authn_login_fail"),
  ])
  func `words of users are not the program's`(line: String, event: String) throws {
    #expect(try Self.explain(line).event.event == event)
  }

  @Test func `no two files define the same id, and all compile`() throws {
    let set = try ClassifierSet(ReaderConfiguration())
    #expect(set.classifiers.count == Self.entries.count)
    // Those of the program are compiled when they are needed first.
    for pattern in Self.entries.flatMap({ ($0.capture ?? []) + ($0.when.regex.map { [$0] } ?? []) }) {
      _ = try RegularExpression(pattern, at: pattern)
    }
    #expect(set.classifiers.allSatisfy { !$0.anchors.isEmpty && $0.anchors.allSatisfy { $0.utf8.count >= 3 } })
  }

  @Test(arguments: [
    // What a person writes, and what is wrong with it.
    (#"{"classifiers":[{"id":"x","when":{"text":["abc"]},"event":"authn_login_fial"}]}"#, "no event name"),
    (#"{"classifiers":[{"id":"x","when":{},"event":"authz_fail"}]}"#, "has no condition"),
    (
      #"{"classifiers":[{"id":"x","when":{"text":["abc"]},"event":"authz_fail","capture":["(?P<actor"]}]}"#,
      "regular expression"
    ),
    (#"{"classifiers":[{"id":"x","when":{"http":{"status":["40"]}},"event":"authz_fail"}]}"#, "no HTTP status"),
    (
      #"{"classifiers":[{"id":"x","when":{"text":["abc"]},"event":"authz_fail","set":{"severty":"1"}}]}"#,
      "no text column"
    ),
    (#"{"classifiers":[{"when":{"text":["abc"]},"event":"authz_fail"}]}"#, "'id' is missing"),
  ])
  func `a broken file says what is wrong`(json: String, what: String) throws {
    let fields = try #require(embeddedFiles.first { $0.path.hasSuffix("fields.json") })
    #expect {
      _ = try ClassifierSet([("fields.json", fields.text), ("mine.json", json)], trusting: [])
    } throws: { error in
      "\(error)".contains(what) && "\(error)".contains("mine.json")
    }
  }

  @Test func `more words than the automaton has states for are refused with a sentence`() throws {
    let fields = try #require(embeddedFiles.first { $0.path.hasSuffix("fields.json") })
    // Texts that have little of their beginnings in common.
    let words = (0..<6_000 as Range<UInt64>).map { "\"\(String(($0 + 1) &* 0x9e37_79b9_7f4a_7c15, radix: 36))xyz\"" }
    let json = #"{"classifiers":[{"id":"x","when":{"text":[\#(words.joined(separator: ","))]},"event":"authz_fail"}]}"#
    #expect {
      _ = try ClassifierSet([("fields.json", fields.text), ("mine.json", json)], trusting: [])
    } throws: { error in
      "\(error)".contains("too many words: 6000")
    }
  }

  @Test(arguments: [
    (
      #"{"time":"2026-03-01T10:00:00Z","level":"WARN","msg":"login failed","seq":4,"realm":"a"}"#,
      #"{"seq":4,"realm":"a"}"#
    ),
    // A column that says less than the field did.
    (#"{"time":"2026-03-01T10:00:00Z","level":40,"msg":"login failed"}"#, #"{"level":40}"#),
    (#"{"time":"2026-03-01T10:00:00Z","level":"notice","msg":"login failed"}"#, #"{"level":"notice"}"#),
    (
      #"{"time":"2026-03-01T10:00:00Z","level":"warn","msg":"login failed\n"}"#, #"{"msg":"login failed\n"}"#
    ),
    // Only the field that was used.
    (
      #"{"time":"2026-03-01T10:00:00Z","msg":"login failed","date":"2026-03-01"}"#, #"{"date":"2026-03-01"}"#
    ),
    (#"time=2026-03-01T10:00:00Z level=warn msg="login failed" seq=4"#, #"{"seq":"4"}"#),
  ])
  func `the attributes are what no column says word for word`(line: String, attrs: String) throws {
    #expect(try Self.explain(line).event.attrs == attrs)
  }

  @Test func `a request is named alike whatever requests were seen before`() throws {
    let set = try Self.shared.get().classifier.catalogue
    let used = Classifier(set)
    var random = SeededRandom(seed: 20)
    let paths = Self.entries.flatMap { ($0.when.http?.path ?? []) + ($0.when.http?.not_path ?? []) }.map {
      "/" + $0.replacing("**", with: "a/b").replacing("{id}", with: "*")
    }
    let statuses = [0, 200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 423, 429, 500, 503]
    for _ in 0..<4_000 {
      var path = paths.randomElement(using: &random)!
      while let star = path.firstIndex(of: "*") {
        // Ids, names, and what only looks like an id.
        let part = ["17", "4711", "me", "b3f1c2d4-0000-4000-8000-00000000002a", "deadbeef", "17a"].randomElement(
          using: &random)!
        path.replaceSubrange(star...star, with: part)
      }
      var record = ParsedRecord()
      record.fields.append("method", ["GET", "POST", "PUT", "PATCH", "DELETE"].randomElement(using: &random)!)
      record.fields.append("path", path)
      record.fields.append("status", "\(statuses.randomElement(using: &random)!)", .number)
      var (event, twin) = (Event(), Event())
      _ = used.classify(record, into: &event)
      _ = Classifier(set).classify(record, into: &twin)
      #expect(event == twin, "\(record.fields.text(0)) \(path) \(record.fields.text(2))")
    }
  }

  @Test(arguments: [
    // An address header that forges a log-in before the real request.
    (
      "2026-11-21 05:56:15,362 - compere.modules.middleware - INFO - 1.2.3.4, evil\" 200 - 0.001s - \"POST /auth/token, 203.0.113.5 - \"GET /entities\" 404 - 0.466s",
      "http_request", 404
    ),
    // A user agent with a request in escaped quotes.
    (
      #"203.0.113.7 - - [21/Nov/2026:06:09:47 +0000] "GET /x HTTP/1.1" 404 2 "-" "\"POST /login HTTP/1.1\" 401""#,
      "http_request", 404
    ),
    // Words of alarm in the client's own text.
    (
      #"203.0.113.7 - - [21/Nov/2026:06:09:47 +0000] "GET /entities/?search=authentication%20failed HTTP/1.1" 200 2 "-" "login failed for user root""#,
      "http_request", 200
    ),
    (
      #"{"time":"2026-11-21T06:09:47Z","level":"INFO","msg":"INCOMING_REQUEST [1] GET /me - Headers: map[User-Agent:[Authentication failed: rate limit exceeded]]","client_ip":"203.0.113.7"}"#,
      "app_log", 0
    ),
    // The name of the pattern that hid a text is a word of ours.
    (
      "INSERT INTO usAAAAAAAEAAAAAAAAA&AAAAAAAAAAAAAAAAAAAAAAAAAAAAA9AAAAAAAAlAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAers(emai, ?name) VASUES ('a@b.test', 'x0-Yz9-q')",
      "app_log", 0
    ),
  ])
  func `the client's wording does not name the event`(line: String, event: String, status: Int64) throws {
    let explanation = try Self.explain(line)
    #expect(explanation.event.event == event)
    if status != 0 { #expect(explanation.event.httpStatus == status) }
  }

  @Test(arguments: [
    (#"{"level":"info","event":"authn_login_fail:alice","ip":"203.0.113.9"}"#, "authn_login_fail", "alice"),
    (#"{"level":"warn","event":"AUTHZ_fail:bob,/admin"}"#, "authz_fail", "bob"),
    (
      #"{"level":"warn","event":"privilege_permissions_changed:carol,file1,user,admin"}"#,
      "privilege_permissions_changed", "carol"
    ),
  ])
  func `an application that speaks the vocabulary is believed`(line: String, event: String, actor: String) throws {
    let found = try Self.explain(line).event
    #expect(found.event == event)
    #expect(found.actor == actor)
    #expect(found.confidence == 100)
  }
}
