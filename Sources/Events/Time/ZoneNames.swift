import Foundation

/// Abbreviations and names of time zones.
enum ZoneNames {
  /// Seconds east of UTC. Abbreviations are ambiguous in the world at large; these are what Postgres
  /// accepts by default (`timezonesets/Default`), as far as servers use them.
  static func offset(of abbreviation: UnsafeRawBufferPointer) -> Int? {
    guard abbreviation.count >= 2, abbreviation.count <= 5 else { return nil }
    return abbreviations[String(decoding: abbreviation, as: UTF8.self)].map { $0 * 60 }
  }

  private static let abbreviations: [String: Int] = [
    "UTC": 0, "GMT": 0, "UCT": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MET": 60, "MEST": 120,
    "EET": 120, "EEST": 180, "MSK": 180, "SAST": 120, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600, "JST": 540,
    "KST": 540, "SGT": 480, "HKT": 480, "IST": 330, "AEST": 600, "AEDT": 660, "ACST": 570, "ACDT": 630,
    "AWST": 480, "NZST": 720, "NZDT": 780, "NST": -210, "NDT": -150, "BRT": -180, "ART": -180, "PKT": 300,
  ]

  /// The offset of a zone at a wall-clock time, by the name in ``SourceState/zone``.
  final class Resolver {
    private var zones: [String: TimeZone] = [:]
    private var lastName = ""
    private var lastHour = Int64.min
    private var lastOffset = 0

    /// - Parameter wallSeconds: the written time, read as if it were UTC.
    func offset(_ name: String, _ wallSeconds: Int64) -> Int {
      if name.isEmpty || name == "UTC" { return 0 }
      let hour = Timestamp.floorDivide(wallSeconds, 900)
      if hour == lastHour, name == lastName { return lastOffset }
      let zone: TimeZone
      if let known = zones[name] {
        zone = known
      } else {
        zone = name == "local" ? TimeZone.current : TimeZone(identifier: name) ?? TimeZone(secondsFromGMT: 0)!
        zones[name] = zone
      }
      // The offset at the wall-clock time: two steps reach it except in the hour that is skipped.
      var offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(wallSeconds)))
      offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(wallSeconds - Int64(offset))))
      lastName = name
      lastHour = hour
      lastOffset = offset
      return offset
    }
  }
}
