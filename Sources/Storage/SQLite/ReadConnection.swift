import Events
import GRDBSQLite
import Glibc

/// A connection that can only read, for queries whoever wrote them.
///
/// It is plain SQLite and not GRDB's because it needs three things that GRDB keeps for itself or
/// hides: the authorizer (nothing but SELECT), the place of an error in the SQL, and opening by URI.
///
/// Safety: used under the lock of ``EventStore`` only. Pointers from `sqlite3_column_*` are copied
/// before the next step; the handle is closed in `deinit` after its statements were finalized.
final class ReadConnection: @unchecked Sendable {
  let path: String
  private let handle: OpaquePointer
  private let bounds = Bounds()
  private let identity: FileIdentity?
  /// Whether SQLite has found the file damaged.
  private(set) var isDamaged = false
  var isInPlace: Bool { identity == FileIdentity(path: path) }

  /// - Throws: ``Problem``: no store, another program's database, no permission, newer schema.
  init(path: String) throws {
    self.path = path
    identity = FileIdentity(path: path)
    var info = stat()
    guard stat(path, &info) == 0 else {
      throw errno == EACCES ? Failure.permission(path) : Failure.noStore(path)
    }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw Problem(.failed, at: path, "not a file", next: "Name a file with --db, such as \(path)/events.db")
    }
    guard Glibc.access(path, R_OK) == 0 else { throw Failure.permission(path) }
    guard info.st_size > 0 else { throw Failure.noStore(path) }
    do {
      handle = try Self.open(path, immutable: false)
    } catch {
      // A cleanly closed store in a directory where we may not create -wal and -shm. `immutable`
      // would miss rows while a writer runs, so it is used only when there can be none.
      guard Glibc.access(path + "-wal", F_OK) != 0, Glibc.access(Directory.of(path), W_OK) != 0,
        (error as? Problem)?.code == .permission
      else { throw error }
      handle = try Self.open(path, immutable: true)
    }
    let pointer = Unmanaged.passUnretained(bounds).toOpaque()
    sqlite3_progress_handler(handle, 2_000, { Bounds.from($0).isOver ? 1 : 0 }, pointer)
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, StoreLimits.queryValueBytesMax)
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, StoreLimits.queryTextBytesMax)
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
    sqlite3_set_authorizer(
      handle, { _, action, first, second, _, _ in ReadConnection.authorize(action, first, second) }, nil)
  }

  deinit { sqlite3_close_v2(handle) }

  /// Reads without mapping from now on.
  func unmap() {
    var size: sqlite3_int64 = 0
    sqlite3_file_control(handle, nil, SQLITE_FCNTL_MMAP_SIZE, &size)
  }

  private static func open(_ path: String, immutable: Bool) throws -> OpaquePointer {
    var escaped = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "%"), 0x80...: escaped += percent(byte)
      default: escaped.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    // An absolute path, so that one that begins with // is not taken for a host.
    let uri = "file:\(escaped.hasPrefix("//") ? "//" + escaped : escaped)?mode=ro\(immutable ? "&immutable=1" : "")"
    var handle: OpaquePointer?
    let code = sqlite3_open_v2(uri, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let handle else {
      defer { sqlite3_close_v2(handle) }
      throw Failure.problem(code: code, message: String(cString: sqlite3_errmsg(handle)), path: path)
    }
    do {
      sqlite3_extended_result_codes(handle, 1)
      sqlite3_busy_timeout(handle, StoreLimits.busyMilliseconds)
      func integer(_ sql: String) throws -> Int64 {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        var code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        if code == SQLITE_OK { code = sqlite3_step(statement) }
        guard code == SQLITE_ROW else {
          throw Failure.problem(code: code, message: String(cString: sqlite3_errmsg(handle)), path: path)
        }
        return sqlite3_column_int64(statement, 0)
      }
      let id = Int32(truncatingIfNeeded: try integer("PRAGMA application_id"))
      let version = Int(try integer("PRAGMA user_version"))
      let tables = Int(try integer("SELECT count(*) FROM sqlite_master"))
      guard let version = try EventStore.identify(applicationID: id, version: version, tables: tables, path: path)
      else {
        throw Failure.noStore(path)
      }
      guard version == Schema.migrations.count else {
        throw Problem(
          .failed, at: path,
          "the store was written by an older seclog (schema \(version), this one needs \(Schema.migrations.count))",
          next: "Bring it up to date as its owner: seclog store upgrade --db \(path)")
      }
      _ = try integer("PRAGMA mmap_size = \(256 << 20)")
    } catch {
      sqlite3_close_v2(handle)
      throw error
    }
    return handle
  }

  private static func percent(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return "%" + (digits.count == 1 ? "0" : "") + digits
  }

  /// Reading and pure functions only: no writing, no other files, no settings. The file is open
  /// read-only besides; this keeps out what that does not, and says so early.
  private static func authorize(_ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?)
    -> Int32
  {
    func name(_ text: UnsafePointer<CChar>?) -> String { text.map { String(cString: $0).lowercased() } ?? "" }
    switch action {
    case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return SQLITE_OK
    case SQLITE_FUNCTION: return name(second) == "load_extension" ? SQLITE_DENY : SQLITE_OK
    case SQLITE_CREATE_TABLE: return SQLITE_OK  // FTS5 declares its columns so; a real one fails on the file.
    case SQLITE_INSERT, SQLITE_UPDATE: return name(first) == "sqlite_master" ? SQLITE_OK : SQLITE_DENY
    case SQLITE_PRAGMA: return readablePragmas.contains(name(first)) ? SQLITE_OK : SQLITE_DENY
    default: return SQLITE_DENY
    }
  }

  /// FTS5 asks for `data_version` of its own; the table-valued forms arrive here, too.
  private static let readablePragmas: Set<String> = [
    "data_version", "table_info", "table_list", "index_list", "page_size", "page_count", "freelist_count",
    "user_version",
  ]

  /// When the running query must stop; asked by SQLite every few thousand steps.
  private final class Bounds {
    var deadline = UInt64.max
    var isOver: Bool { deadline != .max && Self.now >= deadline }

    static var now: UInt64 {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func from(_ pointer: UnsafeMutableRawPointer?) -> Bounds {
      Unmanaged<Bounds>.fromOpaque(pointer!).takeUnretainedValue()
    }
  }

  // MARK: Running SQL

  /// Runs one SELECT and hands over its rows, one at a time.
  ///
  /// - Parameters:
  ///   - parameters: by name without the colon. A name that the SQL does not use is fine; one that it
  ///     uses and that is not given is an error.
  ///   - each: returns false to stop.
  /// - Returns: whether rows were left because of `limits.rows`.
  @discardableResult
  func forEach(
    _ sql: String, _ parameters: [String: SQLValue] = [:], limits: ReadLimits = .none,
    columns: (([String]) -> Void)? = nil, each: (RowView) throws -> Bool
  ) throws -> Bool {
    var statement: OpaquePointer?
    defer { sqlite3_finalize(statement) }
    var sql = sql
    let code = sql.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) { text in
        var tail: UnsafePointer<CChar>?
        let code = sqlite3_prepare_v2(handle, text.baseAddress, Int32(text.count), &statement, &tail)
        if code == SQLITE_OK, let tail, let base = text.baseAddress {
          let rest = UnsafeBufferPointer(rebasing: text[(tail - base)...])
          if !Self.isBlank(rest) { return SQLITE_MISUSE }
        }
        return code
      }
    }
    if code == SQLITE_MISUSE {
      throw SQLError(message: "more than one statement", offset: nil, sql: sql)
    }
    guard code == SQLITE_OK, let statement else {
      if code == SQLITE_OK { throw SQLError(message: "no statement", offset: nil, sql: sql) }
      throw sqlError(code, sql)
    }
    guard sqlite3_stmt_readonly(statement) != 0, sqlite3_column_count(statement) > 0 else {
      throw SQLError(message: "only SELECT is allowed here", offset: nil, sql: sql)
    }
    try bind(parameters, to: statement, sql)
    let names = (0..<sqlite3_column_count(statement)).map { String(cString: sqlite3_column_name(statement, $0)) }
    columns?(names)
    bounds.deadline =
      limits.seconds.isFinite ? Bounds.now &+ UInt64(max(0, limits.seconds) * 1e9) : UInt64.max
    defer { bounds.deadline = .max }
    let row = RowView(statement: statement)
    var count = 0
    while true {
      let code = sqlite3_step(statement)
      switch code {
      case SQLITE_ROW:
        if count == limits.rows { return true }
        count += 1
        if try !each(row) { return false }
      case SQLITE_DONE: return false
      case SQLITE_INTERRUPT:
        throw SQLError(
          message: "took longer than \(Self.seconds(limits.seconds))", offset: nil, sql: sql, isTimeout: true)
      default: throw sqlError(code, sql)
      }
    }
  }

  func rows(_ sql: String, _ parameters: [String: SQLValue] = [:], limits: ReadLimits = .none) throws -> RowSet {
    var set = RowSet(columns: [], rows: [])
    set.isCut = try forEach(sql, parameters, limits: limits, columns: { set.columns = $0 }) { row in
      set.rows.append((0..<Int32(set.columns.count)).map { row[$0] })
      return true
    }
    return set
  }

  private func bind(_ parameters: [String: SQLValue], to statement: OpaquePointer, _ sql: String) throws {
    for index in 1..<max(1, sqlite3_bind_parameter_count(statement) + 1) {
      guard let pointer = sqlite3_bind_parameter_name(statement, index) else {
        throw SQLError(message: "a parameter without a name: write :name", offset: nil, sql: sql)
      }
      let name = String(cString: pointer).dropFirst()
      guard let value = parameters[String(name)] else {
        throw SQLError(message: "parameter :\(name) has no value", offset: nil, sql: sql)
      }
      // SQLITE_TRANSIENT: SQLite copies.
      let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      switch value {
      case .null: sqlite3_bind_null(statement, index)
      case .integer(let value): sqlite3_bind_int64(statement, index, value)
      case .real(let value): sqlite3_bind_double(statement, index, value)
      case .text(var value):
        value.withUTF8 { text in
          _ = text.withMemoryRebound(to: CChar.self) {
            sqlite3_bind_text(
              statement, index, $0.baseAddress ?? UnsafePointer(bitPattern: 1), Int32($0.count), transient)
          }
        }
      case .blob(let value):
        value.withUnsafeBytes { _ = sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), transient) }
      }
    }
  }

  private func sqlError(_ code: Int32, _ sql: String) -> any Error {
    let message = String(cString: sqlite3_errmsg(handle))
    if Failure.isDamage(code) { isDamaged = true }
    switch code & 0xff {
    case SQLITE_ERROR, SQLITE_AUTH, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE:
      let offset = sqlite3_error_offset(handle)
      let isDenied = code & 0xff == SQLITE_AUTH
      return SQLError(
        message: isDenied ? "only SELECT is allowed here (\(message))" : message,
        offset: offset >= 0 ? Int(offset) : nil, sql: sql)
    default: return Failure.problem(code: code, message: message, path: path)
    }
  }

  private static func isBlank(_ text: UnsafeBufferPointer<CChar>) -> Bool {
    var rest = Substring(decoding: text.lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    while true {
      rest = rest.drop { $0.isWhitespace || $0 == ";" }
      if rest.isEmpty || rest.first == "\0" { return true }
      guard rest.hasPrefix("--") else { return false }
      rest = rest.drop { !$0.isNewline }
    }
  }

  private static func seconds(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value)) s" : "\(value) s"
  }
}

/// One row while it is the current one.
struct RowView {
  let statement: OpaquePointer

  subscript(_ index: Int32) -> SQLValue {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER: .integer(int(index))
    case SQLITE_FLOAT: .real(sqlite3_column_double(statement, index))
    case SQLITE_TEXT: .text(text(index))
    case SQLITE_BLOB: .blob(blob(index))
    default: .null
    }
  }

  var byName: [String: SQLValue] {
    var values: [String: SQLValue] = [:]
    for index in 0..<sqlite3_column_count(statement) {
      values[String(cString: sqlite3_column_name(statement, index))] = self[index]
    }
    return values
  }

  func int(_ index: Int32) -> Int64 { sqlite3_column_int64(statement, index) }

  func blob(_ index: Int32) -> [UInt8] {
    sqlite3_column_blob(statement, index).map {
      [UInt8](UnsafeRawBufferPointer(start: $0, count: Int(sqlite3_column_bytes(statement, index))))
    } ?? []
  }

  func text(_ index: Int32) -> String {
    guard let text = sqlite3_column_text(statement, index) else { return "" }
    let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, index)))
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// What is wrong with a query's text, or that it took too long.
public struct SQLError: Error, Hashable, Sendable {
  public var message: String
  /// Byte offset in `sql` of the token that SQLite stopped at.
  public var offset: Int?
  public var sql: String
  public var isTimeout = false
}
