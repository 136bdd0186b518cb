import Events
import Storage

/// Values over time with every bucket of the range present: a bucket without a row is a 0, not a gap.
struct Series {
  /// Start of each bucket, microseconds since 1970, ascending.
  var starts: [Int64]
  var names: [String]
  /// One list for each name, as long as ``starts``.
  var values: [[Int64]]

  static let bucketsMax = 400

  /// - Returns: `nil` if the rows have no such columns or the range no sensible number of buckets.
  init?(_ rows: RowSet, x: String, series: [String], since: Int64, until: Int64, bucket: Int64) {
    guard bucket > 0, until > since, let xColumn = rows.columns.firstIndex(of: x) else { return nil }
    let columns = series.compactMap { rows.columns.firstIndex(of: $0) }
    guard columns.count == series.count else { return nil }
    let first = since - since % bucket
    let count = Int((until - first + bucket - 1) / bucket)
    guard (1...Self.bucketsMax).contains(count) else { return nil }
    starts = (0..<count).map { first + Int64($0) * bucket }
    names = series
    values = Array(repeating: Array(repeating: 0, count: count), count: series.count)
    for row in rows.rows {
      let index = Int((row[xColumn].int - first) / bucket)
      guard row[xColumn].int >= first, starts.indices.contains(index) else { continue }
      for (number, column) in columns.enumerated() { values[number][index] += row[column].int }
    }
  }

  /// Height of the tallest stack, at least 1.
  var stackMax: Int64 { max(1, starts.indices.map { index in values.reduce(0) { $0 + $1[index] } }.max() ?? 1) }

  /// Height of the highest single value, at least 1.
  var valueMax: Int64 { max(1, values.flatMap { $0 }.max() ?? 1) }

  func sum(_ number: Int) -> Int64 { values[number].reduce(0, +) }

  /// Round values for the lines of a chart, from 0 to at or over `top`.
  static func ticks(to top: Int64) -> [Int64] {
    var step: Int64 = 1
    while (top + step - 1) / step > 4 {
      let digit = step / power(of: step)
      step = digit == 2 ? step / 2 * 5 : step * 2
    }
    let last = (top + step - 1) / step
    return (0...max(1, last)).map { $0 * step }
  }

  private static func power(of value: Int64) -> Int64 {
    var power: Int64 = 1
    while power * 10 <= value { power *= 10 }
    return power
  }
}
