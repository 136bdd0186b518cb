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
  public func event(redactedBy redactor: Redactor) -> Event {
    preconditionFailure("not built yet")
  }
}
