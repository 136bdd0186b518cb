/// Decides which lines of one source tell one event (decision 1). Its state is small, redacted, and
/// stored with the position of the source.
///
/// A join pairs lines of different emitters one to one: the k-th line of one with the k-th of the
/// other, while the first is at most ``Limits/joinMicroseconds`` and ``Limits/joinLinesMax`` lines
/// away, or ``Limits/joinLinkedMicroseconds`` if more than nearness links them; of an event whose lines
/// have no time, ``Limits/joinUntimedLinesMax`` lines. So three lines of each of 50 attempts in one
/// second stay 50 events. What the lines say of address, actor, path, method or status must not
/// disagree, and something must link them: a request id, a path, an address, an actor, or a classifier
/// that says with which request its line goes.
///
/// Only lines that a classifier names take part, so that a line that is never parsed, because it
/// holds no literal of any classifier, could not have changed the result.
struct Joiner: Hashable, Sendable, Codable {
  private var open: [OpenEvent] = []

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
    _ event: SharedEvent, as hint: JoinHint, of record: ParsedRecord, keepAlone: Bool,
    match: (inout Event) -> Void, into changes: inout [EventChange]
  ) {
    guard hint.takesPart else {
      if keepAlone { changes.append(EventChange(event, isRevision: false)) }
      return
    }
    let line = JoinLine(event, hint, record)
    let head = line.headOffset
    if line.isContinuation, let index = open.lastIndex(where: { $0.holdsRecord(at: head) }) {
      add(line, to: index, keepAlone, match, &changes)
      return
    }
    let (best, isAnyClosed) = place(toldBy: line)
    if let best { add(line, to: best, keepAlone, match, &changes) }
    if isAnyClosed { forgetClosed(at: line) }
    if best == nil {
      open.append(OpenEvent(line, isStored: keepAlone))
      if keepAlone { changes.append(EventChange(event, isRevision: false)) }
    }
  }

  private mutating func forgetClosed(at line: JoinLine) {
    // Nearly always the oldest only, which moves the others without looking at them.
    var closed = 0
    while closed < open.count, !open.span[closed].isOpen(at: line) { closed += 1 }
    open.removeFirst(closed)
    if open.span.indices.contains(where: { !open.span[$0].isOpen(at: line) }) {
      open.removeAll { !$0.isOpen(at: line) }
    }
  }

  /// The place of the open event that the line tells, if any, and whether some are not open any more.
  private mutating func place(toldBy line: JoinLine) -> (index: Int?, isAnyClosed: Bool) {
    var best: (index: Int, strength: Int)?
    var isAnyClosed = false
    // The oldest of equals: the k-th line meets the k-th.
    for index in open.indices {
      guard open.span[index].isOpen(at: line) else {
        isAnyClosed = true
        continue
      }
      let strength = Self.strength(of: line, for: &open[index])
      if strength > best?.strength ?? 0 { best = (index, strength) }
    }
    return (best?.index, isAnyClosed)
  }

  /// An element of an array is copied to be asked, a dozen texts and lists to retain and release, but not to be
  /// changed.
  private static func strength(of line: JoinLine, for candidate: inout OpenEvent) -> Int {
    candidate.strength(of: line)
  }

  private mutating func add(
    _ line: JoinLine, to index: Int, _ keepAlone: Bool, _ match: (inout Event) -> Void, _ changes: inout [EventChange]
  ) {
    open[index].add(line, match: match)
    let isRevision = open[index].isStored
    guard isRevision || keepAlone || !open[index].event.matches.isEmpty else { return }
    open[index].isStored = true
    changes.append(EventChange(open[index].shared, isRevision: isRevision))
  }
}

/// One line as the joiner sees it.
struct JoinLine {
  let shared: SharedEvent
  let hint: JoinHint
  let time: Int64
  /// Whether the line tells its time itself.
  let isTimed: Bool
  let number: Int64
  let headOffset: Int64
  let isContinuation: Bool

  var event: Event {
    @inline(__always) _read { yield shared.event }
  }

  init(_ shared: SharedEvent, _ hint: JoinHint, _ record: borrowing ParsedRecord) {
    self.shared = shared
    self.hint = hint
    time = record.time
    isTimed = record.timeQuality == .own
    number = record.lineNumber
    headOffset = record.headOffset
    isContinuation = record.isContinuation
  }
}
