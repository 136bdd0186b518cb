/// What stands in a message and is no statement of the logger: content that is quoted, counters, and reports of tests.
extension Facts {
  /// Blanks what stands between quotes from that place of ``words`` on: a title, a comment, what somebody
  /// looked for. What tells an error stays, and a text that is quoted as a whole.
  ///
  /// - Parameter isTitleOnly: hides only what can be nothing but a title: on a line that tells of a refusal,
  ///   a quoted text may be the refusal itself.
  mutating func hideQuoted(from start: Int, isTitleOnly: Bool = false) {
    var i = start
    while i < words.count {
      let quote = words[i]
      guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), i > start, !isAlphanumeric(words[i - 1]),
        let close = words[(i + 1)...].prefix(Self.quotedBytesMax).firstIndex(where: { $0 == quote || $0 == 10 }),
        words[close] == quote, close + 1 == words.count || !isAlphanumeric(words[close + 1])
      else {
        i += 1
        continue
      }
      let inner = (i + 1)..<close
      if words[inner].contains(where: { $0 == 32 || $0 == UInt8(ascii: "-") }), isContent(before: i, from: start),
        !isTitleOnly || isTitle(from: i, to: close, from: start)
      {
        for place in inner { words[place] = 32 }
      }
      i = close + 1
    }
  }

  private static let quotedBytesMax = 200

  /// `name="…"`, `entity '…'`, but neither `error="…"` nor `reason: "…"`.
  private func isContent(before place: Int, from start: Int) -> Bool {
    var end = place
    while end > start, words[end - 1] == 32 || words[end - 1] == UInt8(ascii: ":") { end -= 1 }
    let isPair = end > start && words[end - 1] == UInt8(ascii: "=")
    if isPair { end -= 1 }
    let key = words[start..<end].reversed().prefix { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    func ends(with names: [[UInt8]]) -> Bool { names.contains { key.starts(with: $0.reversed()) } }
    return isPair ? ends(with: Self.contentKeys) : !ends(with: Self.reasonKeys)
  }

  /// `title "…"`, `name="…"`, or the subject of a sentence: `glaze "…" has no colour`.
  private func isTitle(from open: Int, to close: Int, from start: Int) -> Bool {
    var end = open
    while end > start, words[end - 1] == 32 || words[end - 1] == UInt8(ascii: ":") { end -= 1 }
    guard end > start, words[end - 1] != UInt8(ascii: "=") else { return end > start }
    let word = words[start..<end].reversed().prefix { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    guard !word.isEmpty else { return false }
    if Self.titled.contains(where: { word.elementsEqual($0) }) { return true }
    let rest = words[(close + 1)...]
    return Self.predicates.contains { rest.starts(with: $0) }
  }

  private static let titled = [
    "title", "named", "called", "titled", "label", "threat", "note", "task", "card", "comment", "diagram", "document",
    "story", "issue", "topic", "item", "piece", "caption", "headline", "question", "answer", "bookmark", "entity",
    "song", "article",
  ].map { Array($0.utf8.reversed()) }
  private static let predicates = [
    " has no ", " is longer ", " is too long", " exceeds ", " is empty", " was imported", " imported ", " truncated",
    " has been truncated", " contains ", " is not unique", " already exists", " has too many ", " was renamed",
    " is a duplicate", " is missing a", " needs a ",
  ].map { Array($0.utf8) }

  private static let contentKeys = [
    "name", "title", "subject", "label", "q", "query", "search", "text", "summary", "comment", "note", "description",
    "caption", "headline", "term",
  ].map { Array($0.utf8) }
  private static let reasonKeys = [
    "error", "err", "reason", "because", "cause", "exception", "failed", "refused", "rejected", "denied", "with",
    "message", "msg", "oauth2", "status", "result", "said", "answered",
  ].map { Array($0.utf8) }

  // MARK: Names

  /// Blanks names that only sound like a statement: of counters (`auth_failures_total=3`), of what there was none of
  /// (`failed_logins=0`, `errors: 0`, `0 failed logins`), of branches (`refs/heads/fix-login-failure`), of files
  /// (`access-denied.tsx`).
  mutating func hideNames() {
    words.withUnsafeMutableBufferPointer { words in
      for i in words.indices {
        switch words[i] {
        case UInt8(ascii: "="), UInt8(ascii: ":"): Self.hideCounter(before: i, in: words)
        case UInt8(ascii: "0"): Self.hideNone(at: i, in: words)
        case UInt8(ascii: "/"): Self.hideBranch(behind: i, in: words)
        case UInt8(ascii: "."): Self.hideFile(before: i, in: words)
        default: break
        }
      }
    }
  }

  /// Blanks what the redactor wrote: `[REDACTED:webhook_token]` is none of the program's words.
  mutating func hideMarkers() {
    words.withUnsafeMutableBytes { words in
      guard let view = ByteView(UnsafeRawBufferPointer(words)) else { return }
      var start = 0
      while true {
        let mark = view.find("[redacted:", from: start, to: view.count)
        guard mark < view.count else { return }
        start = mark + 10
        let end = min(start + Self.markerBytesMax, view.count)
        let close = view.next(UInt8(ascii: "]"), from: start, to: end)
        if close < end { for place in mark..<close { words[place] = 32 } }
      }
    }
  }

  /// Longer than the name of any kind.
  private static let markerBytesMax = 64

  private static func hideCounter(before mark: Int, in words: UnsafeMutableBufferPointer<UInt8>) {
    var start = mark
    while start > 0, isName(words[start - 1]) { start -= 1 }
    var at = mark + 1
    if words[mark] == UInt8(ascii: ":"), at < words.count, words[at] == 32 { at += 1 }
    let value = at
    var isZero = true
    while at < words.count, isDigit(words[at]) || words[at] == UInt8(ascii: ".") {
      if words[at] != UInt8(ascii: "0"), words[at] != UInt8(ascii: ".") { isZero = false }
      at += 1
    }
    guard mark - start >= 4, at > value, at == words.count || !isName(words[at]) else { return }
    let name = words[start..<mark]
    guard
      words[mark] == UInt8(ascii: "=") && counterEndings.contains(where: { name.reversed().starts(with: $0) })
        || isZero && tellsFailure(name, anywhere: true)
    else { return }
    for place in start..<mark { words[place] = 32 }
  }

  private static func hideNone(at zero: Int, in words: UnsafeMutableBufferPointer<UInt8>) {
    guard zero == 0 || words[zero - 1] == 32 || words[zero - 1] == UInt8(ascii: "("), zero + 1 < words.count,
      words[zero + 1] == 32
    else { return }
    var end = zero + 2
    while end < words.count, isName(words[end]) { end += 1 }
    guard tellsFailure(words[zero + 2..<end], anywhere: false) else { return }
    if end < words.count, words[end] == 32 {
      end += 1
      while end < words.count, isName(words[end]) { end += 1 }
    }
    for place in zero..<end { words[place] = 32 }
  }

  private static func hideBranch(behind slash: Int, in words: UnsafeMutableBufferPointer<UInt8>) {
    guard slash >= 4, words[slash - 4..<slash].elementsEqual("refs".utf8) else { return }
    var at = slash + 1
    while at < words.count, isName(words[at]) || "/-.".utf8.contains(words[at]) {
      words[at] = 32
      at += 1
    }
  }

  /// `src/pages/access-denied.tsx`: a file of a web page's source bears the name of what the page is for.
  private static func hideFile(before dot: Int, in words: UnsafeMutableBufferPointer<UInt8>) {
    guard dot > 0, isName(words[dot - 1]), dot + 2 < words.count, "tjcsvmp".utf8.contains(words[dot + 1]),
      let ending = fileEndings.first(where: { words[(dot + 1)...].starts(with: $0) })
    else { return }
    let end = dot + 1 + ending.count
    guard end == words.count || !isName(words[end]) else { return }
    var at = dot - 1
    while at >= 0, isName(words[at]) || "/-.@".utf8.contains(words[at]) {
      words[at] = 32
      at -= 1
    }
  }

  private static let fileEndings = [
    "tsx", "ts", "jsx", "js", "mjs", "cjs", "css", "scss", "vue", "svelte", "md", "png", "svg", "snap",
  ].map { Array($0.utf8) }

  /// Whether the name is one of what can go wrong, at its beginning or anywhere in it.
  private static func tellsFailure(_ name: some BidirectionalCollection<UInt8>, anywhere: Bool) -> Bool {
    var rest = name[...]
    while !rest.isEmpty {
      if failings.contains(where: { rest.starts(with: $0) }) { return true }
      guard anywhere else { return false }
      rest = rest.dropFirst()
    }
    return false
  }

  private static func isName(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") }

  /// As https://prometheus.io/docs/practices/naming/ has them; backwards.
  private static let counterEndings = ["_total", "_count", "_counter", "_sum", "_bucket", "_rate", "_ratio"].map {
    Array($0.utf8.reversed())
  }
  private static let failings = [
    "fail", "err", "deni", "reject", "refus", "invalid", "lock", "block", "violat", "unauth", "forbid", "attack",
    "expir", "revok", "mismatch", "breach", "abort", "drop",
  ].map { Array($0.utf8) }

  // MARK: Reports

  /// Whether a line of plain text is a page, a test's verdict or a commit: what it says happened elsewhere, or never.
  static func isReport(_ message: [UInt8]) -> Bool {
    let text = message.drop { $0 == 32 || $0 == 9 }
    if marksPassed.contains(where: { text.starts(with: $0) }) { return true }
    // A test that failed tells how long it took; a program that failed does not.
    if marksFailed.contains(where: { text.starts(with: $0) }) { return text.suffix(2).elementsEqual("s)".utf8) }
    // `FAIL src/login.spec.ts` of Jest, `tests/test_auth.py::test_login_failed FAILED` of pytest
    if verdicts.contains(where: { text.starts(with: $0) }), suites.contains(where: { text.offset(of: $0) != nil }) {
      return true
    }
    if text.offset(of: "::test_".utf8) != nil { return true }
    guard text.first == UInt8(ascii: "<"), let second = text.dropFirst().first else { return false }
    guard isLetter(second), let close = text.firstIndex(of: UInt8(ascii: ">")) else { return false }
    // `<k3k2> IMAP Error: …`: an id in angle brackets is no page.
    let name = text[(text.startIndex + 1)..<close].prefix { isLetter($0) || isDigit($0) }.map(FieldTable.fold)
    return tags.contains { name.elementsEqual($0) } || text.offset(of: "</".utf8) != nil
  }

  private static let tags = [
    "html", "head", "body", "title", "meta", "link", "style", "script", "div", "span", "p", "a", "b", "i", "em",
    "strong",
    "h1", "h2", "h3", "h4", "ul", "ol", "li", "br", "hr", "img", "pre", "code", "table", "tr", "td", "th", "form",
    "input", "button", "nav", "main", "section", "article", "header", "footer", "svg", "path", "option", "label",
  ].map { Array($0.utf8) }
  private static let marksPassed = [
    "\u{2713} ", "\u{2714} ", "\u{221A} ", "--- PASS: ", "--- SKIP: ", "=== RUN ", "=== CONT ", "=== PAUSE ",
    "commit message: ",
  ].map { Array($0.utf8) }
  private static let marksFailed = ["\u{2715} ", "\u{2717} ", "\u{2718} ", "\u{d7} ", "--- FAIL: "].map {
    Array($0.utf8)
  }
  private static let verdicts = ["PASS ", "FAIL "].map { Array($0.utf8) }
  private static let suites = [".test.", ".spec."].map { Array($0.utf8) }
}
