/// What the lines of one source leave behind for the lines that follow: last time seen, the record
/// that may go on, open joins, ordinals. It holds redacted text only, and is stored with the position
/// of the source.
public struct SourceState: Hashable, Sendable, Codable {
  /// Path, or `stdin:NAME`: column `source`.
  public var source: String
  public var app: String
  /// Whether a person named the app (`--app`, the configuration); if not, a unit or container that
  /// the lines name goes before ``app`` (decision 10).
  public var isAppGiven = false
  /// Zone of times that name none: `UTC`, `local`, or an IANA name; empty = by format (decision 2).
  public var zone = ""
  /// Forces one log format by name; `nil` = that of ``ReaderConfiguration/inputFormat``.
  public var inputFormat: String?
  /// When the file was last written, microseconds since 1970: the time of lines before which and
  /// after which none has a time; 0 = unknown, then arrival (decision 2).
  public var modified: Int64 = 0

  /// Lines seen since the source's first byte.
  var lineCount: Int64 = 0
  /// Time of the last line that had one.
  var lastTime: Int64?
  /// The first lines of the source have no time, nor has any of the many that followed.
  var isUntimed = false
  /// Arrival time at which reading first waited for more bytes before this line; 0 = it does not wait.
  var waitingSince: Int64 = 0
  /// Offsets of lines that were read already, as parts of an earlier line.
  var joinedParts: [Int64] = []
  /// A line over the limit is being skipped: where it began.
  var overlong: Int64?
  /// A private key that is open where the last line ended.
  var redaction = RedactionState()
  var open: OpenRecord?
  var ordinals = LineOrdinals()
  var joiner = Joiner()

  public init(source: String, app: String, isAppGiven: Bool = false) {
    self.source = source
    self.app = app
    self.isAppGiven = isAppGiven
  }
}
