import ArgumentParser
import Events
import Foundation

/// `--now`: what time the command takes it to be. For tests and replays.
struct ClockOptions: ParsableArguments {
  @Option(name: .customLong("now"), help: ArgumentHelp("Take this as the current time.", valueName: "time"))
  var nowText: String?

  /// Microseconds since 1970.
  ///
  /// - Throws: ``Problem`` (`usage`) if the text is not a time.
  func now() throws -> Int64 {
    let current = Self.wallClock
    guard let nowText else { return current }
    return try Self.time(nowText, option: "--now", now: current, zone: .local)
  }

  /// What the machine's clock says, whatever `--now` does.
  static var wallClock: Int64 {
    var clock = timespec()
    clock_gettime(CLOCK_REALTIME, &clock)
    return Int64(clock.tv_sec) * 1_000_000 + Int64(clock.tv_nsec) / 1000
  }

  static func time(_ text: String, option: String, now: Int64, zone: TimeExpression.Zone) throws -> Int64 {
    guard let time = TimeExpression.microseconds(text, now: now, zone: zone) else {
      throw Problem(.usage, at: "\(option) '\(text)'", "not a time.", next: TimeExpression.examples)
    }
    return time
  }
}
