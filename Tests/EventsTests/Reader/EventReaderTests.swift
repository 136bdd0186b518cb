import Foundation
import Testing

@testable import Events

@Suite(.serialized)
struct EventReaderTests {
  nonisolated(unsafe) static let reader: EventReader = {
    var configuration = ReaderConfiguration()
    configuration.keep = .all
    return try! EventReader(configuration)
  }()
  static let now: Int64 = 1_795_250_000_000_000

  struct Run {
    var consumed = 0
    var batch = EventBatch()
    var state = SourceState(source: "app.log", app: "app")
    var events: [Event] { batch.changes.map(\.event) }
  }

  func read(_ text: String, _ ending: EventReader.Ending = .final, from run: Run = Run(), now: Int64 = now) -> Run {
    var run = run
    run.batch = EventBatch()
    run.consumed = Array(text.utf8).withUnsafeBytes {
      Self.reader.read($0, of: &run.state, at: 0, now: now, ending: ending, into: &run.batch)
    }
    return run
  }

  @Test(
    arguments: [
      (EventReader.Ending.more, "{\"msg\":\"a\"}", 0), (.endOfInput, "{\"msg\":\"a\"}", 11),
      (.endOfInput, "{\"msg\":\"a", 0),
      (.endOfInput, "text", 0), (.final, "text", 4), (.endOfInput, "{\"msg\":\"a\"} x", 0),
    ])
  func `an unterminated last line counts only if it is whole`(ending: EventReader.Ending, last: String, taken: Int) {
    let first = "{\"msg\":\"first\",\"time\":\"2026-11-21T06:00:00Z\"}\n"
    #expect(read(first + last, ending).consumed == first.utf8.count + taken)
  }

  @Test func `lines before the first time take the next line's`() {
    let run = read("booting\nstill booting\n{\"msg\":\"up\",\"time\":\"2026-11-21T06:00:00Z\"}\nlater\n")
    #expect(run.events.map(\.ts) == Array(repeating: 1_795_240_800_000_000, count: 4))
    #expect(run.events.map(\.tsQuality) == ["inherited", "inherited", "own", "inherited"])
  }

  @Test func `a follower waits a second for a time, then takes the arrival`() {
    let waiting = read("no time here\n", .more)
    #expect(waiting.consumed == 0)
    #expect(waiting.events.isEmpty)
    let run = read("no time here\n", .more, from: waiting, now: Self.now + 1_000_000)
    #expect(run.consumed == 13)
    #expect(run.events.map(\.tsQuality) == ["arrival"])
    #expect(run.events.map(\.ts) == [Self.now + 1_000_000])
  }

  @Test(arguments: [("", 1), (#""time":"2026-11-21T06:00:00Z","#, 1), (#""time":"2026-11-21T06:00:00Z","#, 700)])
  func `equal lines have ids of their own however far apart they are`(time: String, count: Int) {
    let line = "{\(time)\"msg\":\"login failed\",\"user\":\"eve\"}\n"
    let others = (0..<1000).map { "{\(time)\"msg\":\"login failed\",\"user\":\"u\($0 % 700)\"}\n" }
    let text = (0..<3).map { _ in String(repeating: line, count: count) + others.joined() }.joined()
    let ids = read(text).events.map(\.id)
    #expect(ids.count == 3 * (count + 1000))
    #expect(Set(ids).count == ids.count)
    #expect(read(text).events.map(\.id) == ids, "the same bytes give the same ids")
  }

  @Test func `ordinals of an older position are read, and go on`() throws {
    let old = #"{"entries":[{"count":2,"hash":7}]}"#
    var ordinals = try JSONDecoder().decode(LineOrdinals.self, from: Data(old.utf8))
    let numbers = Array("a line".utf8).withUnsafeBytes { line in
      (0..<3).map { ordinals.next(time: 5, line: line, number: Int64($0)) }
    }
    #expect(numbers == [0, 1, 2])
    let again = try JSONDecoder().decode(LineOrdinals.self, from: JSONEncoder().encode(ordinals))
    #expect(again == ordinals)
  }

  @Test(arguments: [0, 1, 127, 128, 129, 500])
  func `ordinals come back from a position as they were`(count: Int) throws {
    var ordinals = LineOrdinals()
    for number in 0..<count {
      // Before 1970, at 0 and late; every fifth line is the one before it again.
      let time = Int64(number / 5 * 4 + min(number % 5, 3) - 60) * 7_919_000_003
      Array("line \(number / 5 * 4 + min(number % 5, 3))".utf8).withUnsafeBytes {
        _ = ordinals.next(time: time, line: $0, number: Int64(number))
      }
    }
    let again = try JSONDecoder().decode(LineOrdinals.self, from: JSONEncoder().encode(ordinals))
    #expect(again == ordinals)
  }

  @Test(arguments: ["1,2", "1,2,3,4", "x,1,1", "1,,1", "1,ffffffffffffffff,1"])
  func `ordinals of a damaged position are refused`(entries: String) {
    let json = Data(#"{"entries":"\#(entries)"}"#.utf8)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(LineOrdinals.self, from: json) }
  }

  @Test(arguments: [
    // A statement is repeated after the error that refused it …
    ([".600 ERROR:  permission denied to create role", ".600 STATEMENT:  create role evil superuser"], ["authz_fail"]),
    // … or its error is lost, and something else of the same session stands before it, or nothing.
    ([".600 LOG:  connection received: host=192.0.2.4", ".605 STATEMENT:  create role evil superuser"], []),
    ([".600 STATEMENT:  create role evil superuser"], []),
    ([".600 LOG:  statement: create role clerk superuser"], ["authz_change"]),
  ])
  func `a statement that PostgreSQL only repeats is no act`(lines: [String], events: [String]) {
    let text = lines.map {
      let (time, message) = ($0.prefix(4), $0.dropFirst(5))
      return "2026-11-21 06:18:41\(time) UTC [23146] \(message)\n"
    }
    #expect(read(text.joined()).events.map(\.event).filter { $0 != "app_log" } == events)
  }

  @Test func `a container's parts are one line, and an unfinished one is seen again`() {
    let whole = "{\"msg\":\"x\",\"time\":\"2026-11-21T06:00:00Z\"}\n"
    let part = "{\"log\":\"{\\\"msg\\\":\\\"one \",\"stream\":\"stdout\",\"time\":\"2026-11-21T06:00:01Z\"}\n"
    let rest = "{\"log\":\"line\\\"}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T06:00:01Z\"}\n"
    let waiting = read(whole + part, .more)
    #expect(waiting.consumed == whole.utf8.count)
    let run = read(whole + part + rest, .more)
    #expect(run.consumed == (whole + part + rest).utf8.count)
    #expect(run.events.map(\.message) == ["x", "one line"])
    #expect(run.events[1].lines == [Int64(whole.utf8.count), Int64((whole + part).utf8.count)])
    #expect(run.batch.counts.lines == 3)
    // Nothing follows in time: what is there is read.
    #expect(read(part, .more, from: waiting, now: Self.now + 250_000).consumed == part.utf8.count)
  }

  @Test func `a line over the limit is a stub, however its bytes come`() {
    let long = [UInt8](repeating: 0x61, count: Limits.lineBytesMax + 10) + [0x0a]
    let tail = Array("{\"msg\":\"after\"}\n".utf8)
    let whole = long + tail
    var one = Run()
    one.consumed = whole.withUnsafeBytes {
      Self.reader.read($0, of: &one.state, at: 0, now: Self.now, ending: .final, into: &one.batch)
    }
    #expect(one.events.map(\.event) == ["pipeline_line_rejected", "app_log"])
    #expect(one.batch.counts.rejected == ["too_long": 1])
    var two = Run()
    let cut = Limits.lineBytesMax + 3
    let first = whole[..<cut].withUnsafeBytes {
      Self.reader.read($0, of: &two.state, at: 0, now: Self.now, into: &two.batch)
    }
    #expect(first == cut)
    _ = whole[cut...].withUnsafeBytes {
      Self.reader.read($0, of: &two.state, at: Int64(cut), now: Self.now, ending: .final, into: &two.batch)
    }
    #expect(two.events.map(\.id) == one.events.map(\.id))
    #expect(two.batch.counts.lines == 2)
  }

  @Test func `equal lines at equal times have ids of their own, and the same ones when read again`() {
    let line = "{\"msg\":\"x\",\"time\":\"2026-11-21T06:00:00Z\"}\n"
    let once = read(line + line + line)
    #expect(Set(once.events.map(\.id)).count == 3)
    #expect(read(line + line + line).events.map(\.id) == once.events.map(\.id))
    #expect(once.events.allSatisfy { $0.id.utf8.count == 32 })
  }

  @Test func `one line with many records gives as many events`() {
    let run = read(
      "{\"Records\":[{\"eventVersion\":\"1\",\"eventName\":\"A\",\"eventTime\":\"2026-11-21T06:00:00Z\"},{\"eventVersion\":\"1\",\"eventName\":\"B\",\"eventTime\":\"2026-11-21T06:00:01Z\"}]}\n"
    )
    #expect(run.events.count == 2)
    #expect(Set(run.events.map(\.id)).count == 2)
    #expect(run.events.map(\.ts) == [1_795_240_800_000_000, 1_795_240_801_000_000])
  }

  @Test func `a long text is cut at a character, and marked`() {
    let text = String(repeating: "ä", count: 40_000)
    let stored = EventReader.stored(text)
    #expect(stored.utf8.count <= Limits.storedTextBytesMax)
    #expect(stored.hasSuffix("ä…"))
  }

  @Test func `the app is the given one, else the unit, else the source's`() {
    let line = "api-1  | {\"msg\":\"x\",\"time\":\"2026-11-21T06:00:00Z\"}\n"
    #expect(read(line).events.map(\.app) == ["api-1"])
    var given = Run()
    given.state.isAppGiven = true
    #expect(read(line, from: given).events.map(\.app) == ["app"])
  }
}
