/// Limits of the store, by name.
public enum StoreLimits {
  /// How long a writer or reader waits for another process's lock.
  public static let busyMilliseconds: Int32 = 5_000
  /// An event dated further ahead of its arrival than this sorts as if dated here (decision 3).
  public static let futureMicroseconds: Int64 = 3_600_000_000
  /// Longest text or blob that a query may build.
  public static let queryValueBytesMax: Int32 = 16 << 20
  /// Longest text of a query.
  public static let queryTextBytesMax: Int32 = 256 << 10
  /// Text of one member of the archive: smaller ones compress worse, larger ones cost more to look into.
  public static let archiveTextBytes = 256 << 10
  /// Texts that may wait to be compressed.
  public static let archiveTextsWaitingMax = 8
  /// Lines that are too few for a member become one after this long.
  public static let archiveTailMicroseconds: Int64 = 10_000_000
  /// Lines without a time of their own look this many lines back for one.
  public static let archiveLinesLookedBack = 1_000
  /// How far lines may be out of order and still be found by a search that is bounded in time.
  public static let archiveDisorderMicroseconds: Int64 = 60_000_000
  /// Names that hidden values of a source are counted by; further ones count as none.
  public static let redactionFieldsMax = 100
  /// Rows removed in one transaction by `prune` (decision 19).
  public static let pruneRowsMax = 2_000
  /// The WAL is cut back to this size when it starts anew.
  public static let walBytesMax = 64 << 20
  /// Page cache of a writer, in KiB.
  public static let cacheKiB = 8 << 10
}
