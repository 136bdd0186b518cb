/// Objects, and what wrappers of JSON hold.
extension RecordParser {
  /// - Returns: `false` if the text is no JSON object, so that it must be read as text.
  func parseJSON(
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

  func apply(_ shape: JSONShape?, to record: inout ParsedRecord, _ setting: Setting) {
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
  static let times: [FieldName] = [
    "time", "timestamp", "@timestamp", "ts", "datetime", "asctime", "date", "eventTime", "event_time", "created_at",
    "createdAt", "occurred_at", "Timestamp", "@t", "t", "start_time", "timestamp.seconds", "time.seconds", "logged_at",
  ]
  static let levels: [FieldName] = [
    "level", "severity", "log.level", "levelname", "lvl", "loglevel", "log_level", "Level", "@l", "LogLevel",
    "priority",
    "severity_text", "levelName",
  ]
  static let messages: [FieldName] = [
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

  func first(_ fields: RecordFields, _ names: [FieldName]) -> String? {
    firstField(fields, names).map { fields.text($0) }
  }

  /// Place of the first of the names that has a value.
  func firstField(_ fields: RecordFields, _ names: [FieldName]) -> Int? {
    for name in names {
      if let index = fields.index(of: name), fields.entries[index].kind != .null, !fields.entries[index].value.isEmpty {
        return index
      }
    }
    return nil
  }

  /// - Returns: `false` if none of the names has a time.
  func takeTime(
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

  func microseconds(_ time: WrittenTime, _ zone: String, _ setting: Setting) -> Int64? {
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
}
