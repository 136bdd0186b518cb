/// The parts of a point in time, in UTC.
struct DateParts {
  let microseconds: Int64
  private var seconds: Int64 { microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000 }

  /// - Parameter value: RFC 3339, also with a space for `T` and without a zone (UTC); or seconds,
  ///   milliseconds or microseconds since 1970, told apart by size.
  init?(_ value: RecordValue) {
    switch value {
    case .bool: return nil
    case .integer(let number): self.init(number: Double(number))
    case .number(let spelling):
      guard let number = Double(spelling) else { return nil }
      self.init(number: number)
    case .text(let text): self.init(text: text)
    }
  }

  private init?(number: Double) {
    guard number.isFinite, abs(number) < 1e18 else { return nil }
    let scaled = number > 1e14 ? number : number > 1e11 ? number * 1e3 : number * 1e6
    microseconds = Int64(scaled.rounded())
  }

  private init?(text: String) {
    var bytes = Array(text.utf8)[...]
    while bytes.first == 0x20 { bytes.removeFirst() }
    while bytes.last == 0x20 { bytes.removeLast() }
    if bytes.count >= 4, bytes.suffix(4).elementsEqual(" UTC".utf8) { bytes = bytes.dropLast(4) }
    func number(_ count: Int) -> Int64? {
      guard bytes.count >= count, bytes.prefix(count).allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
      defer { bytes = bytes.dropFirst(count) }
      return bytes.prefix(count).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
    func take(_ choices: StaticString) -> UInt8? {
      guard let first = bytes.first else { return nil }
      for index in 0..<choices.utf8CodeUnitCount where choices.utf8Start[index] == first {
        bytes = bytes.dropFirst()
        return first
      }
      return nil
    }
    guard let year = number(4), take("-") != nil, let month = number(2), take("-") != nil, let day = number(2),
      take("Tt ") != nil, let hour = number(2), take(":") != nil, let minute = number(2), take(":") != nil,
      let second = number(2), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
    else { return nil }
    var fraction: Int64 = 0
    if take(".,") != nil {
      var unit: Int64 = 100_000
      while let digit = bytes.first, digit &- 0x30 < 10 {
        fraction += Int64(digit - 0x30) * unit
        unit /= 10
        bytes.removeFirst()
      }
    }
    while bytes.first == 0x20 { bytes.removeFirst() }
    var offset: Int64 = 0
    if take("Zz") == nil, let sign = take("+-") {
      guard let hours = number(2) else { return nil }
      _ = take(":")
      guard let minutes = number(2) else { return nil }
      offset = (hours * 3600 + minutes * 60) * (sign == 0x2D ? -1 : 1)
    }
    guard bytes.isEmpty else { return nil }
    let days = Timestamp.days(year: year, month: month, day: day)
    microseconds = (days * 86_400 + hour * 3600 + minute * 60 + second - offset) * 1_000_000 + fraction
  }

  subscript(part: Filter.DatePart) -> Int {
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let second = seconds - days * 86_400
    let date = Timestamp.civil(days: days)
    switch part {
    case .minute: return Int(second / 60 % 60)
    case .hour: return Int(second / 3600)
    case .day: return Int(date.day)
    case .month: return Int(date.month)
    case .year: return Int(date.year)
    case .week:
      // The week of the Thursday in the same week; 1970-01-01 was a Thursday.
      let thursday = days - ((days + 3) % 7 + 7) % 7 + 3
      let year = Timestamp.civil(days: thursday).year
      return Int((thursday - Timestamp.days(year: year, month: 1, day: 1)) / 7 + 1)
    }
  }
}

extension Timestamp {
  /// Microseconds since 1970 of a time as JSON records hold it: RFC 3339, also with a space for `T` and
  /// without a zone (UTC); or seconds, milliseconds or microseconds since 1970, told apart by size.
  public static func microseconds(of value: RecordValue) -> Int64? { DateParts(value)?.microseconds }
}
