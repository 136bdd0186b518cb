/// Spans and numbers in sentences.
enum Duration {
  /// `12 s`, `4 min`, `3 h 12 min`, `6 d`.
  static func spoken(_ microseconds: Int64) -> String {
    let seconds = Swift.max(0, microseconds) / 1_000_000
    switch seconds {
    case 0..<60: return "\(seconds) s"
    case 60..<3600: return "\(seconds / 60) min"
    case 3600..<36_000:
      return "\(seconds / 3600) h" + (seconds % 3600 >= 60 ? " \(seconds % 3600 / 60) min" : "")
    case 36_000..<172_800: return "\(seconds / 3600) h"
    default: return "\(seconds / 86_400) d"
    }
  }

  /// `76,527`.
  static func grouped(_ value: Int64) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + String(text.reversed())
  }
}
