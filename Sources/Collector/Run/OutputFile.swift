import CLinux
import Events
import Glibc

/// The file that an application of `seclog run` gets as its standard output (decision 15).
///
/// It lies in memory, in a directory that only its user can enter, since nothing in it is redacted.
/// What is in the store is given back to the file system page by page, so the file stays as small
/// as what is not yet stored. It outlives this process: the next run reads on where this one ended.
final class OutputFile: @unchecked Sendable {
  let path: String
  /// Holds the lock that tells other runs that this file has its reader.
  private var handle: Int32
  // Only the thread of the writer punches, and only after it nobody else does.
  private var punchedUpTo: Int64 = OutputFile.pageBytes
  /// Everything before it is stored, read, or given up. Of the reading thread.
  private(set) var droppedUpTo: Int64 = 0

  private static let pageBytes: Int64 = 4096

  private init(path: String, handle: Int32) {
    self.path = path
    self.handle = handle
  }

  deinit { if handle >= 0 { close(handle) } }

  /// The new file of this run, and those that earlier runs left and nobody reads.
  ///
  /// - Throws: ``Events/Problem`` if no directory is to be had.
  static func open(in directory: String) throws(Problem) -> (own: OutputFile, left: [OutputFile]) {
    var left: [OutputFile] = []
    for name in (try? LinuxFiles().names(in: directory))?.sorted() ?? [] where name.hasSuffix(".out") {
      let path = "\(directory)/\(name)"
      let handle = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard handle >= 0 else { continue }
      if flock(handle, LOCK_EX | LOCK_NB) == 0 {
        left.append(OutputFile(path: path, handle: handle))
      } else {
        close(handle)
      }
    }
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let path = "\(directory)/\(time.tv_sec).\(time.tv_nsec / 1000)-\(getpid()).out"
    let handle = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard handle >= 0, flock(handle, LOCK_EX | LOCK_NB) == 0 else {
      throw Problem(.failed, at: path, "cannot be made: \(String(cString: strerror(errno)))", next: next)
    }
    return (OutputFile(path: path, handle: handle), left)
  }

  /// A directory for the files of one application and one store.
  ///
  /// - Parameter given: `--buffer`; empty = the usual places, all in memory.
  static func directory(app: String, store: String, given: String) throws(Problem) -> String {
    func environment(_ name: String) -> String? {
      name.withCString { getenv($0) }.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    var roots = given.isEmpty ? [] : [given]
    if given.isEmpty {
      if let directory = environment("RUNTIME_DIRECTORY")?.split(separator: ":").first {
        roots.append(String(directory))
      }
      if let directory = environment("XDG_RUNTIME_DIR") { roots.append(directory + "/seclog") }
      roots.append("/dev/shm/seclog-\(geteuid())")
    }
    var problem = Problem(.failed, "no directory for the application's output", next: next)
    for root in roots {
      do {
        try makePrivate(root)
        // Two stores that follow an application of one name do not read each other's files.
        let safe = String(app.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "_" })
        let path = "\(root)/\(safe.isEmpty ? "app" : safe)-\(String(hash(app + "\n" + store), radix: 16))"
        try makePrivate(path)
        return path
      } catch {
        problem = error
      }
    }
    throw problem
  }

  private static let next = "Name a directory that only you can enter with --buffer."

  private static func makePrivate(_ path: String) throws(Problem) {
    if mkdir(path, 0o700) == 0 { return }
    guard errno == EEXIST else { throw Problem(.failed, at: path, String(cString: strerror(errno)), next: next) }
    var raw = stat()
    guard lstat(path, &raw) == 0, raw.st_mode & S_IFMT == S_IFDIR else {
      throw Problem(.failed, at: path, "is no directory", next: next)
    }
    // Somebody else's directory could be read, or emptied, by them.
    guard raw.st_uid == geteuid(), raw.st_mode & 0o022 == 0 else {
      throw Problem(.permission, at: path, "belongs to somebody else, or others may write into it", next: next)
    }
  }

  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// A second opening, for the application: it appends whatever it does.
  func openForWriting() throws(Problem) -> Int32 {
    let handle = Glibc.open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard handle >= 0 else { throw Problem(.failed, at: path, String(cString: strerror(errno))) }
    return handle
  }

  // MARK: Giving space back

  var size: Int64 {
    var raw = stat()
    return fstat(handle, &raw) == 0 ? Int64(raw.st_size) : 0
  }

  /// Everything before the offset is in the store. First page and last bytes stay: they tell the
  /// file from others (``Trail``).
  ///
  /// - Returns: whether the file system can do this.
  @discardableResult
  func stored(upTo offset: Int64) -> Bool {
    let end = (offset - Int64(CollectorLimits.markBytesMax)) / Self.pageBytes * Self.pageBytes
    // Few large holes, not many small ones.
    guard end - punchedUpTo >= CollectorLimits.punchBytesMin else { return true }
    guard cl_punch(handle, punchedUpTo, end - punchedUpTo) == 0 else { return false }
    punchedUpTo = end
    return true
  }

  /// Gives up the oldest bytes behind `offset`, so that not more than `keeping` wait.
  ///
  /// - Returns: how many bytes were given up.
  func drop(after offset: Int64, keeping: Int64) -> Int64 {
    let start = max(droppedUpTo, (offset + Self.pageBytes) / Self.pageBytes * Self.pageBytes)
    let end = (size - keeping) / Self.pageBytes * Self.pageBytes
    guard end > start, cl_punch(handle, start, end - start) == 0 else { return 0 }
    droppedUpTo = end
    return end - start
  }

  /// Deletes the file if all of it is stored and nobody will write to it any more.
  func removeIfDone(storedUpTo offset: Int64) {
    let reading = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    defer { if reading >= 0 { close(reading) } }
    guard reading >= 0 else { return }
    // A lease is refused while any descriptor can write, so ours must be gone first; nobody else
    // comes, for only the application had the file.
    close(handle)
    handle = -1
    if cl_has_no_writer(reading) != 0 {
      var raw = stat()
      if fstat(reading, &raw) == 0, Int64(raw.st_size) <= offset { unlink(path) }
    }
  }
}
