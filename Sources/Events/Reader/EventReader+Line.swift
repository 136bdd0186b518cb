/// From one raw line to changes for the store.
extension EventReader {
  /// Redacts, parses, classifies and joins one line.
  ///
  /// - Returns: `false` if the line must wait for a later one that tells its time; then nothing happened.
  func process(
    _ raw: UnsafeRawBufferPointer, _ line: PhysicalLine, _ pass: inout Pass, of state: inout SourceState,
    into batch: inout EventBatch
  ) -> Bool {
    redacted.removeAll(keepingCapacity: true)
    // Only before the first time may a line have to be seen again. A copy is not cheap: the first secret
    // after it copies all that is remembered of older ones.
    let redactionBefore = state.lastTime == nil ? state.redaction : nil
    let redactions = redactor.redact(line: raw, state: &state.redaction, onto: &redacted)
    let kinds = redactions > 0 ? Array(Set(redactor.kinds)).sorted() : []
    // A variable of this call, not of the reader, so that looking at a record copies nothing.
    var records: [ParsedRecord] = []
    swap(&records, &recordMemory)
    defer {
      parser.recycle(&records)
      swap(&records, &recordMemory)
    }
    let setting = RecordParser.Setting(zone: state.zone, reference: state.lastTime ?? reference(state, pass.now))
    redacted.withUnsafeBytes { parser.parse($0, setting, into: &records) }
    for i in records.indices {
      records[i].offset = line.offset
      records[i].headOffset = line.offset
      records[i].lineNumber = line.number
      records[i].headLineNumber = line.number
      records[i].redactions = redactions
      records[i].redactionKinds = kinds
    }
    let continuation = records.count == 1 && Self.continues(&records[0], state.open)
    if records[0].timeQuality == .own {
      pass.skipped = nil
    } else if !continuation {
      findSkippedTime(&pass, of: &state)
    }
    if !continuation, records[0].timeQuality != .own, state.lastTime == nil {
      guard findTime(after: line, &pass, of: &state) else {
        state.redaction = redactionBefore!
        return false
      }
    }

    if redactions > 0 {
      for kind in redactor.kinds { batch.counts.redactions[kind, default: 0] += 1 }
      for place in redactor.places { batch.counts.add(place) }
    }
    if continuation {
      takeContinuation(&records, line, of: &state)
    } else {
      setTimes(of: &records, pass, &state)
      state.open = records.count == 1 ? Self.opened(by: &records[0], isAnchored: line.anchors.isAnchored) : nil
    }
    if let recordObserver { records.forEach(recordObserver) }
    if records[0].isPlain, !continuation { batch.counts.text += 1 }
    let isAnchored = line.anchors.isAnchored || (continuation && state.open?.isAnchored == true)
    if isAnchored || observer != nil { emit(&records, line, continuation, pass, of: &state, into: &batch) }
    if let open = state.open, continuation, open.closesBlock(records[0]) { state.open = nil }
    return true
  }

  // An element of an array is copied to be lent, forty texts to retain and release, but not to be changed.

  private static func continues(_ record: inout ParsedRecord, _ open: OpenRecord?) -> Bool {
    open?.continues(record) ?? false
  }

  private static func opened(by record: inout ParsedRecord, isAnchored: Bool) -> OpenRecord {
    OpenRecord(record, isAnchored: isAnchored)
  }

  private func reference(_ state: SourceState, _ now: Int64) -> Int64 { state.modified != 0 ? state.modified : now }

  // MARK: - Time

  private func setTimes(of records: inout [ParsedRecord], _ pass: Pass, _ state: inout SourceState) {
    for i in records.indices {
      if records[i].timeQuality == .own {
        state.lastTime = records[i].time
        state.isUntimed = false
      } else if let time = state.lastTime ?? pass.timeAhead {
        records[i].time = time
        records[i].timeQuality = .inherited
      } else {
        records[i].time = reference(state, pass.now)
        records[i].timeQuality = state.modified != 0 ? .inherited : .arrival
      }
    }
  }

  /// The first lines of a source without a time take that of the next line that has one (decision 2).
  ///
  /// - Returns: `false` if that line may still come.
  private func findTime(after line: PhysicalLine, _ pass: inout Pass, of state: inout SourceState) -> Bool {
    if state.isUntimed { return true }
    let here = Int(line.offset - pass.offset)
    if pass.timeAhead != nil, pass.untimedEnd > here { return true }
    pass.timeAhead = nil
    let limit = here + Limits.timeLookaheadBytesMax
    var at = max(pass.line(at: here).next, pass.untimedEnd)
    while at < pass.end, at < limit {
      let (end, next) = pass.line(at: at)
      if let time = ownTime(pass.slice(at..<end), state, pass.now) {
        pass.timeAhead = time
        pass.untimedEnd = at
        return true
      }
      at = next
      pass.untimedEnd = at
    }
    if pass.untimedEnd >= limit {
      state.isUntimed = true
      return true
    }
    guard pass.ending == .more else { return true }
    if state.waitingSince == 0 { state.waitingSince = pass.now }
    if pass.now - state.waitingSince >= Limits.timeLookaheadMicroseconds {
      state.isUntimed = true
      return true
    }
    return false
  }

  // MARK: - Records of several lines

  private func takeContinuation(
    _ records: inout [ParsedRecord], _ line: PhysicalLine, of state: inout SourceState
  ) {
    guard var open = state.open else { return }
    open.take(records[0], isAnchored: line.anchors.isAnchored)
    if records[0].timeQuality == .own { state.lastTime = records[0].time }
    if open.closesBlock(records[0]), open.text.utf8.count < Limits.continuationTextBytesMax {
      // Pretty-printed JSON is whole now: read it as the object it is.
      let text = Array((open.message + "\n" + open.text).utf8)
      var whole: [ParsedRecord] = []
      text.withUnsafeBytes {
        parser.parse($0, .init(zone: state.zone, reference: state.lastTime ?? open.time), into: &whole)
      }
      if whole.count == 1, whole[0].parse == .json {
        let own = records[0]
        records[0] = whole[0]
        records[0].offset = own.offset
        records[0].lineNumber = own.lineNumber
        records[0].redactions = own.redactions
        records[0].redactionKinds = own.redactionKinds
        if records[0].timeQuality == .own { state.lastTime = records[0].time }
      }
    }
    records[0].isContinuation = true
    records[0].headOffset = open.headOffset
    records[0].headLineNumber = open.headLine
    records[0].headMessage = open.message
    records[0].continuationText = open.text
    if records[0].parse != .json {
      records[0].format = open.format
      records[0].emitter = open.emitter
      if records[0].logger.isEmpty { records[0].logger = open.logger }
      if records[0].level == .none { records[0].level = open.level }
    }
    if records[0].timeQuality != .own {
      records[0].time = open.time
      records[0].timeQuality = open.timeQuality
    }
    state.open = open
  }

  // MARK: - Events

  private func emit(
    _ records: inout [ParsedRecord], _ line: PhysicalLine, _ continuation: Bool, _ pass: Pass,
    of state: inout SourceState, into batch: inout EventBatch
  ) {
    var accounts: [Event] = []
    // Of the line, not of the record: the number of the record is in the id as well.
    var ordinal: Int?
    for i in records.indices {
      if let event = emit(&records[i], &ordinal, line, continuation, pass, of: &state, into: &batch) {
        accounts.append(event.event)
      }
    }
    if let observer { observer(LineAccount(records, accounts, line)) }
  }

  /// - Returns: the event before any join, for an observer.
  private func emit(
    _ record: inout ParsedRecord, _ ordinal: inout Int?, _ line: PhysicalLine, _ continuation: Bool, _ pass: Pass,
    of state: inout SourceState, into batch: inout EventBatch
  ) -> SharedEvent? {
    var event = Event()
    begin(&event, of: record, line, pass.now, state)
    let hint: JoinHint
    if continuation, state.open?.mode == .block, record.parse != .json {
      // The lines within pretty-printed JSON say nothing by themselves.
      event.event = "app_log"
      hint = JoinHint()
    } else {
      hint = classifier.classify(record, into: &event)
    }
    let isQuiet = event.event == "app_log" || event.event == "http_request"
    match(&event, isQuiet: isQuiet && configuration.keep == .security, line.anchors.rules)
    let isKept = !isQuiet || !event.matches.isEmpty || Self.isTelling(event)
    let keep = isKept || (!continuation && configuration.keep == .all)
    let time = event.ts
    let place = ordinal ?? redacted.withUnsafeBytes { state.ordinals.next(time: time, line: $0, number: line.number) }
    ordinal = place
    // What is neither stored nor joined is done.
    guard keep || hint.takesPart || observer != nil else { return nil }
    event.id = id(of: event, place, record.index)
    let shared = SharedEvent(taking: &event)
    let before = batch.changes.count
    state.joiner.take(
      shared, as: hint, of: record, keepAlone: keep, match: { self.match(&$0, isQuiet: false, []) },
      into: &batch.changes)
    for change in batch.changes[before...] where !change.isRevision { batch.counts.events += 1 }
    Self.coalesce(&batch.changes)
    return observer == nil ? nil : shared
  }

  private func id(of event: borrowing Event, _ ordinal: Int, _ record: Int) -> String {
    let (host, app, source, time) = (event.host, event.app, event.source, event.ts)
    return redacted.withUnsafeBytes {
      identity.id(host: host, app: app, source: source, time: time, line: $0, ordinal: ordinal, record: record)
    }
  }

  /// Two changes of the same event in a row are one: the last says it all.
  private static func coalesce(_ changes: inout [EventChange]) {
    while changes.count >= 2, let later = changes.last, later.isRevision,
      changes[changes.count - 2].shared.event.id == later.shared.event.id
    {
      changes.removeLast()
      changes[changes.count - 1] = EventChange(later.shared, isRevision: changes[changes.count - 1].isRevision)
    }
  }

  /// Statuses that are stored although no classifier names the request (decision 8).
  private static func isTelling(_ event: Event) -> Bool {
    switch event.httpStatus {
    case 401, 403, 429: true
    default: false
    }
  }

  /// Fills what the classifier finds filled.
  private func begin(
    _ event: inout Event, of record: ParsedRecord, _ line: PhysicalLine, _ now: Int64, _ state: SourceState
  ) {
    event.ts = record.time
    event.tsQuality = record.timeQuality.rawValue
    event.observedTs = now
    event.app = state.isAppGiven || record.unit.isEmpty ? state.app : Self.appName(record.unit)
    event.env = configuration.env
    event.host = configuration.host.isEmpty ? record.host : configuration.host
    event.source = state.source
    event.sourceOffset = record.headOffset
    event.lines = record.isContinuation ? [record.headOffset, record.offset] : [record.offset] + line.parts
    event.logger = record.logger
    event.level = record.level.rawValue
    event.message = Self.stored(record.message)
    event.parse = record.parse.rawValue
    event.redactions = Int64(record.redactions)
    if record.redactions > 0 { event.redactionKinds = record.redactionKinds.joined(separator: ",") }
  }

  /// `ssh.service` → `ssh`, `pod/web-5d9/app` → `app`.
  private static func appName(_ unit: String) -> String {
    let last = unit.split(separator: "/").last.map(String.init) ?? unit
    return last.hasSuffix(".service") ? String(last.dropLast(8)) : last
  }

  /// Cuts a text to what one column stores, at a character, and marks the cut.
  static func stored(_ text: String) -> String {
    guard text.utf8.count > Limits.storedTextBytesMax else { return text }
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: Limits.storedTextBytesMax - 4)
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return text[..<end] + "…"
  }

  /// Sets the rules that the event passes. An event that only a rule could make worth keeping is
  /// tried with the rules whose literal is on its line (decision 9); if one holds, with all.
  private func match(_ event: inout Event, isQuiet: Bool, _ hits: [Int]) {
    event.matches = []
    let isAsked = !isQuiet || Self.isTelling(event)
    guard !rules.isEmpty, isAsked || !hits.isEmpty else { return }
    let asking = rulesAsking(for: event.event)
    guard !asking.isEmpty else { return }
    var record: EventRecord?
    if !isAsked {
      guard hits.contains(where: { Self.holds(rules[$0].filter, event, &record) }) else { return }
    }
    for index in asking where Self.holds(rules[index].filter, event, &record) {
      event.matches.append(rules[index].hash)
    }
  }

  /// - Parameter record: the event with its attributes read, once a filter has asked for them.
  private static func holds(_ filter: CompiledFilter, _ event: borrowing Event, _ record: inout EventRecord?) -> Bool {
    guard filter.readsAttrs else { return filter.matches(event) }
    if record == nil { record = EventRecord(copy event) }
    return filter.matches(record!)
  }

  /// Most rules are about events of certain names: those that may hold for one of that name.
  private func rulesAsking(for name: String) -> [Int] {
    if let known = rulesByName[name] { return known }
    let folded = CaseFolding.fold(name)
    let some = rules.indices.filter { rules[$0].filter.values(of: .event)?.contains(folded) ?? true }
    rulesByName[name] = some
    return some
  }

  // MARK: - Stubs

  /// Why a line is kept as a stub only: ``Event/reason``.
  enum Rejection: String {
    case tooLong = "too_long"
    case stopsReading = "stops_reading"

    var text: String {
      switch self {
      case .tooLong: "is over the limit of \(Limits.lineBytesMax) bytes"
      case .stopsReading: "stopped the program each time it was read"
      }
    }
  }

  /// A line that cannot be redacted is kept as a stub: where it was and how long, no text.
  func reject(
    offset: Int64, length: Int64, as rejection: Rejection = .tooLong, _ pass: Pass, of state: inout SourceState,
    into batch: inout EventBatch
  ) {
    var event = Event()
    event.ts = state.lastTime ?? reference(state, pass.now)
    event.tsQuality = state.lastTime != nil || state.modified != 0 ? "inherited" : "arrival"
    event.observedTs = pass.now
    event.event = "pipeline_line_rejected"
    let name = EventName.named(event.event)
    event.category = name?.category ?? "pipeline"
    event.outcome = name?.outcome ?? "failure"
    event.severity = name?.severity ?? 2
    event.app = state.app
    event.env = configuration.env
    event.host = configuration.host
    event.source = state.source
    event.sourceOffset = offset
    event.lines = [offset]
    event.message =
      "A line of \(length) bytes at byte \(offset) \(rejection.text); its text is not kept."
    event.reason = rejection.rawValue
    event.parse = ParsedRecord.Parse.rejected.rawValue
    event.confidence = 100
    match(&event, isQuiet: false, [])
    event.id = Array(event.message.utf8).withUnsafeBytes {
      identity.id(
        host: event.host, app: event.app, source: event.source, time: event.ts, line: $0, ordinal: 0, record: 0)
    }
    batch.changes.append(.insert(event))
    batch.counts.events += 1
    batch.counts.lines += 1
    batch.counts.rejected[rejection.rawValue, default: 0] += 1
    state.lineCount += 1
    state.open = nil
    if let observer {
      var record = ParsedRecord()
      record.parse = .rejected
      record.format = "text"
      record.time = event.ts
      observer(
        LineAccount(
          [record], [event], PhysicalLine(offset: offset, number: state.lineCount - 1, anchors: LineAnchors())))
    }
  }
}
