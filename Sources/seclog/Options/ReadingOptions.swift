import ArgumentParser
import Events

/// Options of every command that reads events back: range of time, clock and zone.
struct ReadingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("From this time on: 2h, 3d, yesterday, 2026-11-20, 2026-11-20T10:00.", valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Up to this time, itself excluded.", valueName: "time"))
  var until: String?

  @OptionGroup var clock: ClockOptions

  @Flag(help: "Show and read times in UTC instead of local time.")
  var utc = false

  var zone: TimeExpression.Zone { utc ? .utc : .local }

  /// The range asked for, in microseconds since 1970; `nil` where no bound was given.
  func range() throws -> (since: Int64?, until: Int64?, now: Int64) {
    let now = try clock.now()
    let since = try since.map { try ClockOptions.time($0, option: "--since", now: now, zone: zone) }
    let until = try until.map { try ClockOptions.time($0, option: "--until", now: now, zone: zone) }
    if let since, let until, since >= until {
      throw Problem(.usage, at: "--since", "not before --until, so the range is empty.", next: "Swap the two.")
    }
    return (since, until, now)
  }
}
