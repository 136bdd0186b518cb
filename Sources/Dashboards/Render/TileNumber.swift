import Events
import Storage

/// What a tile says: its number, how it changed, and its course over the range.
struct TileNumber {
  enum Tone { case plain, warn, harm }

  var number = "–"
  var note = ""
  var tone = Tone.plain
  var course: [Int64] = []

  init(_ panel: DashboardPage.Panel) {
    let spec = panel.panel
    guard case .rows(let rows, let previous) = panel.result else {
      note = "failed"
      return
    }
    let value = Self.value(spec, rows)
    number = Labels.number(value)
    if let threshold = spec.alarmAbove, value > threshold {
      tone = .harm
    } else if let threshold = spec.warnAbove, value > threshold {
      tone = .warn
    }
    if let previous { note = Self.change(from: Self.value(spec, previous), to: value) }
    guard let course = spec.series.first, let column = rows.columns.firstIndex(of: course) else { return }
    self.course = rows.rows.map { $0[column].int }
  }

  /// The course with every bucket of the range, for tiles whose query has a time column.
  init(_ panel: DashboardPage.Panel, since: Int64, until: Int64) {
    self.init(panel)
    guard case .rows(let rows, _) = panel.result,
      let series = Series(
        rows, x: panel.panel.x, series: Array(panel.panel.series.prefix(1)), since: since, until: until,
        bucket: panel.bucket)
    else { return }
    course = series.values.first ?? []
  }

  private static func value(_ panel: Dashboard.Panel, _ rows: RowSet) -> Int64 {
    switch panel.value {
    case .first: return rows.rows.first?.first?.int ?? 0
    case .rows: return Int64(rows.rows.count)
    case .sum(let name):
      guard let column = rows.columns.firstIndex(of: name) else { return 0 }
      return rows.rows.reduce(0) { $0 + $1[column].int }
    }
  }

  /// `▲ 38 %`, `▼ 2 %`, `was 0`, `no change`.
  private static func change(from old: Int64, to new: Int64) -> String {
    if old == new { return old == 0 ? "as before" : "no change" }
    if old < 10 { return "was \(old)" }
    let percent = (Double(new - old) / Double(old) * 100).rounded()
    if percent == 0 { return "no change" }
    if percent > 900 { return "▲ \(Labels.number(new / max(1, old))) times, was \(Labels.number(old))" }
    return "\(percent > 0 ? "▲" : "▼") \(Int(abs(percent))) %, was \(Labels.number(old))"
  }
}

extension Dashboard.Panel {
  /// Seven days of 24 hours, Monday first.
  func heatmap(_ rows: RowSet, labels: Labels) -> [[Int64]] {
    var cells = Array(repeating: Array(repeating: Int64(0), count: 24), count: 7)
    guard let xColumn = rows.columns.firstIndex(of: x), let first = series.first ?? rows.columns.last,
      let valueColumn = rows.columns.firstIndex(of: first)
    else { return cells }
    for row in rows.rows {
      let (day, hour) = labels.weekdayAndHour(row[xColumn].int)
      cells[day][hour] += row[valueColumn].int
    }
    return cells
  }
}
