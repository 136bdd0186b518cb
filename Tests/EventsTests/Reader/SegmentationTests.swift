import Foundation
import Testing

@testable import Events

/// The result of reading depends on the bytes of a source, never on how they are cut into calls, nor
/// on where reading stopped and went on.
struct SegmentationTests {
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
        if case .insert = change { order.append(event.id) }
        events[event.id] = event
      }
    }
  }

  static func whole(_ bytes: [UInt8], _ configuration: ReaderConfiguration) throws -> Outcome {
    let reader = try EventReader(configuration)
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
  static func cut(_ bytes: [UInt8], _ configuration: ReaderConfiguration, seed: UInt64, longest: Int) throws -> Outcome {
    var random = SeededRandom(seed: seed)
    var reader = try EventReader(configuration)
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
        if Int.random(in: 0..<16, using: &random) == 0 { reader = try EventReader(configuration) }
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
    var configuration = ReaderConfiguration()
    configuration.keep = keep
    let expected = try Self.whole(bytes, configuration)
    for (seed, longest) in [(1, 300), (2, 3_000), (3, 40_000)] as [(UInt64, Int)] {
      let outcome = try Self.cut(bytes, configuration, seed: seed, longest: longest)
      #expect(outcome.lines == expected.lines)
      #expect(outcome.order == expected.order, "seed \(seed)")
      for id in expected.order where outcome.events[id] != expected.events[id] {
        Issue.record("seed \(seed): \(String(describing: outcome.events[id])) instead of \(String(describing: expected.events[id]))")
        break
      }
    }
  }

  @Test(arguments: sources)
  func `lines without an anchor tell nothing that is kept`(source: String) throws {
    let bytes = try Self.bytes(source)
    let configuration = ReaderConfiguration()
    let skipping = try Self.whole(bytes, configuration)
    let reader = try EventReader(configuration)
    reader.skipsLines = false
    var state = SourceState(source: "app.log", app: "app")
    var batch = EventBatch()
    _ = bytes.withUnsafeBytes { reader.read($0, of: &state, at: 0, now: Self.now, ending: .final, into: &batch) }
    var outcome = Outcome()
    outcome.take(batch)
    #expect(outcome.lines == skipping.lines)
    #expect(outcome.order.count == skipping.order.count)
    for id in outcome.order where outcome.events[id] != skipping.events[id] {
      Issue.record("\(String(describing: skipping.events[id])) instead of \(String(describing: outcome.events[id]))")
      break
    }
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
