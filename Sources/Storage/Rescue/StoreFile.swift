import Glibc

/// Where a store is, and how it is opened for writing.
public struct StoreFile: Sendable {
  public let path: String
  public let durability: EventStore.Durability

  public init(path: String, durability: EventStore.Durability = .process) {
    self.path = path
    self.durability = durability
  }

  /// As ``EventStore/init(path:access:mode:durability:)``.
  public func open() throws -> EventStore { try EventStore(path: path, access: .readWrite, durability: durability) }
}

/// Which file is behind a name at the moment.
public struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  /// Device of its directory: on overlayfs, files say another one than the directories they are in.
  private let home: UInt64

  /// - Returns: `nil` if there is none.
  public init?(path: String) {
    var (info, directory) = (stat(), stat())
    guard stat(path, &info) == 0 else { return nil }
    device = UInt64(info.st_dev)
    inode = UInt64(info.st_ino)
    home = stat(Directory.of(path), &directory) == 0 ? UInt64(directory.st_dev) : device
  }

  public static func == (a: Self, b: Self) -> Bool { a.device == b.device && a.inode == b.inode }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(device)
    hasher.combine(inode)
  }

  /// Whether a file at `path` would be on the file system that this one is on. Directories that do not
  /// exist yet are looked for upwards.
  public func sharesFileSystem(with path: String) -> Bool {
    var place = path
    var info = stat()
    repeat {
      let parent = Directory.of(place)
      guard parent != place else { return true }
      place = parent
    } while stat(place, &info) != 0
    return UInt64(info.st_dev) == home
  }
}
