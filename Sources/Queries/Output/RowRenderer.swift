import Events
import Storage

/// Rows as text, in the format asked for. Feed it rows, then finish it; it hands pieces of text on.
///
/// Machine formats (JSON, CSV, TSV) have times as RFC 3339 in UTC and are written row by row; tables
/// need all rows first, to know how wide the columns are.
public struct RowRenderer {
  public struct Style: Sendable {
    public var time: ShownTime
    public var hasColour = false
    /// Columns of the terminal; `nil`: as wide as it gets.
    public var width: Int?
    /// Columns without a value in any row are left out of tables.
    public var dropsEmptyColumns = false

    public init(time: ShownTime) { self.time = time }
  }

  public let columns: [OutputColumn]
  private let format: OutputFormat
  private let style: Style
  private let output: (String) -> Void
  /// `"name":` of each column.
  private let keys: [String]
  /// Text that waits: one system call a row would cost as much as the row.
  private var waiting = ""
  private var isFirst = true
  private var kept: [[SQLValue]] = []
  /// Of the table written so far, for rows that follow it.
  private var writtenWidths: [Int]?

  /// - Parameter format: not `auto`, which only the caller can decide.
  public init(columns: [String], format: OutputFormat, style: Style, write: @escaping (String) -> Void) {
    precondition(format != .auto)
    self.columns = columns.map(OutputColumn.init)
    self.format = format
    self.style = style
    output = write
    keys = columns.map { SafeText.json($0) + ":" }
  }

  private mutating func write(_ text: String) {
    waiting += text
    if waiting.utf8.count >= Self.waitingBytesMax { handOn() }
  }

  private mutating func handOn() {
    if !waiting.isEmpty { output(waiting) }
    waiting = ""
  }

  private static let waitingBytesMax = 32 << 10

  public mutating func add(_ row: [SQLValue]) {
    defer { isFirst = false }
    switch format {
    case .jsonl: write(object(row) + "\n")
    case .json: write((isFirst ? "[\n" : ",\n") + object(row))
    case .csv:
      if isFirst { write(columns.map { SafeText.csv($0.name) }.joined(separator: ",") + "\r\n") }
      write(
        zip(columns, row).map { SafeText.csv(machine($0, $1), isNumber: $1.isNumber) }.joined(separator: ",") + "\r\n")
    case .tsv:
      if isFirst { write(columns.map(\.name).joined(separator: "\t") + "\n") }
      var line = ""
      for (index, value) in row.enumerated() {
        if index > 0 { line += "\t" }
        line += SafeText.visible(machine(columns[index], value))
      }
      write(line + "\n")
    case .table, .markdown, .auto: kept.append(row)
    }
  }

  public mutating func finish() {
    switch format {
    case .json: write(isFirst ? "[]\n" : "\n]\n")
    case .csv where isFirst: write(columns.map { SafeText.csv($0.name) }.joined(separator: ",") + "\r\n")
    case .tsv where isFirst: write(columns.map(\.name).joined(separator: "\t") + "\n")
    case .table: if !kept.isEmpty { table() }
    case .markdown: markdown()
    default: break
    }
    kept = []
    handOn()
  }

  /// Writes out the rows so far; later ones of a table follow under the same header.
  public mutating func flush() {
    if format == .table, !kept.isEmpty {
      table()
      kept = []
    }
    handOn()
  }

  // MARK: For programs

  private func object(_ row: [SQLValue]) -> String {
    var text = "{"
    for (index, value) in row.enumerated() {
      if index > 0 { text += "," }
      text += keys[index]
      text += json(columns[index], value)
    }
    return text + "}"
  }

  private func json(_ column: OutputColumn, _ value: SQLValue) -> String {
    switch (column.kind, value) {
    case (.time, .integer(let value)): return value == 0 ? "\"\"" : "\"\(Timestamp.rfc3339(value))\""
    // What the store wrote into these columns is JSON; a query may put something else there.
    case (.json, .text(let text)) where JSONValue(text) != nil: return SafeText.escapedInStrings(text)
    default: break
    }
    switch value {
    case .null: return "null"
    case .integer(let value): return String(value)
    case .real(let value): return value.isFinite ? String(value) : "null"
    case .text(let text): return SafeText.json(text)
    case .blob(let bytes): return SafeText.json(Self.hex(bytes))
    }
  }

  private func machine(_ column: OutputColumn, _ value: SQLValue) -> String {
    if column.kind == .time, case .integer(let time) = value { return time == 0 ? "" : Timestamp.rfc3339(time) }
    if case .blob(let bytes) = value { return Self.hex(bytes) }
    return value.string
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  // MARK: For people

  private func shown(_ column: OutputColumn, _ value: SQLValue) -> String {
    switch (column.kind, value) {
    case (.time, .integer(let time)):
      let text = style.time.text(time)
      return column.name.hasSuffix("_not_after") && time != 0 ? "\(text) (\(style.time.distance(time)))" : text
    case (.severity, .integer(let severity)): return Severity.name(severity)
    case (_, .integer(let number)): return Self.grouped(number)
    case (_, .blob(let bytes)): return Self.hex(bytes)
    case (.text, .text(let text)) where column.name == "id" && text.utf8.count == 32: return String(text.prefix(10))
    default: return value.string
    }
  }

  /// `76,527`, but not in years, ports and statuses: from five digits on.
  private static func grouped(_ number: Int64) -> String {
    let digits = String(number.magnitude)
    guard digits.count > 4 else { return String(number) }
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  private var shownColumns: [Int] {
    columns.indices.filter { index in
      !style.dropsEmptyColumns || kept.contains { !shown(columns[index], $0[index]).isEmpty }
    }
  }

  private func titles(_ indices: [Int]) -> [String] {
    let firstTime = indices.first { columns[$0].kind == .time }
    return indices.map { columns[$0].title + ($0 == firstTime ? " (\(style.time.zoneName))" : "") }
  }

  private mutating func table() {
    let indices = shownColumns
    let titles = titles(indices)
    let cells = kept.map { row in indices.map { SafeText.visible(shown(columns[$0], row[$0])) } }
    let isRight = indices.map { index in
      columns[index].kind != .time && columns[index].kind != .severity && kept.allSatisfy { $0[index].isNumber }
    }
    var widths = titles.map(SafeText.width)
    for row in cells {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], SafeText.width(cell)) }
    }
    if let written = writtenWidths, written.count == widths.count { widths = zip(widths, written).map(max) }
    if let width = style.width { Self.shrink(&widths, to: width, indices.map { columns[$0] }, titles) }
    if writtenWidths == nil {
      let head = line(titles, widths, isRight) { _, text in style.hasColour ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
      write(head)
    }
    writtenWidths = widths
    for (row, values) in zip(cells, kept) {
      let shown = line(row, widths, isRight) { place, text in
        guard style.hasColour, columns[indices[place]].kind == .severity,
          let code = Self.colour(values[indices[place]].int)
        else { return text }
        return "\u{1b}[\(code)m\(text)\u{1b}[0m"
      }
      write(shown)
    }
  }

  private func line(_ cells: [String], _ widths: [Int], _ isRight: [Bool], paint: (Int, String) -> String) -> String {
    var line = ""
    for (place, cell) in cells.enumerated() {
      let text = Self.cut(cell, to: widths[place])
      let blank = String(repeating: " ", count: max(0, widths[place] - SafeText.width(text)))
      if place > 0 { line += "  " }
      if isRight[place] {
        line += blank + paint(place, text)
      } else {
        line += paint(place, text) + (place == cells.count - 1 ? "" : blank)
      }
    }
    return line + "\n"
  }

  /// Takes width from the widest texts until the line fits; ids, times and numbers stay whole.
  private static func shrink(_ widths: inout [Int], to width: Int, _ columns: [OutputColumn], _ titles: [String]) {
    while widths.reduce(0, +) + 2 * (widths.count - 1) > width {
      let candidates = widths.indices.filter {
        [.text, .json].contains(columns[$0].kind) && columns[$0].name != "id" && widths[$0] > max(12, titles[$0].count)
      }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
      widths[widest] -= 1
    }
  }

  private static func cut(_ text: String, to width: Int) -> String {
    guard SafeText.width(text) > width else { return text }
    var cut = ""
    var used = 1  // the ellipsis
    for character in text {
      used += SafeText.isWide(character) ? 2 : 1
      if used > width { break }
      cut.append(character)
    }
    return cut + "…"
  }

  private static func colour(_ severity: Int64) -> String? {
    switch severity {
    case 3: "33"
    case 4: "31"
    case 5, 6: "1;31"
    default: nil
    }
  }

  private mutating func markdown() {
    let indices = shownColumns
    write("| " + titles(indices).map(SafeText.markdown).joined(separator: " | ") + " |\n")
    write(
      "|"
        + indices.map { index in
          kept.allSatisfy { $0[index].isNumber } && columns[index].kind != .time ? "--:|" : "---|"
        }.joined() + "\n")
    for row in kept {
      write("| " + indices.map { SafeText.markdown(shown(columns[$0], row[$0])) }.joined(separator: " | ") + " |\n")
    }
  }
}

extension SQLValue {
  var isNumber: Bool {
    switch self {
    case .integer, .real: true
    default: false
    }
  }
}

extension SafeText {
  /// Numbers are numbers, whatever their sign.
  static func csv(_ text: String, isNumber: Bool) -> String { isNumber ? text : csv(text) }
}
