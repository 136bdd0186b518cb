import Foundation
import Synchronization

@testable import Collector
@testable import Events
@testable import Storage

/// One event for each line, with the line as its message: the reader without formats and rules.
final class PlainReader: BlockReading {
  func read(
    _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    ending: EventReader.Ending, into batch: inout EventBatch
  ) -> Int {
    var at = 0
    while at < bytes.count {
      let newline = bytes[at...].firstIndex(of: 10)
      if newline == nil {
        let isWhole = bytes[bytes.count - 1] == UInt8(ascii: "}")
        if ending == .more || (ending == .endOfInput && !isWhole) { break }
      }
      let end = newline ?? bytes.count
      if end > at {
        var event = Event()
        event.message = String(decoding: bytes[at..<end], as: UTF8.self)
        event.source = state.source
        event.sourceOffset = offset + Int64(at)
        batch.changes.append(.insert(event))
      }
      batch.counts.lines += 1
      at = min(end + 1, bytes.count)
    }
    return at
  }

  func skip(
    _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    into batch: inout EventBatch
  ) {
    var event = Event()
    event.message = "skipped \(bytes.count) bytes at \(offset)"
    batch.changes.append(.insert(event))
  }
}

/// A store in memory that fails when it is told to.
final class ModelStore: CommitTarget {
  struct Content {
    var messages: [String: Int] = [:]
    /// Where each message was read, for the story of a failure.
    var places: [String: [String]] = [:]
    var positions: [String: StoredPosition] = [:]
    var commits = 0
    var failuresLeft = 0
  }
  let content = Mutex(Content())

  func commit(_ commit: Commit) throws {
    try content.withLock { content in
      if content.failuresLeft > 0 {
        content.failuresLeft -= 1
        throw Problem(.failed, at: "model", "the disk is full", isPassing: true)
      }
      content.commits += 1
      for key in commit.forgotten { content.positions[key] = nil }
      for position in commit.positions { content.positions[position.key] = position }
      for change in commit.changes where !change.isRevision {
        let event = change.event
        content.messages[event.message, default: 0] += 1
        content.places[event.message, default: []].append(
          "\(event.source)@\(event.sourceOffset) in commit \(content.commits)")
      }
    }
  }

  var messages: [String: Int] { content.withLock { $0.messages } }
  var positions: [StoredPosition] { content.withLock { $0.positions.values.sorted { $0.key < $1.key } } }
}
