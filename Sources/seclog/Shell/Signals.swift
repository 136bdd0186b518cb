import Foundation

enum Signals {
  /// 128 + SIGPIPE, what a shell reports for a program that a closed pipe ended.
  static let closedPipeExitCode: Int32 = 141

  /// `seclog search … | head -1` ends without a word. Set again, not left alone: a parent that
  /// ignores SIGPIPE (cron, Python) hands that down.
  static func endSilentlyOnClosedPipe() {
    signal(SIGPIPE) { _ in _exit(Signals.closedPipeExitCode) }
  }

  /// Lets the signals through that end, pause or reload a program. A parent that blocks them (a worker
  /// thread of Dispatch does) hands its mask down, and then neither Ctrl-C nor `kill` would end us.
  static func unblock() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGCHLD] {
      sigaddset(&signals, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// For commands that must outlive a reader: `collect --tee`, `serve`.
  static func ignoreClosedPipe() {
    signal(SIGPIPE, SIG_IGN)
  }
}
