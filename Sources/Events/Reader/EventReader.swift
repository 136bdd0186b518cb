/// Bytes in, clean classified events out.
///
/// One reader serves one thread and any number of sources; what belongs to a source is its
/// ``SourceState``. Cost: lines that hold no anchor are never parsed.
public final class EventReader {
  public let configuration: ReaderConfiguration

  /// Compiles formats, classifiers, secret patterns and rules. A few milliseconds.
  ///
  /// - Throws: ``Problem`` for a broken format, pattern or rule: file, line, next step.
  public init(_ configuration: ReaderConfiguration) throws {
    self.configuration = configuration
  }

  public enum Ending: Sendable {
    /// More bytes may follow: an unterminated last line is left alone.
    case more
    /// A one-shot read ends here: an unterminated last line counts if it is one complete JSON object (decision 6).
    case endOfInput
    /// Nothing will ever follow: an unterminated last line counts as it is.
    case final
  }

  /// Reads the whole lines at the start of `bytes`.
  ///
  /// - Parameters:
  ///   - bytes: starts at a line start, at byte `offset` of the source.
  ///   - state: what the source's earlier lines left behind; store it with the position.
  ///   - now: arrival time, microseconds since 1970.
  /// - Returns: how many bytes were consumed: always whole lines, and never a line that must be
  ///   seen again (an unfinished docker partial). Present the rest again with more behind it.
  public func read(
    _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    ending: Ending = .more, into batch: inout EventBatch
  ) -> Int {
    0
  }
}

/// What the lines of one source leave behind for the lines that follow: last time seen, open joins,
/// ordinals. It holds redacted text only, and is stored with the position of the source.
public struct SourceState: Hashable, Sendable, Codable {
  /// Path, or `stdin:NAME`: column `source`.
  public var source: String
  public var app: String
  /// Zone of times that name none: `UTC`, `local`, or an IANA name; empty = by format (decision 2).
  public var zone = ""

  public init(source: String, app: String) {
    self.source = source
    self.app = app
  }
}
