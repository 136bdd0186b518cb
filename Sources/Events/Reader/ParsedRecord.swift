/// What one physical line became, after redaction and before classification.
///
/// `Reader` makes one for each line that is not skipped; `Classify` reads it and fills an ``Event``;
/// `Join` decides which event it belongs to. Everything in it is redacted text.
struct ParsedRecord: Sendable {
  enum Parse: String, Sendable {
    case json, text
    /// JSON or text inside an envelope (docker, CRI, compose, journald, syslog).
    case wrapped
    /// JSON that broke off: the fields up to the break are there.
    case truncated
    /// Kept as a stub only: too long, or not text.
    case rejected
  }

  enum TimeQuality: String, Sendable, Codable { case own, inherited, arrival }

  enum Level: String, CaseIterable, Sendable, Codable {
    case none = "", trace, debug, info, warn, error, fatal
  }

  /// Name of the format file that recognised the line, such as `pino`, `uvicorn-access`; `json` or
  /// `text` if none did.
  var format = ""
  /// Names of the envelopes taken off, outermost first, joined by `+`: `docker`, `cri`, `compose`,
  /// `journald`, `syslog`, `cee`.
  var wrapper = ""
  var parse = Parse.text

  /// Event time, microseconds since 1970.
  var time: Int64 = 0
  var timeQuality = TimeQuality.arrival
  var level = Level.none
  /// The level as it stands in the line, such as `WARNING`, `40`, `E`; empty if there is none.
  var levelText = ""
  var logger = ""
  /// The text for people: the message key, or what a text format leaves after its head; without ANSI
  /// colours and without a newline at its end.
  var message = ""
  /// Which of the emitters of a mixed stream wrote the line: two lines of one real event have two
  /// emitters (decision 1). The logger if the line names one, else the format: `uvicorn.access`,
  /// `django.request`, `nginx-access`, `app`.
  var emitter = ""

  /// Every field of the line, flattened, in the order of the line.
  var fields = RecordFields()

  /// Places among ``fields`` of those that told time, level and message; -1 for none.
  var timeField = -1
  var levelField = -1
  var messageField = -1

  /// Hints from the envelope: systemd unit, container, program, pod.
  var unit = ""
  var host = ""

  /// The format always puts a port behind the client's address.
  var portFollows = false
  /// The text began with a blank: a sign of a continuation.
  var isIndented = false
  /// No format recognised the text.
  var isPlain = false
  /// A text format says that this line belongs to the one before it if both have this value
  /// (Postgres: the process id of a DETAIL line).
  var continuationKey: String?
  /// The same value, for lines that may be continued so.
  var headKey: String?
  /// A text format says that this line only repeats what the record asked for (Postgres: STATEMENT).
  var isRepetition = false

  /// Byte offset of the line in its source, and its number since the source's first byte (from 0).
  var offset: Int64 = 0
  var lineNumber: Int64 = 0
  /// Number of this record among those of its line (OTLP, CloudTrail); 0 for all others.
  var index = 0
  /// How many records the line holds; 1 for nearly all.
  var count = 1

  /// The line belongs to the record that began on an earlier line: a traceback, a DETAIL line, …
  /// `logger`, `level` and `time` are those of the record's head.
  var isContinuation = false
  /// Byte offset and line number of the first line of the record; equal to ``offset`` and ``lineNumber`` for a head.
  var headOffset: Int64 = 0
  var headLineNumber: Int64 = 0
  /// For a continuation: message of the record's head.
  var headMessage = ""
  /// For a continuation: the continuation lines so far, this one included, bounded by
  /// ``Limits/continuationTextBytesMax``; newline-separated.
  var continuationText = ""

  /// Values hidden on this line (all records of the line together).
  var redactions = 0
  /// Sorted, without repetition.
  var redactionKinds: [String] = []

  init() {}

  /// The line names no act of its own: it repeats one, or it continues a line that is not there.
  var tellsOfAnother: Bool { isRepetition || (continuationKey != nil && !isContinuation) }
}
