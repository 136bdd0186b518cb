import Events
import Storage

extension DashboardPage {
  /// The page for a terminal.
  ///
  /// - Parameters:
  ///   - width: columns of the terminal; lines are cut to it.
  ///   - usesColor: ANSI colours; without them nothing is lost, for severity is always a word too.
  ///   - isASCII: draws with ASCII only, for terminals that are not UTF-8.
  public func text(width: Int = 80, usesColor: Bool = false, isASCII: Bool = false) -> String {
    var text = TextPage(page: self, width: max(40, width), usesColor: usesColor)
    text.draw()
    return isASCII ? TextPage.ascii(text.output) : text.output
  }
}

/// A dashboard under construction as lines of text.
struct TextPage {
  let page: DashboardPage
  let width: Int
  let usesColor: Bool
  let labels: Labels
  private(set) var output = ""

  init(page: DashboardPage, width: Int, usesColor: Bool) {
    self.page = page
    self.width = width
    self.usesColor = usesColor
    labels = Labels(page)
  }

  private enum Style: String { case bold = "1", dim = "2", harm = "31", warn = "33", good = "32", blue = "34" }

  private func styled(_ text: String, _ style: Style) -> String {
    usesColor && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  private mutating func line(_ text: String = "") { output += text + "\n" }

  mutating func draw() {
    let health = page.health
    let silent = health.sources.filter { $0.state != .ok }.count
    var head = "last \(page.range) to \(labels.dayAndTime(page.until)) \(labels.zoneName)"
    head += health.newestEvent == 0 ? " · no events yet" : " · newest event \(labels.ago(health.newestEvent))"
    if !health.sources.isEmpty { head += " · \(health.sources.count - silent) of \(health.sources.count) sources" }
    line(styled(page.dashboard.title, .bold))
    line(styled(cut(head, width), .dim))
    for row in page.panels {
      line()
      if row.allSatisfy({ $0.panel.kind == .tile }) {
        tiles(row)
        continue
      }
      for (number, panel) in row.enumerated() {
        if number > 0 { line() }
        draw(panel)
      }
    }
  }

  private mutating func draw(_ panel: DashboardPage.Panel) {
    switch panel.panel.kind {
    case .attention: attention()
    case .health: health()
    case .tile: tiles([panel])
    default:
      line(styled(panel.panel.title, .bold))
      switch panel.result {
      case .failed(let why): line(styled("  failed: \(cut(why.visible, width - 10))", .harm))
      case .ofPage: break
      case .rows(let rows, _): body(panel, rows)
      }
      if !panel.command.isEmpty { line(styled("$ \(panel.command)", .dim)) }
    }
  }

  private mutating func body(_ panel: DashboardPage.Panel, _ rows: RowSet) {
    let spec = panel.panel
    switch spec.kind {
    case .columns, .line:
      guard
        let series = Series(
          rows, x: spec.x, series: spec.series, since: page.since, until: page.until, bucket: panel.bucket)
      else { return line("  the query gives no such columns") }
      if series.values.allSatisfy({ $0.allSatisfy { $0 == 0 } }) { return line(styled("  \(spec.empty)", .dim)) }
      chart(series, harm: spec.harm)
    case .heatmap:
      if rows.rows.isEmpty { return line(styled("  \(spec.empty)", .dim)) }
      heatmap(spec.heatmap(rows, labels: labels))
    default:
      if rows.rows.isEmpty { return line(styled("  \(spec.empty)", .dim)) }
      table(ShownTable(rows, panel: spec), spec)
    }
  }

  private mutating func attention() {
    let items = page.sentences
    if items.isEmpty { return line(styled("✓ Nothing needs attention.", .good)) }
    for item in items.prefix(10) {
      let style: Style = item.severity >= 4 ? .harm : .warn
      let word = pad(Labels.severity(item.severity), 8)
      let time = labels.time(item.end)
      let room = width - 11 - time.count - 1
      line(styled("! \(word)", style) + " " + pad(cut(item.title.visible, room), room) + " " + styled(time, .dim))
      if !item.detail.isEmpty { line(styled("           " + cut(item.detail.visible, width - 11), .dim)) }
    }
    if items.count > 10 { line(styled("  and \(items.count - 10) more", .dim)) }
    line(styled("$ \(page.command("alert list --all --since \(page.range)"))", .dim))
  }

  /// Two tiles on a line: title, number, course, change.
  private mutating func tiles(_ row: [DashboardPage.Panel]) {
    let half = (width - 2) / 2
    for start in stride(from: 0, to: row.count, by: 2) {
      let cells = row[start..<min(start + 2, row.count)].map { panel in
        let tile = TileNumber(panel, since: page.since, until: page.until)
        let title = pad(cut(panel.panel.title, 22), 22)
        let number =
          tile.number.count < 8 ? String(repeating: " ", count: 8 - tile.number.count) + tile.number : tile.number
        let style: Style = tile.tone == .harm ? .harm : tile.tone == .warn ? .warn : .bold
        let note = tile.note.split(separator: ",").first.map(String.init) ?? ""
        let room = half - 31
        if room < 6 { return pad(cut(panel.panel.title, half - 9), half - 8) + styled(number, style) }
        let rest = cut(note, room)
        let text = title + styled(number, style) + " " + styled(rest, .dim)
        return text + String(repeating: " ", count: max(0, room - rest.count))
      }
      var joined = cells.joined(separator: "  ")
      while joined.last == " " { joined.removeLast() }
      line(joined)
    }
  }

  private static let eighths = Array(" ▁▂▃▄▅▆▇█")

  /// Columns of eighth blocks, five lines high; harm stands on top in its colour.
  private mutating func chart(_ series: Series, harm: Set<String>) {
    let lines = 5
    let room = width - 8
    let per = max(1, (series.starts.count + room - 1) / room)
    let groups = stride(from: 0, to: series.starts.count, by: per).map { $0..<min($0 + per, series.starts.count) }
    let wide = max(1, room / groups.count)
    let totals = groups.map { group in
      group.reduce(Int64(0)) { sum, index in sum + series.values.reduce(0) { $0 + $1[index] } }
    }
    let bad = groups.map { group in
      group.reduce(Int64(0)) { sum, index in
        sum + zip(series.names, series.values).reduce(0) { harm.contains($1.0) ? $0 + $1.1[index] : $0 }
      }
    }
    let top = Series.ticks(to: max(1, totals.max() ?? 1)).last!
    for level in stride(from: lines - 1, through: 0, by: -1) {
      let mark = level == lines - 1 ? Labels.short(top) : level == 0 ? "0" : ""
      var text = String(repeating: " ", count: max(0, 6 - mark.count)) + mark + " │"
      for index in groups.indices {
        let filled = Double(totals[index]) / Double(top) * Double(lines * 8)
        let part = Int(min(8, max(0, (filled - Double(level * 8)).rounded(.up))))
        let block = String(repeating: Self.eighths[part], count: wide)
        let harmFrom = Double(totals[index] - bad[index]) / Double(top) * Double(lines)
        text += styled(block, bad[index] > 0 && Double(level) + 0.5 >= harmFrom ? .harm : .blue)
      }
      line(text)
    }
    let names = series.names.enumerated().map { "\(Dashboard.Panel.title(of: $1)) \(Labels.number(series.sum($0)))" }
    let bucket = series.starts.count > 1 ? series.starts[1] - series.starts[0] : 0
    let left = labels.axis(series.starts[0], bucket: bucket)
    let right = labels.axis(series.starts.last!, bucket: bucket)
    let middle = names.joined(separator: " · ")
    let space = max(2, wide * groups.count - left.count - right.count - middle.count)
    let before = String(repeating: " ", count: space / 2)
    let after = String(repeating: " ", count: space - space / 2)
    line(styled("        \(left)\(before)\(middle)\(after)\(right)", .dim))
  }

  private mutating func heatmap(_ cells: [[Int64]]) {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    let top = max(1, cells.flatMap { $0 }.max() ?? 1)
    for (day, hours) in cells.enumerated() {
      line(
        "  \(days[day]) "
          + hours.map { String(repeating: Self.eighths[Int(($0 * 8 + top - 1) / top)], count: 2) }.joined())
    }
    line(styled("      0     3     6     9     12    15    18    21", .dim))
  }

  private mutating func table(_ table: ShownTable, _ panel: Dashboard.Panel) {
    var columns = table.columns.map { column in
      (
        title: column.title, isRight: column.kind == .number,
        cells: table.rows.map { row in
          let text = table.text(column, row, labels).visible
          return column.kind == .code ? ShownTable.shortened(text) : text
        }
      )
    }
    if panel.kind == .countdown, let place = table.columns.firstIndex(where: { $0.kind == .time }) {
      let left = table.rows.map { row in
        let end = row[table.columns[place].indices[0]].int
        return end < page.now ? "ended" : Labels.span(end - page.now)
      }
      columns.insert((title: "left", isRight: true, cells: left), at: place + 1)
    }
    if panel.kind == .bars, let place = table.columns.firstIndex(where: { panel.series.contains($0.name) }) {
      let values = table.rows.map { $0[table.columns[place].indices[0]].int }
      let top = max(1, values.max() ?? 1)
      columns.insert((title: "", isRight: false, cells: values.map { Self.bar($0, of: top, cells: 20) }), at: place + 1)
    }
    var widths = columns.map { column in max(column.title.count, column.cells.map(\.count).max() ?? 0) }
    while widths.reduce(0, +) + 2 * (widths.count - 1) > width, let widest = widths.max(), widest > 8 {
      widths[widths.lastIndex(of: widest)!] -= 1
    }
    func row(_ cells: [String]) -> String {
      var text = zip(zip(cells, widths), columns).map { cell, column in
        column.isRight
          ? String(repeating: " ", count: max(0, cell.1 - cell.0.count)) + cut(cell.0, cell.1)
          : pad(cut(cell.0, cell.1), cell.1)
      }.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
    line(styled(row(columns.map(\.title)), .dim))
    for index in table.rows.indices {
      let text = row(columns.map { $0.cells[index] })
      line(table.isHighlighted(table.rows[index]) ? styled(text, .harm) : text)
    }
    if table.left > 0 { line(styled("and \(table.left) more", .dim)) }
  }

  /// A bar in eighths of a cell.
  static func bar(_ value: Int64, of top: Int64, cells: Int) -> String {
    let eighths = Int(Double(value) / Double(top) * Double(cells * 8))
    let parts = Array("▏▎▍▌▋▊▉█")
    let whole = String(repeating: "█", count: max(0, eighths / 8))
    if eighths % 8 > 0 { return whole + String(parts[eighths % 8 - 1]) }
    return eighths <= 0 && value > 0 ? "▏" : whole
  }

  private mutating func health() {
    line(styled("Pipeline health", .bold))
    if page.health.sources.isEmpty { line(styled("  No source has been read yet.", .dim)) }
    for source in page.health.sources {
      let state = source.state == .ok ? "● ok" : "▲ \(source.state.rawValue)"
      let counts =
        "\(Labels.number(source.lines)) lines, \(Labels.number(source.events)) events, \(labels.ago(source.last))"
      let room = max(4, width - counts.count - 6 - state.count)
      let path = source.path.visible
      let shown = path.count > room ? "…" + path.suffix(room - 1) : path
      line("  " + pad(shown, room) + "  " + counts + "  " + styled(state, source.state == .ok ? .good : .harm))
    }
    if !page.health.remarks.isEmpty { remarks() }
    line(styled("$ \(page.command("status"))", .dim))
  }

  /// Joined by dots, broken where a line ends.
  private mutating func remarks() {
    var text = ""
    for remark in page.health.remarks.map({ cut($0.visible, width - 2) }) {
      if !text.isEmpty, text.count + remark.count + 5 > width {
        line(styled("  " + text, .dim))
        text = ""
      }
      text += (text.isEmpty ? "" : " · ") + remark
    }
    line(styled("  " + text, .dim))
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func cut(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
  }

  /// For terminals without UTF-8.
  static func ascii(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case _ where scalar.isASCII: output.unicodeScalars.append(scalar)
      case "█", "▇", "▆", "▅", "▉", "▊", "▋": output += "#"
      case "▄", "▃", "▂", "▁", "▌", "▍", "▎", "▏": output += ":"
      case "│": output += "|"
      case "→": output += ">"
      case "·", "–": output += "-"
      case "▲": output += "^"
      case "▼": output += "v"
      case "●": output += "*"
      case "…": output += "~"
      case "✓": output += "ok:"
      default: output += "?"
      }
    }
    return output
  }
}
