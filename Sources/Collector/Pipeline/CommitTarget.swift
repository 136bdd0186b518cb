import Storage

/// Where commits go: the store, or a model of one that fails when a test says so.
public protocol CommitTarget: Sendable {
  /// Writes all of the commit or nothing.
  func commit(_ commit: Commit) throws
  /// Called now and then while nothing is to be committed.
  func idle() throws
  /// Called once, after the last commit.
  func finish() throws
}

extension CommitTarget {
  public func idle() throws {}
  public func finish() throws {}
}

extension EventStore: CommitTarget {}
extension ArchivedStore: CommitTarget {}

extension Commit {
  /// What it weighs in memory, in rows: a member of the archive is as heavy as a hundred.
  var weight: Int { changes.count + 100 * archive.count }
}
