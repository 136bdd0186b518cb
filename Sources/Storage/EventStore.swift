import Events
import GRDB

/// The local store: one SQLite file with events, full-text index, positions, matches and incidents.
///
/// Several processes may write (collector, `alert run`, import, ack); every write is one short
/// `BEGIN IMMEDIATE` transaction. Readers open read-only and never create a file.
public final class EventStore: Sendable {
  public enum Access: Sendable { case readWrite, readOnly }

  public let path: String

  /// Opens the store; `readWrite` creates and migrates it (file mode 0640, its directory 0750 if made).
  ///
  /// - Throws: ``Problem``: no store yet, another program's database, no permission, newer schema.
  public init(path: String, access: Access) throws {
    self.path = path
  }
}

/// What one transaction of a writer holds: events and the positions they were read up to.
public struct Commit: Sendable {
  public var changes: [EventChange] = []
  public var positions: [StoredPosition] = []
  /// Positions whose source is gone for good.
  public var forgotten: [String] = []
  /// Added to the store's running counters, for `status` and `/metrics`.
  public var counts: [String: ReadCounts] = [:]  // by source

  public init() {}
}

/// Where reading of one source stopped. The `Collector` owns the meaning of `key` and `identity`;
/// the store keeps them as they are, in the transaction of the events.
public struct StoredPosition: Hashable, Sendable {
  /// Stable key of the source, such as `file:2049:1312:3` or `stdin:tmi`.
  public var key: String
  public var path: String
  public var offset: Int64
  /// JSON of the collector: device, inode, keyed head and mark hashes, generation, times.
  public var identity: String
  /// JSON of ``Events/SourceState``.
  public var state: String

  public init(key: String, path: String, offset: Int64, identity: String, state: String) {
    self.key = key
    self.path = path
    self.offset = offset
    self.identity = identity
    self.state = state
  }
}

extension EventStore {
  /// Writes one commit: all of it or nothing.
  ///
  /// - Throws: ``Problem`` (`busy`, `failed`: disk full, read-only, corrupt); nothing was written.
  public func commit(_ commit: Commit) throws {}

  public func positions() throws -> [StoredPosition] { [] }
}
