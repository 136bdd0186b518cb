import CLinux
import Events
import Glibc
import Storage

/// Collects from files: once, or until it is told to stop.
public final class FileCollector {
  /// What a run reads, and how.
  public struct Plan {
    public var reader: EventReader
    public var patterns: [String]
    public var configuration: CollectorConfiguration

    public init(reader: EventReader, patterns: [String], configuration: CollectorConfiguration) {
      self.reader = reader
      self.patterns = patterns
      self.configuration = configuration
    }
  }

  private var plan: Plan
  private var configuration: CollectorConfiguration { plan.configuration }
  private let store: StoreFile
  private let stop: StopSignal
  private let clock = Clock.system
  private let notifier: ServiceNotifier
  private var tee: Tee?
  private var openFilesMax = CollectorLimits.openFilesMax
  /// Called on SIGHUP while files are followed; if it throws, nothing changes.
  public var replan: (() throws -> Plan)?
  /// Set by `seclog run`: the files are the output of an application, and end with it.
  var output: OutputFiles?

  public init(
    _ plan: Plan, stop: StopSignal = .shared, notifier: ServiceNotifier = ServiceNotifier(socket: nil),
    store: StoreFile
  ) {
    self.plan = plan
    self.store = store
    self.stop = stop
    self.notifier = notifier
    if plan.configuration.tees { tee = Tee(note: plan.configuration.note) }
  }

  /// - Throws: ``Problem`` if there is no store to begin with; later troubles of the store are waited out.
  public func run(follow: Bool) throws -> CollectSummary {
    openFilesMax = descriptorBudget()
    if follow { cl_give_back_large_blocks() }
    var summary = CollectSummary()
    guard let store = try openFirst(isPatient: follow) else { return summary }
    // The output of an application is given up as it is stored: there is nothing to go back to.
    store.goesBack = follow && output == nil
    let traps = TrapGuard.Notes(besides: self.store.path)
    if !traps.isEmpty {
      configuration.note("an earlier run was stopped by a fault while it read; that part is read line by line now.")
    }
    var earlier: Plan?
    var carried: [Commit] = []
    while true {
      let feeds: [(feed: any LineFeed, settings: SourceSettings)]
      do {
        try store.archive(to: configuration.archive)
        feeds = try self.feeds(follow: follow, store)
      } catch let problem as Problem where earlier != nil {
        plan = earlier!
        earlier = nil
        configuration.note("\(problem)\nThe configuration of before goes on.")
        continue
      }
      let next = try run(follow: follow, store, feeds, traps, &summary, &carried)
      guard let next else {
        if summary.failures == 0 { traps.clear() }
        return summary
      }
      earlier = plan
      plan = next
    }
  }

  /// - Returns: what is to be read from now on; `nil` if the run is over.
  private func run(
    follow: Bool, _ store: LastingStore,
    _ feeds: [(feed: any LineFeed, settings: SourceSettings)], _ traps: TrapGuard.Notes,
    _ summary: inout CollectSummary, _ carried: inout [Commit]
  ) throws -> Plan? {
    let reader = plan.reader
    var options = FileFollower.Options()
    options.settings = configuration.settings(of:)
    options.isFollowing = follow
    options.openFilesMax = openFilesMax
    options.sourceName = configuration.sourceName
    options.remembersPatterns = output == nil
    let positions = try store.positions()
    // A file whose position is lost is not one that was never read.
    options.startsAtEnd = configuration.startsAtEnd && !store.hasLostPositions
    output?.begin(with: positions)
    let hasher = IdentityHasher(secret: configuration.identityKey)
    let follower = FileFollower(
      patterns: plan.patterns, files: LinuxFiles(),
      reader: TrapGuard(reader, traps, hasher: hasher, note: configuration.note), hasher: hasher,
      positions: positions, options: options,
      notes: PipelineNotes(
        redactor: try Redactor(reader.configuration.redaction), app: configuration.app, host: reader.configuration.host),
      clock: clock, note: configuration.note)
    if tee != nil { follower.onText = { [tee] in tee!.write($0) } }
    if configuration.archive != nil { follower.gathering.archive = ArchiveCutter(ArchivePress()) }
    let writer = CommitWriter(clock: clock, note: configuration.note, committed: output?.committed) { store }
    for commit in carried { writer.enqueue(commit) }
    carried = []
    let workers = try feeds.map { feed, settings in
      StreamWorker(
        feed, reader: try EventReader(reader.configuration), settings: settings, writer: writer,
        archives: configuration.archive != nil, tee: tee, stop: stop)
    }
    for worker in workers { worker.start() }
    var next: Plan?
    if follow {
      next = followUntilStopped(follower, writer, store)
      if next == nil { notifier.stopping() }
      if output != nil && stop.count < 2 { _ = follower.finish(.final) }
    } else {
      readOnce(follower, writer, store)
      if !stop.isStopping { summary.unfinished = follower.finish(configuration.takesUnfinished ? .final : .endOfInput) }
    }
    for worker in workers { summary.counts += worker.finish(now: follow) }
    handOver(follower, to: writer, store, force: true)
    if next != nil { waitForStore(writer, store) }
    let left = writer.finish(patience: CollectorLimits.lastCommitMicroseconds)
    summary.counts += follower.gathering.total
    summary.copies = follower.copies
    summary.failures = follow ? 0 : follower.failures.count
    if store.hasGoneBack {
      // What has no position came by itself, and is read by nobody again.
      carried = left.unwritten.filter(\.positions.isEmpty)
    } else if let problem = left.problem {
      configuration.note("\(problem)\nNothing is lost: the next run reads these lines again.")
      summary.failures += 1
    }
    return stop.isStopping ? nil : next
  }

  /// What is read beside files. Nobody waits at a socket during a single run.
  private func feeds(follow: Bool, _ store: LastingStore) throws -> [(feed: any LineFeed, settings: SourceSettings)] {
    let positions = configuration.streams.isEmpty ? [] : try store.positions()
    return try configuration.streams.compactMap { stream in
      let settings = configuration.settings(of: stream)
      switch stream.kind {
      case .journal(let units):
        let feed = JournalFeed(
          units: units, follows: follow, startsAtEnd: configuration.startsAtEnd && !store.hasLostPositions,
          positions: positions,
          note: configuration.note)
        return (feed, settings)
      case .syslog(let address): return follow ? (try SyslogFeed(address, note: configuration.note), settings) : nil
      }
    }
  }

  /// The next plan starts at the positions that the store holds, so all must be there first.
  private func waitForStore(_ writer: CommitWriter, _ store: LastingStore) {
    while !writer.isIdle && !stop.isStopping && !store.hasGoneBack {
      notifier.alive()
      usleep(5_000)
    }
  }

  /// A follower waits for a store that is busy or full; a single run says so and ends.
  private func openFirst(isPatient: Bool) throws -> LastingStore? {
    var isTold = false
    // The output of an application is stored after its end.
    while !stop.isStopping || (output != nil && stop.count < 2) {
      do {
        return try LastingStore(store, reader: plan.reader.configuration, configuration)
      } catch let problem as Problem where isPatient && problem.isPassing {
        if !isTold {
          configuration.note("\(problem)\nTrying again until it opens.")
          // We work, if only at waiting: a manager that restarted us would help nothing.
          notifier.ready("waiting for the store")
        }
        notifier.alive()
        isTold = true
        usleep(UInt32(CollectorLimits.retryMicrosecondsMax))
      }
    }
    return nil
  }

  // MARK: Once

  private func readOnce(_ follower: FileFollower, _ writer: CommitWriter, _ store: LastingStore) {
    follower.survey()
    while follower.hasWork && !stop.isStopping {
      follower.work()
      handOver(follower, to: writer, store, force: false)
    }
  }

  // MARK: Following

  /// - Returns: what is to be followed from now on, if that changed; `nil` after a signal to stop.
  private func followUntilStopped(_ follower: FileFollower, _ writer: CommitWriter, _ store: LastingStore) -> Plan? {
    let watcher = DirectoryWatcher(note: configuration.note)
    var nextSweepAt = clock.steady()
    var isFirst = true
    while !stop.isStopping {
      if store.hasGoneBack { return plan }
      if clock.steady() >= nextSweepAt {
        let start = clock.steady()
        follower.survey()
        if !watcher.watch(follower.directories).isEmpty { follower.survey() }
        let cost = clock.steady() - start
        nextSweepAt =
          clock.steady()
          + min(
            max(cost * CollectorLimits.sweepShare, CollectorLimits.sweepMicroseconds),
            CollectorLimits.sweepMicrosecondsMax)
        if isFirst {
          handOver(follower, to: writer, store, force: true)
          notifier.ready(status(follower, writer))
        } else {
          notifier.status(status(follower, writer))
        }
        isFirst = false
      }
      notifier.alive()
      if stop.takeReload(), let replan {
        notifier.reloading()
        do {
          let plan = try replan()
          configuration.note("the configuration was read again.")
          return plan
        } catch {
          configuration.note("\(error)\nThe configuration of before goes on.")
          notifier.ready(status(follower, writer))
        }
      }
      if follower.hasWork || (follower.nextWorkAt ?? .max) <= clock.steady() { follower.work() }
      handOver(follower, to: writer, store, force: false)
      boundOutput(of: follower)
      if follower.hasWork {
        if !isReadable([watcher.handle, stop.wakeHandle], milliseconds: 0) { continue }
      } else {
        var wakeAt = nextSweepAt
        if let next = follower.nextWorkAt { wakeAt = min(wakeAt, next) }
        if !follower.gathering.isEmpty { wakeAt = min(wakeAt, clock.steady() + CollectorLimits.commitMicroseconds / 2) }
        let wait = min(notifier.napMilliseconds, max(1, (wakeAt - clock.steady()) / 1000))
        if !isReadable([watcher.handle, stop.wakeHandle], milliseconds: Int32(clamping: wait)) { continue }
        // Many small writes become one look.
        if !stop.isStopping { usleep(CollectorLimits.settleMicroseconds) }
      }
      stop.drain()
      switch watcher.drain() {
      case .everything: nextSweepAt = clock.steady()
      case .paths(let paths): for path in paths { follower.touch(path) }
      }
    }
    // Whatever was written before the signal is read before we go.
    follower.survey()
    let deadline = clock.steady() + CollectorLimits.drainMicroseconds
    while follower.hasWork && (clock.steady() < deadline || output != nil) && stop.count < 2 {
      follower.work()
      handOver(follower, to: writer, store, force: false)
      notifier.alive()
    }
    return nil
  }

  private func status(_ follower: FileFollower, _ writer: CommitWriter) -> String {
    if let problem = writer.problem { return "waiting for the store: \(problem.what)" }
    let count = follower.places.count
    return count == 1 ? "following 1 file" : "following \(count) files"
  }

  private func handOver(_ follower: FileFollower, to writer: CommitWriter, _ store: LastingStore, force: Bool) {
    guard let commit = follower.takeCommit(force: force) else { return }
    if force {
      writer.enqueue(commit)
    } else {
      let stopsAt = stop.count
      // While the store does not take it, nothing more is read: the files are the buffer.
      let isTaken = writer.submit(commit) {
        boundOutput(of: follower)
        // Waiting is all that can be done now: we are well.
        notifier.alive()
        return stop.count > stopsAt || store.hasGoneBack
      }
      if !isTaken { writer.enqueue(commit) }
    }
  }

  /// The output of an application lies in memory: what the store does not take must not fill it.
  private func boundOutput(of follower: FileFollower) {
    guard let output else { return }
    let dropped = output.keepBounded { follower.offset(at: $0) }
    guard dropped > 0 else { return }
    configuration.note("\(dropped) bytes of the application's output are given up: the store takes nothing.")
    follower.tellGap(
      bytes: dropped, reason: "output_full",
      message: "\(dropped) bytes of output were given up: the store took nothing for too long")
  }

  private func isReadable(_ handles: [Int32], milliseconds: Int32) -> Bool {
    var polled = handles.filter { $0 >= 0 }.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    return poll(&polled, nfds_t(polled.count), milliseconds) > 0
  }

  /// Raises the limit as far as it goes. - Returns: how many files may be open at the same time.
  private func descriptorBudget() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return CollectorLimits.openFilesMax
    }
    if limit.rlim_cur < 4096 {
      limit.rlim_cur = min(limit.rlim_max, 4096)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    let free = Int(clamping: limit.rlim_cur) - CollectorLimits.otherDescriptors
    guard free < CollectorLimits.openFilesMax else { return CollectorLimits.openFilesMax }
    configuration.note(
      Problem(
        .failed, "only \(limit.rlim_cur) descriptors are allowed. Files are opened in turn, which is slower.",
        next: "Raise the limit:  ulimit -n 1024   or LimitNOFILE=1024 of the unit."
      ).description)
    return max(CollectorLimits.openFilesMin, free)
  }
}
