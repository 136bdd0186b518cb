import Foundation
import Testing

/// A process of a test: its own process group, no blocked signals.
///
/// Not Foundation's `Process`: that hands down the signal mask of whichever thread starts it, and
/// waits until the last grandchild has closed a socket of its own.
final class Child {
  let id: pid_t
  private var status: Int32?

  /// `input`, `output` and `errors` are paths; the last two are created or emptied.
  init(
    _ executable: String, _ arguments: [String], environment: [String: String], directory: String,
    input: String = "/dev/null", output: String = "/dev/null", errors: String = "/dev/null"
  ) throws {
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&files, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    // `env` becomes the program: glibc shows Swift no call that sets the directory of a child.
    var argv = (["env", "-C", directory, executable] + arguments).map { strdup($0) } + [nil]
    var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for string in argv + envp { free(string) } }
    var id: pid_t = 0
    let failure = posix_spawn(&id, "/usr/bin/env", &files, &attributes, &argv, &envp)
    try #require(failure == 0, "\(executable) does not start: \(String(cString: strerror(failure)))")
    self.id = id
  }

  /// Waits for the end, at most `limit` seconds: then it is killed, with all that it started.
  ///
  /// - Returns: the exit status; 128 + the signal that ended it.
  @discardableResult
  func wait(limit: Double = 300) -> Int32 {
    if let status { return status }
    let end = Date(timeIntervalSinceNow: limit)
    var raw: Int32 = 0
    while waitpid(id, &raw, WNOHANG) == 0 {
      if Date() > end { Foundation.kill(-id, SIGKILL) }
      usleep(2_000)
    }
    Foundation.kill(-id, SIGKILL)
    let signal = raw & 0x7F
    let result = signal == 0 ? raw >> 8 & 0xFF : 128 + signal
    status = result
    return result
  }

  func send(_ signal: Int32) {
    if status == nil { Foundation.kill(id, signal) }
  }

  deinit {
    send(SIGKILL)
    wait(limit: 10)
  }
}
