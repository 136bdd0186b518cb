import Events

/// What one transaction of a writer holds: events and the positions they were read up to.
public struct Commit: Sendable {
  public var changes: [EventChange] = []
  public var positions: [StoredPosition] = []
  /// Keys of positions whose source is gone for good.
  public var forgotten: [String] = []
  /// Added to the store's running counters, for `status` and `/metrics`.
  public var counts: [String: ReadCounts] = [:]  // by source
  /// When this was read, microseconds since 1970; 0 = unknown. Kept per source, for `status`.
  public var readAt: Int64 = 0

  /// Redacted lines up to the positions, for ``ArchivedStore``.
  public var archive: [ArchivePiece] = []

  public init() {}

  public var isEmpty: Bool { changes.isEmpty && positions.isEmpty && forgotten.isEmpty && counts.isEmpty }
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

/// Running totals of one source since the store began.
public struct StoredSource: Hashable, Sendable {
  public var source: String
  public var counts: ReadCounts
  /// Time of its newest stored event; 0 = none.
  public var newestTs: Int64
  /// When it was first and last read; 0 = unknown.
  public var firstReadAt: Int64
  public var lastReadAt: Int64
}
