import Events
import Glibc
import Storage

/// Collects what an application writes into a pipe, and never makes it wait for the store.
///
/// Reading begins before the store is open. What the store does not take at once waits in memory,
/// then in a ``Spill``, then is dropped, counted, and told as a `pipeline_gap` event. A pipe has no
/// position to return to: what was read and not committed is lost when this process is killed;
/// `seclog run` gives the application a file instead.
public final class StandardInput {
  private let reader: any BlockReading
  private let configuration: CollectorConfiguration
  private let notes: PipelineNotes
  private let writer: CommitWriter
  private let clock: Clock
  private let stop: StopSignal
  private let notifier: ServiceNotifier
  private let handle: Int32

  private var state: SourceState
  private var gathering = Gathering()
  private var batch = EventBatch()
  private var spill = Spill()
  private var tee: Tee?
  /// Byte offset of `buffer[start]` in the stream.
  private var offset: Int64 = 0
  private var buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var dropped: Int64 = 0
  private var droppedUntold: Int64 = 0

  /// - Parameter store: opened on another thread, again until it succeeds.
  public convenience init(
    reader: EventReader, configuration: CollectorConfiguration,
    notifier: ServiceNotifier = ServiceNotifier(socket: nil), store: StoreFile
  ) throws {
    let readerConfiguration = reader.configuration
    try self.init(
      reading: reader, redaction: reader.configuration.redaction, host: reader.configuration.host,
      configuration: configuration, notifier: notifier,
      openStore: { try LastingStore(store, reader: readerConfiguration, configuration) })
  }

  init(
    reading reader: any BlockReading, redaction: RedactionOptions, host: String, configuration: CollectorConfiguration,
    handle: Int32 = STDIN_FILENO, stop: StopSignal = .shared, clock: Clock = .system,
    notifier: ServiceNotifier = ServiceNotifier(socket: nil),
    openStore: @escaping @Sendable () throws -> any CommitTarget
  ) throws {
    self.reader = reader
    self.configuration = configuration
    self.handle = handle
    self.stop = stop
    self.clock = clock
    self.notifier = notifier
    let name = configuration.app.isEmpty ? "stdin" : "stdin:\(configuration.app)"
    state = SourceState(
      source: name, app: configuration.app.isEmpty ? "stdin" : configuration.app,
      isAppGiven: !configuration.app.isEmpty)
    state.zone = configuration.zone
    notes = PipelineNotes(redactor: try Redactor(redaction), app: state.app, host: host)
    buffer = .allocate(byteCount: CollectorLimits.blockBytes, alignment: 64)
    writer = CommitWriter(clock: clock, note: configuration.note, open: openStore)
    if configuration.archive != nil { gathering.archive = ArchiveCutter(ArchivePress()) }
    if configuration.tees { tee = Tee(note: configuration.note) }
  }

  deinit { buffer.deallocate() }

  /// Reads until the input ends, or for a short while after SIGINT or SIGTERM.
  public func run() -> CollectSummary {
    notifier.ready("reading standard input")
    _ = fcntl(handle, Self.setPipeSize, 1 << 20)  // Best effort: the application rides out short stalls.
    var drainUntil: Int64?
    reading: while true {
      if stop.count > 0 && drainUntil == nil { drainUntil = clock.steady() + CollectorLimits.drainMicroseconds }
      if let drainUntil, clock.steady() >= drainUntil || stop.count > 1 { break }
      switch waitForInput(milliseconds: drainUntil == nil ? 100 : 20) {
      case .ready:
        if !fill() { break reading }
        consume(.more)
      case .quiet:
        // After a signal the application has had its time to write its last words.
        if drainUntil != nil { break reading }
        consume(.more)  // The reader may hold lines back for a little while.
      case .woken: break
      }
      pass(force: false)
      notifier.alive()
    }
    notifier.stopping()
    consume(.final)
    pass(force: true)
    return finish()
  }

  // MARK: Reading

  private enum Input { case ready, quiet, woken }

  private func waitForInput(milliseconds: Int32) -> Input {
    var polled = [
      pollfd(fd: handle, events: Int16(POLLIN), revents: 0),
      pollfd(fd: stop.wakeHandle, events: Int16(POLLIN), revents: 0),
    ]
    let count = poll(&polled, 2, gathering.isEmpty && spill.isEmpty && start == end ? 1000 : milliseconds)
    if polled[1].revents != 0 { stop.drain() }
    if polled[0].revents != 0 { return .ready }
    return count == 0 ? .quiet : .woken
  }

  /// Reads once; `false` at the end of the input.
  private func fill() -> Bool {
    makeRoom()
    while true {
      let count = read(handle, buffer.baseAddress! + end, buffer.count - end)
      if count > 0 {
        end += count
        return true
      }
      if count == 0 { return false }
      if errno == EAGAIN || errno == EINTR { return true }
      configuration.note("standard input: \(String(cString: strerror(errno))).")
      return false
    }
  }

  private func makeRoom() {
    if start > 0 {
      memmove(buffer.baseAddress!, buffer.baseAddress! + start, end - start)
      end -= start
      start = 0
    }
    guard end == buffer.count else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 64)
    memcpy(larger.baseAddress!, buffer.baseAddress!, end)
    buffer.deallocate()
    buffer = larger
  }

  private func consume(_ ending: EventReader.Ending) {
    guard start < end || ending == .final else { return }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
    let consumed = reader.read(bytes, of: &state, at: offset, now: clock.wall(), ending: ending, into: &batch)
    precondition(consumed >= 0 && consumed <= bytes.count, "a reader consumes bytes that it was given")
    start += consumed
    offset += Int64(consumed)
    if let tee { tee.write(batch.text) }
    gathering.take(&batch, of: state.source, at: clock.steady())
    if start == end && buffer.count > 4 * CollectorLimits.blockBytes { shrink() }
  }

  private func shrink() {
    buffer.deallocate()
    buffer = .allocate(byteCount: CollectorLimits.blockBytes, alignment: 64)
    start = 0
    end = 0
  }

  // MARK: Handing over

  /// Gives the writer what is due: spilled commits first, so that order is kept.
  private func pass(force: Bool) {
    while !spill.isEmpty, writer.rowsWaiting < CollectorLimits.stdinRowsMax / 2 {
      do {
        if let commit = try spill.pop() { writer.enqueue(commit) }
      } catch {
        drop(1, because: error.what)
      }
    }
    guard force || gathering.isDue(at: clock.steady()), !gathering.isEmpty else { return }
    if droppedUntold > 0 && spill.isEmpty {
      gathering.insert(
        notes.gap(
          source: state.source, offset: offset,
          message: "\(droppedUntold) events were dropped: neither the store nor the spill file took them",
          reason: "spill_full",
          at: clock.wall()))
      droppedUntold = 0
    }
    var commit = gathering.handOver()
    commit.readAt = clock.wall()
    commit.positions.append(position())
    if spill.isEmpty && writer.rowsWaiting + commit.weight <= CollectorLimits.stdinRowsMax {
      writer.enqueue(commit)
    } else if !spill.push(commit) {
      drop(Int64(commit.changes.count), because: "the store is not writable and the spill file is full")
    }
  }

  private func drop(_ count: Int64, because reason: String) {
    if droppedUntold == 0 && count > 0 { configuration.note("events are being dropped: \(reason).") }
    dropped += count
    droppedUntold += count
  }

  private func finish() -> CollectSummary {
    let deadline = clock.steady() + CollectorLimits.lastStdinCommitMicroseconds
    while !spill.isEmpty && clock.steady() < deadline && stop.count < 2 {
      pass(force: false)
      notifier.alive()
      usleep(10_000)
    }
    let left = writer.finish(patience: max(0, deadline - clock.steady()))
    var summary = CollectSummary()
    summary.counts = gathering.total
    summary.dropped = dropped + Int64(left.unwritten.reduce(spill.rows) { $0 + $1.changes.count })
    if let problem = left.problem { configuration.note("\(problem)") }
    if summary.dropped > 0 || left.problem != nil { summary.failures += 1 }
    return summary
  }

  private func position() -> StoredPosition {
    StoredPosition(key: state.source, path: state.source, offset: offset, identity: "{}", state: "{}")
  }

  /// `F_SETPIPE_SZ`, a GNU extension that is not imported.
  private static let setPipeSize: Int32 = 1031
}
