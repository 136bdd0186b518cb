/// Lines that are no objects: recognised by their templates, or as `key=value`.
extension RecordParser {
  func parseText(_ text: UnsafeRawBufferPointer, _ setting: Setting) -> ParsedRecord {
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
      let kind = pattern.kinds[slot]
      let start = kind == .quoted ? range.lowerBound - 1 : range.lowerBound
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
          if kind == .csv {
            record.fields.append(name.utf8, TextPattern.unquoted(value), .text)
          } else {
            record.fields.append(name.utf8, value, kind == .int ? .number : .text)
          }
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
    if let slot = pattern.names.firstIndex(of: "message"), pattern.kinds[slot] == .csv {
      record.message = String(
        decoding: TextPattern.unquoted(UnsafeRawBufferPointer(rebasing: text[range])), as: UTF8.self)
    }
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
    var mayBePython = true
    while i + 1 < range.upperBound {
      if text[i] == UInt8(ascii: "{"), text[i + 1] == UInt8(ascii: "\"") { break }
      // Only the first is tried, so that no line can make it slow.
      if mayBePython, text[i] == UInt8(ascii: "{"), text[i + 1] == UInt8(ascii: "'") {
        mayBePython = false
        if let json = PythonText.json(UnsafeRawBufferPointer(rebasing: text[i..<range.upperBound])) {
          return json.withUnsafeBytes { embeddedJSON($0, 0..<$0.count, &record, setting) }
        }
      }
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
    } else if i > methodEnd + 1, end - i <= 3, text[i..<end].allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) {
      // Hypercorn writes the version alone.
      end = i - 1
    }
    guard end > methodEnd + 1 else {
      if whole { add("request", range) }
      return
    }
    add("request_method", range.lowerBound..<methodEnd)
    add("request_uri", methodEnd + 1..<end)
  }
}
