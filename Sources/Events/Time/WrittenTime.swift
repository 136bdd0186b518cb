/// A time as a log wrote it: perhaps without a year, perhaps without a zone.
struct WrittenTime: Hashable, Sendable {
  enum Zone: Hashable, Sendable {
    case none
    /// Seconds east of UTC.
    case offset(Int)
  }

  /// 0 if the text has none (klog, syslog).
  var year = 0
  var month = 1
  var day = 1
  var hour = 0
  var minute = 0
  var second = 0
  /// Microseconds; further digits are dropped.
  var fraction: Int64 = 0
  var zone = Zone.none
  /// Set instead of all others for a count since 1970.
  var epoch: Int64?

  /// - Parameters:
  ///   - zone: used if the text names none: maps a time read as if it were UTC, in seconds, to the
  ///     offset of the zone then.
  ///   - reference: used if the text has no year: the year that brings the time nearest to it (decision 2).
  /// - Returns: microseconds since 1970; `nil` if there is no such date.
  func microseconds(zone assumed: (Int64) -> Int, reference: Int64) -> Int64? {
    if let epoch { return epoch }
    guard year == 0 else { return microseconds(year: year, zone: assumed) }
    let center = Timestamp.civil(days: Timestamp.floorDivide(reference, 86_400_000_000)).year
    var best: Int64?
    for candidate in [center, center - 1, center + 1] {
      guard let time = microseconds(year: Int(candidate), zone: assumed) else { continue }
      if best == nil || abs(time - reference) < abs(best! - reference) { best = time }
    }
    return best
  }

  private func microseconds(year: Int, zone assumed: (Int64) -> Int) -> Int64? {
    guard day <= Self.days(in: month, of: year) else { return nil }
    let days = Timestamp.days(year: Int64(year), month: Int64(month), day: Int64(day))
    let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    let offset =
      switch zone {
      case .offset(let seconds): seconds
      case .none: assumed(seconds)
      }
    return (seconds - Int64(offset)) * 1_000_000 + fraction
  }

  static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Microseconds of a count since 1970 whose unit its magnitude tells: seconds below 10^11 (the
  /// year 5138), then milli-, micro- and nanoseconds.
  static func epoch(_ text: some Collection<UInt8>) -> Int64? {
    var whole: Int64 = 0
    var digits = 0
    var fraction: Int64 = 0
    var fractionDigits = 0
    var seenPoint = false
    for byte in text {
      switch byte {
      case 0x30...0x39:
        if seenPoint {
          if fractionDigits < 9 {
            fraction = fraction * 10 + Int64(byte - 0x30)
            fractionDigits += 1
          }
        } else {
          digits += 1
          guard digits <= 19 else { return nil }
          let (product, overflow) = whole.multipliedReportingOverflow(by: 10)
          guard !overflow else { return nil }
          whole = product + Int64(byte - 0x30)
          guard whole >= 0 else { return nil }
        }
      case UInt8(ascii: ".") where !seenPoint && digits > 0: seenPoint = true
      default: return nil
      }
    }
    // Nine digits of seconds are 1973; shorter numbers are counters, not times.
    guard digits >= 9 else { return nil }
    while fractionDigits < 9 {
      fraction *= 10
      fractionDigits += 1
    }
    switch whole {
    case ..<100_000_000_000: return whole * 1_000_000 + fraction / 1_000
    case ..<100_000_000_000_000: return whole * 1_000 + fraction / 1_000_000
    case ..<100_000_000_000_000_000: return whole
    default: return whole / 1_000
    }
  }
}

extension Timestamp {
  static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
    value >= 0 ? value / by : -((-value + by - 1) / by)
  }
}
