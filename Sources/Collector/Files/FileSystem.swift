import Glibc

/// The few system calls that following files needs, so that a model can stand in for the disk.
///
/// Cost: one call is one system call; nothing is called for single lines.
protocol FileSystem: AnyObject {
  typealias Handle = Int32

  /// `statx(2)`: follows symbolic links, so a link and its target are one file.
  func status(at path: String) throws(FileError) -> FileStatus
  func status(of handle: Handle) throws(FileError) -> FileStatus
  func open(_ path: String) throws(FileError) -> Handle
  func close(_ handle: Handle)
  /// `pread(2)`, continued until the buffer is full or the file ends.
  func read(_ handle: Handle, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int
  /// The next byte at or after `offset` that is not in a hole; `nil` if only holes follow.
  func dataOffset(_ handle: Handle, from offset: Int64) -> Int64?
  /// Whether somebody has the file open for writing; `nil` if that cannot be told.
  func isBeingWritten(_ handle: Handle) -> Bool?
  /// Where a symbolic link leads in the end, as an absolute path; `nil` if the path is no link, or
  /// leads nowhere.
  func target(of path: String) -> String?
  /// Names in a directory, unordered, without `.` and `..`.
  func names(in directory: String) throws(FileError) -> [String]
}

/// What a failed call said.
struct FileError: Error, Hashable, Sendable {
  /// `errno(3)`.
  let code: Int32

  /// Whether nothing is there, as against something that cannot be looked at.
  var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}

/// Which file this is, as long as it exists, and after that too where files know when they were born.
struct InodeID: Hashable, Sendable, Codable {
  let device: UInt64
  let inode: UInt64
  /// Microseconds since 1970; 0 where the file system does not tell. An inode number that is used
  /// again has another one.
  var born: Int64 = 0
}

struct FileStatus: Hashable, Sendable {
  enum Kind: Sendable { case file, directory, other }
  var id: InodeID
  var kind: Kind
  var size: Int64
  /// Microseconds since 1970.
  var modified: Int64
  /// Microseconds since 1970; changes with every write, truncation, rename and link.
  var changed: Int64
  var links: Int

  /// Whether nothing was written between two looks. Size alone is not enough: a reused inode may
  /// hold a file of equal size.
  func isUnchanged(since earlier: FileStatus) -> Bool {
    id == earlier.id && size == earlier.size && modified == earlier.modified && changed == earlier.changed
  }
}
