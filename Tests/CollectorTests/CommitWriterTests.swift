import Synchronization
import Testing

@testable import Collector
@testable import Events
@testable import Storage

/// A store that is full, locked or gone for a while loses nothing.
struct CommitWriterTests {
  private static func commit(_ number: Int) -> Commit {
    var event = Event()
    event.message = "event \(number)"
    var commit = Commit()
    commit.changes = [.insert(event)]
    commit.positions = [StoredPosition(key: "file:1", path: "/a", offset: Int64(number), identity: "{}", state: "{}")]
    return commit
  }

  @Test(arguments: [0, 1, 7])
  func `what a store refused is written when it takes again, once and in order`(failures: Int) {
    let store = ModelStore()
    store.content.withLock { $0.failuresLeft = failures }
    let committed = Mutex<[Int64]>([])
    let writer = CommitWriter(
      note: { _ in },
      committed: { commit in
        committed.withLock { $0.append(commit.positions[0].offset) }
      }
    ) { store }
    for number in 1...20 { writer.enqueue(Self.commit(number)) }
    let (unwritten, problem) = writer.finish(patience: 20_000_000)
    #expect(unwritten.isEmpty && problem == nil)
    #expect(store.messages.count == 20 && store.messages.values.allSatisfy { $0 == 1 })
    #expect(committed.withLock { $0 } == Array(1...20))
  }

  @Test func `a store that cannot be opened is opened again`() {
    let store = ModelStore()
    let left = Mutex(3)
    let writer = CommitWriter(note: { _ in }) {
      let isOpen = left.withLock { count -> Bool in
        count -= 1
        return count < 0
      }
      guard isOpen else { throw Problem(.failed, at: "model", "read-only file system", isPassing: true) }
      return store
    }
    writer.enqueue(Self.commit(1))
    #expect(writer.finish(patience: 20_000_000).unwritten.isEmpty)
    #expect(store.messages == ["event 1": 1])
  }

  @Test func `at the end of patience what is not written is handed back with the reason`() {
    let store = ModelStore()
    store.content.withLock { $0.failuresLeft = .max }
    let writer = CommitWriter(note: { _ in }) { store }
    for number in 1...3 { writer.enqueue(Self.commit(number)) }
    let (unwritten, problem) = writer.finish(patience: 300_000)
    #expect(unwritten.count == 3)
    #expect(problem?.what == "the disk is full")
    #expect(store.messages.isEmpty)
  }

  @Test func `nothing more is taken while a commit waits`() {
    let store = ModelStore()
    store.content.withLock { $0.failuresLeft = .max }
    let writer = CommitWriter(note: { _ in }) { store }
    var taken = 0
    for number in 1...5 {
      var asked = 0
      if writer.submit(
        Self.commit(number),
        unless: {
          asked += 1
          return asked > 2
        })
      {
        taken += 1
      }
    }
    // One may be in the hands of the thread.
    #expect((CollectorLimits.commitQueueMax...CollectorLimits.commitQueueMax + 1).contains(taken))
    store.content.withLock { $0.failuresLeft = 0 }
    #expect(writer.finish(patience: 20_000_000).unwritten.isEmpty)
    #expect(store.messages.count == taken)
  }
}
