import Events
import Storage

/// A fault in SQL with its line, a caret, and what was probably meant.
enum QueryFault {
  static func problem(_ error: SQLError, bounded: BoundedSQL, original: String, place: String) -> Problem {
    if error.isTimeout {
      return Problem(
        .failed, at: place, "\(error.message).", next: "Narrow it with --since, or allow more: --timeout 60s")
    }
    let column = unknownName(in: error.message)
    let hint = column.map(meant) ?? ""
    var offset = error.offset.flatMap(bounded.original)
    // SQLite does not always tell the place of an unknown name.
    if offset == nil, let column { offset = Self.offset(of: column, in: original) }
    guard let offset else {
      return Problem(.failed, at: place, error.message + (hint.isEmpty ? "." : "; \(hint)"), next: next(error))
    }
    let (line, number, byte) = line(at: offset, in: original)
    let before = String(decoding: line.utf8.prefix(byte), as: UTF8.self)
    let token = token(in: line, at: byte)
    let gutter = String(repeating: " ", count: max(0, 4 - String(number).count)) + "\(number) | "
    let blank = String(repeating: " ", count: gutter.count - 2) + "| "
    let marks = before.map { $0 == "\t" ? "\t" : " " }.joined() + String(repeating: "^", count: max(1, token.count))
    return Problem(
      .failed, at: "\(place):\(number):\(before.count + 1)", error.message + ".",
      next: "\(gutter)\(line)\n\(blank)\(marks)\(hint.isEmpty ? "" : " " + hint)\n\(next(error))")
  }

  private static func next(_ error: SQLError) -> String {
    if error.message.hasPrefix("parameter :") { return "Give it:  --param name=value" }
    if error.message.hasPrefix("only SELECT") {
      return "The store is never changed by a query; see seclog store --help"
    }
    return "Columns of events: seclog query columns"
  }

  /// `user` of `no such column: e.user`.
  private static func unknownName(in message: String) -> String? {
    for start in ["no such column: ", "no such table: ", "no such function: "] where message.hasPrefix(start) {
      return message.dropFirst(start.count).split(separator: ".").last.map(String.init)
    }
    return nil
  }

  private static func meant(_ name: String) -> String {
    let lowered = name.lowercased()
    if lowered == "user" || lowered == "username" || lowered == "user_id" { return "did you mean 'actor' or 'target'?" }
    if let column = Column.aliases[lowered] { return "did you mean '\(column.rawValue)'?" }
    let names = Column.allCases.map(\.rawValue) + ["events"]
    return Suggestion.closest(to: name, among: names).map { "did you mean '\($0)'?" } ?? ""
  }

  private static func offset(of name: String, in sql: String) -> Int? {
    let bytes = Array(sql.utf8)
    let word = Array(name.utf8)
    func isName(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "_") || Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
    }
    guard !word.isEmpty, bytes.count >= word.count else { return nil }
    return (0...(bytes.count - word.count)).first { start in
      bytes[start..<start + word.count].elementsEqual(word)
        && (start == 0 || !isName(bytes[start - 1]))
        && (start + word.count == bytes.count || !isName(bytes[start + word.count]))
    }
  }

  private static func line(at offset: Int, in sql: String) -> (line: String, number: Int, byte: Int) {
    let bytes = Array(sql.utf8)
    let offset = min(offset, bytes.count)
    let start = bytes[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let end = bytes[offset...].firstIndex(of: 0x0A) ?? bytes.count
    let number = bytes[..<start].count { $0 == 0x0A } + 1
    return (String(decoding: bytes[start..<end], as: UTF8.self), number, offset - start)
  }

  private static func token(in line: String, at byte: Int) -> String {
    String(
      String(decoding: line.utf8.dropFirst(byte), as: UTF8.self).prefix {
        $0.isLetter || $0.isNumber || $0 == "_" || $0 == "."
      })
  }
}
