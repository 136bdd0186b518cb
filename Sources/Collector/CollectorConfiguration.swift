import Events

/// How a run of `collect` reads, apart from what ``Events/ReaderConfiguration`` says.
public struct CollectorConfiguration: Sendable {
  /// Overrides unit, container and file stem (decision 10).
  public var app = ""
  /// Zone of times that name none; empty = by format (decision 2).
  public var zone = ""
  /// Takes an unterminated last line whatever it is (decision 6).
  public var takesUnfinished = false
  /// Starts files that are not known yet at their end.
  public var startsAtEnd = false
  /// Writes redacted lines on to standard output.
  public var tees = false
  /// 32 secret bytes for the hashes of file identities (decision 14).
  public var identityKey: [UInt8] = []
  /// One line or paragraph for people, without a program name.
  public var note: @Sendable (String) -> Void = { _ in }

  public init() {}
}
