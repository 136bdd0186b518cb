import Events
import Queries
import Storage

/// Rows for other programs.
enum WebFormat {
  case json, csv

  var contentType: String { self == .json ? "application/x-ndjson" : "text/csv; charset=utf-8; header=present" }

  func text(_ rows: RowSet) -> String {
    var text = ""
    var renderer = RowRenderer(
      columns: rows.columns, format: self == .json ? .jsonl : .csv, style: .init(time: ShownTime(zone: .utc, now: 0))
    ) { text += $0 }
    for row in rows.rows { renderer.add(row) }
    renderer.finish()
    return text
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
