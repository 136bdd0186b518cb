/// What stands before the message of a line of text, in whatever order and brackets: time, level, logger.
///
/// Every program makes up its own: `2026-11-21 06:00:00 WARNING app.auth …`, `[WARN] [app.auth] 06:00 …`,
/// `app.auth | WARNING | …`. A format file for each of them would never be done; this reads the parts for
/// what they are. It is asked only for lines that no format with marks of its own has taken.
struct LineHead {
  private(set) var time: WrittenTime?
  private(set) var level: Range<Int>?
  private(set) var logger: Range<Int>?
  /// The rest.
  private(set) var message: Range<Int>

  private let text: UnsafeRawBufferPointer
  private var at = 0
  /// Marks such as `-` or `|` part what was read so far, so that a single word can be the logger.
  private var hasMarks = false

  private static let partsMax = 8
  private static let nameBytesMax = 96

  /// - Returns: `nil` unless two of the three parts are there, and a message behind them.
  init?(_ text: UnsafeRawBufferPointer) {
    self.text = text
    message = 0..<text.count
    var parts = 0
    while parts < Self.partsMax {
      skipMarks(isFirst: parts == 0)
      guard at < text.count, takePart() else { break }
      parts += 1
    }
    guard at < text.count, [time != nil, level != nil, logger != nil].count(where: \.self) >= 2 else { return nil }
    message = at..<text.count
  }

  // MARK: Parts

  private mutating func skipMarks(isFirst: Bool) {
    while at < text.count {
      if KeyValues.isBlank(text[at]) {
        if text[at] == 0x09 { hasMarks = true }
        at += 1
        continue
      }
      guard !isFirst, let end = mark(at) else { return }
      hasMarks = true
      at = end
    }
  }

  /// The end of a mark that stands by itself: ` - `, ` | `, ` :: `, ` – `.
  private func mark(_ start: Int) -> Int? {
    var end = start
    if start + 2 < text.count, text[start] == 0xe2, text[start + 1] == 0x80, text[start + 2] & 0xfe == 0x94 {
      end += 3  // an em dash
    } else if start + 2 < text.count, text[start] == 0xe2, text[start + 1] == 0x80, text[start + 2] == 0x93 {
      end += 3  // an en dash
    } else {
      while end < text.count, end - start < 3, Self.marks.contains(text[end]) { end += 1 }
    }
    return end > start && end < text.count && KeyValues.isBlank(text[end]) ? end : nil
  }

  private static let marks = Array("-|:>/~".utf8)

  private mutating func takePart() -> Bool {
    switch text[at] {
    case UInt8(ascii: "["): takeBracketed(UInt8(ascii: "]"))
    case UInt8(ascii: "("): takeBracketed(UInt8(ascii: ")"))
    case UInt8(ascii: "<"): takeBracketed(UInt8(ascii: ">"))
    default: takeTime() || takeLevel() || takeName()
    }
  }

  /// `[2026-11-21 06:00:00]`, `(WARN)`, `[app.auth]`, `[4121]`, `[MainThread]`.
  private mutating func takeBracketed(_ closing: UInt8) -> Bool {
    guard let close = text[at...].prefix(Self.nameBytesMax).firstIndex(of: closing) else { return false }
    var (start, end) = (at + 1, close)
    while start < end, KeyValues.isBlank(text[start]) { start += 1 }
    while end > start, KeyValues.isBlank(text[end - 1]) { end -= 1 }
    guard start < end else { return false }
    // `[INFO]: x`, `[INFO][app] x`; what goes on is a word with brackets in it.
    var next = close + 1
    if next < text.count, text[next] == UInt8(ascii: ":") { next += 1 }
    guard next < text.count, KeyValues.isBlank(text[next]) || Self.openings.contains(text[next]) else { return false }
    if time == nil {
      var scanner = TimeScanner(text, at: start)
      if let found = scanner.next(), scanner.at == end {
        (time, at) = (found, next)
        return true
      }
    }
    if level == nil, LevelNames.level(inText: UnsafeRawBufferPointer(rebasing: text[start..<end])) != nil {
      (level, at) = (start..<end, next)
      return true
    }
    let isNumber = text[start..<end].allSatisfy { (0x30...0x39).contains($0) }
    if isNumber || isThread(start..<end) {
      guard time != nil || level != nil else { return false }
      at = next
      return true
    }
    guard closing != UInt8(ascii: ">"), logger == nil, let name = name(in: start..<end), isTag(name) else {
      return false
    }
    (logger, at) = (name, next)
    return true
  }

  private static let openings = Array("[(".utf8)

  private mutating func takeTime() -> Bool {
    guard time == nil else { return false }
    var scanner = TimeScanner(text, at: at)
    guard let found = scanner.next(), scanner.at < text.count else { return false }
    let next = text[scanner.at]
    guard KeyValues.isBlank(next) || next == UInt8(ascii: ":") || next == UInt8(ascii: "|") else { return false }
    time = found
    at = next == UInt8(ascii: ":") ? scanner.at + 1 : scanner.at
    return true
  }

  /// In capitals, or with a colon or a mark behind it: `error` begins many sentences.
  private mutating func takeLevel() -> Bool {
    guard level == nil else { return false }
    var end = at
    while end < text.count, (0x41...0x5a).contains(text[end] & 0xdf) { end += 1 }
    guard end < text.count, LevelNames.level(inText: UnsafeRawBufferPointer(rebasing: text[at..<end])) != nil else {
      return false
    }
    let isCapitals = text[at..<end].allSatisfy { $0 < 0x61 }
    var next = end
    if text[next] == UInt8(ascii: ":") {
      next += 1
      guard next < text.count, KeyValues.isBlank(text[next]) else { return false }
    } else {
      guard KeyValues.isBlank(text[next]) || Self.openings.contains(text[next]) else { return false }
      if !isCapitals, !isBeforeMarkOrTime(next) { return false }
    }
    (level, at) = (at..<end, next)
    return true
  }

  private func isBeforeMarkOrTime(_ place: Int) -> Bool {
    var next = place
    while next < text.count, KeyValues.isBlank(text[next]) { next += 1 }
    guard next < text.count else { return false }
    if mark(next) != nil || Self.openings.contains(text[next]) { return true }
    var scanner = TimeScanner(text, at: next)
    return time == nil && scanner.next() != nil
  }

  /// `app.auth`, `app.auth:`, `auth.py:42`, `auth[4121]:`; a single word only where its surroundings say so.
  private mutating func takeName() -> Bool {
    guard logger == nil else { return false }
    var end = at
    while end < text.count, !KeyValues.isBlank(text[end]), end - at < Self.nameBytesMax { end += 1 }
    guard end < text.count, end > at + 1 else { return false }
    let hasColon = text[end - 1] == UInt8(ascii: ":")
    guard let name = name(in: at..<(hasColon ? end - 1 : end)), isTag(name) else { return false }
    var next = end
    while next < text.count, KeyValues.isBlank(text[next]) { next += 1 }
    let isKnown = time != nil || level != nil
    if tellsEvent(name, next) {
      // `auth.login_failed user=kim`: the message is all of it; its first part says who speaks.
      guard isKnown, let dot = text[name].lastIndex(of: UInt8(ascii: ".")) else { return false }
      logger = name.lowerBound..<dot
      return false
    }
    let isDotted = Self.isDotted(text[name])
    let isBefore = mark(next) != nil && (hasMarks || !isKnown || level == nil)
    let isBeforeLevel = level == nil && isLevel(next)
    let isBeforeTime = time == nil && level != nil && isTime(next)
    let isRoot = time != nil && level != nil && Self.roots.contains(String(decoding: text[name], as: UTF8.self))
    guard isRoot || (isKnown && (hasColon || isDotted)) || isBefore || isBeforeLevel || isBeforeTime else {
      return false
    }
    (logger, at) = (name, end)
    return true
  }

  /// Loggers of one word that begin no sentence.
  private static let roots: Set<String> = [
    "root", "django", "uvicorn", "gunicorn", "hypercorn", "celery", "werkzeug", "sqlalchemy", "aiohttp", "__main__",
    "asyncio", "urllib3", "waitress",
  ]

  private func isTime(_ place: Int) -> Bool {
    var scanner = TimeScanner(text, at: place < text.count && text[place] == UInt8(ascii: "[") ? place + 1 : place)
    return scanner.next() != nil
  }

  /// `WARNING`, `[WARNING]`, `WARNING:`
  private func isLevel(_ place: Int) -> Bool {
    var start = place
    if start < text.count, "[(<".utf8.contains(text[start]) { start += 1 }
    var end = start
    while end < text.count, (0x41...0x5a).contains(text[end]) { end += 1 }
    guard end < text.count, " \t:])>".utf8.contains(text[end]) else { return false }
    return LevelNames.level(inText: UnsafeRawBufferPointer(rebasing: text[start..<end])) != nil
  }

  // MARK: Names

  /// The name in a token, without the line of the source, the function or the process behind it.
  private func name(in range: Range<Int>) -> Range<Int>? {
    guard (0x41...0x5a).contains(text[range.lowerBound] & 0xdf) || text[range.lowerBound] == UInt8(ascii: "_") else {
      return nil
    }
    var end = range.lowerBound
    while end < range.upperBound, Self.isNamePart(text[end]) { end += 1 }
    var rest = text[end..<range.upperBound]
    if rest.first == UInt8(ascii: "["), rest.last == UInt8(ascii: "]") {
      rest = rest.dropFirst().dropLast()
      guard rest.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    }
    guard rest.allSatisfy({ Self.isNamePart($0) || $0 == UInt8(ascii: ":") }) else { return nil }
    return range.lowerBound..<end
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte & 0xdf) || (0x30...0x39).contains(byte) || "_.-/$".utf8.contains(byte)
  }

  /// Whether it can be a logger's name if something marks it as one.
  private func isTag(_ range: Range<Int>) -> Bool { Self.isTag(text[range]) }

  static func isTag(_ name: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let first = name.first, (0x41...0x5a).contains(first & 0xdf) || first == UInt8(ascii: "_") else {
      return false
    }
    let folded = String(decoding: name.map(FieldTable.fold), as: UTF8.self)
    return !folded.hasSuffix("error") && !folded.hasSuffix("exception") && !folded.hasSuffix(".")
      && !noTags.contains(folded)
  }

  /// What begins messages and has a colon behind it.
  private static let noTags: Set<String> = [
    "unauthorized", "forbidden", "conflict", "gone", "locked", "found", "denied", "failed", "failure", "fatal",
    "panic", "success", "login", "logout", "rejected", "refused", "blocked", "expired", "invalid", "note", "hint",
    "detail", "details", "statement", "context", "query", "reason", "cause", "http", "https", "get", "post", "put",
    "patch", "delete", "user", "audit", "warning", "alert", "traceback", "caught", "unhandled", "uncaught",
  ]

  /// `app.auth`, `app/auth`: at least two parts, and the name of neither a host nor a file.
  static func isDotted(_ name: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let dot = name.lastIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") }),
      dot > name.startIndex, dot + 1 < name.endIndex
    else { return false }
    return !noLastParts.contains(String(decoding: name[(dot + 1)...].map(FieldTable.fold), as: UTF8.self))
  }

  private static let noLastParts: Set<String> = [
    "com", "org", "net", "io", "dev", "eu", "de", "uk", "example", "local", "internal", "lan", "invalid", "test",
    "pem", "crt", "cer", "key", "csr", "log", "json", "yaml", "yml", "toml", "conf", "cfg", "sock", "db", "sql", "gz",
    "html", "txt", "csv", "pdf", "zip", "png", "jpg", "svg",
  ]

  /// `auth.login_failed`, `user.created`; or pairs follow, which tell what happened to what is named.
  private func tellsEvent(_ name: Range<Int>, _ next: Int) -> Bool { Self.tellsEvent(text, name, next: next) }

  static func tellsEvent(_ text: UnsafeRawBufferPointer, _ name: Range<Int>, next: Int) -> Bool {
    guard let dot = text[name].lastIndex(of: UInt8(ascii: ".")) else { return false }
    let last = text[(dot + 1)..<name.upperBound].map(FieldTable.fold)
    if last.ends(with: "ed"), last.count > 4 { return true }
    if eventParts.contains(where: { last.offset(of: $0) != nil }) { return true }
    let word = text[min(next, text.count)...].prefix { !KeyValues.isBlank($0) }
    guard let sign = word.firstIndex(of: UInt8(ascii: "=")) else { return false }
    return word[..<sign].allSatisfy(isNamePart) && sign > word.startIndex
  }

  private static let eventParts = [
    "fail", "denied", "deny", "reject", "refus", "invalid", "succe", "error", "exceed", "reuse", "replay", "lockout",
    "login", "logout", "log_in", "sign", "change", "create", "delete", "update", "revoke", "grant", "transfer", "expir",
    "attempt", "breach", "blocked",
  ].map { Array($0.utf8) }

  private func isThread(_ range: Range<Int>) -> Bool {
    let folded = text[range].map(FieldTable.fold)
    return ["main", "mainthread", "thread", "http-nio", "pool-", "forkpool", "worker", "nio-", "executor", "asyncio_"]
      .contains { folded.starts(with: $0.utf8) } && !folded.contains(UInt8(ascii: "."))
  }
}
