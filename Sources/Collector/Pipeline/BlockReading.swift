import Events

/// Bytes in, changes out: ``Events/EventReader``, or a plain twin of it in simulations.
public protocol BlockReading: AnyObject {
  func read(
    _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    ending: EventReader.Ending, into batch: inout EventBatch
  ) -> Int

  /// Passes over a line that cannot be read, its end with it.
  func skip(
    _ line: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    into batch: inout EventBatch)
}

extension EventReader: BlockReading {}
