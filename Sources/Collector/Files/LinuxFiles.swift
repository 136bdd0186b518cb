import CLinux
import Glibc

/// The real disk.
final class LinuxFiles: FileSystem {
  func status(at path: String) throws(FileError) -> FileStatus {
    var raw = cl_status()
    let code = PathText.withBytes(path) { cl_status_at($0, &raw) }
    guard code == 0 else { throw FileError(code: code) }
    return FileStatus(raw)
  }

  func status(of handle: Handle) throws(FileError) -> FileStatus {
    var raw = cl_status()
    let code = cl_status_of(handle, &raw)
    guard code == 0 else { throw FileError(code: code) }
    return FileStatus(raw)
  }

  func open(_ path: String) throws(FileError) -> Handle {
    // O_NONBLOCK: opening a FIFO that lies among the logs must not wait for its writer.
    let handle = PathText.withBytes(path) { Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
    guard handle >= 0 else { throw FileError(code: errno) }
    return handle
  }

  func close(_ handle: Handle) { _ = Glibc.close(handle) }

  func read(_ handle: Handle, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = pread(handle, buffer.baseAddress! + filled, buffer.count - filled, off_t(offset) + filled)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        // What was read before the fault is good; the fault shows again on the next call.
        if filled > 0 { break }
        throw FileError(code: errno)
      }
      filled += count
    }
    return filled
  }

  func dataOffset(_ handle: Handle, from offset: Int64) -> Int64? {
    let found = lseek(handle, off_t(offset), Self.seekData)
    if found >= 0 { return Int64(found) }
    return errno == ENXIO ? nil : offset  // File systems without holes answer EINVAL: all is data.
  }

  /// `SEEK_DATA`, a GNU extension that is not imported.
  private static let seekData: Int32 = 3

  func isBeingWritten(_ handle: Handle) -> Bool? {
    switch cl_is_being_written(handle) {
    case 0: false
    case 1: true
    default: nil
    }
  }

  func target(of path: String) -> String? {
    var raw = stat()
    return PathText.withBytes(path) { bytes in
      guard lstat(bytes, &raw) == 0, raw.st_mode & S_IFMT == S_IFLNK, let resolved = realpath(bytes, nil) else {
        return nil
      }
      defer { free(resolved) }
      return PathText.text(resolved)
    }
  }

  func names(in directory: String) throws(FileError) -> [String] {
    guard let stream = PathText.withBytes(directory, { opendir($0) }) else { throw FileError(code: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { PathText.text($0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}

extension FileStatus {
  init(_ raw: cl_status) {
    let kind: Kind =
      switch raw.mode & UInt32(S_IFMT) {
      case UInt32(S_IFREG): .file
      case UInt32(S_IFDIR): .directory
      default: .other
      }
    self.init(
      id: InodeID(device: raw.device, inode: raw.inode, born: raw.born), kind: kind, size: raw.size,
      modified: raw.modified, changed: raw.changed, links: Int(raw.links))
  }
}
