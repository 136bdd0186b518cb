/// One security event: what one or more log lines told, after redaction, normalisation and classification.
///
/// Only this module makes one (`EventReader` from bytes, `EventDraft` from anything else,
/// `StoredEvent` from a row), so holding an `Event` proves that its text went through the redactor.
/// Nothing downstream checks again.
///
/// The record is flat, and nothing in it is optional: an absent text is empty and an absent number
/// is 0, so that the same SQL runs on SQLite and ClickHouse. ``Column`` names the fields for stores,
/// queries, rules and output; add a field there and here, nowhere else.
public struct Event: Hashable, Sendable {
  /// 32 hex digits, deterministic: reading the same line at the same place gives the same id.
  public internal(set) var id = ""
  /// Event time, microseconds since 1970-01-01T00:00:00Z.
  public internal(set) var ts: Int64 = 0
  /// `own`, `inherited` or `arrival`: where ``ts`` came from.
  public internal(set) var tsQuality = ""
  /// When the line was read, microseconds since 1970.
  public internal(set) var observedTs: Int64 = 0

  /// A name of ``EventName``: the OWASP logging vocabulary and our extensions.
  public internal(set) var event = ""
  /// The family of ``event``: `authn`, `authz`, `ownership`, …
  public internal(set) var category = ""
  /// `success`, `failure` or `unknown`.
  public internal(set) var outcome = ""
  /// 1 info, 2 low, 3 medium, 4 high, 5 critical, 6 fatal (OCSF severity ids).
  public internal(set) var severity: Int64 = 0
  /// As logged, normalised: `trace`, `debug`, `info`, `warn`, `error`, `fatal`, or empty.
  public internal(set) var level = ""

  public internal(set) var app = ""
  public internal(set) var env = ""
  public internal(set) var host = ""
  /// Path of the file, or `stdin:NAME`.
  public internal(set) var source = ""
  /// Byte offset of the event's first line in ``source``.
  public internal(set) var sourceOffset: Int64 = 0
  /// Byte offsets of all lines that told the event, ascending; the first is ``sourceOffset``.
  public internal(set) var lines: [Int64] = []

  public internal(set) var logger = ""
  public internal(set) var message = ""
  public internal(set) var actor = ""
  /// `user`, `service`, `system`, `anonymous`, or empty.
  public internal(set) var actorType = ""
  public internal(set) var target = ""
  public internal(set) var objectType = ""
  public internal(set) var objectID = ""
  public internal(set) var fromValue = ""
  public internal(set) var toValue = ""
  public internal(set) var reason = ""
  public internal(set) var authMethod = ""
  /// Canonical text of an IPv4 or IPv6 address; never anything that does not parse as one.
  public internal(set) var sourceIP = ""
  public internal(set) var userAgent = ""
  /// Pseudonym `h:…` of a session or token.
  public internal(set) var session = ""
  public internal(set) var requestID = ""
  public internal(set) var traceID = ""
  public internal(set) var spanID = ""
  public internal(set) var httpMethod = ""
  /// Without the query string.
  public internal(set) var httpPath = ""
  public internal(set) var httpStatus: Int64 = 0
  public internal(set) var vulnID = ""
  public internal(set) var package = ""
  public internal(set) var packageVersion = ""
  public internal(set) var fixedVersion = ""
  public internal(set) var certSubject = ""
  public internal(set) var certNotAfter: Int64 = 0
  public internal(set) var dbSystem = ""
  public internal(set) var repeatCount: Int64 = 1
  /// How many values were hidden on the event's lines.
  public internal(set) var redactions: Int64 = 0
  /// Kinds of the hidden values, sorted, comma-separated: `jwt,password`.
  public internal(set) var redactionKinds = ""
  /// Id of the classifier that named the event; empty for `app_log` and plain `http_request`.
  public internal(set) var classifier = ""
  /// 0 to 100; 100 = the application said so itself.
  public internal(set) var confidence: Int64 = 0
  /// `json`, `text`, `wrapped`, `truncated` or `rejected`.
  public internal(set) var parse = ""
  /// Every other field of the record, redacted, as one JSON object; `{}` if there is none.
  public internal(set) var attrs = "{}"

  /// Hashes of the rules (``RuleFilter/hash``) whose filter this event passed when it was read.
  /// Not a column: the store keeps matches in a table of their own.
  public internal(set) var matches: [String] = []

  init() {}
}
