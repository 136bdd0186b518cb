import Glibc

/// The real disk.
final class LinuxFiles: FileSystem {
  func status(at path: String) throws(FileError) -> FileStatus {
    var raw = stat()
    guard stat(path, &raw) == 0 else { throw FileError(code: errno) }
    return FileStatus(raw)
  }

  func status(of handle: Handle) throws(FileError) -> FileStatus {
    var raw = stat()
    guard fstat(handle, &raw) == 0 else { throw FileError(code: errno) }
    return FileStatus(raw)
  }

  func open(_ path: String) throws(FileError) -> Handle {
    // O_NONBLOCK: opening a FIFO that lies among the logs must not wait for its writer.
    let handle = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
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

  func names(in directory: String) throws(FileError) -> [String] {
    guard let stream = opendir(directory) else { throw FileError(code: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}

extension FileStatus {
  init(_ raw: stat) {
    let kind: Kind =
      switch raw.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      default: .other
      }
    self.init(
      id: InodeID(device: UInt64(raw.st_dev), inode: UInt64(raw.st_ino)), kind: kind, size: Int64(raw.st_size),
      modified: Int64(raw.st_mtim.tv_sec) * 1_000_000 + Int64(raw.st_mtim.tv_nsec) / 1000,
      changed: Int64(raw.st_ctim.tv_sec) * 1_000_000 + Int64(raw.st_ctim.tv_nsec) / 1000, links: Int(raw.st_nlink))
  }
}
