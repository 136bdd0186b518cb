import Events

/// Events about the collecting itself: what was rejected or lost, so that nobody takes a gap for silence.
struct PipelineNotes {
  let redactor: Redactor
  let app: String
  let host: String

  /// Bytes or events that are gone for good.
  func gap(source: String, offset: Int64, message: String, reason: String, at now: Int64) -> Event {
    note("pipeline_gap", source: source, at: now, message: message, reason: reason, offset: offset)
  }

  private func note(
    _ name: String, source: String, at now: Int64, message: String, reason: String, offset: Int64
  ) -> Event {
    var draft = EventDraft(event: name, ts: now)
    draft.fields[.source] = .text(source)
    draft.fields[.sourceOffset] = .integer(offset)
    draft.fields[.app] = .text(app)
    draft.fields[.host] = .text(host)
    draft.fields[.message] = .text(message)
    draft.fields[.reason] = .text(reason)
    return draft.event(redactedBy: redactor)
  }
}
