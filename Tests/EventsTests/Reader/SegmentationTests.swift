import Foundation
import Testing

@testable import Events

/// The result of reading depends on the bytes of a source, never on how they are cut into calls, nor
/// on where reading stopped and went on.
@Suite(.serialized)
struct SegmentationTests {
  /// Compiling a reader takes most of the time of a debug build, so the tests share two.
  nonisolated(unsafe) static let readers: [ReaderConfiguration.Keep: EventReader] = {
    var readers: [ReaderConfiguration.Keep: EventReader] = [:]
    for keep in ReaderConfiguration.Keep.allCases {
      var configuration = ReaderConfiguration()
      configuration.keep = keep
      readers[keep] = try! EventReader(configuration)
    }
    return readers
  }()
  static let now: Int64 = 1_795_250_000_000_000

  /// What a store would hold after the changes.
  struct Outcome: Equatable {
    var events: [String: Event] = [:]
    var order: [String] = []
    var lines: Int64 = 0

    mutating func take(_ batch: EventBatch) {
      lines += batch.counts.lines
      for change in batch.changes {
        let event = change.event
        let key = event.id
        if !change.isRevision { order.append(key) }
        events[key] = event
      }
    }

    func withoutIDs() -> [Event] {
      order.map { id in
        var event = events[id]!
        event.id = ""
        return event
      }
    }
  }

  static func whole(_ bytes: [UInt8], _ reader: EventReader) throws -> Outcome {
    var state = SourceState(source: "app.log", app: "app")
    var batch = EventBatch()
    let consumed = bytes.withUnsafeBytes { reader.read($0, of: &state, at: 0, now: now, ending: .final, into: &batch) }
    #expect(consumed == bytes.count)
    var outcome = Outcome()
    outcome.take(batch)
    return outcome
  }

  /// Reads in calls of random sizes; now and then the process dies between two calls and another one
  /// goes on from the stored state.
  static func cut(_ bytes: [UInt8], _ reader: EventReader, seed: UInt64, longest: Int) throws -> Outcome {
    var random = SeededRandom(seed: seed)
    var state = SourceState(source: "app.log", app: "app")
    var outcome = Outcome()
    var offset = 0
    var end = 0
    while offset < bytes.count {
      end = min(bytes.count, max(end, offset) + Int.random(in: 1...longest, using: &random))
      let ending: EventReader.Ending = end == bytes.count ? .final : .more
      var batch = EventBatch()
      let consumed = bytes[offset..<end].withUnsafeBytes {
        reader.read($0, of: &state, at: Int64(offset), now: now, ending: ending, into: &batch)
      }
      outcome.take(batch)
      offset += consumed
      if end == bytes.count, consumed == 0 { break }
      if Int.random(in: 0..<8, using: &random) == 0 {
        state = try JSONDecoder().decode(SourceState.self, from: try JSONEncoder().encode(state))
      }
    }
    #expect(offset == bytes.count)
    return outcome
  }

  static let sources = ["compere", "trueppm", "glaze", "tmi", "dragdropdeploy", "mixed"]

  static func bytes(_ name: String) throws -> [UInt8] {
    try Fixture.bytes(name == "mixed" ? "Golden/mixed/input.log" : "Corpus/\(name).jsonl")
  }

  @Test(arguments: sources, [ReaderConfiguration.Keep.all, .security])
  func `any cutting gives the same events`(source: String, keep: ReaderConfiguration.Keep) throws {
    let bytes = try Self.bytes(source)
    let reader = Self.readers[keep]!
    let expected = try Self.whole(bytes, reader)
    for (seed, longest) in [(1, 300), (2, 3_000), (3, 40_000)] as [(UInt64, Int)] {
      let outcome = try Self.cut(bytes, reader, seed: seed, longest: longest)
      #expect(outcome.lines == expected.lines)
      #expect(outcome.order == expected.order, "seed \(seed)")
      if let difference = Self.difference(outcome, expected) { Issue.record("seed \(seed): \(difference)") }
    }
  }

  @Test(arguments: sources)
  func `lines without an anchor tell nothing that is kept`(source: String) throws {
    let bytes = try Self.bytes(source)
    let reader = Self.readers[.security]!
    let skipping = try Self.whole(bytes, reader)
    reader.skipsLines = false
    defer { reader.skipsLines = true }
    var state = SourceState(source: "app.log", app: "app")
    var batch = EventBatch()
    _ = bytes.withUnsafeBytes { reader.read($0, of: &state, at: 0, now: Self.now, ending: .final, into: &batch) }
    var outcome = Outcome()
    outcome.take(batch)
    #expect(outcome.lines == skipping.lines)
    // Ids count equal lines among those that were classified, so they are not compared.
    let wanted = outcome.withoutIDs()
    let got = skipping.withoutIDs()
    for (a, b) in zip(got, wanted) where a != b {
      let columns = Column.allCases.filter { a[$0] != b[$0] }
      Issue.record("\(a.message): \(columns.map { "\($0.rawValue) is \(a[$0]), not \(b[$0])" })")
      break
    }
    #expect(got.count == wanted.count)
  }

  /// The first event that differs, column by column.
  static func difference(_ got: Outcome, _ wanted: Outcome) -> String? {
    for id in Set(got.order + wanted.order).sorted() where got.events[id] != wanted.events[id] {
      guard let a = got.events[id] else { return "missing: \(wanted.events[id]!)" }
      guard let b = wanted.events[id] else { return "extra: \(a)" }
      let columns = Column.allCases.filter { a[$0] != b[$0] }
      return "\(a.message): " + columns.map { "\($0.rawValue) is \(a[$0]), not \(b[$0])" }.joined(separator: "; ")
    }
    return nil
  }
}

struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// Files beside the tests.
enum Fixture {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: path))) }
  static func url(_ path: String) -> URL { folder.appending(path: path) }
}
