import Events
import Glibc

/// Lets one process at a time read the sources of the configuration into a store: two would store each
/// line twice. The kernel lets go of it when the process ends, however it ends.
public final class SourcesLock {
  private let handle: Int32

  private init(_ handle: Int32) { self.handle = handle }

  deinit { close(handle) }

  public static func path(_ store: String) -> String { store + "-sources.lock" }

  /// - Parameter store: path of the store; the lock is a file beside it, and stays.
  /// - Returns: `nil` if another process has it. Where no file can be made, nothing is locked: the store says why.
  public static func take(besides store: String) throws -> SourcesLock? {
    let handle = open(path(store), O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard handle >= 0 else { return SourcesLock(-1) }
    guard flock(handle, LOCK_EX | LOCK_NB) == 0 else {
      close(handle)
      return nil
    }
    return SourcesLock(handle)
  }
}
