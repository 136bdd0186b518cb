import Events
import Foundation

/// Lets one `alert run` at a time work on a store; the kernel lets go of it when the process ends,
/// however it ends.
public final class AlertLock {
  private let descriptor: Int32

  /// Who holds the lock.
  public struct Holder: Hashable, Sendable {
    public let process: Int32
    /// Microseconds since 1970.
    public let since: Int64
  }

  public enum Outcome {
    case taken(AlertLock)
    case held(Holder?)
  }

  /// Tries once.
  ///
  /// - Parameter path: beside the store; made if it is not there, and never removed.
  /// - Throws: ``Problem`` if the file cannot be made.
  public static func take(at path: String, now: Int64) throws -> Outcome {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else {
      let code: Problem.Code = errno == EACCES || errno == EPERM || errno == EROFS ? .permission : .failed
      throw Problem(
        code, at: path, "the lock cannot be made: \(String(cString: strerror(errno)))",
        next: "alert run must be able to write beside the store.")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      var bytes = [UInt8](repeating: 0, count: 128)
      let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
      close(descriptor)
      let words = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
      guard words.count == 2, let process = Int32(words[0]), let since = Int64(words[1].prefix { $0.isNumber }) else {
        return .held(nil)
      }
      return .held(Holder(process: process, since: since))
    }
    let text = Array("\(getpid()) \(now)\n".utf8)
    ftruncate(descriptor, 0)
    pwrite(descriptor, text, text.count, 0)
    return .taken(AlertLock(descriptor))
  }

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
