/// A span of time as people write it: `90s`, `15m`, `24h`, `7d`, `2w`, `1h30m`.
public struct Age: Hashable, Sendable {
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public static func seconds(_ count: Int64) -> Age { Age(microseconds: count * 1_000_000) }
  public static func minutes(_ count: Int64) -> Age { seconds(count * 60) }
  public static func hours(_ count: Int64) -> Age { seconds(count * 3600) }
  public static func days(_ count: Int64) -> Age { seconds(count * 86_400) }

  private static let units: [(name: String, seconds: Int64)] = [
    ("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
  ]

  /// - Parameter text: one or more of number and unit, largest unit first, such as `1h30m`; `min` and
  ///   `sec` are read as `m` and `s`. A bare number is refused: nobody knows its unit.
  /// - Returns: `nil` if the text is no span, or one longer than 1,000 years.
  public init?(_ text: String) {
    var total: Int64 = 0
    var rest = Substring(text.lowercased())
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let count = Int64(digits), count <= 31_536_000_000 else { return nil }
      rest = rest.dropFirst(digits.count).drop { $0 == " " }
      var unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count).drop { $0 == " " }
      if unit == "min" || unit == "sec" { unit = unit.prefix(1) }
      guard let seconds = Self.units.first(where: { $0.name == unit })?.seconds else { return nil }
      let (part, overflow) = count.multipliedReportingOverflow(by: seconds)
      guard !overflow, part <= 31_536_000_000 - total else { return nil }
      total += part
    }
    self = .seconds(total)
  }
}

extension Age: CustomStringConvertible {
  /// The shortest exact spelling in one unit: `90m`, `24h`, `7d`, but `1d` for 24 hours only from two days on.
  public var description: String {
    let seconds = microseconds / 1_000_000
    if seconds >= 172_800, seconds % 86_400 == 0 { return "\(seconds / 86_400)d" }
    if seconds >= 3600, seconds % 3600 == 0 { return "\(seconds / 3600)h" }
    if seconds >= 60, seconds % 60 == 0 { return "\(seconds / 60)m" }
    return "\(seconds)s"
  }
}
