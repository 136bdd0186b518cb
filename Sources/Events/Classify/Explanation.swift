/// What seclog makes of one physical line: for people who wonder why, and for `explain --json`.
public struct Explanation: Sendable {
  /// From 1.
  public var line = 0
  public var bytes = 0
  public var format = ""
  public var wrapper = ""
  /// Number of the line where the record begins that this one continues; 0 for a line of its own.
  public var recordLine = 0
  /// Of a continuation: it is the first line of its record that tells something, so that ``event`` is its own.
  public var tellsFirst = false
  /// How many records the line holds; the event is the gravest.
  public var records = 1
  public var event: Event
  /// Kinds of the values hidden on the line.
  public var redactionKinds: [String] = []
  /// Where the time comes from: `own`, `inherited` or `arrival`.
  public var timeQuality = ""
  /// Field of the line and the column that its value went to.
  public var fields: [(name: String, column: String)] = []
  /// Classifiers that were asked, in order, and why they did not match; the one that did has `nil`.
  public var verdicts: [(classifier: String, missing: String?)] = []
  /// Ids of the rules whose filter the event passed.
  public var rules: [String] = []
}

/// Reads lines as the collector does, and tells about each what it saw. It stores nothing.
public final class Explainer {
  private let reader: EventReader
  private let classifier: Classifier
  private var state: SourceState
  private var offset: Int64 = 0
  /// First lines of records of which a line is named already.
  private var namedRecord: Int64 = 0

  /// - Throws: ``Problem`` for a broken format, pattern, classifier or rule.
  public init(_ configuration: ReaderConfiguration, source: String, app: String) throws {
    reader = try EventReader(configuration)
    classifier = Classifier(reader.classifier.catalogue)
    state = SourceState(source: source, app: app)
  }

  /// Starts a new source with a reader that is compiled already.
  init(over reader: EventReader, source: String, app: String) {
    self.reader = reader
    classifier = Classifier(reader.classifier.catalogue)
    state = SourceState(source: source, app: app)
  }

  /// Explains the lines at the start of `bytes`, one explanation for each physical line, in order.
  ///
  /// - Parameters:
  ///   - now: arrival time, microseconds since 1970.
  ///   - ending: whether more will follow; see ``EventReader/Ending``.
  /// - Returns: how many bytes were consumed; present the rest again with more behind it.
  public func explain(
    _ bytes: UnsafeRawBufferPointer, now: Int64, ending: EventReader.Ending, into explanations: inout [Explanation]
  ) -> Int {
    var accounts: [LineAccount] = []
    reader.observer = { accounts.append($0) }
    defer { reader.observer = nil }
    var batch = EventBatch()
    let taken = reader.read(bytes, of: &state, at: offset, now: now, ending: ending, into: &batch)
    for account in accounts {
      var explanation = self.explanation(of: account)
      let start = Int(account.offset - offset)
      if start >= 0, start < taken {
        let line = bytes[start..<taken]
        explanation.bytes = (line.firstIndex(of: 10) ?? line.endIndex) - start
      }
      explanations.append(explanation)
    }
    offset += Int64(taken)
    return taken
  }

  /// Explains an event of a store: what it says, and which of the rules it passes now.
  public func explain(_ stored: StoredEvent) -> Explanation {
    var explanation = Explanation(event: stored.event)
    explanation.timeQuality = stored.event.tsQuality
    explanation.redactionKinds = stored.event.redactionKinds.split(separator: ",").map(String.init)
    let record = EventRecord(stored.event)
    let passed = Set(reader.rules.filter { $0.filter.matches(record) }.map(\.hash))
    explanation.rules = reader.configuration.rules.filter { passed.contains($0.hash) }.map(\.id)
    return explanation
  }

  private func explanation(of account: LineAccount) -> Explanation {
    var explanation = Explanation(event: account.event ?? Event())
    explanation.line = Int(account.line)
    explanation.format = account.format
    explanation.wrapper = account.wrapper
    explanation.records = max(account.events.count, 1)
    explanation.timeQuality = account.tsQuality
    // A continuation that is the first of its record to tell something names the event, as it does in the store.
    let isNamed = !["", "app_log", "http_request"].contains(explanation.event.event)
    let record = account.recordLine ?? account.line
    if let recordLine = account.recordLine {
      explanation.recordLine = Int(recordLine)
      explanation.tellsFirst = isNamed && namedRecord != record
    }
    if isNamed { namedRecord = record }
    explanation.redactionKinds = account.redactionKinds
    // The gravest record speaks for the line (decision 5).
    let index = account.events.firstIndex { $0.id == explanation.event.id } ?? 0
    if account.records.indices.contains(index) {
      let record = account.records[index]
      explanation.verdicts = classifier.verdicts(record).filter { $0.missing == nil || $0.classifier.isNear }
        .map { ($0.classifier.id, $0.missing) }
      explanation.fields = mapped(record, explanation.event)
    }
    explanation.rules = reader.configuration.rules.filter { explanation.event.matches.contains($0.hash) }.map(\.id)
    return explanation
  }

  private func mapped(_ record: ParsedRecord, _ event: Event) -> [(name: String, column: String)] {
    let columns: [Column] = [
      .actor, .target, .objectType, .objectID, .fromValue, .toValue, .reason, .authMethod, .sourceIP, .userAgent,
      .session, .requestID, .traceID, .spanID, .httpMethod, .httpPath, .httpStatus, .vulnID, .package,
    ]
    var mapped: [(String, String)] = []
    for column in columns {
      let wanted: String
      switch event[column] {
      case .text(let text): wanted = text
      case .integer(let number): wanted = number == 0 ? "" : String(number)
      }
      guard !wanted.isEmpty else { continue }
      let field = record.fields.entries.indices.first {
        let value = record.fields.text($0)
        return value == wanted || (column == .httpPath && Normalizer.path(of: value) == wanted)
          || (column == .sourceIP && IPAddress(logged: Array(value.utf8))?.description == wanted)
      }
      mapped.append((field.map(record.fields.name) ?? "message", column.rawValue))
    }
    return mapped
  }
}

extension Explanation {
  /// One JSON object: the contract of `explain --json`. Absent = empty string.
  public var json: String {
    var json: [UInt8] = []
    func add(_ name: String, _ value: String) {
      json.append(json.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
      JSONString.append(name.utf8, to: &json)
      json.append(UInt8(ascii: ":"))
      JSONString.append(value.utf8, to: &json)
    }
    func add(_ name: String, raw value: String) {
      json.append(json.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
      JSONString.append(name.utf8, to: &json)
      json.append(UInt8(ascii: ":"))
      json += value.utf8
    }
    func list(_ texts: [String]) -> String {
      var list: [UInt8] = [UInt8(ascii: "[")]
      for (i, text) in texts.enumerated() {
        if i > 0 { list.append(UInt8(ascii: ",")) }
        JSONString.append(text.utf8, to: &list)
      }
      return String(decoding: list, as: UTF8.self) + "]"
    }
    let isSilent = recordLine != 0 && !tellsFirst
    if !event.id.isEmpty, line == 0 {
      add("id", event.id)
      add("source", event.source)
      add("lines", raw: "[" + event.lines.map(String.init).joined(separator: ",") + "]")
    } else {
      add("line", raw: String(line))
    }
    add("format", format)
    add("wrapper", wrapper)
    add("ts", event.ts == 0 ? "" : Timestamp.rfc3339(event.ts))
    add("event", isSilent ? "" : event.event)
    add("category", isSilent ? "" : event.category)
    add("outcome", isSilent ? "" : event.outcome)
    add("severity", raw: isSilent ? "\"\"" : String(event.severity))
    for column: Column in [.actor, .target, .objectType, .objectID, .fromValue, .toValue, .sourceIP] {
      if case .text(let text) = event[column] { add(column.rawValue, isSilent ? "" : text) }
    }
    add("classifier", isSilent ? "" : event.classifier)
    add("reason", isSilent ? "" : event.reason)
    add("redactions", raw: list(redactionKinds))
    add("matches", raw: list(rules))
    if recordLine != 0 { add("record_line", raw: String(recordLine)) }
    if records > 1 { add("records", raw: String(records)) }
    json.append(UInt8(ascii: "}"))
    return String(decoding: json, as: UTF8.self)
  }
}
