import Dispatch
import Events
import Storage
import Synchronization

/// Collects lines that other programs bring, and answers each when it is in the store.
///
/// What waits when the thread is free becomes one commit. If the store does not take it, none of it counts and
/// all are told: they bring it again.
final class PushCollector: Sendable {
  enum Outcome: Sendable {
    case stored(rejected: Int64)
    /// Nothing was stored; the same may work later.
    case refused(Problem)
    /// Too much waits already.
    case full
  }

  private struct Delivery {
    let lines: [UInt8]
    let answer: @Sendable (Outcome) -> Void
  }
  private struct Queue {
    var waiting: [Delivery] = []
    var bytes = 0
    var isClosing = false
  }
  private let queue = Mutex(Queue())
  private let changed = DispatchSemaphore(value: 0)
  private let thread = Mutex<WorkThread?>(nil)

  /// - Parameter source: column `source` of its lines; what stands before a colon is their app, if they name none.
  init(
    source: String, reader: ReaderConfiguration, configuration: CollectorConfiguration, store: StoreFile,
    clock: Clock = .system
  ) {
    thread.withLock {
      $0 = WorkThread { [self] in
        let worker = PushWorker(
          source: source, reader: reader, configuration: configuration, store: store, clock: clock)
        while let deliveries = next() {
          let outcomes = worker.take(deliveries.map(\.lines))
          for (delivery, outcome) in zip(deliveries, outcomes) { delivery.answer(outcome) }
        }
        worker.finish()
      }
    }
  }

  /// - Parameters:
  ///   - lines: whole lines.
  ///   - answer: called once, on another thread.
  func take(_ lines: [UInt8], answer: @escaping @Sendable (Outcome) -> Void) {
    let isTaken = queue.withLock { queue in
      guard !queue.isClosing, queue.bytes + lines.count <= CollectorLimits.pushWaitingBytesMax else { return false }
      queue.waiting.append(Delivery(lines: lines, answer: answer))
      queue.bytes += lines.count
      return true
    }
    if isTaken { changed.signal() } else { answer(.full) }
  }

  /// Stores what waits, and ends.
  func finish() {
    queue.withLock { $0.isClosing = true }
    changed.signal()
    thread.withLock { $0.take() }?.join()
  }

  /// - Returns: none after a second of quiet; `nil` at the end.
  private func next() -> [Delivery]? {
    _ = changed.wait(timeout: .now() + 1)
    return queue.withLock { queue in
      if queue.waiting.isEmpty && queue.isClosing { return nil }
      defer { (queue.waiting, queue.bytes) = ([], 0) }
      return queue.waiting
    }
  }
}

/// What the thread of a ``PushCollector`` works with.
private final class PushWorker {
  private let source: String
  private let configuration: CollectorConfiguration
  private let readerConfiguration: ReaderConfiguration
  private let file: StoreFile
  private let clock: Clock
  private var reader: EventReader?
  private var store: LastingStore?
  private var state = SourceState(source: "", app: "")
  private var gathering = Gathering()
  private var batch = EventBatch()
  private var offset: Int64 = 0

  init(
    source: String, reader: ReaderConfiguration, configuration: CollectorConfiguration, store: StoreFile, clock: Clock
  ) {
    self.source = source
    self.configuration = configuration
    readerConfiguration = reader
    file = store
    self.clock = clock
  }

  func take(_ deliveries: [[UInt8]]) -> [PushCollector.Outcome] {
    guard !deliveries.isEmpty else {
      try? store?.idle()
      return []
    }
    do {
      try open()
      let rejected = deliveries.map(read)
      var commit = gathering.handOver()
      commit.readAt = clock.wall()
      try store!.commit(commit)
      return rejected.map { .stored(rejected: $0) }
    } catch {
      // What the reader remembers of lines that are not stored must not reach those that come again.
      reader = nil
      let problem = error as? Problem ?? Problem(.failed, "the store failed: \(error)")
      return deliveries.map { _ in .refused(problem) }
    }
  }

  func finish() { try? store?.finish() }

  private func open() throws {
    if store == nil { store = try LastingStore(file, reader: readerConfiguration, configuration, clock: clock) }
    guard reader == nil else { return }
    reader = try EventReader(readerConfiguration)
    state = SourceState(source: source, app: "")
    configuration.settings(of: source).apply(to: &state, app: String(source.prefix { $0 != ":" }))
    gathering = Gathering()
    batch = EventBatch()
    if configuration.archive != nil { gathering.archive = ArchiveCutter(ArchivePress()) }
  }

  /// - Returns: how many lines and records were rejected.
  private func read(_ lines: [UInt8]) -> Int64 {
    let count = lines.withUnsafeBytes {
      reader!.read($0, of: &state, at: offset, now: clock.wall(), ending: .final, into: &batch)
    }
    offset += Int64(count)
    let rejected = batch.counts.rejected.values.reduce(0, +)
    gathering.take(&batch, of: state.source, at: clock.steady())
    return rejected
  }
}
