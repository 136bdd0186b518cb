/// Turns a parsed line into a flat event: normalises its fields and names what happened.
///
/// One classifier serves one thread.
final class Classifier {
  /// - Throws: ``Problem`` for a broken classifier file.
  init(_ configuration: ReaderConfiguration) throws {}

  /// Literals of which a raw line must hold at least one for ``classify(_:into:)`` to name anything
  /// but `http_request` (with a status other than 401, 403, 429) or `app_log`. ASCII, matched
  /// without case.
  var literals: [String] { [] }

  /// Fills everything of `event` that the line tells, except what ``EventReader`` fills before the
  /// call: `ts`, `tsQuality`, `observedTs`, `app`, `env`, `host`, `source`, `sourceOffset`, `lines`,
  /// `logger`, `level`, `message`, `parse`, `redactions`, `redactionKinds` (all may be changed here);
  /// and `id`, `matches`, which the reader fills after it.
  ///
  /// `event.event` is never empty afterwards: `http_request` for a plain request, `app_log` for all else.
  /// For a continuation (``ParsedRecord/isContinuation``) the name is `app_log` unless this very
  /// line tells something, so that the lines of one traceback are not one event each.
  ///
  /// - Returns: what ``Joiner`` must know about the line.
  @discardableResult
  func classify(_ record: ParsedRecord, into event: inout Event) -> JoinHint {
    event.event = "app_log"
    event.category = "app"
    event.outcome = "unknown"
    event.severity = 1
    return JoinHint()
  }
}
