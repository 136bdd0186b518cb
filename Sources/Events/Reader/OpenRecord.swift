/// The record that the next line may continue: a traceback, a Postgres message with its DETAIL, a
/// message of several lines, pretty-printed JSON.
///
/// A decision only: it sees what the lines were parsed to and says whether a line continues the
/// record. Part of ``SourceState``; its texts are redacted and bounded.
struct OpenRecord: Hashable, Sendable, Codable {
  enum Mode: String, Sendable, Codable {
    /// An ordinary line.
    case text
    /// Between `Traceback (most recent call last):` and the line that names the exception.
    case traceback
    /// Behind the line that names the exception: chained exceptions, SQL, notes.
    case raised
    /// The head's message is empty or ends in a colon: plain lines are its text.
    case message
    /// A Go panic: plain lines until a line that some format recognises.
    case goroutine
    /// Pretty-printed JSON.
    case block
  }

  let headOffset: Int64
  let headLine: Int64
  /// Number of the line that may continue it.
  var nextLine: Int64
  var lines = 1
  var mode = Mode.text
  var format: String
  var emitter: String
  var logger: String
  var level: ParsedRecord.Level
  var message: String
  var time: Int64
  var timeQuality: ParsedRecord.TimeQuality
  var unit: String
  var key: String?
  /// The continuation lines, newline-separated, bounded.
  var text = ""
  /// A line of the record holds an anchor: the lines that follow are classified with it.
  var isAnchored: Bool
  private var wasIndented = false
  private var isBracketOpen = false
  /// Level of the items of a list.
  private var listLevel: ParsedRecord.Level?

  init(_ record: borrowing ParsedRecord, isAnchored: Bool) {
    headOffset = record.offset
    headLine = record.lineNumber
    nextLine = record.lineNumber + 1
    format = record.format
    emitter = record.emitter
    logger = record.logger
    level = record.level
    message = Self.cut(record.message, 1 << 10)
    time = record.time
    timeQuality = record.timeQuality
    unit = record.unit
    key = record.headKey
    self.isAnchored = isAnchored
    let trimmed = Self.unindented(record.message)
    wasIndented = record.isIndented
    if record.isPlain {
      if Self.opensTraceback(trimmed) {
        mode = .traceback
      } else if trimmed == "{" || trimmed == "[" {
        mode = .block
      } else if Self.isException(trimmed) {
        mode = .raised
      }
    } else if level >= .warn, record.fields.isEmpty || trimmed.isEmpty,
      trimmed.isEmpty || trimmed.utf8.last == UInt8(ascii: ":")
    {
      mode = .message
    }
  }

  /// Whether the line belongs to this record.
  func continues(_ record: ParsedRecord) -> Bool {
    guard record.lineNumber == nextLine, record.unit == unit, lines < Limits.recordLinesMax else { return false }
    if record.isIndented, mode == .block || mode == .traceback { return true }
    if let own = record.continuationKey {
      // One message, one time: a later line of the same process belongs to a record that is not here.
      return own == key && record.emitter == emitter && (record.timeQuality != .own || record.time == time)
    }
    if mode == .text, record.isIndented, record.format == "level-first", record.timeQuality != .own, isList,
      listLevel == nil || listLevel == record.level
    {
      return true
    }
    guard record.isPlain else {
      // An exception class may be called `Error`, which reads like a level.
      return mode == .traceback && wasIndented && record.format == "level-first" && record.timeQuality != .own
    }
    let text = Self.unindented(record.message)
    // sudo pads the name of who calls it: each of its lines is a record.
    if record.unit == "sudo" { return false }
    if text.isEmpty || record.isIndented { return true }
    switch mode {
    case .traceback, .goroutine: return true
    case .message: return lines <= Limits.openMessageLinesMax
    case .block: return text.hasPrefix("}") || text.hasPrefix("]")
    case .raised: return isBracketOpen || Self.continuesAnything(text) || Self.opensTraceback(text)
    case .text:
      if Self.opensTraceback(text) { return level >= .warn }
      if text.hasPrefix("}") || text.hasPrefix("]") || text.hasPrefix(")") { return wasIndented }
      return Self.continuesAnything(text)
    }
  }

  /// Adds a line for which ``continues(_:)`` holds.
  mutating func take(_ record: ParsedRecord, isAnchored hit: Bool) {
    nextLine = record.lineNumber + 1
    lines += 1
    if mode == .text, record.format == "level-first" { listLevel = record.level }
    if hit { isAnchored = true }
    if text.utf8.count < Limits.continuationTextBytesMax {
      if !text.isEmpty { text += "\n" }
      text += Self.cut(record.message, Limits.continuationTextBytesMax - text.utf8.count)
    }
    let line = Self.unindented(record.message)
    if Self.opensTraceback(line) {
      mode = .traceback
    } else if mode == .traceback, !record.isIndented, !line.isEmpty, wasIndented {
      mode = .raised
    } else if line.hasPrefix("goroutine ") {
      mode = .goroutine
    }
    if line.hasPrefix("[SQL:") || line.hasPrefix("[parameters:") { isBracketOpen = true }
    if isBracketOpen, line.hasSuffix("]") { isBracketOpen = false }
    if !line.isEmpty { wasIndented = record.isIndented }
  }

  /// A plain head that announces a list: `Environment validation failed:`, then `  ERROR: …` for each fault.
  private var isList: Bool { message.hasSuffix(":") && lines <= Limits.openMessageLinesMax }

  private static func unindented(_ text: String) -> Substring {
    let bytes = text.utf8
    return text[(bytes.firstIndex { $0 != 0x20 && $0 != 0x09 } ?? bytes.endIndex)...]
  }

  /// Pretty-printed JSON has ended with this line.
  func closesBlock(_ record: ParsedRecord) -> Bool {
    mode == .block && !record.isIndented && (record.message.hasPrefix("}") || record.message.hasPrefix("]"))
  }

  private static func opensTraceback(_ text: Substring) -> Bool { text.hasPrefix("Traceback (most recent call last)") }

  /// `ValueError: …`, `psycopg.errors.InvalidPassword: …`, `java.lang.IllegalStateException`.
  static func isException(_ text: Substring) -> Bool {
    let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "_" || $0 == "$") }
    guard name.count > 5, name.endIndex == text.endIndex || text[name.endIndex] == ":" else { return false }
    return exceptionEndings.contains { name.hasSuffix($0) }
  }
  private static let exceptionEndings = [
    "Error", "Exception", "Exit", "Interrupt", "Failure", "Fault", "Warning", "Timeout", "DoesNotExist", "Abort",
  ]

  /// Beginnings that only ever follow another line of the same record.
  private static func continuesAnything(_ text: Substring) -> Bool {
    if starts.contains(where: { text.hasPrefix($0) }) { return true }
    // `3 |   updatePiece(id: $id)`: source lines under a GraphQL or compiler message.
    let digits = text.prefix { $0.isNumber }
    if !digits.isEmpty, text[digits.endIndex...].hasPrefix(" | ") { return true }
    return text.hasPrefix("... ") && text.hasSuffix(" more")
  }
  private static let starts = [
    "Caused by:", "Suppressed:", "During handling of the above exception", "The above exception was the direct cause",
    "[SQL:", "[parameters:", "(Background on this error", "goroutine ", "GraphQL request:", "DETAIL:", "HINT:",
    "CONTEXT:",
    "Please make sure ", "-- End of inner exception", "   at ", "[cause]:", "Node.js v",
  ]

  private static func cut(_ text: String, _ limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    return String(decoding: text.utf8.prefix(max(limit, 0)), as: UTF8.self)
  }
}

extension ParsedRecord.Level: Comparable {
  private var rank: Int {
    switch self {
    case .none: 0
    case .trace: 1
    case .debug: 2
    case .info: 3
    case .warn: 4
    case .error: 5
    case .fatal: 6
    }
  }

  static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
}
