/// What the lines of one source leave behind for the redaction of the lines that follow: an open
/// private key, a name whose value is still to come. It holds no text but the last rows of a dump, which are not stored.
public struct RedactionState: Hashable, Sendable, Codable {
  /// Lines since the last one that looked like the body of the key; nil outside one. Below 0: so many lines may
  /// still show that a key began.
  private var idleLines: Int?

  /// A value whose name stood on an earlier line.
  private var open: OpenValue?

  /// A traceback that goes on, whatever else its lines leave open.
  private var traced: OpenValue?

  /// No line was read yet: the source may begin within a key, as a rotated file or a late pipe does.
  private var isAtStart = true

  /// What was hidden before: bare copies of it are hidden too. Not stored.
  var memory = SecretMemory()

  /// What the last rows of a dump held, of which the next row may show the rest. Not stored.
  private var dumped: [UInt8] = []

  private enum CodingKeys: String, CodingKey { case idleLines, open, traced, isAtStart }

  public init() {}

  public var isInsidePEM: Bool { idleLines != nil }

  /// Whether the next line must be read closely, whatever it holds.
  var expectsMore: Bool { idleLines != nil || open != nil || traced != nil || isAtStart }

  /// Hides what belongs to an earlier line on a line that was read already, and notes what it leaves.
  mutating func proceed(with line: LineRedactor) {
    if let known = open, known.form == .dumped {
      if known.lines > 0, line.readDumped(&dumped) {
        open?.lines -= 1
        return
      }
      dumped = []
      open = nil
    }
    if let opened = line.opens, opened.form == .dumped {
      open = line.readDumped(&dumped) ? opened : nil
      return
    }
    if let known = traced { traced = line.proceed(known) }
    if let opened = line.opens, opened.form == .traceback { traced = opened }
    if let opened = line.opens, opened.form != .traceback {
      open = opened
    } else if let known = open {
      open = line.proceed(known)
    }
  }

  mutating func begin(isSure: Bool = true) { idleLines = isSure ? 0 : -Self.unsureLines }

  private static let unsureLines = 4

  /// Takes a source that begins with a line of a key's body for the rest of a key. Such a line is
  /// 64 characters long (RFC 7468 section 2; OpenSSH 70, RFC 2045 76) and not a hexadecimal digest.
  mutating func start(with view: ByteView) {
    guard isAtStart else { return }
    isAtStart = false
    let count = view.count > 0 && view[view.count - 1] == 0x0D ? view.count - 1 : view.count
    guard count == 64 || count == 70 || count == 76, !view.has("LS0tLS1", at: 0) else { return }
    var kinds = (upper: false, lower: false, digit: false)
    for i in 0..<count {
      guard Self.body.contains(view[i]) else { return }
      if isUpper(view[i]) { kinds.upper = true } else if isLetter(view[i]) { kinds.lower = true }
      if isDigit(view[i]) { kinds.digit = true }
    }
    if kinds.upper, kinds.lower, kinds.digit { begin() }
  }

  /// Hides what may be the body of the key on a line that was read already.
  ///
  /// - Returns: whether the line is one of the key.
  mutating func hideBody(of view: ByteView, with line: LineRedactor) -> Bool {
    let end = view.find(Self.endMark, from: 0, to: view.count)
    let isEnd = end < view.count
    // Another block begins, and the rest of the key is missing: a public key, a signature.
    if !isEnd, !line.isInsidePEM, view.find(Self.beginMark, from: 0, to: view.count) < view.count {
      idleLines = nil
      return false
    }
    var low = 0
    var high = end
    while low < high, isBlank(view[low]) { low += 1 }
    while high > low, isBlank(view[high - 1]) { high -= 1 }
    let known = line.findings.count
    func hide(_ from: Int, _ to: Int) {
      line.findings.append(.init(start: from, end: to, rule: RedactionTables.Rules.pem.rawValue))
    }
    func looksEncoded(_ from: Int, _ to: Int) -> Bool {
      var uppers = 0
      for i in from..<to where isUpper(view[i]) { uppers += 1 }
      return uppers * 5 >= to - from
    }
    // Alone on its line, or in a string of its own: all of it. Behind a prefix or in a record: long runs.
    (low, high) = Self.stringAlone(view, low, high)
    var isBody = high > low
    for i in low..<high where !Self.body.contains(view[i]) { isBody = false }
    let isSure = (idleLines ?? 0) >= 0
    if isBody, isSure || high - low >= 40 && looksEncoded(low, high) {
      hide(low, high)
    } else {
      var i = 0
      while i < end {
        let start = i
        while i < end, Self.body.contains(view[i]) { i += 1 }
        let isLast = isEnd && isSure && i + 8 >= end && i - start >= 4
        if i - start >= 40 && looksEncoded(start, i) || isLast { hide(start, i) }
        i = max(i, start) + 1
      }
      // The last line of a body is shorter.
      if isSure, line.findings.count == known, let word = Self.lastWord(view, low, high) { hide(word.0, word.1) }
    }
    if line.findings.count > known {
      idleLines = 0
      line.remerge()
    } else {
      idleLines = (idleLines ?? 0) + 1
      if !isSure {
        if idleLines == 0 { idleLines = nil }
        return false
      }
    }
    if isEnd || (idleLines ?? 0) >= Limits.heldLinesMax { idleLines = nil }
    return true
  }

  /// The only word of a line that has marks beside it, or the last one if it looks encoded.
  private static func lastWord(_ view: ByteView, _ low: Int, _ high: Int) -> (Int, Int)? {
    var end = high
    while end > low, !body.contains(view[end - 1]) { end -= 1 }
    var start = end
    while start > low, body.contains(view[start - 1]) { start -= 1 }
    guard end - start >= 4 else { return nil }
    let isAlone = !(low..<start).contains { isAlphanumeric(view[$0]) }
    if isAlone { return start < low + 12 || view[start - 1] >= 0x80 || view[start - 1] == 0x20 ? (start, end) : nil }
    let (digits, uppers, lowers) = view.kinds(start, end)
    return end - start >= 12 && digits > 0 && uppers > 1 && lowers > 1 && isBlank(view[start - 1]) ? (start, end) : nil
  }

  /// The inside of `'…\n' +`, as programs print a text of several lines, one string a line.
  private static func stringAlone(_ view: ByteView, _ low: Int, _ high: Int) -> (Int, Int) {
    let isBytes = low + 1 < high && view[low] == UInt8(ascii: "b")
    let low = isBytes && (view[low + 1] == UInt8(ascii: "'") || view[low + 1] == UInt8(ascii: "\"")) ? low + 1 : low
    guard low < high, view[low] == UInt8(ascii: "'") || view[low] == UInt8(ascii: "\"") else { return (low, high) }
    var end = high
    while end > low + 1, isAmong(" \t+.,;)}]\\", view[end - 1]) { end -= 1 }
    guard end > low + 1, view[end - 1] == view[low] else { return (low, high) }
    end -= 1
    while end - 2 > low, view[end - 2] == UInt8(ascii: "\\"), isAmong("nr", view[end - 1]) { end -= 2 }
    return (low + 1, end)
  }

  private static let endMark: StaticString = "-----END "
  private static let beginMark: StaticString = "---- BEGIN "
  private static let body = ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
}
