import GRDB
import GRDBSQLite
import Glibc

/// A table of memory, `incoming`, for `INSERT INTO … SELECT … FROM incoming`: one statement takes a batch.
///
/// Bound and stepped row by row, SQLite spends more on opening and closing the statement, binding
/// fifty values and looking up the end of each table than on the row itself.
///
/// Safety: SQLite calls in here only while ``run(_:on:count:row:)`` steps, so what the row's slots point to
/// lives: it is in the buffer of the row, which stays as it is until the next row is asked for, or the
/// caller's for the whole call. SQLite has made its record of a row before it asks for the next.
/// Only one thread at a time uses it: the one that holds the writing connection.
/// - Source: https://www.sqlite.org/vtab.html#eponymous_virtual_tables
final class IncomingRows: @unchecked Sendable {
  static let columns = (0...Schema.columns.count).map { "c\($0)" }

  /// What the running statement reads; behind a pointer, where no access is checked for overlaps.
  private struct State {
    var row: IncomingRow
    var make: ((inout IncomingRow, Int) -> Void)?
    var next = 0
    var count = 0
    /// Columns that the statement takes; a row that has a value in another one ends it.
    var taken = UInt64.max
    /// The next row is made already.
    var isMade = false

    mutating func makeNext() {
      guard next < count else { return }
      if !isMade {
        row.clear()
        make!(&row, next)
      }
      isMade = row.filledColumns & ~taken != 0
    }

    var isAtEnd: Bool { next >= count || isMade }
  }

  private let state: UnsafeMutablePointer<State>
  /// Columns of each table in which any row so far had a value.
  private var used: [String: UInt64] = [:]

  init() {
    state = .allocate(capacity: 1)
    state.initialize(to: State(row: IncomingRow(columnsMax: Self.columns.count)))
  }

  deinit {
    state.pointee.row.free()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Makes the table known to a connection, which keeps this object as long as it is open.
  func register(_ connection: OpaquePointer) -> Int32 {
    sqlite3_create_module_v2(connection, "incoming", Self.module, Unmanaged.passRetained(self).toOpaque()) {
      Unmanaged<IncomingRows>.fromOpaque($0!).release()
    }
  }

  /// Runs a statement that reads `count` rows from `incoming`.
  ///
  /// - Parameter row: puts the values of a row in, from the first column on.
  func run(_ sql: String, on db: Database, count: Int, row: (inout IncomingRow, Int) -> Void) throws {
    try withRows(count, row) { try step(sql, on: db) }
  }

  /// Inserts `count` rows. Of the columns that so far were 0 or empty in all rows none is handed over: each costs as
  /// much as one with a value, and of an event's fifty a log seldom fills thirty.
  ///
  /// - Parameters:
  ///   - always: places in `columns` whose default is neither 0 nor empty.
  ///   - row: puts the values of all columns in.
  func insert(
    into table: String, _ columns: [String], always: [Int], on db: Database, count: Int,
    row: (inout IncomingRow, Int) -> Void
  ) throws {
    precondition(columns.count <= UInt64.bitWidth, "a bit for each column")
    var taken = used[table] ?? always.reduce(0) { $0 | 1 << UInt64($1) }
    try withRows(count, row) {
      repeat {
        if state.pointee.isMade { taken |= state.pointee.row.filledColumns }
        state.pointee.taken = taken
        let places = columns.indices.filter { taken >> UInt64($0) & 1 != 0 }
        func list(_ names: [String]) -> String { places.map { names[$0] }.joined(separator: ",") }
        try step("INSERT OR FAIL INTO \(table) (\(list(columns))) SELECT \(list(Self.columns)) FROM incoming", on: db)
      } while state.pointee.isMade
    }
    used[table] = taken
  }

  private func withRows(_ count: Int, _ row: (inout IncomingRow, Int) -> Void, do work: () throws -> Void) rethrows {
    try withoutActuallyEscaping(row) { row in
      (state.pointee.make, state.pointee.count, state.pointee.next) = (row, count, 0)
      defer {
        (state.pointee.make, state.pointee.count) = (nil, 0)
        (state.pointee.taken, state.pointee.isMade) = (.max, false)
      }
      try work()
    }
  }

  /// Runs a statement from the next row on, until all are taken or one does not fit it.
  private func step(_ sql: String, on db: Database) throws {
    let statement = try db.cachedStatement(sql: sql).sqliteStatement
    sqlite3_step(statement)
    let code = sqlite3_reset(statement)  // Tells how the step ended.
    guard code == SQLITE_OK else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
    }
  }

  // MARK: What SQLite calls

  private struct Table {
    var base = sqlite3_vtab()
    var state: UnsafeMutablePointer<State>
  }

  private struct Cursor {
    var base = sqlite3_vtab_cursor()
    var slots: UnsafePointer<IncomingRow.Slot>
    var state: UnsafeMutablePointer<State>
  }

  private static func cursor(_ base: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> UnsafeMutablePointer<Cursor> {
    UnsafeMutableRawPointer(base!).assumingMemoryBound(to: Cursor.self)
  }

  nonisolated(unsafe) private static let module: UnsafeMutablePointer<sqlite3_module> = {
    let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
    module.initialize(to: sqlite3_module())
    module.pointee.xConnect = { connection, rows, _, _, table, _ in
      let code = sqlite3_declare_vtab(connection, "CREATE TABLE x (\(IncomingRows.columns.joined(separator: ",")))")
      guard code == SQLITE_OK else { return code }
      let made = UnsafeMutablePointer<Table>.allocate(capacity: 1)
      made.initialize(to: Table(state: Unmanaged<IncomingRows>.fromOpaque(rows!).takeUnretainedValue().state))
      table!.pointee = UnsafeMutableRawPointer(made).assumingMemoryBound(to: sqlite3_vtab.self)
      return SQLITE_OK
    }
    module.pointee.xDisconnect = { table in
      UnsafeMutableRawPointer(table!).assumingMemoryBound(to: Table.self).deallocate()
      return SQLITE_OK
    }
    module.pointee.xBestIndex = { _, _ in SQLITE_OK }
    module.pointee.xOpen = { table, cursor in
      let state = UnsafeMutableRawPointer(table!).assumingMemoryBound(to: Table.self).pointee.state
      let made = UnsafeMutablePointer<Cursor>.allocate(capacity: 1)
      made.initialize(to: Cursor(slots: UnsafePointer(state.pointee.row.slots), state: state))
      cursor!.pointee = UnsafeMutableRawPointer(made).assumingMemoryBound(to: sqlite3_vtab_cursor.self)
      return SQLITE_OK
    }
    module.pointee.xClose = { cursor in
      IncomingRows.cursor(cursor).deallocate()
      return SQLITE_OK
    }
    module.pointee.xFilter = { cursor, _, _, _, _ in
      IncomingRows.cursor(cursor).pointee.state.pointee.makeNext()
      return SQLITE_OK
    }
    module.pointee.xNext = { cursor in
      let state = IncomingRows.cursor(cursor).pointee.state
      state.pointee.next += 1
      state.pointee.makeNext()
      return SQLITE_OK
    }
    module.pointee.xEof = { cursor in
      IncomingRows.cursor(cursor).pointee.state.pointee.isAtEnd ? 1 : 0
    }
    module.pointee.xColumn = { cursor, context, column in
      let slot = IncomingRows.cursor(cursor).pointee.slots[Int(column)]
      if let text = slot.text {
        sqlite3_result_text(context, text, Int32(truncatingIfNeeded: slot.value), nil)
      } else {
        sqlite3_result_int64(context, slot.value)
      }
      return SQLITE_OK
    }
    module.pointee.xRowid = { cursor, id in
      id!.pointee = Int64(IncomingRows.cursor(cursor).pointee.state.pointee.next)
      return SQLITE_OK
    }
    return module
  }()
}

/// The values of one row on their way into SQLite.
struct IncomingRow {
  struct Slot {
    /// `nil` for an integer.
    var text: UnsafePointer<CChar>?
    /// The integer, or how long the text is; -1 if it ends at a zero byte.
    var value: Int64
  }

  fileprivate let slots: UnsafeMutablePointer<Slot>
  private let columnsMax: Int
  private var filled = 0
  /// Those that are neither 0 nor empty.
  fileprivate private(set) var filledColumns: UInt64 = 0
  private var bytes: UnsafeMutableRawPointer
  private var capacity = 4096
  private var used = 0

  fileprivate init(columnsMax: Int) {
    self.columnsMax = columnsMax
    slots = .allocate(capacity: columnsMax)
    slots.initialize(repeating: Slot(text: nil, value: 0), count: columnsMax)
    bytes = malloc(capacity)!
  }

  fileprivate func free() {
    slots.deallocate()
    Glibc.free(bytes)
  }

  /// Columns that are not put in keep their last value: no statement looks at them.
  fileprivate mutating func clear() {
    filled = 0
    filledColumns = 0
    used = 0
  }

  private mutating func put(_ slot: Slot) {
    precondition(filled < columnsMax, "no more values than columns")
    slots[filled] = slot
    if slot.value != 0 { filledColumns |= 1 << UInt64(filled) }
    filled += 1
  }

  mutating func integer(_ value: Int64) { put(Slot(text: nil, value: value)) }

  /// A copy of the text.
  mutating func text(_ value: borrowing String) {
    let count = value.utf8.count
    guard count > 0 else { return put(Slot(text: UnsafePointer(bytes.assumingMemoryBound(to: CChar.self)), value: 0)) }
    let place = room(count)
    let copied: Void? = value.utf8.withContiguousStorageIfAvailable {
      place.copyMemory(from: $0.baseAddress!, byteCount: count)
    }
    if copied == nil {
      for (index, byte) in value.utf8.enumerated() { place.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
    }
    took(place, count)
  }

  /// The text itself, which outlives the statement.
  ///
  /// - Parameter count: its length; `nil` = up to its zero byte.
  mutating func text(_ value: UnsafePointer<CChar>, count: Int?) {
    put(Slot(text: value, value: count.map(Int64.init) ?? -1))
  }

  /// Numbers as a JSON array.
  mutating func array(_ values: [Int64]) {
    let place = room(values.count * 21 + 2)
    let bytes = place.assumingMemoryBound(to: UInt8.self)
    var count = 0
    func put(_ byte: UInt8) {
      bytes[count] = byte
      count += 1
    }
    put(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { put(UInt8(ascii: ",")) }
      if value < 0 { put(UInt8(ascii: "-")) }
      let first = count
      var rest = value.magnitude
      repeat {
        put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
        rest /= 10
      } while rest > 0
      var digits = UnsafeMutableBufferPointer(start: bytes + first, count: count - first)
      digits.reverse()
    }
    put(UInt8(ascii: "]"))
    took(place, count)
  }

  private mutating func took(_ place: UnsafeMutableRawPointer, _ count: Int) {
    put(Slot(text: UnsafePointer(place.assumingMemoryBound(to: CChar.self)), value: Int64(count)))
    used += count
  }

  /// Where `count` bytes can be written.
  private mutating func room(_ count: Int) -> UnsafeMutableRawPointer {
    precondition(count <= Int32.max, "SQLite counts the bytes of a text in 32 bits")
    if used + count > capacity { grow(by: count) }
    return bytes + used
  }

  private mutating func grow(by count: Int) {
    let old = UnsafePointer(bytes.assumingMemoryBound(to: CChar.self))
    capacity = max(capacity * 2, used + count)
    let new = malloc(capacity)!
    new.copyMemory(from: bytes, byteCount: used)
    for slot in 0..<filled {
      if let text = slots[slot].text, text >= old, text <= old + used {
        slots[slot].text = UnsafePointer(new.assumingMemoryBound(to: CChar.self)) + (text - old)
      }
    }
    Glibc.free(bytes)
    bytes = new
  }
}
