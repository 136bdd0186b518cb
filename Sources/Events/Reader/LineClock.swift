/// Reads the times of single lines: for searches in text that was archived.
public final class LineClock {
  private let parser: RecordParser
  private var records: [ParsedRecord] = []

  /// - Throws: ``Problem`` for a broken format.
  public init(_ configuration: ReaderConfiguration) throws { parser = try RecordParser(configuration) }

  /// The time that a line tells itself, microseconds since 1970; `nil` if it tells none.
  ///
  /// - Parameters:
  ///   - zone: of times that name none; empty = by format.
  ///   - reference: a time near it, for times without a year.
  public func time(of line: UnsafeRawBufferPointer, zone: String = "", reference: Int64) -> Int64? {
    records.removeAll(keepingCapacity: true)
    parser.parse(line, .init(zone: zone, reference: reference), into: &records)
    guard let first = records.first, first.timeQuality == .own else { return nil }
    return first.time
  }
}
