import Events
import Storage

extension HTML {
  /// Stacked columns. Harm is drawn in its colour and on top.
  mutating func columnChart(_ series: Series, harm: Set<String>, marks: [(time: Int64, label: String)], labels: Labels)
  {
    let (width, height, left, top, bottom) = (1180.0, 236.0, 42.0, 18.0, 24.0)
    let plot = height - top - bottom
    let ticks = Series.ticks(to: series.stackMax)
    let scale = plot / Double(ticks.last!)
    let step = (width - left) / Double(series.starts.count)
    openChart(width: width, height: height, label: "Columns over time: \(series.names.joined(separator: ", "))")
    gridLines(ticks, left: left, width: width, base: top + plot, scale: scale)
    let gap = min(2.0, step * 0.18)
    for index in series.starts.indices {
      var y = top + plot
      let total = series.values.reduce(0) { $0 + $1[index] }
      guard total > 0 else { continue }
      raw("<g><title>")
      value(labels.dayAndTime(series.starts[index]))
      for (number, name) in series.names.enumerated() {
        value(" · \(Labels.number(series.values[number][index])) \(name)")
      }
      raw("</title>")
      for number in series.names.indices where series.values[number][index] > 0 {
        let size = max(1, Double(series.values[number][index]) * scale)
        y -= size
        raw("<rect class=\"f")
        value(color(number, series.names, harm))
        raw("\" x=\"")
        value(left + Double(index) * step + gap / 2)
        raw("\" y=\"")
        value(y)
        raw("\" width=\"")
        value(max(0.6, step - gap))
        raw("\" height=\"")
        value(size)
        raw("\" rx=\"1.5\"/>")
      }
      raw("</g>")
    }
    timeAxis(series, left: left, step: step, y: height - 6, labels: labels)
    markLines(marks, series, left: left, step: step, top: top, base: top + plot)
    raw("</svg>")
    legend(series, harm: harm)
  }

  mutating func lineChart(_ series: Series, harm: Set<String>, labels: Labels) {
    let (width, height, left, top, bottom) = (1180.0, 200.0, 42.0, 12.0, 24.0)
    let plot = height - top - bottom
    let ticks = Series.ticks(to: series.valueMax)
    let scale = plot / Double(ticks.last!)
    let step = (width - left) / Double(series.starts.count)
    openChart(width: width, height: height, label: "Lines over time: \(series.names.joined(separator: ", "))")
    gridLines(ticks, left: left, width: width, base: top + plot, scale: scale)
    for (number, values) in series.values.enumerated() {
      raw("<polyline class=\"line l")
      value(color(number, series.names, harm))
      raw("\" points=\"")
      for (index, point) in values.enumerated() {
        value(left + (Double(index) + 0.5) * step)
        raw(",")
        value(top + plot - Double(point) * scale)
        raw(" ")
      }
      raw("\"/>")
    }
    timeAxis(series, left: left, step: step, y: height - 6, labels: labels)
    raw("</svg>")
    legend(series, harm: harm)
  }

  /// A course without axes, as wide as its tile.
  mutating func sparkline(_ values: [Int64]) {
    guard values.count > 1 else { return }
    let top = Double(max(1, values.max()!))
    let (width, height) = (200.0, 34.0)
    let points = values.enumerated().map { index, value in
      (x: Double(index) * width / Double(values.count - 1), y: height - 2 - Double(value) / top * (height - 6))
    }
    raw("<svg class=\"spark\" viewBox=\"0 0 200 34\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path d=\"M0 34")
    for point in points {
      raw(" L")
      value(point.x)
      raw(" ")
      value(point.y)
    }
    raw(" L200 34Z\"/><polyline points=\"")
    for point in points {
      value(point.x)
      raw(",")
      value(point.y)
      raw(" ")
    }
    raw("\"/></svg>")
  }

  /// A bar in a table cell; `share` from 0 to 1.
  mutating func bar(_ share: Double, tone: StaticString) {
    raw(
      "<svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"10\" rx=\"1\"/><rect class=\""
    )
    raw(tone)
    raw("\" width=\"")
    value(share <= 0 ? 0 : max(0.8, min(1, share) * 100))
    raw("\" height=\"10\" rx=\"1\"/></svg>")
  }

  /// Weekdays down, hours across; the darker the more.
  mutating func heatmap(_ cells: [[Int64]]) {
    let top = Double(max(1, cells.flatMap { $0 }.max() ?? 1))
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    raw("<svg class=\"chart heat\" viewBox=\"0 0 560 180\" role=\"img\" aria-label=\"By weekday and hour\">")
    for (day, hours) in cells.enumerated() {
      raw("<text x=\"28\" y=\"")
      value(14.0 + Double(day) * 22)
      raw("\" text-anchor=\"end\">")
      value(days[day])
      raw("</text>")
      for (hour, count) in hours.enumerated() {
        raw("<rect x=\"")
        value(34.0 + Double(hour) * 21.8)
        raw("\" y=\"")
        value(Double(day) * 22)
        raw("\" width=\"20\" height=\"20\" rx=\"3\" opacity=\"")
        let strength: Double = count == 0 ? 6 : 15 + 85 * Double(count) / top
        value(percent: strength)
        raw("\"><title>")
        value("\(days[day]) \(hour):00 · \(Labels.number(count))")
        raw("</title></rect>")
      }
    }
    for hour in stride(from: 0, to: 24, by: 3) {
      raw("<text x=\"")
      value(44.0 + Double(hour) * 21.8)
      raw("\" y=\"172\" text-anchor=\"middle\">")
      value(hour)
      raw("</text>")
    }
    raw("</svg>")
  }

  /// The colour of a series: harm has its own, the others take turns around it.
  private func color(_ number: Int, _ names: [String], _ harm: Set<String>) -> Int {
    if harm.contains(names[number]) { return 1 }
    let others = names[..<number].filter { !harm.contains($0) }.count
    return [0, 2, 3, 4, 5][others % 5]
  }

  private mutating func openChart(width: Double, height: Double, label: String) {
    raw("<svg class=\"chart\" viewBox=\"0 0 ")
    value(width)
    raw(" ")
    value(height)
    raw("\" role=\"img\" aria-label=\"")
    value(label)
    raw("\">")
  }

  private mutating func gridLines(_ ticks: [Int64], left: Double, width: Double, base: Double, scale: Double) {
    for tick in ticks {
      let y = base - Double(tick) * scale
      raw("<line class=\"")
      if tick == 0 { raw("base") } else { raw("grid") }
      raw("\" x1=\"")
      value(left)
      raw("\" x2=\"")
      value(width)
      raw("\" y1=\"")
      value(y)
      raw("\" y2=\"")
      value(y)
      raw("\"/><text x=\"")
      value(left - 8)
      raw("\" y=\"")
      value(y + 4)
      raw("\" text-anchor=\"end\">")
      value(Labels.short(tick))
      raw("</text>")
    }
  }

  private mutating func timeAxis(_ series: Series, left: Double, step: Double, y: Double, labels: Labels) {
    let bucket = series.starts.count > 1 ? series.starts[1] - series.starts[0] : 0
    let minutes: [Int64] = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080]
    let span = Int64(series.starts.count) * bucket
    let every = minutes.map { $0 * 60_000_000 }.first { span / $0 <= 12 } ?? span
    for (index, start) in series.starts.enumerated() where (start + labels.offset(start)) % every < max(1, bucket) {
      let x = left + Double(index) * step
      guard x < 1160 else { break }
      raw("<text x=\"")
      value(x)
      raw("\" y=\"")
      value(y)
      raw("\">")
      value(labels.axis(start, bucket: bucket))
      raw("</text>")
    }
  }

  private mutating func markLines(
    _ marks: [(time: Int64, label: String)], _ series: Series, left: Double, step: Double, top: Double, base: Double
  ) {
    guard series.starts.count > 1 else { return }
    let bucket = series.starts[1] - series.starts[0]
    var labelEnd = 0.0
    for mark in marks.sorted(by: { $0.time < $1.time }) {
      let x = left + Double(mark.time - series.starts[0]) / Double(bucket) * step
      guard x >= left, x <= 1180 else { continue }
      raw("<line class=\"mark\" x1=\"")
      value(x)
      raw("\" x2=\"")
      value(x)
      raw("\" y1=\"")
      value(top - 6)
      raw("\" y2=\"")
      value(base)
      raw("\"/>")
      let width = Double(mark.label.count) * 6.4
      let start = x + width + 6 > 1180 ? x - width - 6 : x + 5
      guard start > labelEnd else { continue }
      labelEnd = start + width + 8
      raw("<text class=\"marked\" x=\"")
      value(start)
      raw("\" y=\"")
      value(top - 4)
      raw("\">")
      value(mark.label)
      raw("</text>")
    }
  }

  private mutating func legend(_ series: Series, harm: Set<String>) {
    raw("<p class=\"legend\">")
    for (number, name) in series.names.enumerated() {
      raw("<span><i class=\"f")
      value(color(number, series.names, harm))
      raw("\"></i>")
      value(Dashboard.Panel.title(of: name))
      raw(" <b>")
      value(Labels.number(series.sum(number)))
      raw("</b></span>")
    }
    raw("</p>")
  }
}
