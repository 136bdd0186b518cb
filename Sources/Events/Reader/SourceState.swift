/// What the lines of one source leave behind for the lines that follow: last time seen, open joins,
/// ordinals. It holds redacted text only, and is stored with the position of the source.
public struct SourceState: Hashable, Sendable, Codable {
  /// Path, or `stdin:NAME`: column `source`.
  public var source: String
  public var app: String
  /// Zone of times that name none: `UTC`, `local`, or an IANA name; empty = by format (decision 2).
  public var zone = ""
  /// When the file was last written, microseconds since 1970: the time of lines before which and
  /// after which none has a time; 0 = unknown, then arrival (decision 2).
  public var modified: Int64 = 0

  /// Lines seen since the source's first byte.
  var lineCount: Int64 = 0
  /// Time of the last line that had one.
  var lastTime: Int64?
  var ordinals = LineOrdinals()
  var joiner = Joiner()

  public init(source: String, app: String) {
    self.source = source
    self.app = app
  }
}
