/// What the wrappers around a line said about it.
struct Envelope {
  /// Outermost first.
  var names: [String] = []
  /// Time of the innermost wrapper that had one, and the zone rule for it.
  var time: WrittenTime?
  var zone = ""
  var level = ParsedRecord.Level.none
  var levelText = ""
  var unit = ""
  var host = ""
  /// Program name of syslog and journald: the logger of a line that names none.
  var program = ""
  /// Fields beside the text; they follow the fields of the line itself.
  var fields = RecordFields()

  mutating func reset() {
    names.removeAll(keepingCapacity: true)
    time = nil
    zone = ""
    level = .none
    levelText = ""
    unit = ""
    host = ""
    program = ""
    fields.removeAll()
  }
}

/// Takes one textual wrapper off a line: CRI, compose, kubectl, syslog. JSON wrappers (docker,
/// journald) are taken off where the JSON is read.
enum Unwrapper {
  /// - Returns: where the inner text begins; `nil` if the line has no such wrapper.
  static func peel(_ line: UnsafeRawBufferPointer, into envelope: inout Envelope) -> Int? {
    guard let first = line.first else { return nil }
    switch first {
    case 0x30...0x39: return cri(line, &envelope) ?? syslogWithFullTime(line, 0, &envelope)
    case UInt8(ascii: "<"): return priority(line, &envelope)
    case UInt8(ascii: "["): return kubectl(line, &envelope)
    case 0x41...0x5a, 0x61...0x7a:
      return syslog(line, 0, &envelope) ?? compose(line, &envelope)
    default: return nil
    }
  }

  /// `2025-01-02T03:04:05.123456789+00:00 stdout F text`; a partial (`P`) that was never completed
  /// is read as it is.
  static func cri(_ line: UnsafeRawBufferPointer, _ envelope: inout Envelope) -> Int? {
    guard line.count > 30, line[10] == UInt8(ascii: "T"), let space = index(of: 0x20, in: line, from: 19, limit: 40),
      space + 9 < line.count, line[space + 1] == UInt8(ascii: "s"), line[space + 2] == UInt8(ascii: "t"),
      line[space + 3] == UInt8(ascii: "d"), line[space + 7] == 0x20
    else { return nil }
    guard
      let end = index(of: 0x20, in: line, from: space + 8, limit: 32) ?? (line.count <= space + 10 ? line.count : nil)
    else { return nil }
    let tag = line[space + 8]
    guard tag == UInt8(ascii: "F") || tag == UInt8(ascii: "P") else { return nil }
    var scanner = TimeScanner(line)
    guard let time = scanner.next(), scanner.at == space else { return nil }
    envelope.names.append("cri")
    envelope.time = time
    return min(end + 1, line.count)
  }

  /// `api-1  | text`: a service name with a number, or one that is padded to a column.
  private static func compose(_ line: UnsafeRawBufferPointer, _ envelope: inout Envelope) -> Int? {
    var i = 0
    while i < line.count, i < 80, isName(line[i]) { i += 1 }
    let end = i
    guard end > 1 else { return nil }
    while i < line.count, line[i] == 0x20 { i += 1 }
    let padding = i - end
    guard padding >= 1, i < line.count, line[i] == UInt8(ascii: "|") else { return nil }
    guard i + 1 == line.count || line[i + 1] == 0x20 else { return nil }
    let last = line[end - 1]
    let isNumbered =
      (0x30...0x39).contains(last)
      && line[0..<end].contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    guard isNumbered || padding >= 2 else { return nil }
    envelope.names.append("compose")
    envelope.unit = text(line, 0..<end)
    return min(i + 2, line.count)
  }

  /// `[pod/web-5d9/app] text`, as `kubectl logs --prefix` writes.
  private static func kubectl(_ line: UnsafeRawBufferPointer, _ envelope: inout Envelope) -> Int? {
    guard line.count > 8, line[1] == UInt8(ascii: "p"), line[2] == UInt8(ascii: "o"), line[3] == UInt8(ascii: "d"),
      line[4] == UInt8(ascii: "/"), let end = index(of: UInt8(ascii: "]"), in: line, from: 5, limit: 300),
      end + 1 < line.count, line[end + 1] == 0x20
    else { return nil }
    envelope.names.append("kubectl")
    envelope.unit = text(line, 5..<end)
    return end + 2
  }

  /// `<34>1 2026-…` (RFC 5424) or `<34>Nov 21 …` (RFC 3164).
  private static func priority(_ line: UnsafeRawBufferPointer, _ envelope: inout Envelope) -> Int? {
    var i = 1
    var value = 0
    while i < line.count, i <= 3, (0x30...0x39).contains(line[i]) {
      value = value * 10 + Int(line[i] - 0x30)
      i += 1
    }
    guard i > 1, value < 192, i < line.count, line[i] == UInt8(ascii: ">") else { return nil }
    i += 1
    let inner: Int?
    if i + 1 < line.count, line[i] == UInt8(ascii: "1"), line[i + 1] == 0x20 {
      inner = syslog5424(line, i + 2, &envelope)
    } else {
      inner = syslog(line, i, &envelope) ?? syslogWithFullTime(line, i, &envelope)
    }
    guard let inner else { return nil }
    envelope.level = LevelNames.syslog(value & 7)
    envelope.levelText = String(value & 7)
    return inner
  }

  private static func syslog5424(_ line: UnsafeRawBufferPointer, _ start: Int, _ envelope: inout Envelope) -> Int? {
    var scanner = TimeScanner(line, at: start)
    var time: WrittenTime?
    if start < line.count, line[start] == UInt8(ascii: "-") { scanner.at = start + 1 } else { time = scanner.next() }
    var i = scanner.at
    guard i > start, i < line.count, line[i] == 0x20 else { return nil }
    var words: [Range<Int>] = []
    for _ in 0..<4 {
      i += 1
      guard let end = index(of: 0x20, in: line, from: i, limit: 260) else { return nil }
      words.append(i..<end)
      i = end
    }
    i += 1
    guard i < line.count else { return nil }
    if line[i] == UInt8(ascii: "[") {
      while i < line.count, line[i] == UInt8(ascii: "[") {
        let open = i + 1
        i = open
        var isQuoted = false
        while i < line.count, isQuoted || line[i] != UInt8(ascii: "]") {
          if line[i] == UInt8(ascii: "\\") { i += 1 } else if line[i] == UInt8(ascii: "\"") { isQuoted.toggle() }
          i += 1
        }
        guard i < line.count else { return nil }
        KeyValues.scan(line, open..<i, inSentence: false, into: &envelope.fields)
        i += 1
      }
    } else if line[i] == UInt8(ascii: "-") {
      i += 1
    } else {
      return nil
    }
    if i < line.count, line[i] == 0x20 { i += 1 }
    if i + 2 < line.count, line[i] == 0xef, line[i + 1] == 0xbb, line[i + 2] == 0xbf { i += 3 }
    envelope.names.append("syslog")
    envelope.time = time ?? envelope.time
    func word(_ index: Int) -> String { text(line, words[index]) == "-" ? "" : text(line, words[index]) }
    envelope.host = word(0)
    envelope.program = word(1)
    envelope.unit = envelope.program
    if !word(2).isEmpty { envelope.fields.append("pid", word(2)) }
    return cee(line, i, &envelope)
  }

  /// `Nov 21 06:44:10 host tag[pid]: text`
  private static func syslog(_ line: UnsafeRawBufferPointer, _ start: Int, _ envelope: inout Envelope) -> Int? {
    guard start + 16 < line.count, line[start + 3] == 0x20 else { return nil }
    var scanner = TimeScanner(line, at: start)
    guard let time = scanner.next(), time.year == 0 else { return nil }
    return header(line, scanner.at, time, needsNumber: false, &envelope)
  }

  /// `2026-11-21T06:44:10.123456+00:00 host tag[pid]: text`, rsyslog's format of today.
  private static func syslogWithFullTime(_ line: UnsafeRawBufferPointer, _ start: Int, _ envelope: inout Envelope)
    -> Int?
  {
    guard start + 24 < line.count, line[start + 10] == UInt8(ascii: "T") else { return nil }
    var scanner = TimeScanner(line, at: start)
    guard let time = scanner.next(), time.zone != .none else { return nil }
    return header(line, scanner.at, time, needsNumber: true, &envelope)
  }

  private static func header(
    _ line: UnsafeRawBufferPointer, _ start: Int, _ time: WrittenTime, needsNumber: Bool, _ envelope: inout Envelope
  ) -> Int? {
    var i = start
    guard i < line.count, line[i] == 0x20 else { return nil }
    i += 1
    let hostStart = i
    while i < line.count, isName(line[i]) || line[i] == UInt8(ascii: ":") { i += 1 }
    guard i > hostStart, i < line.count else { return nil }
    var host = hostStart..<i
    var tag = host
    if line[i] == UInt8(ascii: "[") {
      // A container's program has no host to tell: `<134>Nov 21 06:44:10 haproxy[8]: text`.
      host = hostStart..<hostStart
    } else {
      guard line[i] == 0x20 else { return nil }
      i += 1
      let tagStart = i
      while i < line.count,
        isName(line[i]) || line[i] == UInt8(ascii: "/") || line[i] == UInt8(ascii: "(") || line[i] == UInt8(ascii: ")")
      { i += 1 }
      guard i > tagStart, i < line.count else { return nil }
      tag = tagStart..<i
    }
    var pid: Range<Int>?
    if line[i] == UInt8(ascii: "[") {
      guard let end = index(of: UInt8(ascii: "]"), in: line, from: i, limit: 20) else { return nil }
      pid = i + 1..<end
      i = end + 1
    }
    guard i < line.count, line[i] == UInt8(ascii: ":") else { return nil }
    guard pid != nil || !needsNumber || text(line, tag) == "kernel" else { return nil }
    i += 1
    if i < line.count, line[i] == 0x20 { i += 1 }
    envelope.names.append("syslog")
    envelope.time = time
    envelope.zone = time.zone == .none ? "local" : ""
    envelope.host = text(line, host)
    envelope.program = text(line, tag)
    envelope.unit = envelope.program
    if let pid { envelope.fields.append("pid", text(line, pid)) }
    return cee(line, i, &envelope)
  }

  /// `@cee:` announces JSON.
  private static func cee(_ line: UnsafeRawBufferPointer, _ start: Int, _ envelope: inout Envelope) -> Int {
    let cookie: StaticString = "@cee:"
    guard start + 5 <= line.count else { return start }
    let isCee = cookie.withUTF8Buffer { cookie in (0..<5).allSatisfy { line[start + $0] == cookie[$0] } }
    guard isCee else { return start }
    envelope.names.append("cee")
    var i = start + 5
    while i < line.count, line[i] == 0x20 { i += 1 }
    return i
  }

  static func text(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
    String(decoding: UnsafeRawBufferPointer(rebasing: line[range]), as: UTF8.self)
  }

  private static func index(of byte: UInt8, in line: UnsafeRawBufferPointer, from start: Int, limit: Int) -> Int? {
    var i = start
    let end = min(line.count, start + limit)
    while i < end {
      if line[i] == byte { return i }
      i += 1
    }
    return nil
  }

  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    default: false
    }
  }
}
