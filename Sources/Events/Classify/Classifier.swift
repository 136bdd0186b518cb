/// Turns a parsed line into a flat event: normalises its fields and names what happened.
///
/// One classifier serves one thread: it owns scratch memory. The compiled set is shared.
final class Classifier {
  let catalogue: ClassifierSet
  private var facts = Facts()
  private var found: FoundLiterals
  private var candidates: [Int] = []

  /// - Throws: ``Problem`` for a broken classifier file.
  convenience init(_ configuration: ReaderConfiguration) throws { self.init(try ClassifierSet(configuration)) }

  init(_ catalogue: ClassifierSet) {
    self.catalogue = catalogue
    found = FoundLiterals(count: catalogue.literals.count)
  }

  /// Literals of which a raw line must hold at least one for ``classify(_:into:)`` to name anything
  /// but `http_request` or `app_log`. ASCII, matched without case.
  var literals: [String] { catalogue.anchors }

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
    for place in catalogue.emitters where record.message.utf8.starts(with: place.starts) {
      hint.emitter += "#" + place.name
      break
    }
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
      give(EventName.named("app_log")!, to: &event)
    } else if let index = catalogue.classifiers.indices.isEmpty ? nil : firstMatch(record) {
      let classifier = catalogue.classifiers[index]
      give(classifier.name, to: &event)
      event.outcome = classifier.outcome.isEmpty ? Self.outcome(ofStatus: facts.status) : classifier.outcome
      event.severity = classifier.severity
      if classifier.name.category != "http", classifier.name.name != "app_log" {
        event.classifier = classifier.id
        event.confidence = classifier.confidence
      }
      hint.priority = classifier.priority
      hint.isTwice = classifier.isTwice
      hint.requestStatuses = classifier.requestStatuses
      hint.companions = classifier.companions
      hint.takesPart = classifier.name.name != "app_log"
      if !classifier.emitter.isEmpty { hint.emitter += "#" + classifier.emitter }
      fill(from: classifier, record, &event)
    } else if facts.hasRequest {
      give(EventName.named("http_request")!, to: &event)
      event.outcome = Self.outcome(ofStatus: facts.status)
    } else {
      give(EventName.named("app_log")!, to: &event)
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
    return candidates.map { (catalogue.classifiers[$0], missing(catalogue.classifiers[$0], record)) }
  }

  // MARK: Steps

  private func look(at record: ParsedRecord, into event: inout Event) {
    facts = Facts()
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

  /// An application that names its events by the vocabulary is believed.
  private func vocabulary(_ record: ParsedRecord) -> (EventName, [String])? {
    for field in Self.eventFields {
      if let index = record.fields.index(of: field), record.fields.entries[index].value.count <= 256,
        record.fields.slice(index).contains(UInt8(ascii: "_")),
        let (name, arguments) = EventName.read(owasp: record.fields.text(index))
      {
        return (name, arguments)
      }
    }
    // The message itself: `authn_login_fail:alice`
    let head = record.message.utf8.prefix(48).prefix { $0 != 32 }
    guard head.count >= 8, head.contains(UInt8(ascii: "_")) else { return nil }
    guard
      let (name, arguments) = EventName.read(
        owasp: String(decoding: record.message.utf8.prefix(256).prefix { $0 != 32 }, as: UTF8.self))
    else { return nil }
    return (name, arguments)
  }

  private func collect() {
    found.removeAll()
    candidates.removeAll(keepingCapacity: true)
    catalogue.literals.find(in: facts.words, marking: &found)
    for literal in found.members { candidates += catalogue.byLiteral[literal] }
    for asked in facts.asked { candidates.append(catalogue.byCondition[asked.condition]) }
    candidates += catalogue.byStart
    if facts.hasRequest { candidates += catalogue.byRequest }
    candidates.sort()
  }

  private func firstMatch(_ record: ParsedRecord) -> Int? {
    collect()
    var last = -1
    for index in candidates where index != last {
      last = index
      if missing(catalogue.classifiers[index], record) == nil { return index }
    }
    return nil
  }

  /// The first condition that does not hold; `nil` if all do.
  private func missing(_ classifier: CompiledClassifier, _ record: ParsedRecord) -> String? {
    if classifier.wantsRequest {
      guard facts.hasRequest else { return "it tells no request" }
      if classifier.wantsUser, !facts.hasUser { return "it names no user" }
      if !classifier.statuses.isEmpty, !classifier.statuses.contains(facts.status) {
        return "its status is \(facts.status)"
      }
      if !classifier.methods.isEmpty, !classifier.methods.contains(facts.method) {
        return "its method is \(facts.method)"
      }
      if !classifier.paths.isEmpty, !classifier.paths.contains(where: { $0.matches(facts.path) }) {
        return "its path is another"
      }
      if !classifier.queries.isEmpty {
        let query = facts.query
        guard classifier.queries.contains(where: { query.firstRange(of: $0) != nil }) else {
          return "its query says nothing of the kind"
        }
      }
      if classifier.notPaths.contains(where: { $0.matches(facts.path) }) { return "its path is excepted" }
    }
    for alternatives in classifier.literals where !alternatives.contains(where: found.contains) {
      return "its words are others"
    }
    if classifier.forbidden.contains(where: found.contains) { return "a word in it forbids" }
    if !classifier.starts.isEmpty, !classifier.starts.contains(where: { facts.words.starts(with: $0) }) {
      return "it begins otherwise"
    }
    for (condition, values) in classifier.fields {
      let holds = facts.asked.contains { asked in
        asked.condition == condition && values.contains { $0.matches(record.fields.slice(asked.field)) }
      }
      guard holds else { return "a field is missing or has another value" }
    }
    if !classifier.formats.isEmpty, !classifier.formats.contains(where: { $0.matches(Array(record.format.utf8)) }) {
      return "its format is \(record.format)"
    }
    if !classifier.loggers.isEmpty, !classifier.loggers.contains(where: { $0.matches(Array(record.logger.utf8)) }) {
      return "its logger is another"
    }
    if !classifier.levels.isEmpty, !classifier.levels.contains(record.level.rawValue) { return "its level is another" }
    if let regex = classifier.regex, regex.groups(in: facts.words) == nil { return "its words are in another order" }
    return nil
  }

  private func fill(from classifier: CompiledClassifier, _ record: ParsedRecord, _ event: inout Event) {
    var groups: [String: String] = [:]
    if !classifier.captures.isEmpty {
      var texts = [Array(record.message.utf8)]
      // The fields that hold errors, as written.
      for (i, entry) in record.fields.entries.enumerated() where entry.kind == .text && entry.value.count > 12 {
        texts.append(Array(record.fields.slice(i)))
      }
      for regex in classifier.captures {
        for text in texts {
          guard let spans = regex.groups(in: text) else { continue }
          for (name, span) in zip(regex.groupNames, spans.dropFirst()) where !name.isEmpty {
            guard let span, !span.isEmpty, groups[name] == nil else { continue }
            groups[name] = String(decoding: text[span], as: UTF8.self)
          }
          break
        }
      }
      for (name, text) in groups {
        guard let column = Column(rawValue: name) else { continue }
        put(text, into: column, of: &event)
      }
    }
    for (column, template) in classifier.templates {
      let text = template.text { name in
        if let group = groups[name] { return group }
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
        case let name where name.hasPrefix("system:serviceaccount:"): "service"
        case let name where name.hasPrefix("system:"): "system"
        case "anonymous", "AnonymousUser", "system:anonymous": "anonymous"
        default: "user"
        }
    }
  }
}
