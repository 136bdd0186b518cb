import Events
import Glibc
import Storage

/// A file without a name that holds commits while the store is busy: redacted events only, and gone
/// with the process.
///
/// First in, first out. The space before the oldest commit is given back once all is read.
final class Spill {
  private var handle: Int32 = -1
  private var readOffset: Int64 = 0
  private var writeOffset: Int64 = 0
  /// Sizes and counts of the commits in the file, oldest first.
  private var waiting:
    [(bytes: Int, rows: Int, pieces: Int, counts: [String: ReadCounts], positions: [StoredPosition])] = []
  private let directories: [String]
  private let bytesMax: Int64

  /// - Parameter directories: tried in order; memory-backed ones last, which still help when every
  ///   disk is full.
  init(directories: [String] = Spill.usualDirectories, bytesMax: Int64 = CollectorLimits.spillBytesMax) {
    self.directories = directories
    self.bytesMax = bytesMax
  }

  deinit { if handle >= 0 { close(handle) } }

  static var usualDirectories: [String] {
    let named: [String] = ["TMPDIR", "RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"].compactMap { name in
      name.withCString { getenv($0) }.map { String(cString: $0) }
    }
    return ["/var/tmp"] + named + ["/tmp", "/dev/shm"]
  }

  var isEmpty: Bool { waiting.isEmpty }
  var rows: Int { waiting.reduce(0) { $0 + $1.rows } }

  /// Appends a commit; `false` if no directory takes it, or the limit is reached.
  func push(_ commit: Commit) -> Bool {
    var bytes: [UInt8] = []
    for change in commit.changes { change.spill(onto: &bytes) }
    for piece in commit.archive { piece.spill(onto: &bytes) }
    guard writeOffset + Int64(bytes.count) <= bytesMax, openIfNeeded() else { return false }
    let isWritten = bytes.withUnsafeBytes { buffer -> Bool in
      var done = 0
      while done < buffer.count {
        let count = pwrite(handle, buffer.baseAddress! + done, buffer.count - done, off_t(writeOffset) + done)
        if count < 0 {
          if errno == EINTR { continue }
          return false
        }
        done += count
      }
      return true
    }
    guard isWritten else { return false }
    writeOffset += Int64(bytes.count)
    waiting.append((bytes.count, commit.changes.count, commit.archive.count, commit.counts, commit.positions))
    return true
  }

  /// Takes the oldest commit out; `nil` if there is none.
  ///
  /// - Throws: ``Events/Problem`` if the file cannot be read back; the commit is lost and stays out.
  func pop() throws(Problem) -> Commit? {
    guard !waiting.isEmpty else { return nil }
    let first = waiting.removeFirst()
    defer {
      readOffset += Int64(first.bytes)
      if waiting.isEmpty {
        ftruncate(handle, 0)
        readOffset = 0
        writeOffset = 0
      }
    }
    var commit = Commit()
    commit.counts = first.counts
    commit.positions = first.positions
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: first.bytes, alignment: 16)
    defer { buffer.deallocate() }
    var filled = 0
    while filled < first.bytes {
      let count = pread(handle, buffer.baseAddress! + filled, first.bytes - filled, off_t(readOffset) + filled)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Problem(.failed, "the spill file cannot be read back") }
      filled += count
    }
    var offset = 0
    while commit.changes.count < first.rows,
      let change = EventChange(spilled: UnsafeRawBufferPointer(buffer), at: &offset)
    {
      commit.changes.append(change)
    }
    for _ in 0..<first.pieces {
      commit.archive.append(ArchivePiece(spilled: UnsafeRawBufferPointer(buffer), at: &offset))
    }
    return commit
  }

  /// `O_TMPFILE`, which C spells as an expression that is not imported.
  private static let temporaryFile: Int32 = 0o20_000_000 | O_DIRECTORY

  private func openIfNeeded() -> Bool {
    if handle >= 0 { return true }
    for directory in directories {
      handle = open(directory, Self.temporaryFile | O_RDWR | O_CLOEXEC, 0o600)
      if handle >= 0 { return true }
    }
    return false
  }
}
