import Events
import Glibc

/// The file of an open segment: locked while this process adds to it, so that no other cuts it.
final class ArchiveFile {
  let path: String
  private let handle: Int32

  private init(path: String, handle: Int32) {
    self.path = path
    self.handle = handle
  }

  deinit {
    // Said and not only closed: a child between fork and exec holds the lock as well.
    flock(handle, LOCK_UN)
    close(handle)
  }

  /// Makes a new file, readable by its owner only.
  ///
  /// - Throws: ``Events/Problem``.
  convenience init(creating path: String) throws {
    let handle = Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard handle >= 0 else { throw Self.problem(path, errno) }
    fchmod(handle, 0o600)
    _ = flock(handle, LOCK_EX | LOCK_NB)
    self.init(path: path, handle: handle)
  }

  enum Opened {
    case file(ArchiveFile)
    /// Another process adds to it.
    case inUse
    case missing
  }

  static func open(existing path: String) throws -> Opened {
    let handle = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard handle >= 0 else {
      if errno == ENOENT { return .missing }
      throw problem(path, errno)
    }
    guard flock(handle, LOCK_EX | LOCK_NB) == 0 else {
      close(handle)
      return .inUse
    }
    return .file(ArchiveFile(path: path, handle: handle))
  }

  private var status: stat {
    var info = stat()
    fstat(handle, &info)
    return info
  }

  var size: Int64 { Int64(status.st_size) }
  /// Whether somebody removed it: what is written would be gone with this process.
  var isUnlinked: Bool { status.st_nlink == 0 }

  /// - Throws: ``Events/Problem``; some bytes may have been written.
  func write(_ bytes: [UInt8], at offset: Int64) throws {
    try bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = pwrite(handle, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + done)
        if count < 0 {
          if errno == EINTR { continue }
          throw Self.problem(path, errno)
        }
        done += count
      }
    }
  }

  func cut(to length: Int64) throws {
    guard ftruncate(handle, off_t(length)) == 0 else { throw Self.problem(path, errno) }
  }

  /// Waits until the disk has it, and its name.
  func sync(withDirectory: Bool) throws {
    guard fdatasync(handle) == 0 else { throw Self.problem(path, errno) }
    guard withDirectory else { return }
    let directory = Glibc.open(Directory.of(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw Self.problem(path, errno) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw Self.problem(path, errno) }
  }

  static func problem(_ path: String, _ code: Int32) -> Problem {
    switch code {
    case EACCES, EPERM:
      Problem(
        .permission, at: path, "no permission to write the archive.",
        next: "Make it the property of the user that runs seclog: ls -ld \(Directory.of(path))")
    case EROFS:
      Problem(
        .failed, at: path, "the archive's file system is read-only.", next: "Remount it, or choose another --archive.",
        isPassing: true)
    case ENOSPC, EDQUOT, EFBIG:
      Problem(
        .failed, at: path, "no space for the archive.", next: "Free space; older segments may be moved away.",
        isPassing: true)
    case EIO:
      Problem(
        .failed, at: path, "the disk reports an error.", next: "Look at the kernel log: dmesg | tail", isPassing: true)
    default:
      Problem(
        .failed, at: path, "the archive cannot be written: \(String(cString: strerror(code))).",
        next: "Choose another directory with --archive.")
    }
  }
}
