@testable import Events

/// What must hold for the events of any text.
final class ReaderProperties {
  private let whole: EventReader
  private let everything: EventReader
  private let plain: EventReader

  init() throws {
    whole = try EventReader(ReaderConfiguration())
    var configuration = ReaderConfiguration()
    configuration.keep = .all
    everything = try EventReader(configuration)
    plain = try EventReader(ReaderConfiguration())
    plain.skipsLines = false
  }

  /// - Returns: the first property that does not hold, or nil.
  func fault(of bytes: UnsafeRawBufferPointer) -> String? {
    let first = read(bytes, whole)
    if first.consumed > bytes.count { return "more was read than there is" }
    if read(bytes, plain).changes != first.changes { return "a line that is skipped holds an event" }
    _ = read(bytes, everything)
    return nil
  }

  private func read(_ bytes: UnsafeRawBufferPointer, _ reader: EventReader) -> (
    changes: [EventChange], consumed: Int
  ) {
    var state = SourceState(source: "fuzz", app: "fuzz")
    var batch = EventBatch()
    let now: Int64 = 1_790_000_000_000_000
    let consumed = reader.read(bytes, of: &state, at: 0, now: now, ending: .final, into: &batch)
    return (batch.changes, consumed)
  }
}
