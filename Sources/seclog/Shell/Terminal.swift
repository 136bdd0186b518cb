import Foundation

/// The two streams of a command: results on standard output, everything else on standard error.
///
/// Text given to these is shown as it is: render log text through the output formats, which make
/// control characters visible.
enum Terminal {
  /// Writes results. A closed pipe ends the program silently with 141.
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { write(UnsafeRawBufferPointer($0), to: STDOUT_FILENO) }
  }

  static func writeLine(_ text: String) { write(text + "\n") }

  /// A remark for people: `seclog: …` on standard error, further lines indented under the first.
  static func note(_ text: String) {
    var message = Failure.layout(text) + "\n"
    message.withUTF8 { write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
  }

  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno == EPIPE {
        _exit(Signals.closedPipeExitCode)
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      } else if errno != EINTR {
        _exit(2)  // Standard output is full or gone, and so is the place to say it.
      }
    }
  }

  /// Writes out what `print` has buffered; call it before leaving without `exit`.
  static func flush() {
    fflush(nil)
  }

  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}
