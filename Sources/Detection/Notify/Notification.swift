import Crypto
import Events
import Storage

/// One thing to tell about one incident.
public struct Notification: Hashable, Sendable {
  /// Row of the outbox; 0 in a dry run.
  public let row: Int64
  public let channel: String
  public let reason: OutboxRow.Reason
  public let incident: StoredIncident
  /// First and last event, if they are still stored.
  public let first: StoredEvent?
  public let last: StoredEvent?
  public let title: String
  public let runbook: String
  /// The command that shows all of it.
  public let command: String
  /// A saved query about such things, or empty.
  public let query: String

  public var level: Level { Level(rawValue: incident.level) ?? .medium }
}

/// What one run found.
public struct AlertReport: Sendable {
  public var notifications: [Notification] = []
  /// Incidents that were new but too old to be told.
  public var olderRecorded = 0
  /// Notifications that a silence holds back.
  public var heldBack: [StoredIncident] = []
  /// Rules that were refused or failed.
  public var problems: [Problem]
  public var rules: Int
  /// Rules that had something new to look at.
  public var evaluated = 0

  public init(problems: [Problem], rules: Int) {
    self.problems = problems
    self.rules = rules
  }
  /// Names the set of problems: the same for the same ones in any order, empty if there is none.
  public var problemsDigest: String {
    if problems.isEmpty { return "" }
    let digest = SHA256.hash(data: Array(problems.map(\.description).sorted().joined(separator: "\n").utf8))
    return digest.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
