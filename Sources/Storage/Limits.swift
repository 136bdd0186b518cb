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
  /// Rows removed in one transaction by `prune` (decision 19).
  public static let pruneRowsMax = 2_000
  /// The WAL is cut back to this size when it starts anew.
  public static let walBytesMax = 64 << 20
  /// Page cache of a writer, in KiB.
  public static let cacheKiB = 16 << 10
}
