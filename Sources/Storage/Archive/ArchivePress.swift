import Glibc

/// Compresses texts on threads of its own, so that reading goes on meanwhile.
///
/// When all threads are behind, the caller compresses the next text itself: two cores then do both
/// works together, and no more than ``StoreLimits/archiveTextsWaitingMax`` texts lie in memory.
public final class ArchivePress {
  /// A text that is being compressed.
  public final class Pending: @unchecked Sendable {
    // Both are guarded by the mutex of `shared`.
    fileprivate var text: ArchiveText
    fileprivate var member: ArchiveMember?
    private let shared: Shared

    fileprivate init(_ text: ArchiveText, _ shared: Shared) {
      self.text = text
      self.shared = shared
    }

    /// Waits until it is compressed.
    public var result: ArchiveMember { shared.result(of: self) }
  }

  private let shared = Shared()
  private var threads: [WorkThread] = []
  private lazy var own = GzipPress()

  /// - Parameter threads: at most one less than there are cores, and at least one, by default.
  public init(threads count: Int = max(1, min(4, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) - 1))) {
    for _ in 0..<count { threads.append(WorkThread { [shared] in shared.work() }) }
  }

  /// What was begun is compressed to its end.
  deinit {
    shared.close()
    for thread in threads { thread.join() }
  }

  /// Begins to compress a text.
  public func press(_ text: ArchiveText) -> Pending {
    let pending = Pending(text, shared)
    shared.append(pending)
    while let waiting = shared.takeOverdue() { shared.finish(waiting, own.member(of: waiting.text)) }
    return pending
  }

  /// What callers and threads have in common. It outlives the press while texts wait.
  fileprivate final class Shared: @unchecked Sendable {
    // All state below is guarded by `mutex`.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var queue: [Pending] = []
    private var isClosing = false

    init() {
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(changed, nil)
    }

    deinit {
      pthread_mutex_destroy(mutex)
      pthread_cond_destroy(changed)
      mutex.deallocate()
      changed.deallocate()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      return body()
    }

    func append(_ pending: Pending) {
      locked {
        queue.append(pending)
        pthread_cond_broadcast(changed)
      }
    }

    /// The oldest text, if too many wait.
    func takeOverdue() -> Pending? {
      locked { queue.count > StoreLimits.archiveTextsWaitingMax ? queue.removeFirst() : nil }
    }

    func finish(_ pending: Pending, _ member: ArchiveMember) {
      locked {
        pending.member = member
        pending.text = ArchiveText()
        pthread_cond_broadcast(changed)
      }
    }

    func result(of pending: Pending) -> ArchiveMember {
      locked {
        while pending.member == nil { pthread_cond_wait(changed, mutex) }
        return pending.member!
      }
    }

    func close() {
      locked {
        isClosing = true
        pthread_cond_broadcast(changed)
      }
    }

    func work() {
      let gzip = GzipPress()
      while let next = next() { finish(next, gzip.member(of: next.text)) }
    }

    private func next() -> Pending? {
      locked {
        while queue.isEmpty && !isClosing { pthread_cond_wait(changed, mutex) }
        return queue.isEmpty ? nil : queue.removeFirst()
      }
    }
  }
}
