import Events
import Foundation
import GRDB
import GRDBSQLite

/// A store that SQLite cannot read any more, on its way to another name.
///
/// Its three files are `<store>-damaged` until the next store has what could be saved, and bear the time of
/// their last writing behind that name from then on. So a process that is killed between the steps leaves
/// a trace, and the next one goes on from there. Nothing of it is ever removed.
public final class DamagedStore {
  /// Where it will lie.
  public let path: String
  /// The positions that can still be read.
  public let positions: [StoredPosition]
  /// Whether ``positions`` are all that it held.
  public let isWhole: Bool

  /// Key of the position that names, in a store, the damaged one that it follows.
  public static let marker = "store:damaged"

  private let store: String
  private let pending: String
  private let image: StoreImage?
  private let directory: Int32

  // The write-ahead log goes first: while its store has its name, SQLite would not make another.
  private static let suffixes = ["-wal", "-shm", ""]

  /// Sets the store at `file` aside if it is damaged, or goes on with what another process left half done.
  ///
  /// - Parameter identity: of the file, if a connection to it has met the damage.
  /// - Returns: `nil` if it is sound, none of ours, or another file by now.
  /// - Throws: ``Events/Problem``.
  public static func setAside(_ file: StoreFile, known identity: FileIdentity? = nil) throws -> DamagedStore? {
    let isDamaged = {
      if ["-wal", ""].contains(where: { access(file.path + "-damaged" + $0, F_OK) == 0 }) { return true }
      return identity.map { $0 == FileIdentity(path: file.path) } ?? (hasDamage(file.path) && isOurs(file.path))
    }
    guard isDamaged() else { return nil }
    let directory = open(Directory.of(file.path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard flock(directory, LOCK_EX | LOCK_NB) == 0 || directory < 0 else {
      close(directory)
      throw Problem(.busy, at: file.path, "another process sets this damaged store aside", isPassing: true)
    }
    // Only now nobody else moves it.
    guard isDamaged() else {
      unlock(directory)
      return nil
    }
    return try DamagedStore(file.path, directory)
  }

  /// Stores that were set aside beside `path`, oldest first.
  public static func all(besides path: String) -> [String] {
    let directory = Directory.of(path)
    let prefix = (path.split(separator: "/").last ?? "") + "-damaged-"
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var found: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(prefix), !suffixes.dropLast().contains(where: name.hasSuffix) {
        found.append(path.contains("/") ? "\(directory)/\(name)" : name)
      }
    }
    return found.sorted()
  }

  private init(_ store: String, _ directory: Int32) throws {
    self.store = store
    self.directory = directory
    let pending = store + "-damaged"
    self.pending = pending
    if access(pending, F_OK) != 0 {
      for suffix in Self.suffixes where access(pending + suffix, F_OK) != 0 {
        try Self.move(store + suffix, to: pending + suffix)
      }
    }
    var info = stat()
    stat(pending, &info)
    let stamp = Timestamp.rfc3339(Int64(info.st_mtim.tv_sec) * 1_000_000).prefix(19).filter { $0 != "-" && $0 != ":" }
    let names = ["\(pending)-\(stamp)Z"] + (2...99).map { "\(pending)-\(stamp)Z-\($0)" }
    path = names.first { access($0, F_OK) != 0 } ?? names[0] + "-\(getpid())"
    // The next store is whose this one was.
    let file = open(store, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, info.st_mode & 0o777)
    if file >= 0 {
      fchmod(file, info.st_mode & 0o777)
      _ = fchown(file, info.st_uid, info.st_gid)
      close(file)
    }
    image = StoreImage(path: pending)
    (positions, isWhole) = image.map(Self.positions) ?? ([], false)
  }

  deinit { Self.unlock(directory) }

  /// Said and not only closed: a child between fork and exec holds the lock as well.
  private static func unlock(_ directory: Int32) {
    guard directory >= 0 else { return }
    flock(directory, LOCK_UN)
    close(directory)
  }

  /// Gives it its last name; the next store has all of it that it needs.
  ///
  /// - Throws: ``Events/Problem``.
  public func release() throws {
    for suffix in Self.suffixes { try Self.move(pending + suffix, to: path + suffix) }
  }

  private static func move(_ path: String, to other: String) throws {
    guard rename(path, other) != 0, errno != ENOENT else { return }
    throw errno == EACCES || errno == EPERM
      ? Failure.permission(Directory.of(path), needs: "The damaged store \(path) cannot be set aside.")
      : Problem(
        .failed, at: path, "this damaged store cannot be set aside: \(String(cString: strerror(errno)))",
        next: "Move it away by hand, with the -wal and -shm beside it.", isPassing: errno == EROFS || errno == ENOSPC)
  }

  // MARK: What it is

  /// Whether SQLite says so when it is opened.
  private static func hasDamage(_ path: String) -> Bool {
    guard let identity = FileIdentity(path: path) else { return false }
    var info = stat()
    // A file of nothing is a new store to SQLite, which then removes the log.
    if stat(path, &info) == 0, info.st_size == 0 { return WriteAheadLog(path: path + "-wal") != nil }
    var handle: OpaquePointer?
    defer { sqlite3_close_v2(handle) }
    guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK else {
      return false
    }
    sqlite3_busy_timeout(handle, StoreLimits.busyMilliseconds)
    let code = sqlite3_exec(handle, "PRAGMA application_id; SELECT count(*) FROM sqlite_master", nil, nil, nil)
    return Failure.isDamage(code) && identity == FileIdentity(path: path)
  }

  /// Whether a file that cannot be read was a store. A header that names another program settles it.
  private static func isOurs(_ path: String) -> Bool {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    var start = [UInt8](repeating: 0, count: 1 << 20)
    start.removeLast(start.count - max(0, read(file, &start, start.count)))
    func marker(_ page: some Collection<UInt8>) -> Int32 {
      page.dropFirst(68).prefix(4).reduce(0) { $0 << 8 | Int32($1) }
    }
    if marker(start) == Schema.applicationID { return true }
    if start.starts(with: Schema.magic), marker(start) != 0 { return false }
    if let page = WriteAheadLog(path: path + "-wal")?.firstPage { return marker(page) == Schema.applicationID }
    // The schema lies on the first page, type and names side by side as in no text about it. Settings
    // of the index lie on a page behind it.
    return stride(from: 0, to: start.count, by: Schema.pageBytes).contains { offset in
      let page = start[offset..<min(offset + Schema.pageBytes, start.count)]
      func holds(_ word: String) -> Bool { page.firstRange(of: Array(word.utf8)) != nil }
      return holds("tablesource_redactionssource_redactions")
        || ["automerge", "crisismerge", "hashsize"].allSatisfy(holds)
    }
  }

  // MARK: What it held

  /// From both ends, so that one bad page hides its own rows only.
  private static func positions(_ image: StoreImage) -> ([StoredPosition], Bool) {
    func read(_ order: String) -> (positions: [StoredPosition], isWhole: Bool) {
      var positions: [StoredPosition] = []
      let sql = "SELECT key, path, offset, identity, state FROM positions ORDER BY key \(order)"
      let isWhole = image.forEach(sql) {
        positions.append(
          StoredPosition(
            key: $0.text(0), path: $0.text(1), offset: $0.int(2), identity: $0.text(3), state: $0.text(4)))
      }
      return (positions, isWhole)
    }
    var (positions, isWhole) = read("ASC")
    if !isWhole {
      let known = Set(positions.map(\.key))
      positions += read("DESC").positions.prefix { !known.contains($0.key) }
    }
    return (positions.filter { $0.offset >= 0 }, isWhole)
  }

  /// Rows of the archive's tables; `nil` unless all can be read: a part would have segments cut short.
  fileprivate var archive: [(table: String, rows: [[String: SQLValue]])]? {
    let tables = ["archive_segments", "archive_blocks", "archive_sources", "archive_tail"].map {
      (table: $0, content: image?.rows("SELECT * FROM \($0)"))
    }
    guard tables.allSatisfy({ $0.content?.isWhole == true }) else { return nil }
    return tables.map { ($0.table, $0.content!.rows) }
  }
}

extension EventStore {
  /// Makes the first transaction of the store that follows a damaged one; nothing if that was made already.
  ///
  /// - Parameters:
  ///   - commit: what could be saved, and the event that tells it.
  ///   - takesArchive: whether the archive goes on where the damaged store says; its end must be where
  ///     the positions of `commit` are.
  /// - Returns: whether the archive goes on.
  /// - Throws: ``Events/Problem``.
  public func follow(_ damaged: DamagedStore, with commit: Commit, takesArchive: Bool) throws -> Bool {
    let archive = takesArchive ? damaged.archive : nil
    return try write { db in
      let marker = StoredPosition(key: DamagedStore.marker, path: damaged.path, offset: 0, identity: "{}", state: "{}")
      let known = try String.fetchOne(db, sql: "SELECT path FROM positions WHERE key = ?", arguments: [marker.key])
      guard known != marker.path else { return true }
      var commit = commit
      commit.positions.append(marker)
      var writer = try EventWriter(db, incoming)
      try writer.write(commit.changes)
      try Self.writePositions(of: commit, db)
      try Self.writeCounts(of: commit, db)
      guard let archive, try Int.fetchOne(db, sql: "SELECT count(*) FROM archive_segments") == 0 else { return false }
      for (table, rows) in archive {
        guard let columns = rows.first?.keys.sorted() else { continue }
        let places = columns.map { ":" + $0 }.joined(separator: ",")
        let statement = try db.cachedStatement(
          sql: "INSERT INTO \(table) (\(columns.joined(separator: ","))) VALUES (\(places))")
        for row in rows { try statement.execute(arguments: StatementArguments(row.mapValues(\.forGRDB))) }
      }
      return true
    }
  }
}

extension SQLValue {
  fileprivate var forGRDB: (any DatabaseValueConvertible)? {
    switch self {
    case .null: nil
    case .integer(let value): value
    case .real(let value): value
    case .text(let value): value
    case .blob(let value): Data(value)
    }
  }
}
