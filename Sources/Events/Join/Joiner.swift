/// Decides which lines of one source tell one event (decision 1). Its state is small, redacted, and
/// stored with the position of the source.
///
/// A join pairs lines of different emitters one to one: the k-th line of one with the k-th of the
/// other, while the first is at most ``Limits/joinMicroseconds`` and ``Limits/joinLinesMax`` lines
/// away, or ``Limits/joinLinkedMicroseconds`` if more than nearness links them. So three lines of each of 50 attempts in one second stay 50 events. What the lines say of
/// address, actor, path, method or status must not disagree, and something must link them: a request
/// id, a path, an address, an actor, or a classifier that says with which request its line goes.
///
/// Only lines that a classifier names take part, so that a line that is never parsed, because it
/// holds no literal of any classifier, could not have changed the result.
struct Joiner: Hashable, Sendable, Codable {
  private var open: [Held<OpenEvent>] = []

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
    let line = JoinLine(event, hint, record)
    guard hint.takesPart else {
      if keepAlone { changes.append(.insert(event)) }
      return
    }
    if record.isContinuation, let index = open.lastIndex(where: { $0.value.holdsRecord(at: record.headOffset) }) {
      add(line, to: index, keepAlone, match, &changes)
      return
    }
    if open.contains(where: { !$0.value.isOpen(at: line) }) { open.removeAll { !$0.value.isOpen(at: line) } }
    var best: (index: Int, strength: Int)?
    // The oldest of equals: the k-th line meets the k-th.
    for index in open.indices {
      let strength = open[index].value.strength(of: line)
      if strength > best?.strength ?? 0 { best = (index, strength) }
    }
    if let best {
      add(line, to: best.index, keepAlone, match, &changes)
    } else {
      open.append(Held(OpenEvent(line, isStored: keepAlone)))
      if keepAlone { changes.append(.insert(event)) }
    }
  }

  private mutating func add(
    _ line: JoinLine, to index: Int, _ keepAlone: Bool, _ match: (inout Event) -> Void, _ changes: inout [EventChange]
  ) {
    var told = open[index].value
    told.add(line)
    match(&told.event)
    if told.isStored {
      changes.append(.revise(told.event))
    } else if keepAlone || !told.event.matches.isEmpty {
      told.isStored = true
      changes.append(.insert(told.event))
    }
    open[index] = Held(told)
  }
}

/// A value in one place, so that looking at it and passing it on copy none of its forty texts.
private final class Held<Value: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
  let value: Value

  init(_ value: Value) { self.value = value }

  init(from decoder: any Decoder) throws { value = try Value(from: decoder) }
  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }

  static func == (a: Held, b: Held) -> Bool { a === b || a.value == b.value }
  func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

/// One line as the joiner sees it.
struct JoinLine {
  let event: Event
  let hint: JoinHint
  let time: Int64
  let number: Int64
  let headOffset: Int64
  let isContinuation: Bool

  init(_ event: Event, _ hint: JoinHint, _ record: ParsedRecord) {
    self.event = event
    self.hint = hint
    time = record.time
    number = record.lineNumber
    headOffset = record.headOffset
    isContinuation = record.isContinuation
  }
}
