import Events
import Storage

extension HTML {
  mutating func panel(_ panel: DashboardPage.Panel, of page: DashboardPage, width: Int, labels: Labels) {
    switch panel.panel.kind {
    case .attention: attention(page, labels: labels)
    case .tile: tile(panel, of: page, width: width)
    case .health: health(page, labels: labels)
    default:
      openPanel(panel.panel.title, width: width)
      switch panel.result {
      case .failed(let why):
        raw("<p class=\"broken\">This panel failed: ")
        value(why)
        raw("</p>")
      case .rows(let rows, _): body(panel, rows, page: page, labels: labels)
      case .ofPage: break
      }
      command(panel.command)
      raw("</section>")
    }
  }

  private mutating func openPanel(_ title: String, width: Int, note: String = "") {
    raw("<section class=\"p w")
    value(width)
    raw("\"><h2>")
    value(title)
    if !note.isEmpty {
      raw(" <span class=\"count\">")
      value(note)
      raw("</span>")
    }
    raw("</h2>")
  }

  private mutating func command(_ text: String) {
    guard !text.isEmpty else { return }
    raw("<p class=\"cmd\"><code>")
    value(text)
    raw("</code></p>")
  }

  private mutating func empty(_ text: String) {
    raw("<p class=\"empty\">")
    value(text)
    raw("</p>")
  }

  private mutating func body(_ panel: DashboardPage.Panel, _ rows: RowSet, page: DashboardPage, labels: Labels) {
    let spec = panel.panel
    switch spec.kind {
    case .columns, .line:
      guard
        let series = Series(
          rows, x: spec.x, series: spec.series, since: page.since, until: page.until, bucket: panel.bucket)
      else {
        raw("<p class=\"broken\">The query gives no column '")
        value(([spec.x] + spec.series).first { !rows.columns.contains($0) } ?? spec.x)
        raw("'.</p>")
        return
      }
      if series.values.allSatisfy({ $0.allSatisfy { $0 == 0 } }) { return empty(spec.empty) }
      let marks = page.attention.filter { $0.severity >= 4 }.map { (time: $0.start, label: $0.label) }
      if spec.kind == .columns {
        columnChart(series, harm: spec.harm, marks: marks, labels: labels)
      } else {
        lineChart(series, harm: spec.harm, labels: labels)
      }
    case .heatmap:
      if rows.rows.isEmpty { return empty(spec.empty) }
      heatmap(spec.heatmap(rows, labels: labels))
    default:
      if rows.rows.isEmpty { return empty(spec.empty) }
      table(ShownTable(rows, panel: spec), panel: spec, labels: labels)
    }
  }

  mutating func table(
    _ table: ShownTable, panel: Dashboard.Panel, labels: Labels, links: [String: String] = [:]
  ) {
    let barColumn = panel.kind == .bars ? table.columns.first { panel.series.contains($0.name) } : nil
    let endColumn = panel.kind == .countdown ? table.columns.first { $0.kind == .time } : nil
    let barMax = barColumn.map { column in Double(max(1, table.rows.map { $0[column.indices[0]].int }.max() ?? 1)) }
    raw("<div class=\"scroll\"><table><thead><tr>")
    for column in table.columns {
      if column.kind == .number { raw("<th scope=\"col\" class=\"n\">") } else { raw("<th scope=\"col\">") }
      value(column.title)
      raw("</th>")
      if column.name == barColumn?.name { raw("<th class=\"b\" aria-hidden=\"true\"></th>") }
      if column.name == endColumn?.name {
        raw("<th scope=\"col\" class=\"n\">left</th><th class=\"b\" aria-hidden=\"true\"></th>")
      }
    }
    raw("</tr></thead><tbody>")
    for row in table.rows {
      if table.isHighlighted(row) { raw("<tr class=\"hot\">") } else { raw("<tr>") }
      for column in table.columns {
        cell(column, row, of: table, labels: labels, link: links[column.name])
        if column.name == barColumn?.name, let barMax {
          raw("<td class=\"b\">")
          bar(Double(row[column.indices[0]].int) / barMax, tone: panel.harm.contains(column.name) ? "harm" : "plain")
          raw("</td>")
        }
        if column.name == endColumn?.name { countdown(row[column.indices[0]].int, labels: labels) }
      }
      raw("</tr>")
    }
    raw("</tbody></table></div>")
    if table.left > 0 {
      raw("<p class=\"meta\">and ")
      value(Labels.number(Int64(table.left)))
      raw(" more</p>")
    }
  }

  private mutating func cell(
    _ column: ShownTable.Column, _ row: [SQLValue], of table: ShownTable, labels: Labels, link: String?
  ) {
    let text = table.text(column, row, labels)
    if let link {
      raw("<td class=\"m\"><a href=\"")
      value(link + row[column.indices[0]].string.percentEncoded)
      raw("\">")
      value(text)
      raw("</a></td>")
      return
    }
    switch column.kind {
    case .number:
      raw("<td class=\"n\">")
      value(text)
    case .time:
      raw("<td class=\"t\"><time datetime=\"")
      value(Timestamp.rfc3339(row[column.indices[0]].int))
      raw("\">")
      value(text)
      raw("</time>")
    case .code, .event:
      let short = ShownTable.shortened(text)
      raw("<td class=\"m\"")
      if short != text {
        raw(" title=\"")
        value(text)
        raw("\"")
      }
      raw(">")
      value(short)
    case .severity:
      raw("<td>")
      severity(row[column.indices[0]].int)
    case .change:
      raw("<td>")
      let (from, to) = (row[column.indices[0]].string, row[column.indices[1]].string)
      if !from.isEmpty {
        value(from)
        raw("<span class=\"arrow\">→</span>")
      }
      raw("<span class=\"to\">")
      value(to)
      raw("</span>")
    case .text:
      raw("<td>")
      value(text)
    }
    raw("</td>")
  }

  private mutating func countdown(_ end: Int64, labels: Labels) {
    let days = Double(end - labels.now) / 86_400_000_000
    raw("<td class=\"n\">")
    if days < 0 { raw("<span class=\"off\">ended</span>") } else { value(Labels.span(end - labels.now)) }
    raw("</td><td class=\"b\">")
    bar(days / 90, tone: days < 7 ? "harm" : days < 30 ? "warn" : "good")
    raw("</td>")
  }

  mutating func severity(_ severity: Int64) {
    let name = Labels.severity(severity)
    raw("<span class=\"sev ")
    value(name)
    raw("\">")
    value(name)
    raw("</span>")
  }

  private mutating func tile(_ panel: DashboardPage.Panel, of page: DashboardPage, width: Int) {
    let tile = TileNumber(panel, since: page.since, until: page.until)
    raw("<section class=\"p tile w")
    value(width)
    switch tile.tone {
    case .plain: break
    case .warn: raw(" warn")
    case .harm: raw(" harm")
    }
    if !panel.panel.harm.isEmpty { raw(" harmful") }
    raw("\"><h2>")
    value(panel.panel.title)
    raw("</h2><p class=\"v\"")
    if !panel.command.isEmpty {
      raw(" title=\"$ ")
      value(panel.command)
      raw("\"")
    }
    raw(">")
    value(tile.number)
    raw("</p><p class=\"d\">")
    value(tile.note)
    raw("</p>")
    sparkline(tile.course)
    raw("</section>")
  }

  private mutating func attention(_ page: DashboardPage, labels: Labels) {
    let items = page.sentences
    if items.isEmpty {
      raw("<section class=\"p w12 attention\">")
    } else {
      raw("<section class=\"p w12 attention has\">")
    }
    raw("<h2>Needs attention")
    if !items.isEmpty {
      raw(" <span class=\"count\">")
      value(items.count)
      raw("</span>")
    }
    raw("</h2>")
    if items.isEmpty { raw("<p class=\"calm\">✓ Nothing in this time.</p>") }
    if !items.isEmpty { raw("<ol>") }
    for item in items.prefix(12) {
      raw("<li>")
      severity(item.severity)
      raw("<b>")
      value(item.title)
      raw("</b><span class=\"when\">")
      value(item.start == item.end ? labels.time(item.end) : "\(labels.time(item.start)) – \(labels.time(item.end))")
      if item.isOpen { raw(" <span class=\"off\">open</span>") }
      raw("</span><span class=\"why\">")
      value(item.detail)
      raw("</span>")
      if !item.command.isEmpty {
        raw("<code>")
        value(item.command)
        raw("</code>")
      }
      raw("</li>")
    }
    if !items.isEmpty { raw("</ol>") }
    if items.count > 12 {
      raw("<p class=\"meta\">and ")
      value(items.count - 12)
      raw(" more</p>")
    }
    command(page.command("alert list --all --since \(page.range)"))
    raw("</section>")
  }

  private mutating func health(_ page: DashboardPage, labels: Labels) {
    openPanel("Pipeline health", width: 12)
    if page.health.sources.isEmpty {
      empty("No source has been read yet.")
    } else {
      raw(
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">source</th><th scope=\"col\" class=\"n\">lines</th><th scope=\"col\" class=\"n\">events</th><th scope=\"col\" class=\"n\">redacted</th><th scope=\"col\" class=\"n\">rejected</th><th scope=\"col\">last line</th><th scope=\"col\">state</th></tr></thead><tbody>"
      )
      for source in page.health.sources {
        if source.state == .ok { raw("<tr><td class=\"m\">") } else { raw("<tr class=\"hot\"><td class=\"m\">") }
        value(source.path)
        for count in [source.lines, source.events, source.redactions, source.rejected] {
          raw("</td><td class=\"n\">")
          value(Labels.number(count))
        }
        raw("</td><td class=\"t\">")
        value(labels.ago(source.last))
        switch source.state {
        case .ok: raw("</td><td><span class=\"ok\">● ok</span></td></tr>")
        case .silent: raw("</td><td><span class=\"off\">▲ silent</span></td></tr>")
        case .failed: raw("</td><td><span class=\"off\">■ failed</span></td></tr>")
        }
      }
      raw("</tbody></table></div>")
    }
    if !page.health.remarks.isEmpty {
      raw("<p class=\"meta\">")
      value(page.health.remarks.joined(separator: " · "))
      raw("</p>")
    }
    command(page.command("status"))
    raw("</section>")
  }
}

extension String {
  /// For one part of a path: everything but letters, digits and `-._~` becomes `%XX`.
  var percentEncoded: String {
    let hex = Array("0123456789ABCDEF")
    var text = ""
    for byte in utf8 {
      let scalar = Unicode.Scalar(byte)
      if byte < 0x80, scalar.properties.isAlphabetic || (0x30...0x39).contains(byte) || "-._~".utf8.contains(byte) {
        text.unicodeScalars.append(scalar)
      } else {
        text += "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
      }
    }
    return text
  }
}
