import Events
import GRDB
import GRDBSQLite
import Glibc
import Synchronization

/// The local store: one SQLite file with events, full-text index, positions, matches and incidents.
///
/// Several processes may write (collector, `alert run`, import, ack); every write is one short
/// `BEGIN IMMEDIATE` transaction. Readers open read-only and never create a store.
public final class EventStore: Sendable {
  public enum Access: Sendable { case readWrite, readOnly }

  /// When a commit counts as done.
  public enum Durability: String, CaseIterable, Sendable {
    /// Survives the death of any process at any instant; a power cut may undo the last commits
    /// whole, and their lines are then read again.
    case process
    /// Survives a power cut too: waits for the disk at each commit.
    case power
  }

  public let path: String
  public let access: Access
  /// The writing connection; nil in a read-only store.
  let writer: DatabaseQueue?
  /// Used by the writing connection only.
  let incoming = IncomingRows()
  let reader: Mutex<ReadConnection?>
  /// The file that was opened; another may have its name by now.
  public let identity: FileIdentity?
  private let damage = Atomic(false)

  /// Opens the store; `readWrite` creates and migrates it (file mode 0640, its directory 0750 if made).
  ///
  /// - Throws: ``Problem``: no store yet, another program's database, no permission, newer schema.
  public init(path: String, access: Access, mode: UInt32 = 0o640, durability: Durability = .process) throws {
    self.path = path
    self.access = access
    switch access {
    case .readOnly:
      writer = nil
      reader = Mutex(try ReadConnection(path: path))
    case .readWrite:
      do {
        try Self.create(path, mode: mode_t(mode))
        writer = try Self.open(path, durability: durability, incoming)
      } catch {
        throw Failure.problem(error, path: path)
      }
      reader = Mutex(nil)
    }
    identity = FileIdentity(path: path)
  }

  /// Whether SQLite has found the file damaged since it was opened.
  public var isDamaged: Bool { damage.load(ordering: .relaxed) }

  /// Whether the store's name still leads to the file that was opened.
  public var isInPlace: Bool { identity == FileIdentity(path: path) }

  /// Gives back what is mapped of the file, which counts as memory of the process: for who has asked all
  /// that he wanted to know.
  public func unmap() { reader.withLock { $0?.unmap() } }

  /// Gives back the pages of the file that SQLite keeps for the next commit, which reads those anew that it needs.
  public func releaseMemory() { writer?.releaseMemory() }

  /// Brings what the write-ahead log holds into the file itself, and empties it: the file may be moved then,
  /// and another may take its name. Does what can be done.
  public func empty() {
    try? writer?.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
  }

  /// Ends both connections; nothing can be asked of it any more.
  public func closeConnections() {
    try? writer?.close()
    reader.withLock { $0 = nil }
  }

  /// Makes an empty file of the right mode before SQLite sees it; `-wal` and `-shm` inherit the mode.
  private static func create(_ path: String, mode: mode_t) throws {
    var info = stat()
    if stat(path, &info) == 0 {
      guard info.st_mode & S_IFMT == S_IFREG else {
        throw Problem(.failed, at: path, "not a file", next: "Name a file with --db, such as \(path)/events.db")
      }
      return
    }
    let directory = Directory.of(path)
    try makeDirectory(directory)
    let file = Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode)
    if file < 0 {
      if errno == EEXIST { return }  // Another process was faster; it set the mode.
      throw errno == EACCES || errno == EPERM || errno == EROFS
        ? Failure.permission(directory, needs: "The store's directory must be writable.")
        : Problem(.failed, at: path, String(cString: strerror(errno)), next: "Choose another place with --db.")
    }
    fchmod(file, mode)  // whatever the umask says
    close(file)
  }

  private static func makeDirectory(_ path: String) throws {
    var info = stat()
    if stat(path, &info) == 0 { return }
    let parent = Directory.of(path)
    if parent != path, parent != "." { try makeDirectory(parent) }
    defer { Directory.sync(parent) }
    if mkdir(path, 0o750) != 0, errno != EEXIST {
      throw errno == EACCES || errno == EPERM || errno == EROFS
        ? Failure.permission(parent, needs: "The store's directory \(path) cannot be made.")
        : Problem(.failed, at: path, String(cString: strerror(errno)), next: "Choose another place with --db.")
    }
  }

  private static func open(_ path: String, durability: Durability, _ incoming: IncomingRows) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(Double(StoreLimits.busyMilliseconds) / 1000)
    configuration.foreignKeysEnabled = false  // The schema has none.
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.inDatabase { db in
      // Nothing is changed before the file is known to be ours, or empty.
      let version = try identify(db, path: path)
      if version == nil {
        try db.execute(sql: "PRAGMA page_size = \(Schema.pageBytes); PRAGMA auto_vacuum = INCREMENTAL")
      }
      try db.execute(
        sql: """
          PRAGMA journal_mode = WAL;
          PRAGMA synchronous = \(durability == .power ? "FULL" : "NORMAL");
          PRAGMA journal_size_limit = \(StoreLimits.walBytesMax);
          PRAGMA cache_size = -\(StoreLimits.cacheKiB);
          PRAGMA wal_autocheckpoint = 2000;
          """)
      // The -wal and -shm files stay when the last writer leaves: a reader that may not create them
      // (group access only) would otherwise be shut out.
      var persist: Int32 = 1
      sqlite3_file_control(db.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &persist)
      guard incoming.register(db.sqliteConnection!) == SQLITE_OK else {
        throw DatabaseError(message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
      }
      if version ?? 0 < Schema.migrations.count {
        try db.inTransaction(.immediate) {
          let version = try identify(db, path: path) ?? 0  // Another process may have been faster.
          if version < Schema.migrations.count { try Schema.migrate(db, from: version) }
          return .commit
        }
      }
    }
    return queue
  }

  /// - Returns: how many migrations the store has taken; nil for an empty file.
  /// - Throws: ``Problem`` if the file is another program's, or a newer seclog's.
  private static func identify(_ db: Database, path: String) throws -> Int? {
    let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    return try identify(applicationID: id, version: version, tables: tables, path: path)
  }

  static func identify(applicationID: Int32, version: Int, tables: Int, path: String) throws -> Int? {
    if applicationID == 0, tables == 0 { return nil }
    guard applicationID == Schema.applicationID else {
      throw Problem(
        .failed, at: path, "this SQLite database belongs to another program",
        next: "Name another file with --db; this one was not changed.")
    }
    guard version <= Schema.migrations.count else {
      throw Problem(
        .failed, at: path,
        "the store was written by a newer seclog (schema \(version), this one knows \(Schema.migrations.count))",
        next: "Update seclog on this host; the store was not changed.")
    }
    return version
  }

  /// Runs `body` in one `BEGIN IMMEDIATE` transaction: all of it or nothing.
  func write<T>(_ body: (Database) throws -> T) throws -> T {
    guard let writer else { preconditionFailure("a read-only store was asked to write") }
    do {
      return try writer.writeWithoutTransaction { db in
        var result: T?
        try db.inTransaction(.immediate) {
          result = try body(db)
          return .commit
        }
        return result!
      }
    } catch {
      if let error = error as? DatabaseError, Failure.isDamage(error.resultCode.rawValue) {
        damage.store(true, ordering: .relaxed)
      }
      throw Failure.problem(error, path: path)
    }
  }

  /// Runs `body` on the reading connection, which other threads then wait for.
  func read<T: Sendable>(_ body: (ReadConnection) throws -> T) throws -> T {
    do {
      return try query(body)
    } catch let error as SQLError {
      throw Problem(.failed, at: path, error.isTimeout ? "the search \(error.message)" : error.message)
    }
  }

  /// As ``read(_:)``, for SQL of others: its faults are theirs to explain.
  func query<T: Sendable>(_ body: (ReadConnection) throws -> T) throws -> T {
    try reader.withLock { connection in
      // A damaged store may have been set aside, and another have its name.
      if connection?.isInPlace != true { connection = try ReadConnection(path: path) }
      defer { if connection!.isDamaged { damage.store(true, ordering: .relaxed) } }
      return try body(connection!)
    }
  }
}
