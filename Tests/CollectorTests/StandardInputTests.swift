import Foundation
import Synchronization
import Testing

@testable import Collector
@testable import Events
@testable import Storage

/// An application that writes into a pipe is never held up by the store.
struct StandardInputTests {
  /// Writes lines into a pipe while `collect` reads them; the store takes nothing until all are written.
  private func collect(_ count: Int, store: ModelStore, opensStoreAfter refusals: Int = 0) throws -> CollectSummary {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    let isWritten = Mutex(false)
    Thread.detachNewThread {
      for number in 1...count {
        let line = Array("line \(number)\n".utf8)
        _ = line.withUnsafeBytes { write(writing, $0.baseAddress!, $0.count) }
      }
      isWritten.withLock { $0 = true }
      store.content.withLock { $0.failuresLeft = 0 }
      close(writing)
    }
    let left = Mutex(refusals)
    let input = try StandardInput(
      reading: PlainReader(), redaction: RedactionOptions(), host: "h", configuration: CollectorConfiguration(),
      handle: reading
    ) {
      let isOpen = left.withLock { count -> Bool in
        count -= 1
        return count < 0
      }
      guard isOpen else { throw Problem(.failed, at: "model", "is locked", isPassing: true) }
      return store
    }
    let summary = input.run()
    close(reading)
    #expect(isWritten.withLock { $0 })
    return summary
  }

  @Test(arguments: [1, 20_000, 120_000])
  func `all lines are stored once when the store takes nothing until the application ends`(count: Int) throws {
    let store = ModelStore()
    store.content.withLock { $0.failuresLeft = .max }
    let summary = try collect(count, store: store)
    #expect(summary.dropped == 0 && summary.failures == 0)
    let messages = store.messages
    #expect(messages.count == count && messages.values.allSatisfy { $0 == 1 })
  }

  @Test func `lines that come before the store can be opened are stored`() throws {
    let store = ModelStore()
    #expect(try collect(500, store: store, opensStoreAfter: 4).failures == 0)
    #expect(store.messages.count == 500)
  }
}
