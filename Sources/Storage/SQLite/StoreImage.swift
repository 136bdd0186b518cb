import GRDBSQLite
import Glibc

/// A damaged store as far as it can still be read: its file and its write-ahead log, put together in memory.
///
/// SQLite knows a database by its first hundred bytes, and gives up where they are wrong. Here they are
/// written anew, so that only pages that are damaged themselves stop the reading. The disk is not touched.
///
/// Safety: the mapping is private and lives as long as the connection; SQLite reads within the size it
/// is told, which is that of the mapping. All pages were read from the file once before it is mapped.
final class StoreImage {
  private let base: UnsafeMutableRawPointer
  private let size: Int
  private let handle: OpaquePointer

  /// - Returns: `nil` if there is nothing, or the disk does not give it.
  init?(path: String) {
    let log = WriteAheadLog(path: path + "-wal")
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard let fileSize = Self.readAll(file) else { return nil }
    let pageBytes = Schema.pageBytes
    size = max((fileSize + pageBytes - 1) / pageBytes, log?.pageCount ?? 0) * pageBytes
    guard size > 0, let base = Self.map(size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, at: nil) else {
      return nil
    }
    self.base = base
    var connection: OpaquePointer?
    let isRead =
      (fileSize == 0 || Self.map(fileSize, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, file, at: base) != nil)
      && log?.apply(to: UnsafeMutableRawBufferPointer(start: base, count: size)) != false
    Self.writeHeader(to: base, pages: size / pageBytes)
    guard isRead,
      sqlite3_open_v2(":memory:", &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK,
      sqlite3_deserialize(
        connection, "main", base.assumingMemoryBound(to: UInt8.self), Int64(size), Int64(size),
        UInt32(SQLITE_DESERIALIZE_READONLY)) == SQLITE_OK
    else {
      sqlite3_close_v2(connection)
      munmap(base, size)
      return nil
    }
    handle = connection!
    // Tables whose definition cannot be read are left out, instead of all.
    sqlite3_exec(handle, "PRAGMA writable_schema = ON", nil, nil, nil)
  }

  deinit {
    sqlite3_close_v2(handle)
    munmap(base, size)
  }

  /// Hands over the rows up to the first that cannot be read.
  ///
  /// - Returns: whether these are all.
  func forEach(_ sql: String, _ parameters: Int64..., each: (RowView) -> Void) -> Bool {
    var statement: OpaquePointer?
    defer { sqlite3_finalize(statement) }
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else { return false }
    for (index, value) in parameters.enumerated() { sqlite3_bind_int64(statement, Int32(index + 1), value) }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: each(RowView(statement: statement))
      case SQLITE_DONE: return true
      default: return false
      }
    }
  }

  /// The rows up to the first that cannot be read, and whether these are all.
  func rows(_ sql: String) -> (rows: [[String: SQLValue]], isWhole: Bool) {
    var rows: [[String: SQLValue]] = []
    let isWhole = forEach(sql) { rows.append($0.byName) }
    return (rows, isWhole)
  }

  // MARK: Memory

  private static func map(_ size: Int, _ flags: Int32, _ file: Int32, at place: UnsafeMutableRawPointer?)
    -> UnsafeMutableRawPointer?
  {
    let base = mmap(place, size, PROT_READ | PROT_WRITE, flags, file, 0)
    return base == MAP_FAILED ? nil : base
  }

  /// Reads the file once from end to end: a bad sector is an error here, and a signal in a mapping.
  ///
  /// - Returns: its size.
  private static func readAll(_ file: Int32) -> Int? {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var size = 0
    while true {
      let count = read(file, &buffer, buffer.count)
      if count == 0 { return size }
      if count < 0 && errno != EINTR { return nil }
      size += max(0, count)
    }
  }

  /// - Source: https://www.sqlite.org/fileformat2.html#the_database_header
  private static func writeHeader(to base: UnsafeMutableRawPointer, pages: Int) {
    var header = Array(Schema.magic) + [UInt8](repeating: 0, count: 84)
    func put(_ value: Int, at offset: Int, bytes: Int = 4) {
      for place in 0..<bytes { header[offset + place] = UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - place))) }
    }
    put(Schema.pageBytes, at: 16, bytes: 2)
    // Versions 1: a database in memory has no write-ahead log.
    header.replaceSubrange(18..<24, with: [1, 1, 0, 64, 32, 32])
    put(1, at: 24)  // change counter
    put(pages, at: 28)
    put(1, at: 40)  // schema cookie
    put(4, at: 44)  // schema format
    put(1, at: 56)  // UTF-8
    put(1, at: 92)  // the counter for which the number of pages holds
    base.copyMemory(from: header, byteCount: header.count)
  }
}

/// The pages of a write-ahead log that are committed and intact.
/// - Source: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
struct WriteAheadLog {
  private static let headerBytes = 32
  private static let frameHeaderBytes = 24

  private let bytes: [UInt8]
  private var frames: [(page: Int, offset: Int)] = []
  /// Pages of the database after the last commit.
  private(set) var pageCount = 0

  /// - Returns: `nil` if there is none that a store of ours would have written.
  init?(path: String) {
    guard let bytes = Self.contents(of: path), bytes.count > Self.headerBytes else { return nil }
    self.bytes = bytes
    let pageBytes = Schema.pageBytes
    func number(_ offset: Int) -> UInt32 {
      bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    guard number(0) & ~1 == 0x377f_0682, number(8) == UInt32(pageBytes) else { return nil }
    let isBigEndian = number(0) & 1 == 1
    var sum: (UInt32, UInt32) = (0, 0)
    func add(_ range: Range<Int>) {
      for offset in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
        let (first, second) = (number(offset), number(offset + 4))
        sum.0 &+= (isBigEndian ? first : first.byteSwapped) &+ sum.1
        sum.1 &+= (isBigEndian ? second : second.byteSwapped) &+ sum.0
      }
    }
    add(0..<24)
    guard sum == (number(24), number(28)) else { return nil }
    var pending: [(page: Int, offset: Int)] = []
    var offset = Self.headerBytes
    while offset + Self.frameHeaderBytes + pageBytes <= bytes.count {
      let data = offset + Self.frameHeaderBytes
      add(offset..<offset + 8)
      add(data..<data + pageBytes)
      guard bytes[offset + 8..<offset + 16] == bytes[16..<24], sum == (number(offset + 16), number(offset + 20)) else {
        break
      }
      pending.append((Int(number(offset)), data))
      let pagesAfter = Int(number(offset + 4))
      if pagesAfter > 0 {
        pageCount = pagesAfter
        frames += pending
        pending = []
      }
      offset = data + pageBytes
    }
  }

  /// The first page as last committed; `nil` if it is not in the log.
  var firstPage: ArraySlice<UInt8>? {
    frames.last { $0.page == 1 }.map { bytes[$0.offset..<$0.offset + Schema.pageBytes] }
  }

  /// - Returns: whether the log fits.
  func apply(to image: UnsafeMutableRawBufferPointer) -> Bool {
    for (page, offset) in frames {
      let place = (page - 1) * Schema.pageBytes
      // Pages behind the end were cut off by a later commit.
      guard place >= 0 else { return false }
      guard place + Schema.pageBytes <= image.count else { continue }
      bytes.withUnsafeBytes {
        image.baseAddress!.advanced(by: place).copyMemory(
          from: $0.baseAddress!.advanced(by: offset), byteCount: Schema.pageBytes)
      }
    }
    return true
  }

  private static func contents(of path: String) -> [UInt8]? {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var info = stat()
    guard fstat(file, &info) == 0 else { return nil }
    let size = Int(info.st_size)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = read(file, buffer.baseAddress! + count, size - count)
        if got <= 0 { return }
        count += got
      }
    }
  }
}
