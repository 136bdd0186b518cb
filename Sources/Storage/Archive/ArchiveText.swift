/// Redacted lines on their way into the archive, and what is known of them.
public struct ArchiveText: Hashable, Sendable {
  /// Whole lines, each with its newline.
  public var bytes: [UInt8] = []
  /// Which bytes are of which source, in order.
  public var runs: [Run] = []
  /// Event times of the lines, microseconds since 1970, as far as they were looked at.
  public var times: ClosedRange<Int64>?

  public struct Run: Hashable, Sendable {
    public var source: String
    public var bytes: Int
  }

  public init() {}

  public var isEmpty: Bool { bytes.isEmpty }

  public mutating func append(_ more: some Collection<UInt8>, of source: String, times: ClosedRange<Int64>) {
    bytes.append(contentsOf: more)
    append(Run(source: source, bytes: more.count))
    extend(over: times)
  }

  public mutating func append(_ more: ArchiveText) {
    bytes.append(contentsOf: more.bytes)
    for run in more.runs { append(run) }
    if let times = more.times { extend(over: times) }
  }

  private mutating func append(_ run: Run) {
    if let last = runs.indices.last, runs[last].source == run.source {
      runs[last].bytes += run.bytes
    } else {
      runs.append(run)
    }
  }

  private mutating func extend(over more: ClosedRange<Int64>) {
    times = times.map { min($0.lowerBound, more.lowerBound)...max($0.upperBound, more.upperBound) } ?? more
  }
}
