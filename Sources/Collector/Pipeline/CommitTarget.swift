import Storage

/// Where commits go: the store, or a model of one that fails when a test says so.
public protocol CommitTarget: Sendable {
  /// Writes all of the commit or nothing.
  func commit(_ commit: Commit) throws
}

extension EventStore: CommitTarget {}
