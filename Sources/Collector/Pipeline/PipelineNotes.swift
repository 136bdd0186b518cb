import Events

/// Events about the collecting itself: what was rejected or lost, so that nobody takes a gap for silence.
struct PipelineNotes {
  let redactor: Redactor
  let app: String
  let host: String

  /// A line beyond ``Events/Limits/lineBytesMax``: only its place and length are kept.
  func tooLong(source: String, offset: Int64, length: Int64, at now: Int64) -> Event {
    note(
      "pipeline_line_rejected", source: source, at: now,
      message: "line of \(length) bytes at byte \(offset) is longer than \(Limits.lineBytesMax) bytes and was not read",
      reason: "too_long", offset: offset)
  }

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
