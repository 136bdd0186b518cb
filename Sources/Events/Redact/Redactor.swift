/// Hides secrets in raw bytes by splicing, never by re-serialising: a line without secrets stays
/// byte-identical.
///
/// One redactor serves one thread: it owns scratch memory. Compiled tables are shared.
public final class Redactor {
  /// - Throws: ``Problem`` for a broken pattern.
  public init(_ options: RedactionOptions) throws {}

  /// Redacts one line (no newline at its end) onto the end of `output`.
  ///
  /// - Returns: how many values were hidden; their kinds are in ``kinds`` until the next call.
  public func redact(line: UnsafeRawBufferPointer, onto output: inout [UInt8]) -> Int {
    output.append(contentsOf: line)
    return 0
  }

  /// Kinds of the values hidden on the last line, in order of place.
  public private(set) var kinds: [String] = []
}
