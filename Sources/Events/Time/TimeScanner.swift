/// Reads the spellings of time that logs use, at a place in a text.
///
/// | spelling | who |
/// |---|---|
/// | `2026-11-21T06:04:33.066+01:00`, `2026-11-21 06:04:33,066`, `2026-11-21 06:18:40.559 UTC` | RFC 3339 and its kin, Python, Postgres |
/// | `2026/11/21 06:09:47` | nginx error log, Go `log` |
/// | `21/Nov/2026:06:09:47 +0000` | common log format |
/// | `21 Nov 2026 06:44:10.123`, `Sat, 21 Nov 2026 06:44:10 GMT` | Redis, RFC 5322 |
/// | `Nov 21 06:44:10`, `Sat Nov 21 06:44:10.123456 2026` | syslog, ctime, Apache error log |
/// | `11/21/2026, 6:30:56 AM`, `21/11/2026, 06:30:56` | JavaScript's local forms |
/// | `1121 06:20:01.412311` | klog, after its level letter |
/// | `20261121T063056Z` | ISO 8601 basic |
struct TimeScanner {
  let bytes: UnsafeRawBufferPointer
  var at: Int

  init(_ bytes: UnsafeRawBufferPointer, at: Int = 0) {
    self.bytes = bytes
    self.at = at
  }

  /// Reads a time at ``at`` and moves behind it; leaves ``at`` alone and returns `nil` if none stands there.
  mutating func next() -> WrittenTime? {
    let start = at
    guard at < bytes.count else { return nil }
    let byte = bytes[at]
    let time: WrittenTime? =
      switch byte {
      case 0x30...0x39: digitFirst()
      case 0x41...0x5a, 0x61...0x7a: letterFirst()
      default: nil
      }
    if time == nil { at = start }
    return time
  }

  // MARK: - Shapes

  private mutating func digitFirst() -> WrittenTime? {
    let start = at
    guard let (first, digits) = number(max: 8) else { return nil }
    guard at < bytes.count else { return nil }
    switch (digits, bytes[at]) {
    case (4, UInt8(ascii: "-")), (4, UInt8(ascii: "/")), (4, UInt8(ascii: ".")):
      return yearFirst(first, separator: bytes[at])
    case (8, UInt8(ascii: "T")), (8, UInt8(ascii: "-")):
      return compact(first)
    case (4, 0x20):
      return klog(first)
    case (1...2, UInt8(ascii: "/")), (1...2, UInt8(ascii: ".")), (1...2, UInt8(ascii: "-")):
      return dayOrMonthFirst(first, separator: bytes[at])
    case (1...2, 0x20):
      at = start
      return dayNameMonth()
    default: return nil
    }
  }

  private mutating func yearFirst(_ year: Int, separator: UInt8) -> WrittenTime? {
    at += 1
    var time = WrittenTime()
    time.year = year
    guard let month = fixed(2, 1...12), take(separator), let day = fixed(2, 1...31) else { return nil }
    time.month = month
    time.day = day
    guard at < bytes.count else { return nil }
    switch bytes[at] {
    case UInt8(ascii: "T"), UInt8(ascii: "t"), 0x20, UInt8(ascii: "_"), UInt8(ascii: ":"): at += 1
    case UInt8(ascii: ",") where at + 1 < bytes.count && bytes[at + 1] == 0x20: at += 2
    default: return nil
    }
    if at + 2 < bytes.count, bytes[at] == UInt8(ascii: "-"), bytes[at + 1] == 0x20 { at += 2 }  // gin
    guard clock(&time) else { return nil }
    zone(&time)
    return time
  }

  private mutating func compact(_ date: Int) -> WrittenTime? {
    at += 1
    var time = WrittenTime()
    time.year = date / 10_000
    time.month = date / 100 % 100
    time.day = date % 100
    guard valid(time) else { return nil }
    if at + 6 <= bytes.count, let hour = fixed(2, 0...23), let minute = fixed(2, 0...59), let second = fixed(2, 0...60)
    {
      time.hour = hour
      time.minute = minute
      time.second = min(second, 59)
      fraction(&time)
      zone(&time)
      return time
    }
    return nil
  }

  private mutating func klog(_ date: Int) -> WrittenTime? {
    at += 1
    var time = WrittenTime()
    time.month = date / 100
    time.day = date % 100
    guard valid(time), clock(&time) else { return nil }
    return time
  }

  /// `21/Nov/2026:06:09:47 +0000`, `11/21/2026, 6:30:56 AM`, `21.11.2026, 06:30:56`, `21-Nov-2026 06:30:56`.
  private mutating func dayOrMonthFirst(_ first: Int, separator: UInt8) -> WrittenTime? {
    at += 1
    var time = WrittenTime()
    if let month = monthName() {
      time.day = first
      time.month = month
      guard take(separator), let year = fixed(4, 1900...9999) else { return nil }
      time.year = year
      guard at < bytes.count, bytes[at] == UInt8(ascii: ":") || bytes[at] == 0x20 else { return nil }
      at += 1
      guard valid(time), clock(&time) else { return nil }
      zone(&time)
      return time
    }
    guard let (second, digits) = number(max: 2), digits <= 2, take(separator), let year = fixed(4, 1900...9999) else {
      return nil
    }
    time.year = year
    _ = take(UInt8(ascii: ","))
    guard take(0x20), clock(&time) else { return nil }
    let noon = meridiem()
    // An hour with AM or PM is how the USA writes it: month first. Else the rest of the world.
    let monthFirst = first > 12 ? false : second > 12 ? true : noon != nil
    time.month = monthFirst ? first : second
    time.day = monthFirst ? second : first
    if let noon {
      guard (1...12).contains(time.hour) else { return nil }
      time.hour = time.hour % 12 + (noon ? 12 : 0)
    }
    guard valid(time) else { return nil }
    zone(&time)
    return time
  }

  /// `21 Nov 2026 06:44:10.123`
  private mutating func dayNameMonth() -> WrittenTime? {
    var time = WrittenTime()
    guard let (day, _) = number(max: 2), take(0x20), let month = monthName(), take(0x20) else { return nil }
    time.day = day
    time.month = month
    if at + 4 < bytes.count, bytes[at + 2] != UInt8(ascii: ":"), let year = fixed(4, 1900...9999) {
      time.year = year
      guard take(0x20) else { return nil }
    }
    guard valid(time), clock(&time) else { return nil }
    zone(&time)
    return time
  }

  private mutating func letterFirst() -> WrittenTime? {
    if dayName() {
      _ = take(UInt8(ascii: ","))
      guard take(0x20), at < bytes.count else { return nil }
      if (0x30...0x39).contains(bytes[at]) { return dayNameMonth() }
    }
    guard let month = monthName(), take(0x20) else { return nil }
    _ = take(0x20)  // `Nov  1`
    var time = WrittenTime()
    time.month = month
    guard let (day, _) = number(max: 2) else { return nil }
    time.day = day
    _ = take(UInt8(ascii: ","))
    guard take(0x20) else { return nil }
    if at + 4 < bytes.count, bytes[at + 2] != UInt8(ascii: ":"), bytes[at + 1] != UInt8(ascii: ":"),
      let year = fixed(4, 1900...9999)
    {
      time.year = year
      _ = take(UInt8(ascii: ","))
      guard take(0x20) else { return nil }
    }
    guard valid(time), clock(&time) else { return nil }
    if let noon = meridiem() { time.hour = time.hour % 12 + (noon ? 12 : 0) }
    zone(&time)
    if time.year == 0, at + 5 <= bytes.count, bytes[at] == 0x20, at + 5 == bytes.count || !isWord(bytes[at + 5]) {
      let back = at
      at += 1
      if let year = fixed(4, 1970...2199) { time.year = year } else { at = back }
    }
    return time
  }

  // MARK: - Parts

  /// `6:30`, `06:30:56`, `06:30:56.123456789`, `06:30:56,123`. A leap second counts as the second before it.
  private mutating func clock(_ time: inout WrittenTime) -> Bool {
    guard let (hour, digits) = number(max: 2), digits <= 2, hour <= 23, take(UInt8(ascii: ":")),
      let minute = fixed(2, 0...59)
    else { return false }
    time.hour = hour
    time.minute = minute
    let beforeSeconds = at
    if take(UInt8(ascii: ":")) {
      guard let second = fixed(2, 0...60) else {
        at = beforeSeconds
        return false
      }
      time.second = min(second, 59)
      fraction(&time)
    }
    return true
  }

  private mutating func fraction(_ time: inout WrittenTime) {
    guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: ".") || bytes[at] == UInt8(ascii: ","),
      (0x30...0x39).contains(bytes[at + 1])
    else { return }
    at += 1
    var scale: Int64 = 100_000
    while at < bytes.count, (0x30...0x39).contains(bytes[at]) {
      time.fraction += Int64(bytes[at] - 0x30) * scale
      scale /= 10
      at += 1
    }
  }

  private mutating func zone(_ time: inout WrittenTime) {
    let start = at
    if at < bytes.count, bytes[at] == 0x20 { at += 1 }
    guard at < bytes.count else {
      at = start
      return
    }
    switch bytes[at] {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"):
      if at + 1 == bytes.count || !isWord(bytes[at + 1]) {
        at += 1
        time.zone = .offset(0)
        return
      }
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      let sign = bytes[at] == UInt8(ascii: "-") ? -1 : 1
      at += 1
      if let hours = fixed(2, 0...18) {
        let afterHours = at
        _ = take(UInt8(ascii: ":"))
        if let minutes = fixed(2, 0...59) {
          time.zone = .offset(sign * (hours * 3600 + minutes * 60))
          return
        }
        at = afterHours
        if at == bytes.count || !isWord(bytes[at]), start == at - 3 {
          time.zone = .offset(sign * hours * 3600)
          return
        }
      }
    default:
      break
    }
    // An abbreviation, as Postgres and Docker Compose write it.
    if at < bytes.count, (0x41...0x5a).contains(bytes[at]) {
      var end = at
      while end < bytes.count, (0x41...0x5a).contains(bytes[end]), end - at < 6 { end += 1 }
      if end == bytes.count || !isWord(bytes[end]),
        let offset = ZoneNames.offset(of: UnsafeRawBufferPointer(rebasing: bytes[at..<end]))
      {
        at = end
        time.zone = .offset(offset)
        return
      }
    }
    at = start
  }

  private mutating func meridiem() -> Bool? {
    let start = at
    // JavaScript puts U+202F before AM since ICU 72.
    if at + 2 < bytes.count, bytes[at] == 0xe2, bytes[at + 1] == 0x80, bytes[at + 2] == 0xaf {
      at += 3
    } else {
      _ = take(0x20)
    }
    guard at + 1 < bytes.count, bytes[at + 1] | 0x20 == UInt8(ascii: "m") else {
      at = start
      return nil
    }
    switch bytes[at] | 0x20 {
    case UInt8(ascii: "a"):
      at += 2
      return false
    case UInt8(ascii: "p"):
      at += 2
      return true
    default:
      at = start
      return nil
    }
  }

  private mutating func monthName() -> Int? {
    guard at + 3 <= bytes.count else { return nil }
    let key =
      UInt32(bytes[at] | 0x20) << 16 | UInt32(bytes[at + 1] | 0x20) << 8 | UInt32(bytes[at + 2] | 0x20)
    guard let month = Self.months[key] else { return nil }
    at += 3
    return month
  }

  private mutating func dayName() -> Bool {
    guard at + 3 < bytes.count, bytes[at + 3] == 0x20 || bytes[at + 3] == UInt8(ascii: ",") else { return false }
    let key =
      UInt32(bytes[at] | 0x20) << 16 | UInt32(bytes[at + 1] | 0x20) << 8 | UInt32(bytes[at + 2] | 0x20)
    guard Self.days.contains(key) else { return false }
    at += 3
    return true
  }

  private static func key(_ name: StaticString) -> UInt32 {
    name.withUTF8Buffer { UInt32($0[0]) << 16 | UInt32($0[1]) << 8 | UInt32($0[2]) }
  }
  private static let months: [UInt32: Int] = [
    key("jan"): 1, key("feb"): 2, key("mar"): 3, key("apr"): 4, key("may"): 5, key("jun"): 6,
    key("jul"): 7, key("aug"): 8, key("sep"): 9, key("oct"): 10, key("nov"): 11, key("dec"): 12,
  ]
  private static let days: Set<UInt32> = [
    key("mon"), key("tue"), key("wed"), key("thu"), key("fri"), key("sat"), key("sun"),
  ]

  private func valid(_ time: WrittenTime) -> Bool { (1...12).contains(time.month) && (1...31).contains(time.day) }

  private func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"): true
    default: false
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func number(max: Int) -> (value: Int, digits: Int)? {
    var value = 0
    let start = at
    while at < bytes.count, at - start < max, (0x30...0x39).contains(bytes[at]) {
      value = value * 10 + Int(bytes[at] - 0x30)
      at += 1
    }
    guard at > start else { return nil }
    if at < bytes.count, (0x30...0x39).contains(bytes[at]) { return nil }  // Longer than allowed.
    return (value, at - start)
  }

  /// Exactly `count` digits within `range`; leaves ``at`` alone otherwise.
  private mutating func fixed(_ count: Int, _ range: ClosedRange<Int>) -> Int? {
    guard at + count <= bytes.count else { return nil }
    var value = 0
    for i in at..<at + count {
      guard (0x30...0x39).contains(bytes[i]) else { return nil }
      value = value * 10 + Int(bytes[i] - 0x30)
    }
    guard range.contains(value) else { return nil }
    at += count
    return value
  }
}
