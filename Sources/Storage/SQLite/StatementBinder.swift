import Events
import GRDBSQLite

/// Binds the values of one row without giving SQLite a copy of each: texts are gathered in one
/// buffer, which outlives the step.
///
/// Safety: ``step(_:)`` binds pointers into `bytes` inside `withUnsafeBytes`, steps and clears the
/// bindings before the pointer's scope ends, so SQLite never holds a dangling one.
struct StatementBinder {
  private enum Slot {
    case integer(Int64)
    case text(from: Int, to: Int)
  }
  private var bytes: [UInt8] = []
  private var slots: [Slot] = []

  mutating func integer(_ value: Int64) { slots.append(.integer(value)) }

  mutating func text(_ value: String) {
    let from = bytes.count
    var value = value
    value.withUTF8 { bytes.append(contentsOf: $0) }
    slots.append(.text(from: from, to: bytes.count))
  }

  /// Binds what `fill` appends as one text.
  mutating func text(_ fill: (inout [UInt8]) -> Void) {
    let from = bytes.count
    fill(&bytes)
    slots.append(.text(from: from, to: bytes.count))
  }

  /// Binds what was gathered, runs the statement once, and starts anew.
  ///
  /// - Returns: SQLite's result code of the step: `SQLITE_DONE` when all is well.
  mutating func step(_ statement: OpaquePointer) -> Int32 {
    if bytes.isEmpty { bytes.append(0) }  // so that there is a pointer
    let result = bytes.withUnsafeBytes { bytes in
      let base = bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
      var index: Int32 = 1
      for slot in slots {
        switch slot {
        case .integer(let value): sqlite3_bind_int64(statement, index, value)
        case .text(let from, let to): sqlite3_bind_text(statement, index, base + from, Int32(to - from), nil)
        }
        index += 1
      }
      let result = sqlite3_step(statement)
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
      return result
    }
    bytes.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    return result
  }
}

extension StatementBinder {
  /// All columns in the order of ``Schema/columns``. Written out because a key path per value costs
  /// more than the insertion itself; a test holds it against `Event`'s subscript.
  mutating func event(_ event: Event) {
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
      var text = String(line)
      text.withUTF8 { bytes.append(contentsOf: $0) }
    }
    bytes.append(UInt8(ascii: "]"))
  }
}
