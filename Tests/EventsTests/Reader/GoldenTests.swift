import Foundation
import Testing

@testable import Events

/// `Golden/<name>/input.*` must read as `expected.jsonl` says; `RECORD=1 swift test` rewrites it, for review.
@Suite(.serialized)
struct GoldenTests {
  /// Compiling a reader takes most of the time of a debug build, so the tests share one.
  nonisolated(unsafe) static let reader = try! EventReader(ReaderConfiguration())

  static let names: [String] = {
    let folder = Fixture.url("Golden")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.hasPrefix(".") && $0 != "mixed" }.sorted()
  }()

  @Test(arguments: names)
  func `reads as expected`(name: String) throws {
    let folder = Fixture.url("Golden/\(name)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let input = try #require(files.first { $0.hasPrefix("input.") })
    let lines = try Self.read([UInt8](try Data(contentsOf: folder.appending(path: input))))
    let expected = folder.appending(path: "expected.jsonl")
    if ProcessInfo.processInfo.environment["RECORD"] == "1" {
      try (lines.joined(separator: "\n") + "\n").write(to: expected, atomically: true, encoding: .utf8)
      return
    }
    let wanted = try String(contentsOf: expected, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(lines.count == wanted.count)
    for (line, want) in zip(lines, wanted) { #expect(line == want) }
  }

  /// One object for each record of each line.
  static func read(_ bytes: [UInt8]) throws -> [String] {
    let reader = Self.reader
    var state = SourceState(source: "input", app: "app")
    state.zone = "UTC"
    state.modified = 1_795_250_000_000_000
    var lines: [String] = []
    reader.recordObserver = { record in
      var object: [(String, String)] = [("line", String(record.lineNumber + 1))]
      func add(_ key: String, _ value: String) {
        if !value.isEmpty { object.append((key, JSONValue.string(value).minified)) }
      }
      if record.isContinuation { object.append(("record_line", String(record.headLineNumber + 1))) }
      if record.count > 1 { object.append(("record", "\"\(record.index + 1) of \(record.count)\"")) }
      add("format", record.format)
      add("wrapper", record.wrapper)
      add("parse", record.parse.rawValue)
      add("ts", Timestamp.rfc3339(record.time))
      if record.timeQuality != .own { add("ts_quality", record.timeQuality.rawValue) }
      add("level", record.level.rawValue)
      add("logger", record.logger)
      if record.emitter != record.logger { add("emitter", record.emitter) }
      add("unit", record.unit)
      add("host", record.host)
      add("message", String(record.message.prefix(300)))
      let fields = record.fields.entries.indices.prefix(24).map {
        "\(JSONValue.string(record.fields.name($0)).minified):\(JSONValue.string(String(record.fields.text($0).prefix(120))).minified)"
      }
      if !fields.isEmpty { object.append(("fields", "{\(fields.joined(separator: ","))}")) }
      lines.append("{" + object.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}")
    }
    var batch = EventBatch()
    bytes.withUnsafeBytes {
      _ = reader.read($0, of: &state, at: 0, now: 1_795_250_000_000_000, ending: .final, into: &batch)
    }
    return lines
  }
}
