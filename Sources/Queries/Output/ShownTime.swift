import Events
import Glibc

/// Times for people: `20 Nov 15:40:58`, in one zone that the table's header names.
public struct ShownTime: Sendable {
  public let zone: TimeExpression.Zone
  public let now: Int64

  public init(zone: TimeExpression.Zone, now: Int64) {
    self.zone = zone
    self.now = now
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  public func text(_ microseconds: Int64) -> String {
    if microseconds == 0 { return "" }
    let fields = fields(microseconds)
    let year = fields.tm_year == self.fields(now).tm_year ? "" : " \(1900 + Int(fields.tm_year))"
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let day = fields.tm_mday < 10 ? " \(fields.tm_mday)" : "\(fields.tm_mday)"
    return
      "\(day) \(Self.months[Int(fields.tm_mon)])\(year) \(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))"
  }

  /// The day, for sentences: `14 Nov 2026`.
  public func day(_ microseconds: Int64) -> String {
    let fields = fields(microseconds)
    return "\(fields.tm_mday) \(Self.months[Int(fields.tm_mon)]) \(1900 + Int(fields.tm_year))"
  }

  /// ` in 6 d`, ` 2 h ago`: behind the end of a certificate.
  public func distance(_ microseconds: Int64) -> String {
    let seconds = (microseconds - now) / 1_000_000
    let span = abs(seconds)
    let text =
      span < 3600 ? "\(span / 60) min" : span < 172_800 ? "\(span / 3600) h" : "\(span / 86_400) d"
    return seconds < 0 ? "\(text) ago" : "in \(text)"
  }

  /// `CET`, `UTC`.
  public var zoneName: String {
    if zone == .utc { return "UTC" }
    return fields(now).tm_zone.map { String(cString: $0) } ?? "local"
  }

  private func fields(_ microseconds: Int64) -> tm {
    var seconds = time_t(microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000)
    var fields = tm()
    if zone == .utc { gmtime_r(&seconds, &fields) } else { localtime_r(&seconds, &fields) }
    return fields
  }
}
