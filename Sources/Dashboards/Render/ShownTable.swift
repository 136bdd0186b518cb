import Events
import Storage

/// The rows of a panel with their columns chosen, named and typed; both renderers draw it.
struct ShownTable {
  enum Kind: Equatable { case text, code, number, time, severity, event, change }

  struct Column {
    var title: String
    var kind: Kind
    /// Place in the row; two for a change from one to the other.
    var indices: [Int]
    var name: String
  }

  var columns: [Column]
  var rows: [[SQLValue]]
  /// Rows that did not fit the panel.
  var left: Int
  private let highlight: [(index: Int, value: String)]

  init(_ rows: RowSet, panel: Dashboard.Panel) {
    let shown =
      panel.columns.isEmpty
      ? rows.columns.map { Dashboard.Panel.Shown(column: $0, title: Dashboard.Panel.title(of: $0)) } : panel.columns
    let sample = rows.rows.prefix(20)
    columns = shown.compactMap { shown in
      let names = Self.names(in: shown.column)
      let indices = names.compactMap { name in rows.columns.firstIndex(of: name) }
      guard indices.count == names.count, let first = indices.first else { return nil }
      if indices.count == 2 { return Column(title: shown.title, kind: .change, indices: indices, name: names[0]) }
      return Column(
        title: shown.title, kind: Self.kind(names[0], sample.map { $0[first] }), indices: indices, name: names[0])
    }
    self.rows = Array(rows.rows.prefix(panel.limit))
    left = max(0, rows.rows.count - panel.limit)
    highlight = panel.highlight.compactMap { column, value in
      rows.columns.firstIndex(of: column).map { ($0, value) }
    }
  }

  /// The columns in `a -> b`, or the one that is named.
  static func names(in column: String) -> [String] {
    column.split(separator: ">").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " || $0 == "-" }.reversed())
    }
  }

  private static func kind(_ name: String, _ sample: [SQLValue]) -> Kind {
    if name == "severity" { return .severity }
    if name == "event" { return .event }
    if name == "ts" || name.hasSuffix("_ts") || name.hasSuffix("_not_after") { return .time }
    let numbers = sample.allSatisfy {
      switch $0 {
      case .integer, .real: true
      default: false
      }
    }
    if numbers && !sample.isEmpty { return .number }
    let codes = [
      "source_ip", "actor", "target", "cert_subject", "vuln_id", "package", "source", "session", "http_path",
    ]
    return codes.contains(name) ? .code : .text
  }

  func isHighlighted(_ row: [SQLValue]) -> Bool {
    highlight.contains { row[$0.index].string == $0.value }
  }

  /// `04890323ef89…c2929034`: hashes and tokens are compared by their ends.
  static func shortened(_ text: String) -> String {
    text.utf8.count > 31 && !text.contains(where: { " /@.:".contains($0) })
      ? "\(text.prefix(12))…\(text.suffix(8))" : text
  }

  /// What a cell says, without markup.
  func text(_ column: Column, _ row: [SQLValue], _ labels: Labels) -> String {
    let value = row[column.indices[0]]
    switch column.kind {
    case .number:
      if case .real(let number) = value, number != number.rounded() { return String((number * 10).rounded() / 10) }
      return Labels.number(value.int)
    case .time: return labels.time(value.int)
    case .severity: return Labels.severity(value.int)
    case .change:
      let to = row[column.indices[1]].string
      if value.string.isEmpty { return to }
      return to.isEmpty ? value.string : "\(value.string) → \(to)"
    case .text, .code, .event: return value.string
    }
  }
}
