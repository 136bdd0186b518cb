import Dashboards
import Detection
import Events
import Storage

/// Incidents as the sentences of dashboards and pages.
enum Attention {
  static func firing(in store: EventStore, now: Int64, options: String) throws -> [DashboardPage.Attention] {
    try incidents(in: store, now: now, all: false, options: options)
  }

  /// - Parameter options: appended to commands, such as `--db /tmp/x/events.db`.
  static func incidents(
    in store: EventStore, now: Int64, all: Bool, options: String
  ) throws -> [DashboardPage.Attention] {
    []
  }
}
