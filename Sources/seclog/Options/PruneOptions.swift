import ArgumentParser
import Events
import Queries

/// What is old or large enough to go: of the store, of the archive.
struct PruneOptions: ParsableArguments {
  @Option(help: ArgumentHelp("What is older than this goes: 90d, or a date.", valueName: "time"))
  var olderThan: String?

  @Option(help: ArgumentHelp("The oldest goes until no more than this is left: 500M, 10G.", valueName: "size"))
  var maxSize: String?

  @Flag(help: "Only say what would be removed.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Only errors.")
  var quiet = false

  /// Those of the options, or if there are none those of the configuration.
  ///
  /// - Parameter name: of the retention in the configuration.
  func bounds(_ retention: Configuration.Retention, _ name: String, now: Int64) throws -> (
    before: Int64?, bytes: Int64?
  ) {
    let isBounded = olderThan != nil || maxSize != nil
    let before =
      try olderThan.map { try ClockOptions.time($0, option: "--older-than", now: now, zone: .local) }
      ?? (isBounded ? nil : retention.age.map { now - $0.microseconds })
    let bytes = try maxSize.map(Self.bytes) ?? (isBounded ? nil : retention.size)
    guard before != nil || bytes != nil else {
      throw Problem(
        .usage, "nothing says what may go.",
        next: "Give --older-than 90d or --max-size 10G, or set \(name) in the configuration.")
    }
    return (before, bytes)
  }

  private static func bytes(_ text: String) throws -> Int64 {
    guard let size = ByteCount(text) else {
      throw Problem(.usage, at: "--max-size '\(text)'", "not a size.", next: "Use 500M or 10G.")
    }
    return size.bytes
  }
}
