import CLinux
import Events
import Glibc

/// Lets one process at a time read the same files into a store: two would store each line twice. The kernel lets go
/// of it when the process ends, however it ends.
public final class SourcesLock {
  private let handle: Int32

  private init(_ handle: Int32) { self.handle = handle }

  deinit { close(handle) }

  public static func path(_ store: String) -> String { store + "-sources.lock" }

  /// - Parameters:
  ///   - store: path of the store; the lock is a file beside it, and stays.
  ///   - patterns: what is read, each locked by itself; two that overlap and are spelled differently are not noticed.
  ///   - isAll: whether these are the sources of the configuration, which nobody else may read meanwhile.
  /// - Returns: `nil` if another process has it. Where no file can be made, nothing is locked: the store says why.
  public static func take(besides store: String, patterns: [String], isAll: Bool) -> SourcesLock? {
    let handle = open(path(store), O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard handle >= 0 else { return SourcesLock(-1) }
    let lock = SourcesLock(handle)
    if isAll, flock(handle, LOCK_EX | LOCK_NB) != 0 { return nil }
    for pattern in Set(patterns) where cl_lock_place(handle, place(of: pattern)) == EAGAIN { return nil }
    return lock
  }

  /// FNV-1a: two patterns in a store share a place once in 2^62.
  private static func place(of pattern: String) -> UInt64 {
    pattern.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
