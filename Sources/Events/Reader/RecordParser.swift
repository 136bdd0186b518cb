import Glibc

/// Turns one redacted line into ``ParsedRecord``s: takes wrappers off, recognises the format, reads
/// time, level, logger and message.
///
/// One parser serves one thread: it owns scratch memory.
final class RecordParser {
  private var formats: FormatCatalogue
  /// The one without a name is that of sources that force no format.
  private var catalogues: [String: FormatCatalogue] = [:]
  private var inputFormat = ""
  private var flattener = JSONFlattener()
  private let zones = ZoneNames.Resolver()
  private var match = TextPattern.Match()
  private var envelope = Envelope()
  /// Texts that differ from the line's own bytes: without colours, or taken out of JSON strings.
  private var scratch: [[UInt8]] = []
  /// Memory of the fields of a line that is done.
  private var spareFields = RecordFields()

  init(_ configuration: ReaderConfiguration) throws {
    formats = try FormatCatalogue(directories: configuration.extraFormats, only: configuration.inputFormat)
    catalogues[""] = formats
    for name in configuration.inputFormatsOfSources.sorted() {
      catalogues[name] = try FormatCatalogue(directories: configuration.extraFormats, only: name, place: "input_format")
    }
  }

  /// From now on lines are of a source that forces this format; `nil` = none.
  ///
  /// A source restored from the store may name a format that the configuration no longer does: then it
  /// is read as any other.
  func use(inputFormat name: String?) {
    let name = name ?? ""
    guard name != inputFormat else { return }
    inputFormat = name
    formats = catalogues[name] ?? catalogues[""]!
  }

  /// Where times without a zone or a year belong.
  struct Setting {
    /// ``SourceState/zone``; empty = by format.
    var zone = ""
    /// The source's last time, for times without a year.
    var reference: Int64 = 0
  }

  /// Parses one line and appends its records; nearly always one.
  func parse(_ line: UnsafeRawBufferPointer, _ setting: Setting, into records: inout [ParsedRecord]) {
    envelope.reset()
    parse(Self.trimmed(line), setting, depth: 0, into: &records)
  }

  /// Takes the records back whose line is done; their memory serves the next.
  func recycle(_ records: inout [ParsedRecord]) {
    if records.count == 1, records[0].fields.bytes.count <= Self.bytesKeptMax {
      swap(&records[0].fields, &spareFields)
      spareFields.removeAll()
    }
    records.removeAll(keepingCapacity: true)
  }
  private static let bytesKeptMax = 64 << 10

  /// Whether the line surely begins a record, whatever stands before it.
  func isHead(_ line: UnsafeRawBufferPointer) -> Bool {
    if Self.isObject(line) { return true }
    var records: [ParsedRecord] = []
    parse(line, Setting(), into: &records)
    return records.count != 1
      || (!records[0].isPlain && !records[0].isIndented && records[0].continuationKey == nil
        && records[0].format != "level-first")
  }

  /// The quick answer for most lines: a whole object that no container runtime wrote.
  static func isObject(_ line: UnsafeRawBufferPointer) -> Bool {
    line.count > 8 && line[0] == UInt8(ascii: "{") && line[1] == UInt8(ascii: "\"")
      && line[line.count - 1] == UInt8(ascii: "}") && !PartialLine.startsWith(line, "{\"log\":")
      && !PartialLine.startsWith(line, "{\"__") && !PartialLine.startsWith(line, "{\"MESSAGE")
  }

  // MARK: - Wrappers

  private static let depthMax = 4

  private func parse(_ line: UnsafeRawBufferPointer, _ setting: Setting, depth: Int, into records: inout [ParsedRecord])
  {
    if Self.hasEscape(line) {
      var plain = takeScratch()
      Self.appendWithoutColours(line, onto: &plain)
      plain.withUnsafeBytes { parsePlain($0, setting, depth: depth, into: &records) }
      scratch.append(plain)
    } else {
      parsePlain(line, setting, depth: depth, into: &records)
    }
  }

  private func parsePlain(
    _ line: UnsafeRawBufferPointer, _ setting: Setting, depth: Int, into records: inout [ParsedRecord]
  ) {
    var start = 0
    if depth == 0, line.count >= 3, line[0] == 0xef, line[1] == 0xbb, line[2] == 0xbf { start = 3 }
    let text = UnsafeRawBufferPointer(rebasing: line[start...])
    if let open = Self.firstNonBlank(text), text[open] == UInt8(ascii: "{") || text[open] == UInt8(ascii: "[") {
      if parseJSON(text, from: open, setting, depth: depth, into: &records) { return }
    }
    if depth < Self.depthMax, let inner = Unwrapper.peel(text, into: &envelope) {
      parse(UnsafeRawBufferPointer(rebasing: text[inner...]), setting, depth: depth + 1, into: &records)
      return
    }
    records.append(parseText(text, setting))
  }

  private func takeScratch() -> [UInt8] {
    var buffer = scratch.popLast() ?? []
    buffer.removeAll(keepingCapacity: true)
    return buffer
  }

  // MARK: - JSON

  /// - Returns: `false` if the text is no JSON object, so that it must be read as text.
  private func parseJSON(
    _ text: UnsafeRawBufferPointer, from start: Int, _ setting: Setting, depth: Int, into records: inout [ParsedRecord]
  ) -> Bool {
    var at = start
    let isArray = text[at] == UInt8(ascii: "[")
    if isArray {
      at += 1
      while at < text.count, KeyValues.isBlank(text[at]) { at += 1 }
      guard at + 1 < text.count, text[at] == UInt8(ascii: "{"), text[at + 1] == UInt8(ascii: "\"") else { return false }
    }
    let first = records.count
    while at < text.count, text[at] == UInt8(ascii: "{"), records.count - first < Limits.recordsPerLineMax {
      var record = ParsedRecord()
      swap(&record.fields, &spareFields)
      let outcome = flattener.flatten(text, from: at, into: &record.fields)
      switch outcome {
      case .malformed:
        guard records.count > first || record.fields.entries.count >= 2 else { return false }
        // What cannot be JSON any more was some: keep what was read.
        record.parse = .truncated
        at = text.count
      case .truncated:
        record.parse = .truncated
        at = text.count
      case .complete(let end):
        record.parse = .json
        at = end
      }
      if record.parse == .truncated, record.fields.isEmpty { return records.count > first }
      if !unwrapJSON(&record, setting, depth: depth, into: &records) {
        let shape = formats.shape(of: record.fields)
        if let shape, !shape.records.isEmpty, record.parse == .json {
          split(text, shape, setting, into: &records)
        } else {
          apply(shape, to: &record, setting)
          record.isIndented = start > 0
          records.append(consume record)
        }
      }
      while at < text.count, KeyValues.isBlank(text[at]) || (isArray && text[at] == UInt8(ascii: ",")) { at += 1 }
    }
    let count = records.count - first
    if count > 1 {
      for i in first..<records.count {
        records[i].index = i - first
        records[i].count = count
      }
    }
    return count > 0
  }

  private static let log: FieldName = "log"
  private static let stream: FieldName = "stream"
  private static let time: FieldName = "time"
  private static let journalMessage: FieldName = "MESSAGE"
  private static let journalTime: FieldName = "__REALTIME_TIMESTAMP"
  private static let journalPriority: FieldName = "PRIORITY"

  /// Docker's and journald's objects around a line.
  private func unwrapJSON(
    _ record: inout ParsedRecord, _ setting: Setting, depth: Int, into records: inout [ParsedRecord]
  ) -> Bool {
    guard depth < Self.depthMax,
      record.fields.index(of: Self.log) != nil || record.fields.index(of: Self.journalMessage) != nil
    else { return false }
    var inner = takeScratch()
    defer { scratch.append(inner) }
    let fields = record.fields
    if let index = fields.index(of: Self.log), fields.entries[index].kind == .text,
      fields.index(of: Self.stream) != nil || (fields.index(of: Self.time) != nil && fields.entries.count <= 4)
    {
      inner.append(contentsOf: fields.slice(index))
      envelope.names.append("docker")
      envelope.time = written(fields, Self.time) ?? envelope.time
      envelope.zone = ""
      for name in Self.containers {
        if let unit = fields.text(name) {
          envelope.unit = unit
          break
        }
      }
    } else if let index = fields.index(of: Self.journalMessage),
      fields.index(of: Self.journalTime) != nil || fields.index(of: Self.journalPriority) != nil
    {
      if fields.entries[index].kind == .number {
        // Not UTF-8: journald writes the bytes as an array of numbers.
        var next: Int? = index
        while let i = next {
          if let byte = UInt8(fields.text(i)) { inner.append(byte) }
          next = fields.index(of: Self.journalMessage, from: i + 1)
        }
      } else {
        inner.append(contentsOf: fields.slice(index))
      }
      envelope.names.append("journald")
      envelope.time = written(fields, Self.journalTime) ?? envelope.time
      envelope.zone = ""
      envelope.host = fields.text("_HOSTNAME") ?? envelope.host
      envelope.program = fields.text("SYSLOG_IDENTIFIER") ?? fields.text("_COMM") ?? ""
      envelope.unit = fields.text("CONTAINER_NAME") ?? fields.text("_SYSTEMD_UNIT") ?? envelope.program
      if let priority = fields.text(Self.journalPriority) {
        envelope.level = LevelNames.level(priority, .syslog)
        envelope.levelText = priority
      }
      for (i, entry) in fields.entries.enumerated() where !fields.isName(i, Self.journalMessage) {
        envelope.fields.append(fields.bytes[entry.name], fields.bytes[entry.value], fields.entries[i].kind)
      }
    } else {
      return false
    }
    while let last = inner.last, last == 0x0a || last == 0x0d { inner.removeLast() }
    let isTruncated = record.parse == .truncated
    let before = records.count
    inner.withUnsafeBytes { parse($0, setting, depth: depth + 1, into: &records) }
    if isTruncated { for i in before..<records.count { records[i].parse = .truncated } }
    return true
  }

  private static let containers: [FieldName] = [
    "kubernetes.container_name", "attrs.com.docker.compose.service", "attrs.tag", "container_name", "attrs.name",
  ]

  /// One line that holds many records (decision 5): each element of the array is one, with the
  /// fields beside the arrays on the way to it.
  private func split(
    _ text: UnsafeRawBufferPointer, _ shape: JSONShape, _ setting: Setting, into records: inout [ParsedRecord]
  ) {
    var splitter = RecordSplitter(text, path: shape.records)
    let before = records.count
    splitter.forEachRecord { range, context in
      guard records.count - before < Limits.recordsPerLineMax else { return }
      var record = ParsedRecord()
      let element = UnsafeRawBufferPointer(rebasing: text[range])
      guard case .complete = flattener.flatten(element, into: &record.fields) else { return }
      record.parse = .json
      for entry in context.entries {
        record.fields.append(context.bytes[entry.name], context.bytes[entry.value], entry.kind)
      }
      apply(shape, to: &record, setting)
      records.append(record)
    }
    if records.count == before {
      // An empty export: one record that says nothing.
      var record = ParsedRecord()
      record.parse = .json
      record.format = shape.name
      finish(&record, shape.emitter, setting)
      records.append(record)
    }
  }

  private func apply(_ shape: JSONShape?, to record: inout ParsedRecord, _ setting: Setting) {
    record.format = shape?.name ?? "json"
    let zone = shape?.zone ?? ""
    if !takeTime(shape?.time ?? [], zone, setting, into: &record) {
      _ = takeTime(Self.times, zone, setting, into: &record)
    }
    if let field = firstField(record.fields, shape?.level ?? [])
      ?? (shape == nil ? firstField(record.fields, Self.levels) : nil)
    {
      record.levelField = field
      record.levelText = record.fields.text(field)
      record.level = LevelNames.level(record.levelText, shape?.dialect)
    }
    if record.level == .none, shape?.dialect != LevelNames.Dialect.none { record.level = shape?.levelDefault ?? .none }
    record.logger =
      first(record.fields, shape?.logger ?? []) ?? (shape == nil ? first(record.fields, Self.loggers) : nil) ?? ""
    if let field = firstField(record.fields, shape?.message ?? []) {
      record.messageField = field
      record.message = record.fields.text(field)
    }
    if record.message.isEmpty, let name = shape?.template, let template = record.fields.text(name) {
      record.message = Self.render(template, record.fields)
    }
    if record.message.isEmpty, let compose = shape?.compose {
      record.message = compose.compactMap { record.fields.text($0) }.filter { !$0.isEmpty && $0 != "-" }.joined(
        separator: " ")
    }
    if record.message.isEmpty, let field = firstField(record.fields, Self.messages) {
      record.messageField = field
      record.message = record.fields.text(field)
    }
    if let shape {
      for name in shape.unit { if let unit = record.fields.text(name) { record.unit = unit } }
      for name in shape.host { if let host = record.fields.text(name) { record.host = host } }
      for prefix in shape.lift { record.fields.dropPrefix(prefix) }
    }
    if let index = record.fields.index(of: Self.request), record.fields.index(of: Self.requestMethod) == nil {
      let request = Array(record.fields.slice(index))
      request.withUnsafeBytes { Self.addRequest($0, 0..<$0.count, whole: false, to: &record.fields) }
    }
    if record.message.utf8.withContiguousStorageIfAvailable({ Self.hasEscape(UnsafeRawBufferPointer($0)) }) ?? true {
      record.message = Self.withoutColours(record.message)
    }
    // Ends like those of most messages need no look at characters.
    while let byte = record.message.utf8.last, byte < 0x20 || byte >= 0x80, let last = record.message.last,
      last.isNewline
    {
      record.message.removeLast()
    }
    if record.message.utf8.first == UInt8(ascii: "{") {
      // JSON inside the message: its fields are as good as the record's own.
      var message = record.message
      message.withUTF8 { _ = flattener.flatten(UnsafeRawBufferPointer($0), into: &record.fields) }
    }
    finish(&record, shape?.emitter ?? "", setting)
  }

  private static let request: FieldName = "request"
  private static let requestMethod: FieldName = "request_method"

  // Keys that loggers without a format of their own use.
  private static let times: [FieldName] = [
    "time", "timestamp", "@timestamp", "ts", "datetime", "asctime", "date", "eventTime", "event_time", "created_at",
    "createdAt", "occurred_at", "Timestamp", "@t", "t", "start_time", "timestamp.seconds", "time.seconds", "logged_at",
  ]
  private static let levels: [FieldName] = [
    "level", "severity", "log.level", "levelname", "lvl", "loglevel", "log_level", "Level", "@l", "LogLevel",
    "priority",
    "severity_text", "levelName",
  ]
  private static let messages: [FieldName] = [
    "msg", "message", "event", "text", "short_message", "body", "description", "Message", "@m", "log", "detail",
    "event_type", "action", "error.message", "err.message", "error", "err", "reason", "title", "MESSAGE", "content",
    "log_message", "logMessage", "@message", "rendered", "renderedMessage", "textPayload", "MessageTemplate", "summary",
    "data.message", "data.msg", "payload.message", "payload.msg", "record.message", "jsonPayload.message",
    "event.message", "event.original", "event.action", "event.name", "event.type", "logger_message", "info", "what",
    "note", "evt", "m", "op", "kind", "type",
  ]
  private static let loggers: [FieldName] = [
    "logger", "name", "logger_name", "log.logger", "component", "module", "service", "source_context", "category",
  ]

  private func first(_ fields: RecordFields, _ names: [FieldName]) -> String? {
    firstField(fields, names).map { fields.text($0) }
  }

  /// Place of the first of the names that has a value.
  private func firstField(_ fields: RecordFields, _ names: [FieldName]) -> Int? {
    for name in names {
      if let index = fields.index(of: name), fields.entries[index].kind != .null, !fields.entries[index].value.isEmpty {
        return index
      }
    }
    return nil
  }

  /// - Returns: `false` if none of the names has a time.
  private func takeTime(
    _ names: [FieldName], _ zone: String, _ setting: Setting, into record: inout ParsedRecord
  ) -> Bool {
    for name in names {
      guard let time = written(record.fields, name).flatMap({ microseconds($0, zone, setting) }) else { continue }
      record.time = time
      record.timeQuality = .own
      record.timeField = record.fields.index(of: name) ?? -1
      return true
    }
    return false
  }

  private func written(_ fields: RecordFields, _ name: FieldName) -> WrittenTime? {
    guard let index = fields.index(of: name) else { return nil }
    switch fields.entries[index].kind {
    case .bool, .null: return nil
    case .text, .number: break
    }
    let slice = fields.slice(index)
    if let epoch = WrittenTime.epoch(slice) {
      var time = WrittenTime()
      time.epoch = epoch
      // Google writes `{"seconds": …, "nanos": …}`.
      if name.bytes.ends(with: ".seconds"),
        let nanos = fields.integer(FieldName(String(decoding: name.bytes.dropLast(8), as: UTF8.self) + ".nanos")),
        (0..<1_000_000_000).contains(nanos)
      {
        time.epoch = epoch + nanos / 1_000
      }
      return time
    }
    return slice.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count, bytes[start] == 0x20 || bytes[start] == UInt8(ascii: "[") { start += 1 }
      var scanner = TimeScanner(bytes, at: start)
      return scanner.next()
    }
  }

  private func microseconds(_ time: WrittenTime, _ zone: String, _ setting: Setting) -> Int64? {
    let name = setting.zone.isEmpty ? zone : setting.zone
    return time.microseconds(zone: { self.zones.offset(name, $0) }, reference: setting.reference)
  }

  /// Fills the holes of a message template: `{User}`, `{@User}`, `{Elapsed:0.000}`; a hole without a
  /// field stays as it is.
  static func render(_ template: String, _ fields: RecordFields) -> String {
    guard template.utf8.contains(UInt8(ascii: "{")) else { return template }
    var output: [UInt8] = []
    let bytes = Array(template.utf8)
    var i = 0
    while i < bytes.count {
      if bytes[i] == UInt8(ascii: "{"), let close = bytes[i...].firstIndex(of: UInt8(ascii: "}")) {
        var hole = bytes[i + 1..<close]
        if let first = hole.first, first == UInt8(ascii: "@") || first == UInt8(ascii: "$") { hole.removeFirst() }
        if let cut = hole.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ",") }) {
          hole = hole[..<cut]
        }
        let name = String(decoding: hole, as: UTF8.self)
        if !name.isEmpty, let value = fields.text(FieldName(name)) ?? fields.text(FieldName("Properties." + name)) {
          output.append(contentsOf: value.utf8)
          i = close + 1
          continue
        }
      }
      output.append(bytes[i])
      i += 1
    }
    return String(decoding: output, as: UTF8.self)
  }

  // MARK: - Text

  private func parseText(_ text: UnsafeRawBufferPointer, _ setting: Setting) -> ParsedRecord {
    var record = ParsedRecord()
    guard let open = Self.firstNonBlank(text) else {
      record.format = "text"
      record.isPlain = true
      finish(&record, "", setting)
      return record
    }
    // An indented line may be a line of its own, such as `  ERROR: …` under a heading.
    let body = open > 0 ? UnsafeRawBufferPointer(rebasing: text[open...]) : text
    record.isIndented = open > 0
    let first = body[0]
    var mayBeLogfmt = KeyValues.isKeyStart(first)
    var mayHaveHead = formats.readsHeads
    for shape in formats.text where shape.firstBytes.contains(first) {
      // The formats with marks of their own go first: auditd's lines are pairs, too.
      if mayBeLogfmt, shape.rank < Self.logfmtRank {
        mayBeLogfmt = false
        if logfmt(body, setting, into: &record) { return record }
      }
      if mayHaveHead, shape.rank < Self.headRank {
        mayHaveHead = false
        if head(body, setting, into: &record) { return record }
      }
      for pattern in shape.patterns where pattern.matches(body, into: &match) {
        if mayHaveHead, pattern.isAnonymous, head(body, setting, ifNamed: true, into: &record) { return record }
        if fill(&record, shape, pattern, body, setting) { return record }
        record = ParsedRecord()
        record.isIndented = open > 0
      }
    }
    if mayBeLogfmt, logfmt(body, setting, into: &record) { return record }
    if mayHaveHead, head(body, setting, into: &record) { return record }
    record.format = "text"
    record.isPlain = true
    record.message = String(decoding: text, as: UTF8.self)
    KeyValues.scan(text, 0..<text.count, inSentence: true, into: &record.fields)
    finish(&record, "", setting)
    return record
  }

  /// Only what has next to no marks of its own is asked later.
  private static let headRank = 5

  /// Lines of programs that put time, level and logger in an order and in brackets of their own.
  ///
  /// - Parameter ifNamed: only if a logger is among them.
  private func head(
    _ text: UnsafeRawBufferPointer, _ setting: Setting, ifNamed: Bool = false, into record: inout ParsedRecord
  ) -> Bool {
    guard let head = LineHead(text), head.logger != nil || !ifNamed else { return false }
    if let time = head.time.flatMap({ microseconds($0, "local", setting) }) {
      record.time = time
      record.timeQuality = .own
    }
    if let level = head.level {
      record.levelText = Unwrapper.text(text, level)
      record.level = LevelNames.level(record.levelText, nil)
    }
    if let logger = head.logger { record.logger = Unwrapper.text(text, logger) }
    record.format = "head"
    record.message = Self.trimmedText(text, head.message)
    KeyValues.scan(text, head.message, inSentence: true, into: &record.fields)
    embeddedJSON(text, head.message, &record, setting)
    finish(&record, "", setting)
    return true
  }

  private static let logfmtRank = 40
  private static let logfmtKeys: [FieldName] = [
    "time", "ts", "t", "timestamp", "level", "lvl", "msg", "message", "severity",
  ]

  private func logfmt(_ text: UnsafeRawBufferPointer, _ setting: Setting, into record: inout ParsedRecord) -> Bool {
    // Cheap refusal: the first word must be a pair.
    var i = 0
    while i < text.count, KeyValues.isKey(text[i]) { i += 1 }
    guard i > 0, i + 1 < text.count, text[i] == UInt8(ascii: "=") else { return false }
    guard formats.readsLogfmt else { return false }
    let summary = KeyValues.scan(text, 0..<text.count, inSentence: false, into: &record.fields)
    let known = Self.logfmtKeys.count { record.fields.index(of: $0) != nil }
    guard summary.pairs >= 2, known >= 2 || (known >= 1 && summary.words == 0) else {
      record.fields.removeAll()
      return false
    }
    record.format = "logfmt"
    _ = takeTime(Self.times, "", setting, into: &record)
    if let field = firstField(record.fields, Self.levels) {
      record.levelField = field
      record.levelText = record.fields.text(field)
      record.level = LevelNames.level(record.levelText, nil)
    }
    record.logger = self.first(record.fields, ["logger", "component", "module", "service"]) ?? ""
    if let field = firstField(record.fields, Self.messages) {
      record.messageField = field
      record.message = record.fields.text(field)
    } else {
      record.message = String(decoding: text, as: UTF8.self)
    }
    finish(&record, "", setting)
    return true
  }

  private func fill(
    _ record: inout ParsedRecord, _ shape: TextShape, _ pattern: TextPattern, _ text: UnsafeRawBufferPointer,
    _ setting: Setting
  ) -> Bool {
    var messageRange: Range<Int>?
    var textStart = text.count
    for (slot, name) in pattern.names.enumerated() {
      guard let range = match.ranges[slot] else { continue }
      let start = pattern.kinds[slot] == .quoted ? range.lowerBound - 1 : range.lowerBound
      switch name {
      case "time":
        if let time = match.times[slot].flatMap({ microseconds($0, shape.zone, setting) }) {
          record.time = time
          record.timeQuality = .own
        }
      case "level", "severity":
        record.levelText = Unwrapper.text(text, range)
        record.level = LevelNames.level(record.levelText, shape.dialect)
        if record.level == .none, shape.dialect == nil || shape.dialect == .postgres,
          !shape.continuedBy.contains(record.levelText)
        {
          // `{severity}` takes any word: one that is no level means that this is another format.
          if name == "severity", shape.dialect == .postgres || shape.name == "zerolog-console" { return false }
        }
        // It shortens all its levels: `2026-11-21 06:00:00 WARNING app.auth …` is of another program.
        if shape.name == "zerolog-console", record.levelText.utf8.count != 3 { return false }
      case "logger": record.logger = Self.trimmedText(text, range)
      case "unit": record.unit = Unwrapper.text(text, range)
      case "message":
        messageRange = range
        textStart = min(textStart, start)
      default:
        textStart = min(textStart, start)
        if name.utf8.first == UInt8(ascii: "_") || range.isEmpty { continue }
        let value = UnsafeRawBufferPointer(rebasing: text[range])
        if value.count == 1, value[0] == UInt8(ascii: "-") { continue }
        if name == "request" {
          Self.addRequest(text, range, whole: true, to: &record.fields)
        } else {
          let isNumber = pattern.kinds[slot] == .int
          record.fields.append(name.utf8, value, isNumber ? .number : .text)
        }
      }
    }
    record.format = shape.name
    record.portFollows = shape.portFollows
    if let key = shape.continuedKey {
      record.headKey = record.fields.text(key)
      if shape.continuedBy.contains(record.levelText) { record.continuationKey = record.headKey }
      record.isRepetition = shape.repeatedBy.contains(record.levelText)
    }
    if record.level == .none { record.level = shape.levelDefault }
    let range = messageRange ?? min(textStart, text.count)..<text.count
    record.message = Self.trimmedText(text, range)
    switch shape.tail {
    case .pairs: pairsTail(text, range, &record)
    case .nginx: nginxTail(text, range, &record)
    case nil:
      KeyValues.scan(text, range, inSentence: true, into: &record.fields)
      embeddedJSON(text, range, &record, setting)
    }
    finish(&record, shape.emitter, setting)
    return true
  }

  /// klog, zerolog, audit: `"message" key=value …` or `message key=value …`.
  private func pairsTail(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ record: inout ParsedRecord) {
    var start = range.lowerBound
    if start < range.upperBound, text[start] == UInt8(ascii: "\"") {
      var end = start + 1
      var escaped = false
      while end < range.upperBound, text[end] != UInt8(ascii: "\"") {
        if text[end] == UInt8(ascii: "\\") {
          escaped = true
          end += 1
        }
        end += 1
      }
      if end < range.upperBound {
        var message: [UInt8] = []
        JSONText.unescape(text, start + 1..<end, escaped: escaped, onto: &message)
        record.message = String(decoding: message, as: UTF8.self)
        start = end + 1
      }
    }
    KeyValues.scan(text, start..<range.upperBound, inSentence: false, into: &record.fields)
    if record.logger.isEmpty, let logger = record.fields.text("logger") { record.logger = logger }
  }

  /// nginx error log: `…, client: 203.0.113.7, server: _, request: "GET / HTTP/1.1", host: "x"`. The
  /// last `, client: ` counts, for the text before it may be an attacker's.
  private func nginxTail(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ record: inout ParsedRecord) {
    let cue = Array(", client: ".utf8)
    var start = range.upperBound - cue.count
    while start >= range.lowerBound {
      if (0..<cue.count).allSatisfy({ text[start + $0] == cue[$0] }) { break }
      start -= 1
    }
    guard start >= range.lowerBound else { return }
    var i = start
    while i + 2 < range.upperBound, text[i] == UInt8(ascii: ","), text[i + 1] == 0x20 {
      let keyStart = i + 2
      var end = keyStart
      while end < range.upperBound, text[end] != UInt8(ascii: ":") { end += 1 }
      guard end + 2 <= range.upperBound, end - keyStart < 24 else { return }
      let key = keyStart..<end
      i = end + 1
      if i < range.upperBound, text[i] == 0x20 { i += 1 }
      let value: Range<Int>
      if i < range.upperBound, text[i] == UInt8(ascii: "\"") {
        var close = i + 1
        // A quote ends the value only before `, ` or the end: a request may hold quotes.
        while close < range.upperBound {
          if text[close] == UInt8(ascii: "\""), close + 1 == range.upperBound || text[close + 1] == UInt8(ascii: ",") {
            break
          }
          close += 1
        }
        value = i + 1..<close
        i = min(close + 1, range.upperBound)
      } else {
        var close = i
        while close < range.upperBound,
          !(text[close] == UInt8(ascii: ",") && close + 1 < range.upperBound && text[close + 1] == 0x20)
        {
          close += 1
        }
        value = i..<close
        i = close
      }
      let name = Unwrapper.text(text, key)
      if name == "request" {
        Self.addRequest(text, value, whole: true, to: &record.fields)
      } else {
        record.fields.append(name.utf8, UnsafeRawBufferPointer(rebasing: text[value]), .text)
      }
    }
  }

  /// A message that ends in a JSON object: Laravel, zap's console, Winston's printf.
  private func embeddedJSON(
    _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ record: inout ParsedRecord, _ setting: Setting
  ) {
    guard range.count > 4, text[range.upperBound - 1] == UInt8(ascii: "}") else { return }
    var i = range.lowerBound
    while i + 1 < range.upperBound {
      if text[i] == UInt8(ascii: "{"), text[i + 1] == UInt8(ascii: "\"") { break }
      i += 1
    }
    guard i + 1 < range.upperBound else { return }
    var fields = RecordFields()
    let inner = UnsafeRawBufferPointer(rebasing: text[i..<range.upperBound])
    guard case .complete(let end) = flattener.flatten(inner, into: &fields), end == inner.count else { return }
    if i == range.lowerBound {
      // All of the message is JSON: the text before it was one more wrapper.
      var nested = ParsedRecord()
      nested.fields = fields
      nested.parse = .json
      let shape = formats.shape(of: fields)
      apply(shape, to: &nested, setting)
      if record.timeQuality != .own { (record.time, record.timeQuality) = (nested.time, nested.timeQuality) }
      record.message = nested.message
      if record.logger.isEmpty { record.logger = nested.logger }
      if record.level == .none { (record.level, record.levelText) = (nested.level, nested.levelText) }
      record.fields = nested.fields
      record.format = nested.format
      record.parse = .wrapped
      return
    }
    for entry in fields.entries {
      record.fields.append(fields.bytes[entry.name], fields.bytes[entry.value], entry.kind)
    }
  }

  /// `POST /login?next=/ HTTP/1.1` → method, URI, protocol. What is no request stays whole.
  static func addRequest(
    _ text: UnsafeRawBufferPointer, _ range: Range<Int>, whole: Bool, to fields: inout RecordFields
  ) {
    func add(_ name: StaticString, _ range: Range<Int>) {
      name.withUTF8Buffer { fields.append($0, UnsafeRawBufferPointer(rebasing: text[range]), .text) }
    }
    var methodEnd = range.lowerBound
    while methodEnd < range.upperBound, (0x41...0x5a).contains(text[methodEnd] & 0xdf) { methodEnd += 1 }
    let isMethod =
      (3...9).contains(methodEnd - range.lowerBound) && methodEnd < range.upperBound && text[methodEnd] == 0x20
    guard isMethod else {
      if whole { add("request", range) }
      return
    }
    var end = range.upperBound
    var i = end
    while i > methodEnd + 1, text[i - 1] != 0x20 { i -= 1 }
    if i > methodEnd + 1, end - i >= 6, text[i] == UInt8(ascii: "H"), text[i + 1] == UInt8(ascii: "T"),
      text[i + 4] == UInt8(ascii: "/")
    {
      add("server_protocol", i..<end)
      end = i - 1
    }
    guard end > methodEnd + 1 else {
      if whole { add("request", range) }
      return
    }
    add("request_method", range.lowerBound..<methodEnd)
    add("request_uri", methodEnd + 1..<end)
  }

  // MARK: - The end of every way

  /// What the wrappers know and the line does not.
  private func finish(_ record: inout ParsedRecord, _ emitter: String, _ setting: Setting) {
    if !envelope.names.isEmpty {
      record.wrapper = envelope.names.joined(separator: "+")
      if record.parse != .truncated { record.parse = .wrapped }
      if record.timeQuality != .own, let time = envelope.time, let us = microseconds(time, envelope.zone, setting) {
        record.time = us
        record.timeQuality = .own
      }
      if record.level == .none {
        record.level = envelope.level
        record.levelText = envelope.levelText
      }
      if record.unit.isEmpty { record.unit = envelope.unit }
      if record.host.isEmpty { record.host = envelope.host }
      if record.format == "text", !envelope.program.isEmpty { record.format = "syslog" }
      if record.logger.isEmpty { record.logger = envelope.program }
      for entry in envelope.fields.entries {
        record.fields.append(envelope.fields.bytes[entry.name], envelope.fields.bytes[entry.value], entry.kind)
      }
    }
    record.emitter = !emitter.isEmpty ? emitter : !record.logger.isEmpty ? record.logger : record.format
  }

  // MARK: - Bytes

  static func trimmed(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var end = line.count
    while end > 0, line[end - 1] == 0x0d || line[end - 1] == 0x00 { end -= 1 }
    var start = 0
    // A crash of the machine leaves NUL bytes before the first line after it.
    while start < end, line[start] == 0x00 { start += 1 }
    return UnsafeRawBufferPointer(rebasing: line[start..<end])
  }

  static func firstNonBlank(_ text: UnsafeRawBufferPointer) -> Int? {
    var i = 0
    while i < text.count, KeyValues.isBlank(text[i]) { i += 1 }
    return i < text.count ? i : nil
  }

  private static func trimmedText(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
    var end = range.upperBound
    while end > range.lowerBound, KeyValues.isBlank(text[end - 1]) { end -= 1 }
    var start = range.lowerBound
    while start < end, KeyValues.isBlank(text[start]) { start += 1 }
    return String(decoding: UnsafeRawBufferPointer(rebasing: text[start..<end]), as: UTF8.self)
  }

  /// Copies the text without `ESC [ … letter` (colours, cursor) and other escape sequences.
  static func appendWithoutColours(_ text: UnsafeRawBufferPointer, onto output: inout [UInt8]) {
    var i = 0
    while i < text.count {
      guard text[i] == 0x1b else {
        output.append(text[i])
        i += 1
        continue
      }
      i += 1
      guard i < text.count else { return }
      switch text[i] {
      case UInt8(ascii: "["):
        i += 1
        while i < text.count, !(0x40...0x7e).contains(text[i]) { i += 1 }
        i += 1
      case UInt8(ascii: "]"):
        while i < text.count, text[i] != 0x07, text[i] != 0x1b { i += 1 }
        i += i < text.count && text[i] == 0x07 ? 1 : 2
      default: i += 1
      }
    }
  }

  /// Whether colours or other control sequences may be in it.
  private static func hasEscape(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let base = text.baseAddress else { return false }
    return memchr(base, 0x1b, text.count) != nil
  }

  static func withoutColours(_ text: String) -> String {
    var output: [UInt8] = []
    var text = text
    text.withUTF8 { appendWithoutColours(UnsafeRawBufferPointer($0), onto: &output) }
    return String(decoding: output, as: UTF8.self)
  }
}

extension [UInt8] {
  func ends(with suffix: String) -> Bool { self.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }
}
