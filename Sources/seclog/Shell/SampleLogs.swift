import Events
import Foundation

/// The sample logs of five applications that `seclog demo` collects. All of it is invented, the
/// secrets too.
enum SampleLogs {
  /// The moment at which the files in `Samples/` end: 2026-11-20 12:00 UTC.
  static let end: Int64 = 1_795_176_000_000_000

  static var names: [String] { files.map(\.name) }

  static var files: [(name: String, text: String)] {
    embeddedFiles.filter { $0.path.hasSuffix(".log") }.map { file in
      (name: ((file.path as NSString).lastPathComponent as NSString).deletingPathExtension, text: file.text)
    }
  }

  /// Moves every time in a log by the same span, in the spelling that it has.
  ///
  /// - Parameter span: microseconds, a whole number of seconds.
  static func shift(_ text: String, by span: Int64) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { shift(line: String($0), by: span) }
      .joined(separator: "\n")
  }

  private static func shift(line: String, by span: Int64) -> String {
    var line = line
    // 2026-11-20T06:04:33, 2026-11-20 06:04:33
    line.replace(#/(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)/#) { match in
      guard let time = moved("\(match.1)T\(match.3)Z", by: span) else { return String(match.0) }
      return "\(time.prefix(10))\(match.2)\(time.dropFirst(11).prefix(8))"
    }
    // Milliseconds since 1970, as pino writes them.
    line.replace(#/:(1[0-9]{12}),/#) { match in ":\(Int64(match.1)! + span / 1000)," }
    // audit(1795144404.512:812)
    line.replace(#/\((1[0-9]{9})\./#) { match in "(\(Int64(match.1)! + span / 1_000_000)." }
    // 11/20/2026, 6:30:56 AM
    line.replace(#/(\d\d)\/(\d\d)\/(\d{4}), (\d{1,2}):(\d\d):(\d\d) ([AP])M/#) { match in
      let hour = Int(match.4)! % 12 + (match.7 == "P" ? 12 : 0)
      let text = "\(match.3)-\(match.1)-\(match.2)T\(two(hour)):\(match.5):\(match.6)Z"
      guard let time = moved(text, by: span), let newHour = Int(time.dropFirst(11).prefix(2)) else {
        return String(match.0)
      }
      let date = "\(time.dropFirst(5).prefix(2))/\(time.dropFirst(8).prefix(2))/\(time.prefix(4))"
      let rest = time.dropFirst(13).prefix(6)
      return "\(date), \(newHour % 12 == 0 ? 12 : newHour % 12)\(rest) \(newHour < 12 ? "A" : "P")M"
    }
    // Nov 20 06:44:10 of syslog
    line.replace(#/^Nov (\d\d) (\d\d:\d\d:\d\d)/#) { match in
      guard let time = moved("2026-11-\(match.1)T\(match.2)Z", by: span) else { return String(match.0) }
      let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
      let month = months[Int(time.dropFirst(5).prefix(2))! - 1]
      let day = Int(time.dropFirst(8).prefix(2))!
      return "\(month) \(day < 10 ? " " : "")\(day) \(time.dropFirst(11).prefix(8))"
    }
    // E1120 06:20:01 of klog
    line.replace(#/^([IWEF])(\d\d)(\d\d) (\d\d:\d\d:\d\d)/#) { match in
      guard let time = moved("2026-\(match.2)-\(match.3)T\(match.4)Z", by: span) else { return String(match.0) }
      return "\(match.1)\(time.dropFirst(5).prefix(2))\(time.dropFirst(8).prefix(2)) \(time.dropFirst(11).prefix(8))"
    }
    return line
  }

  private static func moved(_ text: String, by span: Int64) -> String? {
    TimeExpression.microseconds(text, now: 0, zone: .utc).map { Timestamp.rfc3339($0 + span) }
  }

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
