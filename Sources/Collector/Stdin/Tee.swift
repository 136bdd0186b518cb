import Glibc
import Synchronization

/// Writes redacted lines on to standard output, until nobody reads them any more.
///
/// Several threads may write; each hands over whole lines.
final class Tee: @unchecked Sendable {
  private let handle: Int32
  /// Guards the writing, so that lines do not mix.
  private let isOpen = Mutex(true)
  private let note: (String) -> Void

  init(handle: Int32 = STDOUT_FILENO, note: @escaping (String) -> Void) {
    self.handle = handle
    self.note = note
  }

  /// Waits for a slow reader as `tee(1)` does; a closed pipe ends the passing on, not the storing.
  func write(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    isOpen.withLock { isOpen in
      if isOpen { isOpen = writeAll(bytes) }
    }
  }

  /// - Returns: whether anybody still reads.
  private func writeAll(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = Glibc.write(handle, buffer.baseAddress! + done, buffer.count - done)
        if count >= 0 {
          done += count
          continue
        }
        if errno == EINTR { continue }
        if errno == EAGAIN {
          var ready = pollfd(fd: handle, events: Int16(POLLOUT), revents: 0)
          _ = poll(&ready, 1, 1000)
          continue
        }
        if errno != EPIPE {
          note("--tee: standard output failed: \(String(cString: strerror(errno))). Storing goes on.")
        }
        return false
      }
      return true
    }
  }
}
