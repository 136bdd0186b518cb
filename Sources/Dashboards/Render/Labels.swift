import Events
import Glibc

/// Numbers and times as people read them; both renderers use the same.
struct Labels {
  let zone: TimeExpression.Zone
  let now: Int64
  /// Ranges over a day and a half need the date beside the time.
  let showsDate: Bool

  init(zone: TimeExpression.Zone, now: Int64) {
    self.zone = zone
    self.now = now
    showsDate = true
  }

  init(_ page: DashboardPage) {
    zone = page.zone
    now = page.now
    showsDate = page.until - page.since > 129_600_000_000
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  private func fields(_ microseconds: Int64) -> tm {
    var seconds = time_t(microseconds / 1_000_000)
    var fields = tm()
    if zone == .utc { gmtime_r(&seconds, &fields) } else { localtime_r(&seconds, &fields) }
    return fields
  }

  private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// `15:41:40`, or `20 Nov 15:41` for long ranges.
  func time(_ microseconds: Int64) -> String {
    if microseconds == 0 { return "–" }
    let clock = fields(microseconds)
    if !showsDate && abs(now - microseconds) < 129_600_000_000 {
      return "\(Self.two(clock.tm_hour)):\(Self.two(clock.tm_min)):\(Self.two(clock.tm_sec))"
    }
    return dayAndTime(microseconds)
  }

  /// `15:41`, or `20 Nov` at midnight and for buckets of days.
  func axis(_ microseconds: Int64, bucket: Int64) -> String {
    let clock = fields(microseconds)
    if bucket >= 86_400_000_000 || (clock.tm_hour == 0 && clock.tm_min == 0) {
      return "\(clock.tm_mday) \(Self.months[Int(clock.tm_mon)])"
    }
    return "\(Self.two(clock.tm_hour)):\(Self.two(clock.tm_min))"
  }

  /// `20 Nov 15:41`, with the year if it is not this one.
  func dayAndTime(_ microseconds: Int64) -> String {
    let clock = fields(microseconds)
    let year = clock.tm_year == fields(now).tm_year ? "" : " \(1900 + clock.tm_year)"
    return
      "\(clock.tm_mday) \(Self.months[Int(clock.tm_mon)])\(year) \(Self.two(clock.tm_hour)):\(Self.two(clock.tm_min))"
  }

  /// `CET`, `UTC`.
  var zoneName: String {
    if zone == .utc { return "UTC" }
    let clock = fields(now)
    return clock.tm_zone.map { String(cString: $0) } ?? "UTC"
  }

  /// Hour of the day and day of the week, Monday first.
  func weekdayAndHour(_ microseconds: Int64) -> (day: Int, hour: Int) {
    let clock = fields(microseconds)
    return (Int(clock.tm_wday + 6) % 7, Int(clock.tm_hour))
  }

  /// Microseconds that the zone is ahead of UTC at a time.
  func offset(_ microseconds: Int64) -> Int64 {
    zone == .utc ? 0 : Int64(fields(microseconds).tm_gmtoff) * 1_000_000
  }

  /// `12 s`, `4 min`, `3 h 12 min`, `6 d`.
  static func span(_ microseconds: Int64) -> String {
    let seconds = abs(microseconds) / 1_000_000
    switch seconds {
    case 0..<60: return "\(seconds) s"
    case 60..<3600: return "\(seconds / 60) min"
    case 3600..<86_400:
      let minutes = seconds % 3600 / 60
      return "\(seconds / 3600) h" + (minutes > 0 && seconds < 36_000 ? " \(minutes) min" : "")
    default: return "\(seconds / 86_400) d"
    }
  }

  func ago(_ microseconds: Int64) -> String {
    if microseconds == 0 { return "never" }
    return microseconds > now ? "in \(Self.span(microseconds - now))" : "\(Self.span(now - microseconds)) ago"
  }

  /// `76,527`.
  static func number(_ value: Int64) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// `950`, `12 k`, `3.4 M` for axes.
  static func short(_ value: Int64) -> String {
    switch value.magnitude {
    case 0..<10_000: return number(value)
    case 10_000..<1_000_000: return "\(value / 1000) k"
    default: return "\(value / 1_000_000).\(abs(value / 100_000) % 10) M"
    }
  }

  static let severities = ["–", "info", "low", "medium", "high", "critical", "fatal"]

  static func severity(_ value: Int64) -> String {
    severities.indices.contains(Int(clamping: value)) ? severities[Int(value)] : "\(value)"
  }
}
