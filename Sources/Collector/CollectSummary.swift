import Events

/// What one run did: the last line on standard error, and the exit status.
public struct CollectSummary: Sendable {
  public var counts = ReadCounts()
  /// Inputs that could not be read, and data that could not be stored.
  public var failures = 0
  /// Sources whose last line has no end; it is left for the next run (decision 6).
  public var unfinished = 0
  /// Files that hold what another file holds already.
  public var copies = 0
  /// Events lost because neither store nor spill took them; always also a `pipeline_gap` event.
  public var dropped: Int64 = 0

  public init() {}

  /// `1,204 lines · 38 events · 12 redactions · 3 rejected`.
  public var line: String {
    var parts = [
      grouped(counts.lines, "line"), grouped(counts.events, "event"),
      grouped(counts.redactions.values.reduce(0, +), "redaction"),
      "\(grouped(counts.rejected.values.reduce(0, +))) rejected",
    ]
    if unfinished > 0 { parts.append("\(grouped(Int64(unfinished))) unfinished") }
    if copies > 0 { parts.append(copies == 1 ? "1 copy skipped" : "\(grouped(Int64(copies))) copies skipped") }
    if dropped > 0 { parts.append("\(grouped(dropped)) dropped") }
    return parts.joined(separator: " · ")
  }

  private func grouped(_ value: Int64, _ noun: String) -> String {
    "\(grouped(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// Thousands in groups, as in `1,204`.
  private func grouped(_ value: Int64) -> String {
    var text = ""
    for (index, digit) in String(value).reversed().enumerated() {
      if index > 0 && index % 3 == 0 && digit != "-" { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}
