import Events
import Storage

/// Rows for other programs.
enum WebFormat {
  case json, csv

  var contentType: String { self == .json ? "application/x-ndjson" : "text/csv; charset=utf-8; header=present" }

  func text(_ rows: RowSet) -> String {
    switch self {
    case .json: rows.rows.map { Self.object(rows.columns, $0) + "\n" }.joined()
    case .csv: ([rows.columns] + rows.rows.map { Self.cells(rows.columns, $0) }).map(Self.line).joined()
    }
  }

  private static func isTime(_ column: String) -> Bool {
    column == "ts" || column.hasSuffix("_ts") || column.hasSuffix("_not_after")
  }

  private static func object(_ columns: [String], _ row: [SQLValue]) -> String {
    let fields = zip(columns, row).map { column, value in
      let shown =
        switch value {
        case .integer(let number): isTime(column) ? quote(number == 0 ? "" : Timestamp.rfc3339(number)) : String(number)
        case .real(let number): number.isFinite ? String(number) : "null"
        case .null: "null"
        case .text, .blob: quote(value.string)
        }
      return quote(column) + ":" + shown
    }
    return "{" + fields.joined(separator: ",") + "}"
  }

  private static func quote(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case _
      where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }

  private static func cells(_ columns: [String], _ row: [SQLValue]) -> [String] {
    zip(columns, row).map { column, value in
      if case .integer(let number) = value, isTime(column) { return number == 0 ? "" : Timestamp.rfc3339(number) }
      guard case .text(let text) = value else { return value.string }
      // A spreadsheet would run a cell that begins like a formula.
      return text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
    }
  }

  private static func line(_ cells: [String]) -> String {
    cells.map { cell in
      cell.contains { ",\"\n\r".contains($0) } ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }.joined(separator: ",") + "\r\n"
  }
}

extension String {
  /// For one value of a query string.
  var urlEncoded: String {
    utf8.map { byte in
      let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      if isPlain || "-._~".utf8.contains(byte) { return String(Unicode.Scalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }
}
