import Events
import GRDBSQLite

/// Binds the values of one row after the other to one statement, without giving SQLite a copy of
/// each text: they are gathered in one buffer, which outlives the step.
///
/// Safety: SQLite looks at a bound pointer only while stepping. ``step()`` binds pointers into
/// `bytes` inside `withUnsafeBytes` and steps there; a slot that is left alone holds zero or an
/// empty text of SQLite's own. ``init(_:)`` clears what an earlier binder left in a cached statement.
struct StatementBinder {
  private enum Slot {
    case integer(Int64)
    case text(from: Int, count: Int)
  }
  /// What SQLite holds in a slot, if it is one of the two values that most slots have.
  private enum Held { case other, zero, emptyText }

  private let statement: OpaquePointer
  private var bytes: [UInt8] = [0]
  private var slots: [Slot] = []
  private var held: [Held]

  init(_ statement: OpaquePointer) {
    self.statement = statement
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
    held = Array(repeating: .other, count: Int(sqlite3_bind_parameter_count(statement)))
    slots.reserveCapacity(held.count)
  }

  mutating func integer(_ value: Int64) { slots.append(.integer(value)) }

  mutating func text(_ value: borrowing String) {
    guard !value.isEmpty else { return slots.append(.text(from: 0, count: 0)) }
    let from = bytes.count
    bytes.append(value)
    slots.append(.text(from: from, count: bytes.count - from))
  }

  /// Binds what `fill` appends as one text.
  mutating func text(_ fill: (inout [UInt8]) -> Void) {
    let from = bytes.count
    fill(&bytes)
    slots.append(.text(from: from, count: bytes.count - from))
  }

  /// Binds what was gathered, runs the statement once, and starts anew.
  ///
  /// - Returns: SQLite's result code of the step: `SQLITE_DONE` when all is well.
  mutating func step() -> Int32 {
    precondition(slots.count == held.count, "a value for each parameter")
    let result = bytes.withUnsafeBytes { bytes in
      let base = bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
      for (index, slot) in slots.enumerated() {
        switch slot {
        case .integer(0):
          if held[index] != .zero { sqlite3_bind_int64(statement, Int32(index + 1), 0) }
          held[index] = .zero
        case .integer(let value):
          sqlite3_bind_int64(statement, Int32(index + 1), value)
          held[index] = .other
        case .text(_, 0):
          if held[index] != .emptyText { sqlite3_bind_text(statement, Int32(index + 1), "", 0, Self.transient) }
          held[index] = .emptyText
        case .text(let from, let count):
          sqlite3_bind_text(statement, Int32(index + 1), base + from, Int32(count), nil)
          held[index] = .other
        }
      }
      let result = sqlite3_step(statement)
      sqlite3_reset(statement)
      return result
    }
    bytes.removeAll(keepingCapacity: true)
    bytes.append(0)  // so that there always is a pointer
    slots.removeAll(keepingCapacity: true)
    return result
  }

  /// SQLite makes its own copy.
  private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}

extension [UInt8] {
  mutating func append(_ text: borrowing String) {
    // Short texts lie in the value itself: for them `withContiguousStorageIfAvailable` has none.
    var text = copy text
    text.withUTF8 { append(contentsOf: $0) }
  }
}

extension StatementBinder {
  /// All columns in the order of ``Schema/columns``. Written out because a key path per value costs
  /// more than the insertion itself; a test holds it against `Event`'s subscript.
  mutating func event(_ event: borrowing Event) {
    text(event.id); integer(event.ts); text(event.tsQuality); integer(event.observedTs)
    text(event.event); text(event.category); text(event.outcome); integer(event.severity); text(event.level)
    text(event.app); text(event.env); text(event.host); text(event.source); integer(event.sourceOffset)
    text { Self.append(event.lines, to: &$0) }
    text(event.logger); text(event.actor); text(event.actorType); text(event.target)
    text(event.objectType); text(event.objectID); text(event.fromValue); text(event.toValue)
    text(event.reason); text(event.authMethod); text(event.sourceIP); text(event.userAgent); text(event.session)
    text(event.requestID); text(event.traceID); text(event.spanID)
    text(event.httpMethod); text(event.httpPath); integer(event.httpStatus)
    text(event.vulnID); text(event.package); text(event.packageVersion); text(event.fixedVersion)
    text(event.certSubject); integer(event.certNotAfter); text(event.dbSystem)
    integer(event.repeatCount); integer(event.redactions); text(event.redactionKinds)
    text(event.classifier); integer(event.confidence); text(event.parse)
    text(event.message); text(event.attrs)
  }

  private static func append(_ lines: [Int64], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "["))
    for (index, line) in lines.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(String(line))
    }
    bytes.append(UInt8(ascii: "]"))
  }
}
