/// What became of one physical line: for `explain` and for tests.
public struct LineAccount: Sendable {
  /// Number of the line in its source, from 1, and its byte offset.
  public let line: Int64
  public let offset: Int64
  public let format: String
  public let wrapper: String
  /// Microseconds since 1970, and where the time came from.
  public let ts: Int64
  public let tsQuality: String
  /// For a continuation: the line on which its record began, from 1.
  public let recordLine: Int64?
  /// Kinds of the values hidden on the line, sorted, without repetition.
  public let redactionKinds: [String]
  public let redactions: Int
  /// The events of the line's records as the classifier left them, before any join.
  public let events: [Event]

  /// What was parsed, for ``Explainer``.
  let records: [ParsedRecord]

  /// The gravest of ``events``: most severe, then first.
  public var event: Event? {
    events.indices.max { (events[$0].severity, $1) < (events[$1].severity, $0) }.map { events[$0] }
  }

  init(_ records: [ParsedRecord], _ events: [Event], _ line: PhysicalLine) {
    self.line = line.number + 1
    offset = line.offset
    self.events = events
    self.records = records
    let first = records.first ?? ParsedRecord()
    format = first.format
    wrapper = first.wrapper
    ts = first.time
    tsQuality = first.timeQuality.rawValue
    recordLine = first.isContinuation ? first.headLineNumber + 1 : nil
    redactionKinds = first.redactionKinds
    redactions = first.redactions
  }
}

extension EventReader {
  /// Says of every line what became of it. Parses all of them, whatever ``ReaderConfiguration/keep`` says.
  public func account(
    for bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64 = 0, now: Int64,
    ending: Ending = .final
  ) -> [LineAccount] {
    var accounts: [LineAccount] = []
    observer = { accounts.append($0) }
    defer { observer = nil }
    var batch = EventBatch()
    _ = read(bytes, of: &state, at: offset, now: now, ending: ending, into: &batch)
    return accounts
  }
}
