import CLinux
import Events
import Glibc
import Storage
import Synchronization

/// The application of `seclog run`: signals go on to it, and its end is heard.
final class ApplicationProcess: Sendable {
  private let id: Atomic<Int32>
  /// What `waitpid(2)` said; -1 while it runs.
  private let status = Atomic<Int32>(-1)
  private let ended: @Sendable () -> Void
  /// Where signals arrive as bytes.
  private let heard: Int32

  private static let forwarded = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

  /// - Parameters:
  ///   - output: becomes its standard output; the caller closes its own.
  ///   - ended: called once, on another thread.
  /// - Throws: ``Events/Problem`` if it cannot be started.
  init(
    _ arguments: [String], output: Int32, takesErrors: Bool, ended: @escaping @Sendable () -> Void
  ) throws(Problem) {
    self.ended = ended
    id = Atomic(0)
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "a process can have one more pipe")
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    heard = ends[0]
    let numbers = Self.forwarded + [SIGCHLD]
    _ = cl_catch(numbers, Int32(numbers.count), ends[1])
    var words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: Int32 = 0
    let code = cl_spawn(&words, output, takesErrors ? 1 : 0, &process)
    guard code == 0 else {
      throw Problem(
        .failed, at: arguments[0],
        code == ENOENT ? "no such program." : "cannot be started: \(String(cString: strerror(code))).",
        next: "The program and its arguments stand behind `--`:  seclog run -- app --port 80")
    }
    id.store(process, ordering: .releasing)  // Before anybody listens, so that its end is not missed.
    WorkThread { self.listen() }.detach()
  }

  /// How it ended, as a shell says it: its exit status, or 128 and the signal; `nil` while it runs.
  var exitStatus: Int32? {
    let raw = status.load(ordering: .acquiring)
    guard raw >= 0 else { return nil }
    let signal = raw & 0x7F
    return signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
  }

  private func listen() {
    var byte: UInt8 = 0
    while true {
      let count = read(heard, &byte, 1)
      if count < 0 && errno == EINTR { continue }
      guard count == 1 else { return }
      let number = Int32(byte & 0x7F)
      let isFromTerminal = byte & 0x80 != 0
      if number == SIGCHLD {
        reap()
      } else if exitStatus != nil {
        StopSignal.shared.stop()  // Only the store is waited for: twice means not to.
      } else if !isFromTerminal || (number != SIGINT && number != SIGQUIT) {
        // The terminal sends Ctrl-C to the whole group, so the application has that already.
        kill(id.load(ordering: .acquiring), number)
      }
    }
  }

  private func reap() {
    var raw: Int32 = 0
    guard exitStatus == nil, waitpid(id.load(ordering: .acquiring), &raw, WNOHANG) > 0 else { return }
    status.store(raw, ordering: .releasing)
    ended()
  }
}
