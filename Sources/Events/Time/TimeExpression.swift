#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A point in time as people type it: `2h`, `3d ago`, `now`, `today`, `yesterday`, `mon`, `10:30`,
/// `2026-11-20`, `2026-11-20T10:00`, `2026-11-20 10:00:05Z`, `@1763683200`.
///
/// Words and dates without a zone mean the zone of the machine, or UTC when asked for.
public enum TimeExpression {
  public enum Zone: Sendable { case local, utc }

  /// The spellings to show when one is not understood.
  public static let examples = "Use 2h, 3d, yesterday, 2026-11-20 or 2026-11-20T10:00."

  /// - Parameters:
  ///   - now: microseconds since 1970; a bare span such as `2h` counts back from it.
  /// - Returns: microseconds since 1970, or `nil` if the text is not a time.
  public static func microseconds(_ text: String, now: Int64, zone: Zone = .local) -> Int64? {
    let word = text.lowercased().trimming
    if word == "now" { return now }
    if word.hasPrefix("@") { return epoch(word.dropFirst()) }
    if let age = Age(word.hasSuffix(" ago") ? String(word.dropLast(4)) : word) {
      return now - age.microseconds
    }
    let today = zone.fields(now)
    if let midnight = midnight(word, today: today, zone: zone) { return midnight }
    if let clock = clock(word) {
      var fields = today
      (fields.tm_hour, fields.tm_min, fields.tm_sec) = (clock.hour, clock.minute, clock.second)
      return zone.microseconds(fields)
    }
    return date(text.trimming, zone: zone)
  }

  private static func epoch(_ digits: Substring) -> Int64? {
    let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let seconds = Int64(parts[0]), abs(seconds) < 100_000_000_000 else { return nil }
    guard parts.count == 2 else { return seconds * 1_000_000 }
    let fraction = parts[1].prefix(6)
    guard !fraction.isEmpty, let micro = Int64(fraction), micro >= 0 else { return nil }
    return seconds * 1_000_000 + micro * power(10, 6 - fraction.count)
  }

  private static let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  /// Midnight of a named day; a weekday means the last one, today included.
  private static func midnight(_ word: String, today: tm, zone: Zone) -> Int64? {
    var fields = today
    (fields.tm_hour, fields.tm_min, fields.tm_sec) = (0, 0, 0)
    switch word {
    case "today": break
    case "yesterday": fields.tm_mday -= 1
    case "tomorrow": fields.tm_mday += 1
    default:
      guard word.count >= 3, let day = weekdays.firstIndex(of: String(word.prefix(3))),
        "\(word)".count == 3
          || ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"][day] == word
      else { return nil }
      fields.tm_mday -= (fields.tm_wday - Int32(day) + 7) % 7
    }
    return zone.microseconds(fields)
  }

  private static func clock(_ text: String) -> (hour: Int32, minute: Int32, second: Int32)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, parts[0].count <= 2,
      parts.dropFirst().allSatisfy({ $0.count == 2 }),
      parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
      let hour = Int32(parts[0]), let minute = Int32(parts[1]), let second = parts.count == 3 ? Int32(parts[2]) : 0,
      hour < 24, minute < 60, second < 60
    else { return nil }
    return (hour, minute, second)
  }

  private static func date(_ text: String, zone: Zone) -> Int64? {
    let day = text.prefix(10)
    let parts = day.split(separator: "-", omittingEmptySubsequences: false)
    guard day.count == 10, parts.count == 3, parts.map(\.count) == [4, 2, 2],
      parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
      let year = Int32(parts[0]), let month = Int32(parts[1]), let dayOfMonth = Int32(parts[2]),
      (1...12).contains(month), (1...31).contains(dayOfMonth)
    else { return nil }
    let back = Timestamp.civil(days: Timestamp.days(year: Int64(year), month: Int64(month), day: Int64(dayOfMonth)))
    guard back.day == dayOfMonth else { return nil }
    var fields = tm()
    (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, month - 1, dayOfMonth)
    var rest = text.dropFirst(10)
    guard let separator = rest.first else { return zone.microseconds(fields) }
    guard separator == "T" || separator == "t" || separator == " " else { return nil }
    rest = rest.dropFirst()
    let time = rest.prefix { $0.isNumber || $0 == ":" }
    guard let clock = clock(String(time)) else { return nil }
    (fields.tm_hour, fields.tm_min, fields.tm_sec) = (clock.hour, clock.minute, clock.second)
    rest = rest.dropFirst(time.count)
    var micro: Int64 = 0
    if rest.first == "." || rest.first == "," {
      let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
      guard !digits.isEmpty, let value = Int64(digits.prefix(6)) else { return nil }
      micro = value * power(10, max(0, 6 - digits.count))
      rest = rest.dropFirst(digits.count + 1)
    }
    if rest.isEmpty { return zone.microseconds(fields).map { $0 + micro } }
    guard let offset = offset(String(rest).trimming), let utc = Zone.utc.microseconds(fields) else { return nil }
    return utc - offset * 1_000_000 + micro
  }

  /// `Z`, `+01:00`, `-0530`, `+02` in seconds east of Greenwich.
  private static func offset(_ text: String) -> Int64? {
    if text == "Z" || text == "z" || text.lowercased() == "utc" { return 0 }
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    let digits = text.dropFirst().filter { $0 != ":" }
    guard digits.count == 2 || digits.count == 4, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      let hours = Int64(digits.prefix(2)), let minutes = digits.count == 4 ? Int64(digits.suffix(2)) : 0,
      hours <= 18, minutes < 60
    else { return nil }
    return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private static func power(_ base: Int64, _ exponent: Int) -> Int64 {
    (0..<max(0, exponent)).reduce(1) { product, _ in product * base }
  }
}

extension TimeExpression.Zone {
  fileprivate func fields(_ microseconds: Int64) -> tm {
    var seconds = time_t(microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000)
    var fields = tm()
    switch self {
    case .local: localtime_r(&seconds, &fields)
    case .utc: gmtime_r(&seconds, &fields)
    }
    return fields
  }

  /// Lets the C library normalise fields out of range, such as day 0.
  fileprivate func microseconds(_ fields: tm) -> Int64? {
    var fields = fields
    fields.tm_isdst = -1
    return Int64(self == .local ? mktime(&fields) : timegm(&fields)) * 1_000_000
  }
}

extension String {
  fileprivate var trimming: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
