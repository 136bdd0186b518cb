import Events
import Glibc
import Storage
import Synchronization

/// Reads one ``LineFeed`` on a thread of its own, into the commits of the run.
///
/// While the store takes nothing, nothing more is received: journald keeps its entries, TCP and local
/// senders wait, and what UDP then loses is lost in the network, as ever.
final class StreamWorker: @unchecked Sendable {
  private let feed: any LineFeed
  private let reader: any BlockReading
  private let writer: CommitWriter
  private let clock: Clock
  private let tee: Tee?
  private let stop: StopSignal
  private var state: SourceState
  private var gathering = Gathering()
  private var batch = EventBatch()
  private var pending: [UInt8] = []
  private var offset: Int64 = 0
  private let isStopping = Atomic(false)
  private var thread: WorkThread?

  init(
    _ feed: any LineFeed, reader: any BlockReading, settings: SourceSettings, writer: CommitWriter, archives: Bool,
    tee: Tee?, stop: StopSignal, clock: Clock = .system
  ) {
    self.feed = feed
    self.reader = reader
    self.writer = writer
    self.clock = clock
    self.tee = tee
    self.stop = stop
    state = SourceState(source: feed.name, app: "")
    settings.apply(to: &state, app: feed.name.split(separator: ":").first.map(String.init) ?? feed.name)
    if archives { gathering.archive = ArchiveCutter(ArchivePress()) }
  }

  func start() { thread = WorkThread { self.work() } }

  /// Waits until the feed ends, or ends it now.
  ///
  /// - Returns: what was read.
  func finish(now: Bool) -> ReadCounts {
    if now { isStopping.store(true, ordering: .releasing) }
    thread?.join()
    return gathering.total
  }

  private var isOver: Bool { isStopping.load(ordering: .acquiring) || stop.isStopping }

  private func work() {
    var isOpen = true
    while isOpen && !isOver {
      isOpen = feed.receive(onto: &pending, milliseconds: gathering.isEmpty && pending.isEmpty ? 200 : 30)
      consume(.more)
      handOver(force: false)
    }
    feed.close()
    consume(.final)
    handOver(force: true)
  }

  private func consume(_ ending: EventReader.Ending) {
    guard !pending.isEmpty || ending == .final else { return }
    let count = pending.withUnsafeBytes { bytes in
      let count = reader.read(bytes, of: &state, at: offset, now: clock.wall(), ending: ending, into: &batch)
      if count > 0 { feed.consumed(UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
      return count
    }
    offset += Int64(count)
    pending.removeFirst(count)
    tee?.write(batch.text)
    gathering.take(&batch, of: state.source, at: clock.steady())
  }

  private func handOver(force: Bool) {
    guard force ? !gathering.isEmpty : gathering.isDue(at: clock.steady()) else { return }
    var commit = gathering.handOver()
    commit.readAt = clock.wall()
    if let position = feed.position() { commit.positions.append(position) }
    if force || !writer.submit(commit, unless: { isOver }) { writer.enqueue(commit) }
  }
}
