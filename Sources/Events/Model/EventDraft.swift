/// An event that no log line told: a scan report, a probed certificate, a note of the pipeline itself.
///
/// Every text goes through the redactor, whatever its origin.
public struct EventDraft {
  public var ts: Int64
  public var fields: [Column: Event.Value] = [:]

  public init(event: String, ts: Int64) {
    self.ts = ts
    fields[.event] = .text(event)
  }

  /// Fills category, outcome and severity from ``EventName`` where the draft does not say, redacts
  /// every text, and computes the id from source, time and content.
  ///
  /// - Precondition: the event's name is one of ``EventName/all``.
  public func event(redactedBy redactor: Redactor) -> Event {
    guard case .text(let name)? = fields[.event], let kind = EventName.all.first(where: { $0.name == name }) else {
      preconditionFailure("a draft bears the name of a known event")
    }
    var event = Event()
    event.event = kind.name
    event.category = kind.category
    event.outcome = kind.outcome
    event.severity = kind.severity
    event.ts = ts
    event.observedTs = ts
    event.tsQuality = "own"
    event.parse = "json"
    event.confidence = 100
    var hidden: [String] = []
    var redactions = 0
    var content: [UInt8] = []
    for column in Column.allCases {
      guard let value = fields[column], column != .event else { continue }
      switch value {
      case .integer: event.set(column, value)
      case .text(let text):
        var clean: [UInt8] = []
        var text = text
        redactions += text.withUTF8 { redactor.redact(line: UnsafeRawBufferPointer($0), onto: &clean) }
        hidden += redactor.kinds
        event.set(column, .text(String(decoding: clean, as: UTF8.self)))
      }
      content += Array("\(column.rawValue)=\(event[column])\n".utf8)
    }
    event.redactions = Int64(redactions)
    event.redactionKinds = Set(hidden).sorted().joined(separator: ",")
    if event.lines.isEmpty { event.lines = [event.sourceOffset] }
    event.id = content.withUnsafeBytes {
      EventIdentity(key: nil).id(
        host: event.host, app: event.app, source: event.source, time: ts, line: $0, ordinal: 0, record: 0)
    }
    return event
  }
}
