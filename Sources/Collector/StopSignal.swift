import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGHUP as something that can be polled: a pipe and a count.
///
/// One per process, since signal handlers are.
public final class StopSignal: Sendable {
  public static let shared = StopSignal()

  private let received = Atomic<Int>(0)
  private let reloads = Atomic<Bool>(false)
  /// Becomes readable when a signal arrived.
  let wakeHandle: Int32
  private let writeHandle: Int32

  private init() {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "a process can have one more pipe")
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wakeHandle = ends[0]
    writeHandle = ends[1]
  }

  /// How many SIGINT and SIGTERM arrived.
  public var count: Int { received.load(ordering: .acquiring) }
  public var isStopping: Bool { count > 0 }

  /// Takes over SIGINT, SIGTERM and SIGHUP. Ignores SIGPIPE: a reader of ours that goes away must not end
  /// the run, nor the application that writes to us; SIGXFSZ: a file that may not grow is waited for; and SIGIO, which
  /// tells that a lease was asked back.
  public func install() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGIO, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in StopSignal.shared.arrived() }
    }
    signal(SIGHUP) { _ in
      StopSignal.shared.reloads.store(true, ordering: .releasing)
      StopSignal.shared.wake()
    }
  }

  /// Whether SIGHUP arrived since the last call.
  func takeReload() -> Bool { reloads.exchange(false, ordering: .acquiringAndReleasing) }

  /// As if SIGTERM had arrived.
  public func stop() { arrived() }

  private func arrived() {
    received.add(1, ordering: .acquiringAndReleasing)
    wake()
  }

  /// Only async-signal-safe calls here and in ``arrived()``.
  private func wake() {
    let saved = errno
    var byte: UInt8 = 1
    _ = write(writeHandle, &byte, 1)
    errno = saved
  }

  /// Empties the pipe after a wake-up.
  func drain() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(wakeHandle, &bytes, bytes.count) > 0 {}
  }
}
