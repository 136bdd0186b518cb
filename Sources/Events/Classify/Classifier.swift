/// Turns a parsed line into a flat event: normalises its fields and names what happened.
///
/// One classifier serves one thread: it owns scratch memory. The compiled set is shared.
final class Classifier {
  let catalogue: ClassifierSet
  private var facts = Facts()
  private var found: FoundLiterals
  /// Places of the classifiers that something in the record besides its request speaks for.
  private var candidates: NumberSet
  /// Conditions on fields that the record has.
  private var asked: NumberSet
  /// Of the classifiers that look at requests only, those that may match, as far as requests were seen.
  private var byKind: [RequestKind: [Int]] = [:]
  /// The same for each request, but for what ids its path holds.
  private var byRequest: [Request: [Int]] = [:]
  /// The query of the record's request, once it was asked for.
  private var query: [UInt8]?

  /// - Throws: ``Problem`` for a broken classifier file.
  convenience init(_ configuration: ReaderConfiguration) throws { self.init(try ClassifierSet(configuration)) }

  init(_ catalogue: ClassifierSet) {
    self.catalogue = catalogue
    found = FoundLiterals(count: catalogue.literals.count)
    candidates = NumberSet(count: catalogue.classifiers.count)
    asked = NumberSet(count: catalogue.byCondition.count)
  }

  /// Literals of which a raw line must hold at least one for ``classify(_:into:)`` to name anything
  /// but `http_request` or `app_log`. ASCII, matched without case.
  var anchors: [Anchor] { catalogue.anchors }

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
    look(at: record, into: &event)
    var hint = JoinHint()
    hint.emitter = record.emitter
    if let first = record.message.utf8.first {
      for place in catalogue.emitters where place.starts.first == first {
        guard record.message.utf8.starts(with: place.starts) else { continue }
        hint.emitter += "#" + place.name
        break
      }
    }
    // One logger may tell in words what happened and, elsewhere in the program, how the request ended.
    if facts.status != 0, facts.hasRequest { hint.emitter += "#request" }
    hint.isProxyAddress = facts.isProxyAddress

    if let (name, arguments) = vocabulary(record) {
      give(name, to: &event)
      event.classifier = "owasp-vocabulary"
      event.confidence = 100
      hint.priority = 100
      hint.takesPart = true
      for (column, argument) in zip(EventName.columns(of: name.name), arguments) where !argument.isEmpty {
        event.set(column, .text(argument))
      }
    } else if record.tellsOfAnother {
      give(Self.appLog, to: &event)
    } else if let index = firstMatch(record) {
      let classifier = catalogue.classifiers[index]
      give(classifier.name, to: &event)
      event.outcome = classifier.outcome.isEmpty ? Self.outcome(ofStatus: facts.status) : classifier.outcome
      event.severity = classifier.severity
      if classifier.name.category != "http", classifier.name.name != "app_log" {
        event.classifier = classifier.id
        event.confidence = classifier.confidence
      }
      // A plain request never outdoes a line that says more, whoever asked first.
      hint.priority = classifier.name.category == "http" ? 0 : classifier.priority
      hint.isTwice = classifier.isTwice
      hint.requestStatuses = classifier.requestStatuses
      hint.companions = classifier.companions
      hint.takesPart = classifier.name.name != "app_log"
      hint.isByRequest = classifier.isByRequest || classifier.name.category == "http"
      if !classifier.emitter.isEmpty { hint.emitter += "#" + classifier.emitter }
      fill(from: classifier, record, &event)
    } else if facts.hasRequest {
      hint.isByRequest = true
      give(Self.httpRequest, to: &event)
      event.outcome = Self.outcome(ofStatus: facts.status)
    } else {
      give(Self.appLog, to: &event)
    }
    if event.category != "http", event.category != "app" || event.event == "app_error" {
      Phrases.complete(&event, from: record, facts)
    }
    tidy(&event)
    return hint
  }

  /// Every classifier that was asked about the record and its answer: for `explain`.
  func verdicts(_ record: ParsedRecord) -> [(classifier: CompiledClassifier, missing: String?)] {
    var event = Event()
    look(at: record, into: &event)
    collect()
    if facts.hasRequest { for index in catalogue.byRequest { candidates.insert(index) } }
    var verdicts: [(classifier: CompiledClassifier, missing: String?)] = []
    var next = candidates.next(from: 0)
    while let index = next {
      let classifier = catalogue.classifiers[index]
      verdicts.append((classifier, obstacle(classifier, record, facts, found).map { describe($0, record) }))
      next = candidates.next(from: index + 1)
    }
    return verdicts
  }

  // MARK: Steps

  private static let appLog = EventName.named("app_log")!
  private static let httpRequest = EventName.named("http_request")!

  private func look(at record: ParsedRecord, into event: inout Event) {
    facts.removeAll()
    query = nil
    catalogue.normalizer.normalize(record, into: &event, facts: &facts)
    facts.hasUser = !event.actor.isEmpty
  }

  private func give(_ name: EventName, to event: inout Event) {
    event.event = name.name
    event.category = name.category
    event.outcome = name.outcome
    event.severity = name.severity
  }

  private static func outcome(ofStatus status: Int) -> String {
    switch status {
    case 0: "unknown"
    case ..<400: "success"
    default: "failure"
    }
  }

  private static let eventFields: [FieldName] = [
    "event", "event.name", "event_name", "eventName", "event_type", "action", "security_event",
  ]

  private static let eventFieldBits = eventFields.reduce(UInt64(0)) { $0 | 1 << ($1.hash & 63) }

  /// An application that names its events by the vocabulary is believed.
  private func vocabulary(_ record: ParsedRecord) -> (EventName, [String])? {
    if record.fields.hashes & Self.eventFieldBits != 0 {
      for field in Self.eventFields {
        if let index = record.fields.index(of: field), record.fields.entries[index].value.count <= 256,
          record.fields.slice(index).contains(UInt8(ascii: "_")),
          let (name, arguments) = EventName.read(owasp: record.fields.text(index))
        {
          return (name, arguments)
        }
      }
    }
    // The message itself: `authn_login_fail:alice`
    var (length, hasMark) = (0, false)
    while length < min(48, facts.message.count), facts.message[length] != 32 {
      if facts.message[length] == UInt8(ascii: "_") { hasMark = true }
      length += 1
    }
    guard length >= 8, hasMark else { return nil }
    guard
      let (name, arguments) = EventName.read(
        owasp: String(decoding: record.message.utf8.prefix(256).prefix { $0 != 32 }, as: UTF8.self))
    else { return nil }
    return (name, arguments)
  }

  /// Gathers the classifiers that something in the record besides its request speaks for.
  private func collect() {
    found.removeAll()
    candidates.removeAll()
    asked.removeAll()
    facts.words.withUnsafeBytes { catalogue.literals.find(in: $0, marking: &found) }
    let byLiteral = catalogue.byLiteral
    for place in 0..<found.members.count {
      byLiteral.forEach(of: Int(found.members[place])) { candidates.insert($0) }
    }
    for (condition, _) in facts.asked {
      asked.insert(condition)
      candidates.insert(catalogue.byCondition[condition])
    }
    catalogue.byStart.forEach(of: ClassifierSet.startSlot(facts.words)) { candidates.insert($0) }
  }

  /// Whether the words hold what the classifier at that place wants of them and nothing that it forbids, and whether
  /// the record has the fields that it asks for, with whatever values.
  @inline(__always)
  private func mayMatch(
    _ index: Int, _ literals: NumberLists, _ forbidden: NumberLists, _ conditions: NumberLists,
    _ firstBytes: NumberLists, _ first: Int
  ) -> Bool {
    for list in catalogue.firstList[index]..<catalogue.firstList[index + 1]
    where !literals.contains(of: list, where: { found.contains($0) }) {
      return false
    }
    if forbidden.contains(of: index, where: { found.contains($0) }) { return false }
    if conditions.contains(of: index, where: { !asked.contains($0) }) { return false }
    return firstBytes.isEmpty(index) || firstBytes.contains(of: index, where: { $0 == first })
  }

  /// Requests that are the same to every classifier, for most programs have few.
  private struct Request: Hashable {
    let status: Int
    let method: String
    let path: [UInt8]
  }
  // A megabyte at most, and a path that is longer is nobody's habit.
  private static let requestsMax = 4096
  private static let pathBytesMax = 256

  /// The classifiers that ask for nothing but a request and that this one satisfies, but for its query and user.
  private func requestClassifiers() -> [Int] {
    guard facts.hasRequest else { return [] }
    guard !catalogue.tellsIDsApart, facts.path.bytes.count <= Self.pathBytesMax else { return holdingRequest() }
    let request = Request(status: facts.status, method: facts.method, path: facts.path.textWithoutIDs)
    if let known = byRequest[request] { return known }
    let some = holdingRequest()
    if byRequest.count >= Self.requestsMax { byRequest.removeAll(keepingCapacity: true) }
    byRequest[request] = some
    return some
  }

  private func holdingRequest() -> [Int] {
    classifiersOfKind().filter { requestObstacle(catalogue.classifiers[$0], facts) == nil }
  }

  /// What parts requests from most classifiers: few ask for that status, or for a path that ends so.
  private struct RequestKind: Hashable {
    let status: Int
    let lastBit: UInt64
  }

  private func classifiersOfKind() -> [Int] {
    let kind = RequestKind(status: facts.status, lastBit: facts.path.lastBit)
    if let known = byKind[kind] { return known }
    let some = catalogue.byRequest.filter {
      let classifier = catalogue.classifiers[$0]
      return (classifier.statuses.isEmpty || classifier.statuses.contains(kind.status))
        && (classifier.paths.isEmpty || classifier.paths.mayMatch(kind.lastBit))
    }
    byKind[kind] = some
    return some
  }

  private func firstMatch(_ record: ParsedRecord) -> Int? {
    collect()
    // Of the one list the request is known to hold, of the other nothing.
    var requests = requestClassifiers()[...]
    let (literals, forbidden) = (catalogue.literalLists, catalogue.forbidden)
    let (conditions, firstBytes) = (catalogue.conditions, catalogue.firstBytes)
    let first = facts.words.first.map(Int.init) ?? -1
    func holds(_ index: Int, _ known: KnownConditions) -> Bool {
      obstacle(catalogue.classifiers[index], record, facts, found, known: known) == nil
    }
    var next = candidates.next(from: 0)
    while let index = next {
      next = candidates.next(from: index + 1)
      // Most fall here.
      guard mayMatch(index, literals, forbidden, conditions, firstBytes, first) else { continue }
      while let request = requests.first, request < index {
        if holds(request, .request) { return request }
        requests.removeFirst()
      }
      if holds(index, .words) { return index }
    }
    return requests.first { holds($0, .request) }
  }

  /// What keeps a classifier from matching.
  private enum Obstacle {
    case request, user, status, method, path, query, exceptedPath, words, forbidden, beginning, field, format, logger
    case level, order
  }

  /// What is known to be as a classifier asks for and need not be looked at again.
  private enum KnownConditions {
    case none
    /// Method, status and path.
    case request
    /// One word of each list, and no forbidden one.
    case words
  }

  /// The first condition that does not hold; `nil` if all do.
  private func obstacle(
    _ classifier: CompiledClassifier, _ record: borrowing ParsedRecord, _ facts: borrowing Facts,
    _ found: borrowing FoundLiterals, known: KnownConditions = .none
  ) -> Obstacle? {
    if classifier.wantsRequest {
      guard facts.hasRequest else { return .request }
      if classifier.wantsUser, !facts.hasUser { return .user }
      if known != .request, let obstacle = requestObstacle(classifier, facts) { return obstacle }
      if !classifier.queries.isEmpty {
        let query = self.query ?? facts.query
        self.query = query
        guard classifier.queries.contains(where: { query.offset(of: $0) != nil }) else { return .query }
      }
    }
    if known != .words {
      for alternatives in classifier.literals where !alternatives.contains(where: { found.contains($0) }) {
        return .words
      }
      if classifier.forbidden.contains(where: { found.contains($0) }) { return .forbidden }
    }
    if !classifier.starts.isEmpty, !classifier.starts.contains(where: { facts.words.starts(with: $0) }) {
      return .beginning
    }
    for (condition, values) in classifier.fields {
      let holds = facts.asked.contains { asked in
        asked.condition == condition && values.contains { $0.matches(record.fields.slice(asked.field)) }
      }
      guard holds else { return .field }
    }
    if !classifier.formats.isEmpty, !classifier.formats.contains(where: { $0.matches(Array(record.format.utf8)) }) {
      return .format
    }
    if !classifier.loggers.isEmpty, !classifier.loggers.contains(where: { $0.matches(Array(record.logger.utf8)) }) {
      return .logger
    }
    if !classifier.levels.isEmpty, !classifier.levels.contains(record.level.rawValue) { return .level }
    if let regex = classifier.regex, !facts.words.withUnsafeBytes(regex.matches) { return .order }
    return nil
  }

  /// What of the status, the method and the path is not what a classifier asks for.
  private func requestObstacle(_ classifier: CompiledClassifier, _ facts: borrowing Facts) -> Obstacle? {
    if !classifier.statuses.isEmpty, !classifier.statuses.contains(facts.status) { return .status }
    if !classifier.methods.isEmpty, !classifier.methods.contains(facts.method) { return .method }
    if !classifier.paths.isEmpty, !classifier.paths.matches(facts.path) { return .path }
    return classifier.notPaths.matches(facts.path) ? .exceptedPath : nil
  }

  private func describe(_ obstacle: Obstacle, _ record: ParsedRecord) -> String {
    switch obstacle {
    case .request: "it tells no request"
    case .user: "it names no user"
    case .status: "its status is \(facts.status)"
    case .method: "its method is \(facts.method)"
    case .path: "its path is another"
    case .query: "its query says nothing of the kind"
    case .exceptedPath: "its path is excepted"
    case .words: "its words are others"
    case .forbidden: "a word in it forbids"
    case .beginning: "it begins otherwise"
    case .field: "a field is missing or has another value"
    case .format: "its format is \(record.format)"
    case .logger: "its logger is another"
    case .level: "its level is another"
    case .order: "its words are in another order"
    }
  }

  private func fill(from classifier: CompiledClassifier, _ record: ParsedRecord, _ event: inout Event) {
    var groups: [(name: String, text: String)] = []
    func group(_ name: String) -> String? { groups.first { $0.name == name }?.text }
    func isQuoted(_ range: Range<Int>, in text: ArraySlice<UInt8>) -> Bool {
      guard let mark = text[..<range.lowerBound].last else { return false }
      return mark == UInt8(ascii: "'") || mark == UInt8(ascii: "\"")
    }
    func take(_ regex: RegularExpression, _ text: ArraySlice<UInt8>) -> Bool {
      guard let spans = regex.groups(in: text) else { return false }
      for (name, span) in zip(regex.groupNames, spans.dropFirst()) where !name.isEmpty {
        guard let span, !span.isEmpty, group(name) == nil else { continue }
        let range = text.startIndex + span.lowerBound..<text.startIndex + span.upperBound
        let word = String(decoding: text[range], as: UTF8.self)
        // `non-admin user attempted to …`: the sentence names nobody.
        if name == "actor", !isQuoted(range, in: text), Phrases.isCommonNoun(word) { continue }
        groups.append((name, word))
      }
      return true
    }
    if !classifier.captures.isEmpty {
      let message = Array(record.message.utf8)
      // The message, then the fields that hold errors, as written.
      for regex in classifier.captures where !regex.groupNames.allSatisfy({ $0.isEmpty || group($0) != nil }) {
        if take(regex, message[...]) { continue }
        for i in facts.wordFields where record.fields.entries[i].value.count > 12 {
          let text = record.fields.slice(i)
          if !(text.count == message.count && text.elementsEqual(message)), take(regex, text) { break }
        }
      }
      for (name, text) in groups {
        guard let column = Column(rawValue: name) else { continue }
        put(text, into: column, of: &event)
      }
    }
    for (column, template) in classifier.templates {
      let text = template.text { name in
        if let group = group(name) { return group }
        if let value = record.fields.text(FieldName(name)) { return value }
        guard let column = Column(rawValue: name) else { return nil }
        switch event[column] {
        case .text(let text): return text
        case .integer(let number): return number == 0 ? nil : String(number)
        }
      }
      if let text { put(text, into: column, of: &event) }
    }
  }

  private func put(_ text: String, into column: Column, of event: inout Event) {
    switch column {
    case .sourceIP:
      if let address = IPAddress(logged: Array(text.utf8)) {
        event.sourceIP = address.description
        facts.isProxyAddress = catalogue.normalizer.isTrusted(address) && facts.isProxyAddress
      }
    case .certNotAfter: event.certNotAfter = DateText.microseconds(text) ?? 0
    case .httpPath: event.httpPath = Normalizer.path(of: text)
    case .httpStatus: event.httpStatus = Int64(text) ?? event.httpStatus
    // `locked for kim: 3 failures`: the mark is the sentence's.
    case .actor, .target: event.set(column, .text(text.utf8.last == UInt8(ascii: ":") ? String(text.dropLast()) : text))
    default: if column.kind == .text { event.set(column, .text(text)) }
    }
  }

  /// Columns that mean nothing for the event are emptied, so that queries on them are not misled.
  private func tidy(_ event: inout Event) {
    if event.category != "cert" && event.category != "tls" {
      event.certSubject = ""
      event.certNotAfter = 0
    }
    if event.category != "vuln" {
      event.vulnID = ""
      event.package = ""
      event.packageVersion = ""
      event.fixedVersion = ""
    }
    if event.actorType.isEmpty, !event.actor.isEmpty {
      event.actorType =
        switch event.actor {
        case let name where name.utf8.starts(with: "system:serviceaccount:".utf8): "service"
        case let name where name.utf8.starts(with: "system:".utf8): "system"
        case "anonymous", "AnonymousUser", "system:anonymous": "anonymous"
        default: "user"
        }
    }
  }
}
