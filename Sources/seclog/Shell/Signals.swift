import Foundation

enum Signals {
  /// 128 + SIGPIPE, what a shell reports for a program that a closed pipe ended.
  static let closedPipeExitCode: Int32 = 141

  /// `seclog search … | head -1` ends without a word. Set again, not left alone: a parent that
  /// ignores SIGPIPE (cron, Python) hands that down.
  static func endSilentlyOnClosedPipe() {
    signal(SIGPIPE) { _ in _exit(Signals.closedPipeExitCode) }
  }

  /// For commands that must outlive a reader: `collect --tee`, `serve`.
  static func ignoreClosedPipe() {
    signal(SIGPIPE, SIG_IGN)
  }
}
