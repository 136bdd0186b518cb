import Events
import Glibc
import Storage
import Synchronization

/// Commits on a thread of its own, in order, and retries what the store refuses until it takes it.
///
/// Nothing is ever given up while the run lasts: files are their own buffer, so a full or locked
/// store only makes reading pause (``submit(_:)`` waits), and reading resumes by itself.
final class CommitWriter: @unchecked Sendable {
  // All state below is guarded by `mutex`.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var queue: [Commit] = []
  private var isWriting = false
  private var rowsBeingWritten = 0
  private var isClosing = false
  private var giveUpAt: Int64?
  private var failure: Problem?
  private var thread: WorkThread?

  private let open: () throws -> any CommitTarget
  private let note: @Sendable (String) -> Void
  private let committed: (@Sendable (Commit) -> Void)?
  private let clock: Clock

  /// - Parameters:
  ///   - open: called on the writer's thread, again and again until it succeeds; also if there is nothing to commit.
  ///   - note: one line for people on each change from writing to waiting and back.
  ///   - committed: called on the writer's thread after each commit that is in the store.
  init(
    clock: Clock = .system, note: @escaping @Sendable (String) -> Void,
    committed: (@Sendable (Commit) -> Void)? = nil,
    open: @escaping @Sendable () throws -> any CommitTarget
  ) {
    self.clock = clock
    self.note = note
    self.committed = committed
    self.open = open
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    thread = WorkThread { self.work() }
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(changed)
    mutex.deallocate()
    changed.deallocate()
  }

  /// Whether nothing waits and nothing is being written.
  var isIdle: Bool { locked { queue.isEmpty && !isWriting } }

  /// Rows that wait or are being written, and what weighs as much.
  var rowsWaiting: Int { locked { queue.reduce(rowsBeingWritten) { $0 + $1.weight } } }

  /// Why the store does not take commits at the moment.
  var problem: Problem? { locked { failure } }

  /// Hands over one commit; waits while ``CollectorLimits/commitQueueMax`` others wait.
  ///
  /// - Parameter isCancelled: asked ten times a second while waiting; `true` ends the wait.
  /// - Returns: whether the commit was taken.
  func submit(_ commit: Commit, unless isCancelled: () -> Bool) -> Bool {
    lock()
    defer { unlock() }
    while queue.count >= CollectorLimits.commitQueueMax {
      if isCancelled() { return false }
      wait(microseconds: 100_000)
    }
    queue.append(commit)
    pthread_cond_broadcast(changed)
    return true
  }

  /// Hands over one commit without ever waiting.
  func enqueue(_ commit: Commit) {
    locked {
      queue.append(commit)
      pthread_cond_broadcast(changed)
    }
  }

  /// Waits until all is written, for at most `patience` while the store fails.
  ///
  /// - Returns: what was not written, and why; empty and `nil` if all went well.
  func finish(patience: Int64) -> (unwritten: [Commit], problem: Problem?) {
    locked {
      isClosing = true
      giveUpAt = clock.steady() + patience
      pthread_cond_broadcast(changed)
    }
    thread?.join()
    return locked { (queue, queue.isEmpty ? nil : failure) }
  }

  // MARK: The thread

  private func work() {
    var target: (any CommitTarget)?
    var delay = CollectorLimits.retryMicrosecondsMin
    var failingSince: Int64?
    working: while true {
      let commit: Commit
      switch next() {
      case .commit(let next): commit = next
      case .idle:
        // What it puts off may be tried again, and what a run before this one left.
        target = target ?? (try? open())
        try? target?.idle()
        continue
      case .end: break working
      }
      do {
        let opened = try target ?? open()
        target = opened
        if failingSince != nil { try opened.commit(probe()) }
        try opened.commit(commit)
        committed?(commit)
        succeeded()
        delay = CollectorLimits.retryMicrosecondsMin
        failingSince = nil
      } catch is StoreWentBack {
        // None of what waits may follow: ``finish(patience:)`` gives it back.
        return giveBack(commit)
      } catch {
        let now = clock.steady()
        failingSince = failingSince ?? now
        let problem = error as? Problem ?? Problem(.failed, "the store failed: \(error)")
        // A short wait for another writer is daily business and no news.
        let isNews = now - failingSince! > CollectorLimits.quietRetryMicroseconds
        guard failed(problem, returning: commit, delay: delay, isNews: isNews) else { return }
        delay = min(delay * 2, CollectorLimits.retryMicrosecondsMax)
      }
    }
    // All is committed; what this adds is order in what is there, also if this run added nothing.
    target = target ?? (try? open())
    try? target?.finish()
  }

  private enum Next {
    case commit(Commit)
    /// There was none for a second.
    case idle
    case end
  }

  /// A commit of one small row, to find out cheaply whether a store that failed takes anything again.
  private func probe() -> Commit {
    var commit = Commit()
    commit.positions = [StoredPosition(key: "store:probe", path: "", offset: clock.wall(), identity: "{}", state: "{}")]
    return commit
  }

  private func next() -> Next {
    lock()
    defer { unlock() }
    if queue.isEmpty && !isClosing { wait(microseconds: 1_000_000) }
    if queue.isEmpty { return isClosing ? .end : .idle }
    isWriting = true
    let commit = queue.removeFirst()
    rowsBeingWritten = commit.weight
    pthread_cond_broadcast(changed)
    return .commit(commit)
  }

  private func succeeded() {
    let recovered = locked { () -> Bool in
      isWriting = false
      rowsBeingWritten = 0
      let had = failure != nil
      failure = nil
      pthread_cond_broadcast(changed)
      return had
    }
    if recovered { note("the store takes events again; nothing was lost.") }
  }

  private func giveBack(_ commit: Commit) {
    locked {
      isWriting = false
      rowsBeingWritten = 0
      queue.insert(commit, at: 0)
      pthread_cond_broadcast(changed)
    }
  }

  /// Puts the commit back at the front and sleeps; `false` if the run ends and patience is over.
  private func failed(_ problem: Problem, returning commit: Commit, delay: Int64, isNews: Bool) -> Bool {
    let isNew = locked { () -> Bool in
      isWriting = false
      rowsBeingWritten = 0
      queue.insert(commit, at: 0)
      guard isNews || isClosing else { return false }
      let isNew = failure?.code != problem.code
      failure = problem
      return isNew
    }
    if isNew { note("\(problem)\nCollecting goes on; what was read is kept and written later.") }
    lock()
    defer { unlock() }
    let until = clock.steady() + delay
    while clock.steady() < until {
      if isClosing, let giveUpAt, clock.steady() >= giveUpAt { return false }
      wait(microseconds: min(100_000, delay))
    }
    return true
  }

  // MARK: Mutex and condition

  private func lock() { pthread_mutex_lock(mutex) }
  private func unlock() { pthread_mutex_unlock(mutex) }

  private func locked<Result>(_ body: () -> Result) -> Result {
    lock()
    defer { unlock() }
    return body()
  }

  private func wait(microseconds: Int64) {
    var until = timespec()
    clock_gettime(CLOCK_MONOTONIC, &until)
    let nanoseconds = Int64(until.tv_nsec) + microseconds * 1000
    until.tv_sec += Int(nanoseconds / 1_000_000_000)
    until.tv_nsec = Int(nanoseconds % 1_000_000_000)
    pthread_cond_timedwait(changed, mutex, &until)
  }
}
