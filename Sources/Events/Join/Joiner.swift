/// Decides which lines of one source tell one event (decision 1). Its state is small, redacted, and
/// stored with the position of the source.
struct Joiner: Hashable, Sendable, Codable {
  /// Takes the event of one line and appends what the store must do: an insertion, a revision of an
  /// event that is still open, or nothing yet.
  ///
  /// - Parameters:
  ///   - event: classified, with id and matches.
  ///   - hint: what ``Classifier/classify(_:into:)`` returned for it.
  ///   - record: the line; a continuation belongs to the event whose `lines` hold
  ///     ``ParsedRecord/headOffset`` (or an earlier continuation of that head) while it is open.
  ///   - keepAlone: whether the event is stored even if no other line joins it (decision 8).
  ///     An event that is not may be held here until its join closes, then forgotten.
  ///   - match: sets ``Event/matches`` anew after a revision.
  mutating func take(
    _ event: Event, as hint: JoinHint, of record: ParsedRecord, keepAlone: Bool, match: (inout Event) -> Void,
    into changes: inout [EventChange]
  ) {
    if keepAlone { changes.append(.insert(event)) }
  }
}
