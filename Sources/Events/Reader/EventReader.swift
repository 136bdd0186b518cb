import CKernels

/// Bytes in, clean classified events out.
///
/// One reader serves one thread and any number of sources; what belongs to a source is its
/// ``SourceState``. Cost: lines that hold no anchor are never parsed.
public final class EventReader {
  public let configuration: ReaderConfiguration

  let redactor: Redactor
  let parser: RecordParser
  let classifier: Classifier
  let identity: EventIdentity
  let rules: [(hash: String, filter: CompiledFilter)]
  /// Rules that may hold for events of a name, as far as names were seen.
  var rulesByName: [String: [Int]] = [:]
  private let anchors: AnchorSet
  private var scanner: LiteralScanner
  /// Set to see what becomes of each line; then every line is parsed.
  var observer: ((LineAccount) -> Void)?
  /// Set to see each record as it was parsed; then every line is parsed.
  var recordObserver: ((ParsedRecord) -> Void)?

  /// `false` parses and classifies every line: the plain twin of the fast path, for tests.
  var skipsLines = true

  // Memory of one line, used again for the next.
  var redacted: [UInt8] = []
  var recordMemory: [ParsedRecord] = []
  private var joined: [UInt8] = []
  private var answers = AnchorAnswers()

  /// Compiles formats, classifiers, secret patterns and rules. A few milliseconds.
  ///
  /// - Throws: ``Problem`` for a broken format, pattern or rule: file, line, next step.
  public init(_ configuration: ReaderConfiguration) throws {
    self.configuration = configuration
    redactor = try Redactor(configuration.redaction)
    redactor.wantsPlaces = true
    parser = try RecordParser(configuration)
    classifier = try Classifier(configuration)
    identity = EventIdentity(key: configuration.keys?.eventKey ?? configuration.redaction.key)
    rules = configuration.rules.map { ($0.hash, $0.compiled) }
    anchors = AnchorSet(classifier: classifier.anchors, rules: configuration.rules)
    scanner = LiteralScanner(anchors.literals)
  }

  public enum Ending: Sendable {
    /// More bytes may follow: an unterminated last line is left alone.
    case more
    /// A one-shot read ends here: an unterminated last line counts if it is one complete JSON object (decision 6).
    case endOfInput
    /// Nothing will ever follow: an unterminated last line counts as it is.
    case final
  }

  /// Reads the whole lines at the start of `bytes`.
  ///
  /// The result does not depend on how the bytes of a source are cut into calls.
  ///
  /// - Parameters:
  ///   - bytes: starts at a line start, at byte `offset` of the source.
  ///   - state: what the source's earlier lines left behind; store it with the position.
  ///   - now: arrival time, microseconds since 1970.
  /// - Returns: how many bytes were consumed: whole lines, and never a line that must be seen again:
  ///   one that a container runtime cut and that is not complete yet, or one without a time before the
  ///   first line that has one. Present the rest again with more behind it, or, after a quarter of a
  ///   second for parts and a second for times, as it is: then it is read as far as it goes.
  ///   Of a line longer than ``Limits/lineBytesMax`` that does not end in `bytes` a part is consumed.
  public func read(
    _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    ending: Ending = .more, into batch: inout EventBatch
  ) -> Int {
    parser.use(inputFormat: state.inputFormat)
    var pass = Pass(bytes: bytes, offset: offset, now: now, ending: ending)
    pass.at = skipOverlong(&pass, of: &state, into: &batch)
    pass.done = pass.at
    pass.end = wholeEnd(bytes, from: pass.at, ending)
    let start = pass.at
    let redactionBefore = configuration.wantsText ? state.redaction : nil
    if readsEveryLine {
      readAll(&pass, of: &state, into: &batch)
    } else {
      readAnchored(&pass, of: &state, into: &batch)
    }
    if let redactionBefore {
      writeText(start..<pass.done, pass, redactionBefore, into: &batch)
      noteTimes(start..<pass.done, pass, state, into: &batch)
    }
    if !pass.isHeld, pass.done == pass.end { startOverlong(&pass, of: &state) }
    batch.counts.bytes += Int64(pass.done)
    return pass.done
  }

  /// Passes over a line that cannot be read, its end with it, and keeps a stub.
  public func skip(
    _ line: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    into batch: inout EventBatch
  ) {
    let pass = Pass(bytes: line, offset: offset, now: now, ending: .final)
    reject(offset: offset, length: Int64(line.count), as: .stopsReading, pass, of: &state, into: &batch)
    // What it left open is not known.
    state.redaction = RedactionState()
    state.waitingSince = 0
    if configuration.wantsText {
      batch.text.append(contentsOf: "[REDACTED:\(Rejection.stopsReading.rawValue)]\n".utf8)
    }
    batch.counts.bytes += Int64(line.count)
  }

  /// One call of ``read(_:of:at:now:ending:into:)``.
  struct Pass {
    let bytes: UnsafeRawBufferPointer
    let offset: Int64
    let now: Int64
    let ending: Ending
    /// Where the next line begins.
    var at = 0
    /// Everything before this is read for good.
    var done = 0
    /// Where the whole lines end.
    var end = 0
    /// Reading stopped before a line that must be seen again.
    var isHeld = false
    /// Lines that were not read, just before the next one; their times are not known yet.
    var skipped: Range<Int>?
    /// Up to here no line has a time of its own (looked at ahead of reading).
    var untimedEnd = 0
    /// The first time found ahead, if it is the time of lines before it.
    var timeAhead: Int64?

    var base: UnsafePointer<UInt8> { bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) }

    /// End of the line that begins at `start`, and the start of the next one.
    func line(at start: Int) -> (end: Int, next: Int) {
      let end = ck_next_newline(base, start, self.end)
      return (end, min(end + 1, self.end))
    }

    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
  }

  /// The redacted lines: one out for each one in, also for the parts of a cut line.
  private func writeText(_ range: Range<Int>, _ pass: Pass, _ state: RedactionState, into batch: inout EventBatch) {
    guard !range.isEmpty else { return }
    var state = state
    var at = range.lowerBound
    at += redactor.redact(block: pass.slice(range), state: &state, ending: .final, onto: &batch.text)
    if at < range.upperBound {
      // The last line of the input, without a newline.
      _ = redactor.redact(line: pass.slice(at..<range.upperBound), state: &state, onto: &batch.text)
      batch.text.append(0x0a)
    }
  }

  /// Looks at a few lines for the times that ``EventBatch/times`` spans.
  private func noteTimes(_ range: Range<Int>, _ pass: Pass, _ state: SourceState, into batch: inout EventBatch) {
    guard !batch.text.isEmpty else { return }
    let known = state.lastTime ?? (state.modified != 0 ? state.modified : pass.now)
    var times = batch.times ?? known...known
    func take(_ time: Int64) { times = min(times.lowerBound, time)...max(times.upperBound, time) }
    take(known)
    for part in 0..<Limits.timesLookedAt where !range.isEmpty {
      let place = range.lowerBound + range.count * part / Limits.timesLookedAt
      let start = max(range.lowerBound, Int(ck_last_newline(pass.base, place)) + 1)
      let (end, _) = pass.line(at: start)
      if end - start <= Limits.lineBytesMax, let time = ownTime(pass.slice(start..<end), state, pass.now) { take(time) }
    }
    for change in batch.changes { take(change.shared.event.ts) }
    batch.times = times
  }

  private var readsEveryLine: Bool {
    configuration.keep == .all || !anchors.isComplete || observer != nil || recordObserver != nil || !skipsLines
  }

  // MARK: - Which lines

  private func readAll(_ pass: inout Pass, of state: inout SourceState, into batch: inout EventBatch) {
    if !rules.isEmpty { scanWhole(pass) }
    var hit = 0
    while pass.at < pass.end, !pass.isHeld {
      let (end, next) = pass.line(at: pass.at)
      var found = LineAnchors()
      if !rules.isEmpty {
        while hit < scanner.count, scanner[hit].position < pass.at { hit += 1 }
        while hit < scanner.count, scanner[hit].position < next {
          found.add(anchors.meaning(of: scanner[hit].literal))
          hit += 1
        }
      }
      found.isAnchored = true
      found.mayBePart = true
      readLine(pass.at..<end, next: next, found, &pass, of: &state, into: &batch)
    }
  }

  /// What the hits on a line say of it.
  private func takeHits(from hit: inout Int, on line: Range<Int>, next: Int, _ pass: Pass) -> LineAnchors {
    var found = LineAnchors()
    let text = pass.slice(line)
    let isObject = RecordParser.isObject(text)
    var tries = 0
    while hit < scanner.count, scanner[hit].position < next {
      let this = scanner[hit]
      hit += 1
      let meaning = anchors.meaning(of: this.literal)
      switch meaning {
      case .classifier, .conditional:
        if found.isAnchored || anchors.isIdle(this, in: pass.bytes) { continue }
        tries += 1
        // A line that tries so often is read.
        if case .conditional(let condition) = meaning, isObject, tries <= Limits.anchorTriesMax,
          !anchors.holds(condition, at: this.position - line.lowerBound, on: text, knowing: &answers)
        {
          continue
        }
      case .name(let bytes):
        guard !found.isAnchored else { continue }
        let name = UnsafeRawBufferPointer(rebasing: text[min(this.position - line.lowerBound + bytes, text.count)...])
        guard JoinedName.length(name, isUnmarked: true) != nil else { continue }
      case .rule, .part, .key: break
      }
      found.add(meaning)
    }
    answers.removeAll()
    return found
  }

  private func scanWhole(_ pass: Pass) {
    guard pass.end > 0 else { return }
    scanner.scan(UnsafeRawBufferPointer(rebasing: pass.bytes[..<pass.end]))
  }

  /// The lines that hold an anchor, the records they belong to, and the last line, so that time and
  /// open record are right where the next call begins.
  private func readAnchored(_ pass: inout Pass, of state: inout SourceState, into batch: inout EventBatch) {
    guard pass.at < pass.end else { return }
    scanWhole(pass)
    var hit = 0
    // The record that was open where the last call ended.
    follow(&pass, before: scanner.count > 0 ? scanner[0].position : pass.end, of: &state, into: &batch)
    while !pass.isHeld {
      while hit < scanner.count, scanner[hit].position < pass.at { hit += 1 }
      guard hit < scanner.count else { break }
      let position = scanner[hit].position
      let start = max(pass.at, Int(ck_last_newline(pass.base, position)) + 1)
      let (end, next) = pass.line(at: start)
      let found = takeHits(from: &hit, on: start..<end, next: next, pass)
      if !found.isAnchored {
        let isPart = found.mayBePart && PartialLine.kind(pass.slice(start..<end)) != .whole
        guard isPart || found.mayOpenKey else { continue }
      }
      reach(start, &pass, of: &state, into: &batch)
      guard !pass.isHeld, pass.at == start else { continue }
      readLine(start..<end, next: next, found, &pass, of: &state, into: &batch)
      follow(&pass, before: hit < scanner.count ? scanner[hit].position : pass.end, of: &state, into: &batch)
    }
    guard !pass.isHeld, pass.at < pass.end else { return }
    // The last line, with the record it belongs to.
    let last = max(pass.at, Int(ck_last_newline(pass.base, pass.end - 1)) + 1)
    reach(last, &pass, of: &state, into: &batch)
    while pass.at < pass.end, !pass.isHeld {
      let (end, next) = pass.line(at: pass.at)
      readLine(pass.at..<end, next: next, LineAnchors(), &pass, of: &state, into: &batch)
    }
  }

  /// Moves to the line at `start`, reading the lines before it that its record or its time need.
  private func reach(_ start: Int, _ pass: inout Pass, of state: inout SourceState, into batch: inout EventBatch) {
    guard start > pass.at else { return }
    var head = start
    while head > pass.at {
      let (end, _) = pass.line(at: head)
      if parser.isHead(pass.slice(head..<end)) { break }
      head = max(pass.at, Int(ck_last_newline(pass.base, head - 1)) + 1)
    }
    // Until the source has told a time, each of its lines may wait for the first one (decision 2).
    if state.lastTime == nil, !state.isUntimed { head = pass.at }
    if head > pass.at {
      let lines = ck_count_newlines(pass.base + pass.at, head - pass.at)
      state.lineCount += Int64(lines)
      batch.counts.lines += Int64(lines)
      pass.skipped = pass.at..<head
      pass.at = head
      pass.done = head
    }
    while pass.at < start, !pass.isHeld {
      let (end, next) = pass.line(at: pass.at)
      readLine(pass.at..<end, next: next, LineAnchors(), &pass, of: &state, into: &batch)
    }
  }

  /// After an anchored line: the lines that continue its record.
  private func follow(_ pass: inout Pass, before limit: Int, of state: inout SourceState, into batch: inout EventBatch)
  {
    while pass.at < min(limit, pass.end), !pass.isHeld, state.open?.isAnchored == true || state.redaction.isInsidePEM {
      // A JSON object continues nothing but a wrapped record.
      if !state.redaction.isInsidePEM, pass.bytes[pass.at] == UInt8(ascii: "{"),
        !PartialLine.startsWith(pass.slice(pass.at..<pass.end), "{\"log\":\"")
      {
        return
      }
      let (end, next) = pass.line(at: pass.at)
      guard limit >= next else { return }
      readLine(pass.at..<end, next: next, LineAnchors(), &pass, of: &state, into: &batch)
    }
  }

  /// A line without a time inherits that of the nearest line before it that has one; lines that were
  /// skipped are looked at now, backwards.
  func findSkippedTime(_ pass: inout Pass, of state: inout SourceState) {
    guard let skipped = pass.skipped else { return }
    pass.skipped = nil
    var end = skipped.upperBound
    while end > skipped.lowerBound {
      let start = max(skipped.lowerBound, Int(ck_last_newline(pass.base, end - 1)) + 1)
      if let time = ownTime(pass.slice(start..<end - 1), state, pass.now) {
        state.lastTime = time
        return
      }
      end = start
    }
  }

  func ownTime(_ line: UnsafeRawBufferPointer, _ state: SourceState, _ now: Int64) -> Int64? {
    var records: [ParsedRecord] = []
    parser.parse(line, .init(zone: state.zone, reference: state.lastTime ?? now), into: &records)
    guard let first = records.first, first.timeQuality == .own else { return nil }
    return first.time
  }

  // MARK: - One line

  private func readLine(
    _ range: Range<Int>, next: Int, _ found: LineAnchors, _ pass: inout Pass, of state: inout SourceState,
    into batch: inout EventBatch
  ) {
    let offset = pass.offset + Int64(range.lowerBound)
    let number = state.lineCount
    if let index = state.joinedParts.firstIndex(of: offset) {
      // It was read with the line it belongs to.
      state.joinedParts.remove(at: index)
      state.lineCount += 1
      batch.counts.lines += 1
      pass.at = next
      pass.done = next
      return
    }
    if range.count > Limits.lineBytesMax {
      reject(offset: offset, length: Int64(range.count), pass, of: &state, into: &batch)
      pass.at = next
      pass.done = next
      return
    }
    var line = PhysicalLine(offset: offset, number: number, anchors: found)
    let isRead: Bool
    if found.mayBePart, case let kind = PartialLine.kind(pass.slice(range)), kind != .whole {
      guard join(kind, range, next: next, &line, pass, of: &state) else {
        pass.isHeld = true
        return
      }
      if !line.anchors.isAnchored, !line.parts.isEmpty {
        // The parts together may hold what none holds alone.
        line.anchors = joined.withUnsafeBytes { anchors(of: $0) }
      }
      if line.parts.isEmpty {
        isRead = process(pass.slice(range), line, &pass, of: &state, into: &batch)
      } else {
        let whole = joined
        isRead = whole.withUnsafeBytes { process($0, line, &pass, of: &state, into: &batch) }
        if isRead { state.joinedParts.append(contentsOf: line.parts) }
      }
    } else {
      isRead = process(pass.slice(range), line, &pass, of: &state, into: &batch)
    }
    guard isRead else {
      pass.isHeld = true
      return
    }
    state.waitingSince = 0
    state.lineCount += 1
    batch.counts.lines += 1
    pass.at = next
    pass.done = next
  }

  private func anchors(of line: UnsafeRawBufferPointer) -> LineAnchors {
    // A scanner of its own: the hits of the block are still in use.
    var own = LiteralScanner(anchors.literals)
    own.scan(line)
    var found = LineAnchors()
    for i in 0..<own.count { found.add(anchors.meaning(of: own[i].literal)) }
    return found
  }

  /// Puts the parts of a cut line together in ``joined``.
  ///
  /// - Returns: `false` if the rest is not there yet and worth waiting for.
  private func join(
    _ kind: PartialLine.Kind, _ range: Range<Int>, next: Int, _ line: inout PhysicalLine, _ pass: Pass,
    of state: inout SourceState
  ) -> Bool {
    joined.removeAll(keepingCapacity: true)
    let first = pass.slice(range)
    guard let text = PartialLine.text(kind, first) else { return true }
    joined.append(contentsOf: UnsafeRawBufferPointer(rebasing: first[..<text.upperBound]))
    var tail = Array(UnsafeRawBufferPointer(rebasing: first[text.upperBound...]))
    var at = next
    var seen = 0
    var isComplete = false
    while at < pass.end, seen < Limits.heldLinesMax, joined.count <= Limits.lineBytesMax {
      let (end, following) = pass.line(at: at)
      let part = pass.slice(at..<end)
      if let range = PartialLine.continues(kind, part) {
        joined.append(contentsOf: UnsafeRawBufferPointer(rebasing: part[range]))
        line.parts.append(pass.offset + Int64(at))
        if PartialLine.kind(part) == .whole {
          tail = Array(UnsafeRawBufferPointer(rebasing: part[range.upperBound...]))
          isComplete = true
          break
        }
      }
      seen += 1
      at = following
    }
    if !isComplete, pass.ending == .more, seen < Limits.heldLinesMax, joined.count <= Limits.lineBytesMax {
      if state.waitingSince == 0 { state.waitingSince = pass.now }
      if pass.now - state.waitingSince < Limits.heldMicroseconds { return false }
    }
    if case .cri = kind, let space = joined.prefix(48).firstIndex(of: 0x20), space + 8 < joined.count {
      joined[space + 8] = UInt8(ascii: "F")
    }
    joined.append(contentsOf: tail)
    return true
  }

  // MARK: - Lines over the limit

  /// The end of the whole lines: behind the last newline, or the end of the input where an
  /// unterminated line counts.
  private func wholeEnd(_ bytes: UnsafeRawBufferPointer, from start: Int, _ ending: Ending) -> Int {
    guard start < bytes.count else { return start }
    let base = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
    let end = max(start, Int(ck_last_newline(base, bytes.count)) + 1)
    guard end < bytes.count else { return end }
    switch ending {
    case .more: return end
    case .final: return bytes.count
    case .endOfInput:
      let rest = RecordParser.trimmed(UnsafeRawBufferPointer(rebasing: bytes[end...]))
      var flattener = JSONFlattener()
      var fields = RecordFields()
      guard let open = RecordParser.firstNonBlank(rest),
        case .complete(let last) = flattener.flatten(rest, from: open, into: &fields)
      else { return end }
      return rest[last...].allSatisfy(KeyValues.isBlank) ? bytes.count : end
    }
  }

  /// Begins to skip an unterminated line that is over the limit already.
  private func startOverlong(_ pass: inout Pass, of state: inout SourceState) {
    let rest = pass.bytes.count - pass.end
    guard state.overlong == nil, pass.ending == .more, rest > Limits.lineBytesMax else { return }
    state.overlong = pass.offset + Int64(pass.end)
    pass.done = pass.bytes.count
  }

  /// - Returns: where the line after the skipped one begins.
  private func skipOverlong(_ pass: inout Pass, of state: inout SourceState, into batch: inout EventBatch) -> Int {
    guard let start = state.overlong, pass.bytes.count > 0 else { return 0 }
    let end = ck_next_newline(pass.base, 0, pass.bytes.count)
    if end == pass.bytes.count, pass.ending == .more { return pass.bytes.count }
    state.overlong = nil
    if configuration.wantsText { batch.text.append(contentsOf: "[REDACTED:too_long]\n".utf8) }
    reject(offset: start, length: pass.offset + Int64(end) - start, pass, of: &state, into: &batch)
    return min(end + 1, pass.bytes.count)
  }
}

/// A line as it stands in its source, perhaps with the parts that a container runtime cut off.
struct PhysicalLine {
  let offset: Int64
  let number: Int64
  var anchors: LineAnchors
  /// Offsets of the further parts.
  var parts: [Int64] = []
}
