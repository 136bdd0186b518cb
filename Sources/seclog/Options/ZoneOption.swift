import Foundation

/// Names of the zone that times without one are in.
enum ZoneOption {
  static let examples = "Use UTC, local, or a name such as Europe/Berlin:  timedatectl list-timezones"

  static func isKnown(_ name: String) -> Bool {
    ["UTC", "local"].contains(name) || TimeZone(identifier: name) != nil
  }
}
