// Text: literals found by the scan lead to the places worth looking at; each is judged on the spot.

extension LineRedactor {
  /// Reads `low ..< high` of a frame by its hits. `bound` ≥ `high` is how far values may reach.
  func scanText(_ depth: Int, _ low: Int, _ high: Int, _ bound: Int) {
    scanHits(depth, low, high, bound)
  }

  /// As `scanText`.
  func scanHits(_ depth: Int, _ low: Int, _ high: Int, _ bound: Int = 0) {
    let bound = max(bound, high)
    var index = firstHit(depth, low)
    var done = low  // What lies before was hidden or belongs to what was.
    var nameDone = low  // Names before were judged.
    var wantsCards = false
    var wantsSSN = false
    var wantsAWS = false
    while index < frames[depth].hits.count {
      let hit = frames[depth].hits[index]
      if hit.position >= high { break }
      index += 1
      if hit.position < done { continue }
      let after = hit.position + tables.literalLengths[hit.literal]
      guard after <= bound else { continue }
      switch tables.anchors[hit.literal] {
      case .keyword:
        if hit.position < nameDone { continue }
        let known = findings.count
        let result = keyword(depth, hit.position, after, low, bound)
        nameDone = max(nameDone, result.next)
        if findings.count > known { done = max(done, result.next) }
        switch result.class {
        case .card, .cvv: wantsCards = true
        case .ssn: wantsSSN = true
        default: break
        }
      case .pattern(let number):
        done = max(done, pattern(depth, number, hit.position, after, low, bound))
        if tables.patterns[number].rule == RedactionTables.Rules.allCases.count { wantsAWS = true }
      case .query:
        done = max(done, query(depth, hit.position, after, bound))
      case .url:
        done = max(done, url(depth, hit.position, after, bound))
      case .scheme(let rule):
        done = max(done, scheme(depth, hit.position, after, bound, rule))
      case .sigV4:
        break  // `Signature=` is a word of its own.
      case .pem:
        done = max(done, pem(depth, hit.position, bound))
      case .decimals:
        done = max(done, decimals(depth, low, hit.position, bound, quotes: false))
      case .percent:
        done = max(done, percent(depth, low, hit.position, bound))
      case .identifiedBy:
        done = max(done, identifiedBy(depth, after, bound))
      case .user:
        done = max(done, user(depth, after, bound))
      case .shortFlag:
        shortFlag(depth, hit.position, after, bound)
      case .pathSecret:
        done = max(done, pathSecret(depth, hit.position, after, bound))
      case .socketDSN:
        done = max(done, socketDSN(depth, low, hit.position))
      case .oracle:
        done = max(done, oracle(depth, after, bound))
      case .email:
        done = max(done, email(depth, low, hit.position, bound))
      case .escapedURL:
        done = max(done, escaped(depth, low, hit.position, bound))
      case .unicodeEscape where !Self.isTellingEscape(frames[depth].view, hit.position):
        break
      case .unicodeEscape:
        done = max(done, escaped(depth, low, hit.position, bound))
      case .html, .dockerStream, .criPartial, .kubernetesSecret, .webKey:
        break
      }
    }
    if wantsCards { cards(depth, low, high) }
    if wantsSSN { socialNumbers(depth, low, high) }
    if wantsAWS { awsSecrets(depth, low, high) }
  }

  static let nameBytes: ByteSet = {
    var set = ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
    for byte in UInt8(0x80)...0xFF { set.insert(byte) }
    return set
  }()

  private static let nameReach = 64

  /// A word around a hit: where the name starts and ends, and what its class is.
  func name(_ depth: Int, _ position: Int, _ after: Int, _ low: Int, _ high: Int) -> (
    start: Int, end: Int, class: KeyClass, dashes: Int
  ) {
    let view = frames[depth].view
    return Self.name(view, position, after, low, high, &cache, tables.names)
  }

  static func name(
    _ view: ByteView, _ position: Int, _ after: Int, _ low: Int, _ high: Int, _ cache: inout KeyCache, _ names: KeyNames
  ) -> (start: Int, end: Int, class: KeyClass, dashes: Int) {
    var start = position
    while start > low, position - start < nameReach, nameBytes.contains(view[start - 1]) { start -= 1 }
    var end = after
    while end < high, end - after < nameReach, nameBytes.contains(view[end]) { end += 1 }
    // The tail of an escape is not part of the name: `\npassword`, `%26password`, `\u0026password`.
    if start > low {
      let before = view[start - 1]
      if before == UInt8(ascii: "\\") {
        if view[start] == UInt8(ascii: "u"), end - start > 5 {
          start += 5
        } else if start < position,
          view[start] == UInt8(ascii: "n") || view[start] == UInt8(ascii: "t") || view[start] == UInt8(ascii: "r")
        {
          start += 1
        }
      } else if before == UInt8(ascii: "%"), end - start > 2, isHex(view[start]), isHex(view[start + 1]) {
        start += 2
      }
    }
    var dashes = 0
    while start < end, view[start] == UInt8(ascii: "-") || view[start] == UInt8(ascii: ".") {
      if view[start] == UInt8(ascii: "-") { dashes += 1 }
      start += 1
    }
    while end > start, view[end - 1] == UInt8(ascii: ".") || view[end - 1] == UInt8(ascii: "-") { end -= 1 }
    guard start < end, end >= after || end > position else { return (position, after, .none, 0) }
    // A sentence ends and the next one begins without a blank: the last part counts too.
    return (start, end, cache.classify(view, start, end, names).class, dashes)
  }

  private func keyword(_ depth: Int, _ position: Int, _ after: Int, _ low: Int, _ high: Int) -> (
    next: Int, class: KeyClass
  ) {
    let view = frames[depth].view
    var (start, end, class_, dashes) = name(depth, position, after, low, high)
    guard class_.isSensitive else { return (max(end, after), class_) }
    if isInMarker(view, start) || isInARN(view, start, low) { return (end, .none) }
    if dashes == 0, start > low, view[start - 1] == UInt8(ascii: "-") { dashes = 1 }
    // What closes the name: quotes, with as many backslashes as the nesting needs, or a bracket.
    var i = end
    var slashes = 0
    while i < high, view[i] == UInt8(ascii: "\\") {
      slashes += 1
      i += 1
    }
    var keyQuote: UInt8 = 0
    if i < high, view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: "`") {
      keyQuote = view[i]
      i += 1
    } else if slashes > 0 {
      i = end
    }
    // `\=` and `\:` of Java's properties.
    if slashes == 1, keyQuote == 0, view.at(end + 1) == UInt8(ascii: "=") || view.at(end + 1) == UInt8(ascii: ":") {
      i = end + 1
    }
    while i < high,
      view[i] == UInt8(ascii: "]")
        || view[i] == UInt8(ascii: ")") && keyQuote == 0 && view.at(i + 1) == UInt8(ascii: ":")
    { i += 1 }
    let isQuery =
      start > low
      && (view[start - 1] == UInt8(ascii: "?") || view[start - 1] == UInt8(ascii: "&")
        || view[start - 1] == UInt8(ascii: ";") && start > low + 4 && view.has("&amp;", at: start - 5))
      || start - 6 >= low && view.has("\\u0026", at: start - 6)
    let beforeBlanks = i
    while i < high, i - beforeBlanks < 40, view[i] == 0x20 || view[i] == 0x09 { i += 1 }
    let blanks = i - beforeBlanks
    guard i < high else { return (end, class_) }

    if class_ == .queryOnly, !isQuery { return (end, class_) }
    let byte = view[i]
    var isStrong = false  // Whether what follows is the value for sure.
    switch byte {
    case UInt8(ascii: "="):
      i += 1
      if i < high, view[i] == UInt8(ascii: "=") || view[i] == UInt8(ascii: ">") || view[i] == UInt8(ascii: "~") {
        i += 1
      }
      isStrong = true
    case UInt8(ascii: ":"):
      i += 1
      if i < high, view[i] == UInt8(ascii: ":") {
        guard view.at(i + 1) == 0x20, keyQuote == 0 else { return (end, class_) }
        i += 1  // `userPassword:: ZTE…` of LDIF
      }
      if keyQuote == 0, start > low, view[start - 1] == UInt8(ascii: "[") {
        // `[password:App\Config:private] => …` of PHP
        let close = view.next(UInt8(ascii: "]"), from: i, to: min(high, i + 128))
        if view.has("] => ", at: close) {
          return (
            value(
              depth, min(close + 5, high), high, class_, isStrong: true, isSpaced: false, nameStart: start, low: low)
              ?? close, class_
          )
        }
      }
      if view.at(i) == UInt8(ascii: "/"), view.at(i + 1) == UInt8(ascii: "/") { return (end, class_) }
      if i < high, view[i] == UInt8(ascii: "=") { i += 1 }
      isStrong = keyQuote != 0 || blanks == 0 && i < high && !isBlank(view[i])
    case UInt8(ascii: "-") where view.at(i + 1) == UInt8(ascii: ">"):
      i += 2
      isStrong = keyQuote != 0
    case UInt8(ascii: ",")
    where keyQuote == 0 && slashes == 0 && start > low && view[start - 1] == UInt8(ascii: "{")
      && view.at(i + 1) == UInt8(ascii: "\""):
      i += 1  // {password,"…"} of Erlang
      isStrong = true
    case UInt8(ascii: ">") where keyQuote != 0 && view.has(">>,<<\"", at: i):
      i += 5  // <<"password">>,<<"…">>
      isStrong = true
    case UInt8(ascii: ";") where keyQuote != 0 && view.has(";s:", at: i):
      // s:8:"password";s:16:"…"; of PHP
      i += 3
      while i < high, isDigit(view[i]) { i += 1 }
      guard view.at(i) == UInt8(ascii: ":"), view.at(i + 1) == keyQuote else { return (end, class_) }
      i += 1
      isStrong = true
    case UInt8(ascii: ",") where keyQuote != 0 && class_ != .queryOnly:
      // `VALUES ('auth', '0001_initial')`: the name of an application, not a header.
      if class_ == .auth { return (end, class_) }
      // A pair: ("Authorization", "Bearer …"), [b'cookie', b'…'].
      var open = start - 1 - slashes
      if open > low, view[open - 1] == UInt8(ascii: "b") || view[open - 1] == UInt8(ascii: "u") { open -= 1 }
      while open > low, view[open - 1] == 0x20 { open -= 1 }
      guard open > low,
        view[open - 1] == UInt8(ascii: "(") || view[open - 1] == UInt8(ascii: "[")
          || view[open - 1] == UInt8(ascii: "{")
      else { return (end, class_) }
      i += 1
      var j = i
      while j < high,
        isBlank(view[j]) || view[j] == UInt8(ascii: "b") || view[j] == UInt8(ascii: "u")
          || view[j] == UInt8(ascii: "\\")
      { j += 1 }
      guard j < high, view[j] == UInt8(ascii: "\"") || view[j] == UInt8(ascii: "'") else { return (end, class_) }
      let close = endOfString(view, j, high)
      guard
        class_ == .authorization || class_ == .cookie || class_ == .setCookie || looksLikePassword(view, j + 1, close)
          || looksOpaque(view, j + 1, close, 12)
      else { return (end, class_) }
      isStrong = true
    case UInt8(ascii: ">") where keyQuote != 0 && blanks == 0 && isAttribute(view, start, low):
      // <Set name="password">…</Set>
      return (element(depth, i + 1, high, class_) ?? end, class_)
    case UInt8(ascii: ">") where keyQuote == 0 && blanks == 0:
      // XML: <Password>…</Password>, <wsse:Password>…
      guard isTag(view, start, low) else { return (end, class_) }
      return (element(depth, i + 1, high, class_) ?? end, class_)
    case UInt8(ascii: "("):
      let next = view.at(i + 1)
      guard blanks == 0, next == UInt8(ascii: "'") || next == UInt8(ascii: "\""), keyQuote == 0 else {
        return (end, class_)
      }
      i += 1
      guard class_ == .password || looksOpaque(view, i + 1, endOfString(view, i, high), 12) else {
        return (end, class_)
      }
      isStrong = true
    default:
      if isTag(view, start, low), keyQuote == 0 {
        let close = view.next(UInt8(ascii: ">"), from: i, to: min(high, i + 256))
        if close < min(high, i + 256), view[close - 1] != UInt8(ascii: "/") {
          return (element(depth, close + 1, high, class_) ?? end, class_)
        }
      }
      if keyQuote != 0, blanks > 0, class_ != .queryOnly {
        // <add key="DbPassword" value="…" />
        if view.hasFolded("value=", at: i), isAttribute(view, start, low) {
          let quote = i + 6
          guard view.at(quote) == UInt8(ascii: "\"") || view.at(quote) == UInt8(ascii: "'") else {
            return (end, class_)
          }
          let close = closingQuote(view, quote, high, 0)
          keyedText(depth, quote + 1, close, class_)
          return (close, class_)
        }
        // "HSET" "user:1" "password" "…" of Redis
        if byte == keyQuote, slashes == 0 {
          let close = closingQuote(view, i, high, 0)
          guard close < high, close - i <= 257, class_ == .password && looksLikePassword(view, i + 1, close),
            !isHarmless(view, i + 1, close, class_)
          else { return (end, class_) }
          emit(depth, i + 1, close, ruleOf(class_), mayEcho: true)
          return (close, class_)
        }
      }
      if dashes > 0, blanks > 0, keyQuote == 0 {
        // Two blanks begin the text of a help page.
        return (blanks > 1 ? end : flag(depth, i, high, class_) ?? end, class_)
      }
      if keyQuote == 0, blanks == 1, isAfterSetter(view, start, low) {
        // `ENV API_KEY …`, `configure set aws_secret_access_key …`
        return (flag(depth, i, high, class_) ?? end, class_)
      }
      if keyQuote == 0, blanks == 1, let next = command(depth, start, end, i, low, high, class_) {
        return (next, class_)
      }
      if keyQuote == 0, blanks > 0 { return (prose(depth, start, end, i, low, high, class_) ?? end, class_) }
      return (end, class_)
    }

    // The value.
    let beforeValue = i
    while i < high, view[i] == 0x20 || view[i] == 0x09 { i += 1 }
    guard i < high else { return (end, class_) }
    if class_ == .authorization { return (headerText(depth, i, high) { authorization($0, $1, $2) }, class_) }
    if class_ == .cookie || class_ == .setCookie {
      return (headerText(depth, i, high, isCookie: true) { cookies($0, $1, $2, isSet: class_ == .setCookie) }, class_)
    }
    if isQuery, byte == UInt8(ascii: "=") {
      if class_ == .queryOnly { return (query(depth, start - 1, beforeValue, high), class_) }
      let stop = queryEnd(view, beforeValue, high)
      if stop > beforeValue, hides(view, beforeValue, stop, class_) {
        emit(depth, beforeValue, stop, ruleOf(class_), mayEcho: true)
        return (stop, class_)
      }
      return (end, class_)
    }
    let hadBlank = i > beforeValue
    return (
      value(
        depth, i, high, class_, isStrong: isStrong || byte == UInt8(ascii: "="), isSpaced: hadBlank, nameStart: start,
        low: low) ?? end, class_
    )
  }

  /// `name="password"`: the name is the value of an attribute.
  private func isAttribute(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    start - 2 >= low && view[start - 2] == UInt8(ascii: "=") && start - 6 >= low
      && (view.hasFolded("name=", at: start - 6) || view.hasFolded("key=", at: start - 5))
  }

  private func isAfterSetter(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    start - 4 >= low
      && (view.has("ENV ", at: start - 4) || view.has("ARG ", at: start - 4) || view.has("set ", at: start - 4))
      && (start - 4 == low || isBlank(view[start - 5])) && view.at(start - 6) != UInt8(ascii: "s")
      && hasUnderscore(view, start)
  }

  private func hasUnderscore(_ view: ByteView, _ start: Int) -> Bool {
    var i = start
    while isAlphanumeric(view.at(i)) { i += 1 }
    return view.at(i) == UInt8(ascii: "_")
  }

  /// `AUTH PLAIN …` of SMTP, `AUTH user …` of Redis, `PASS …` of FTP and POP3.
  private func command(_ depth: Int, _ start: Int, _ end: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass)
    -> Int?
  {
    let view = frames[depth].view
    guard end - start == 4 else { return nil }
    if class_ == .auth, view.has("AUTH ", at: start) {
      var first = from
      var firstEnd = bareEnd(view, first, high, isEnvironment: true)
      var isMechanism = false
      for name in Self.mechanisms where view.has(name, at: first) && first + name.utf8CodeUnitCount == firstEnd {
        isMechanism = true
      }
      if !isLastWord(view, firstEnd, high), view.at(firstEnd) == 0x20 {
        first = firstEnd + 1
        guard first < high else { return nil }
        firstEnd = bareEnd(view, first, high, isEnvironment: true)
      } else if isMechanism {
        return nil
      }
      guard firstEnd - first >= 6, isLastWord(view, firstEnd, high) || view.at(firstEnd) == UInt8(ascii: "'"),
        looksLikePassword(view, first, firstEnd), !isHarmless(view, first, firstEnd, .password)
      else { return nil }
      emit(depth, first, firstEnd, .password, mayEcho: true)
      return firstEnd
    }
    guard class_ == .password, view.has("PASS ", at: start), start > low else { return nil }
    var before = start
    while before > low + 1, view[before - 1] == 0x20 { before -= 1 }
    let mark = view[before - 1]
    guard mark == UInt8(ascii: "'") || mark == UInt8(ascii: "\"") || mark == UInt8(ascii: ">") else { return nil }
    let valueEnd = bareEnd(view, from, high, isEnvironment: true)
    guard valueEnd > from, isLastWord(view, valueEnd, high) || view.at(valueEnd) == UInt8(ascii: "'"),
      looksLikePassword(view, from, valueEnd), !isHarmless(view, from, valueEnd, .password)
    else { return nil }
    emit(depth, from, valueEnd, .password, mayEcho: true)
    return valueEnd
  }

  private static let mechanisms: [StaticString] = [
    "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "CRAM-MD5", "DIGEST-MD5", "NTLM", "GSSAPI", "EXTERNAL",
    "SCRAM-SHA-1", "SCRAM-SHA-256",
  ]

  /// `fetch(prompt)`, `request.args["token"]`, `pw[:-1]`: an expression of a program, which names no value.
  private func isExpression(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    var i = start
    while i < high, i < start + 64,
      isLetter(view[i]) && !isUpper(view[i]) || view[i] == UInt8(ascii: "_") || view[i] == UInt8(ascii: ".")
        || view[i] == UInt8(ascii: "?") && view.at(i + 1) == UInt8(ascii: ".")
    { i += 1 }
    guard i - start >= 2, i < high else { return false }
    let open = view[i]
    let next = view.at(i + 1)
    if open == UInt8(ascii: "[") {
      return next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") || next == UInt8(ascii: ":")
        || next == UInt8(ascii: "\\")
    }
    return open == UInt8(ascii: "(") && view.next(UInt8(ascii: ")"), from: i, to: high) < high
  }

  /// The kind of a marker of ours is no name.
  func isInMarker(_ view: ByteView, _ start: Int) -> Bool { view.has("[REDACTED:", at: start - 10) }

  /// `arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db`: an address.
  private func isInARN(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    guard start > low, view[start - 1] == UInt8(ascii: ":") else { return false }
    var i = start - 1
    while i > low, start - i < 128,
      isAlphanumeric(view[i - 1]) || view[i - 1] == UInt8(ascii: ":") || view[i - 1] == UInt8(ascii: "-")
    { i -= 1 }
    return view.has("arn:", at: i)
  }

  /// A name of a secret where a value should be, as in SQL: `users.password AS user_password`.
  private func isName(_ depth: Int, _ start: Int, _ end: Int) -> Bool {
    let view = frames[depth].view
    guard end - start <= 64 else { return false }
    for i in start..<end where !isLetter(view[i]) && view[i] != UInt8(ascii: "_") && view[i] != UInt8(ascii: ".") {
      return false
    }
    return classOfKey(depth, start, end).isSensitive
  }

  private func isTag(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    guard start > low else { return false }
    if view[start - 1] == UInt8(ascii: "<") { return true }
    guard view[start - 1] == UInt8(ascii: ":") else { return false }
    var i = start - 1
    while i > low, start - i < 24, isAlphanumeric(view[i - 1]) { i -= 1 }
    return i > low && view[i - 1] == UInt8(ascii: "<")
  }

  /// The text of an XML element.
  private func element(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    let end = view.next(UInt8(ascii: "<"), from: start, to: high)
    guard end > start, end < high, view.at(end + 1) == UInt8(ascii: "/") || view.at(end + 1) == UInt8(ascii: "!") else {
      return nil
    }
    keyedText(depth, start, end, class_)
    return end
  }

  /// A header in a text: to the closing quote, or to the end of its line.
  private func headerText(
    _ depth: Int, _ start: Int, _ high: Int, isCookie: Bool = false, _ body: (Int, Int, Int) -> Void
  ) -> Int {
    let view = frames[depth].view
    var i = start
    var close: UInt8 = 0
    var slashes = 0
    if view[i] == UInt8(ascii: "["), !view.has("[REDACTED:", at: i), i + 1 < high {
      i += 1
      close = UInt8(ascii: "]")
    }
    if i + 1 < high, view[i] == UInt8(ascii: "b") || view[i] == UInt8(ascii: "u"),
      view[i + 1] == UInt8(ascii: "'") || view[i + 1] == UInt8(ascii: "\"")
    {
      i += 1
    }
    while i < high, view[i] == UInt8(ascii: "\\") {
      slashes += 1
      i += 1
    }
    if i < high, view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: "`") {
      close = view[i]
      i += 1
    } else {
      i -= slashes
      slashes = 0
    }
    let from = i
    var blanks = 0
    while i < high {
      let byte = view[i]
      if byte == 0x0A || byte == 0x0D { break }
      if close != 0 {
        if byte == close, slashes == 0 || view.at(i - 1) == UInt8(ascii: "\\") { break }
        if slashes > 0, byte == close { break }
        if slashes == 0, byte == UInt8(ascii: "\\"), close != UInt8(ascii: "]") { i += 1 }
      } else {
        if byte == UInt8(ascii: "\\"), view.at(i + 1) == UInt8(ascii: "r") || view.at(i + 1) == UInt8(ascii: "n") {
          break
        }
        // `-H 'Authorization: Bearer x' url`: the quote was opened before the name.
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") { break }
        if byte == UInt8(ascii: "\"") {
          if isCookie || i == from { break }
          // Quotes within belong to the header (Digest); a closing one ends it.
          let before = view[i - 1]
          let isOpening =
            before == UInt8(ascii: "=") || before == UInt8(ascii: "\\") && view.at(i - 2) == UInt8(ascii: "=")
          if !isOpening, !quoteIsOpen(view, from, i) { break }
        }
        if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ")"),
          !isAlphanumeric(view.at(i + 1))
        {
          break
        }
        if byte == 0x20 {
          blanks += 1
          // In a sentence the credential ends with its word: `authorization: Bearer x was refused`.
          if !isCookie, blanks >= 2, view.at(i - 1) != UInt8(ascii: ",") { break }
          if !isCookie, blanks == 1, !isScheme(view, from, i) { break }
        }
        if byte == UInt8(ascii: ","), !isCookie, view.at(i + 1) == 0x20 || view.at(i + 1) == UInt8(ascii: "\""),
          view.next(UInt8(ascii: "="), from: from, to: i) == i
        {
          break
        }
      }
      i += 1
    }
    var to = min(i, high)
    if slashes > 0, to < high { to = max(from, to - slashes) }
    while to > from, isBlank(view[to - 1]) || view[to - 1] == UInt8(ascii: ",") { to -= 1 }
    if to > from { body(depth, from, to) }
    return max(i, start)
  }

  private func quoteIsOpen(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var isOpen = false
    for i in max(start, end - 512)..<end where view[i] == UInt8(ascii: "\"") { isOpen.toggle() }
    return isOpen
  }

  private func isScheme(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start <= 24 else { return false }
    for i in start..<end where !isAlphanumeric(view[i]) && view[i] != UInt8(ascii: "-") && view[i] != UInt8(ascii: "_")
    { return false }
    return true
  }

  private static let wrappers: [StaticString] = [
    "Some(", "Ok(", "Secret(", "SecretStr(", "SecretString(", "String(", "new String(", "Optional(", "Redacted(",
    "Just ", "Bytes(", "Cow(", "Token(", "Password(",
  ]

  /// The value of a sensitive name in a text.
  ///
  /// - Returns: where it ends, or nil if it was left.
  private func value(
    _ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass, isStrong: Bool, isSpaced: Bool, nameStart: Int,
    low: Int
  ) -> Int? {
    let view = frames[depth].view
    var i = start
    if view.has("[REDACTED:", at: i) { return nil }
    for wrapper in Self.wrappers where view.has(wrapper, at: i) {
      i += wrapper.utf8CodeUnitCount
      break
    }
    if i < high, view[i] == UInt8(ascii: "&") || view[i] == UInt8(ascii: "*"), view.at(i + 1) == UInt8(ascii: "\"") {
      i += 1
    }
    if i + 1 < high,
      view[i] == UInt8(ascii: "b") || view[i] == UInt8(ascii: "u") || view[i] == UInt8(ascii: "r")
        || view[i] == UInt8(ascii: "N"), view[i + 1] == UInt8(ascii: "'") || view[i + 1] == UInt8(ascii: "\"")
    {
      i += 1
    }
    guard i < high else { return nil }
    var slashes = 0
    while i < high, view[i] == UInt8(ascii: "\\") {
      slashes += 1
      i += 1
    }
    guard i < high else { return nil }
    let byte = view[i]
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
      // `prompt='Password: ', stream=None`: the quote was opened before the name.
      if slashes == 0, nameStart > low, view[nameStart - 1] == byte, isSpaced,
        view.at(i + 1) == UInt8(ascii: ",") || view.at(i + 1) == UInt8(ascii: ")"),
        view.next(byte, from: nameStart, to: i) == i
      {
        return nil
      }
      let end = closingQuote(view, i, high, slashes)
      guard end > i + 1 else { return nil }
      let inner = i + 1
      let isWord = !isStrong && isSpaced && class_ != .password
      if isWord, !looksOpaque(view, inner, end, 8) { return nil }
      if view.next(UInt8(ascii: "\\"), from: inner, to: end) < end, slashes == 0 {
        enter(depth, inner, end, as: .backslash) { keyedText($0, 0, frames[$0].view.count, class_) }
      } else {
        keyedText(depth, inner, end, class_)
      }
      // `password = "old" -> "new"` of a plan
      if view.has("\" -> \"", at: end) {
        let close = closingQuote(view, end + 5, high, 0)
        keyedText(depth, end + 6, close, class_)
        return min(close + 1, high)
      }
      return min(end + 1, high)
    }
    i -= slashes
    if slashes == 0, isExpression(view, i, high) { return nil }
    if byte == UInt8(ascii: "["), slashes == 0 { return list(depth, i, high, class_) }
    if byte == UInt8(ascii: "{"), slashes == 0 {
      guard class_ == .password || class_ == .key, isStrong, view.at(i + 1) != UInt8(ascii: "\""),
        view.at(i + 1) != UInt8(ascii: "'"), view.at(i + 1) != UInt8(ascii: "{"), view.at(i + 1) != UInt8(ascii: "}"),
        !isLetter(view.at(i + 1)) || view.at(start - 1) == UInt8(ascii: "=")
      else { return nil }
      // ODBC: {pass;word}, with }} for a brace.
      var end = i + 1
      while end < high, view[end] != UInt8(ascii: "}") || view.at(end + 1) == UInt8(ascii: "}") {
        if view[end] == UInt8(ascii: "}") { end += 1 }
        end += 1
      }
      end = min(end, high)
      // `%+v` prints structures in braces too; there a name and a colon follow.
      if looksLikeName(view, i + 1, end), view.next(UInt8(ascii: ":"), from: i + 1, to: end) < end { return nil }
      if !isHarmless(view, i + 1, end, class_) { emit(depth, i + 1, end, ruleOf(class_), mayEcho: true) }
      return end
    }
    if byte == UInt8(ascii: "("), slashes == 0 { return nil }
    let end = bareEnd(view, i, high, isEnvironment: isStrong)
    guard end > i else { return nil }
    if view[i] == UInt8(ascii: "<"), end > i { if isHarmless(view, i, min(end + 1, high), class_) { return nil } }
    guard !isHarmless(view, i, end, class_) else { return nil }
    if class_ == .password, isDigits(view, i, end), end - i < 4, isWholePass(view, nameStart) { return nil }
    if !isStrong || (isSpaced && view.at(start - 1) == 0x20 && !isAssignment(view, start, nameStart)) {
      // `name: value` in prose: the value must look like one, or stand alone on its line.
      let isAlone = isLastWord(view, end, high) && isFirstWord(view, nameStart, low)
      let looks: Bool
      switch class_ {
      case .password:
        looks = looksLikePassword(view, i, end) || isAlone && end - i >= 3 && !isCommonWord(view, i, end)
      case .otp, .cvv, .ssn, .card, .session, .secretID, .iban:
        looks = hides(view, i, end, class_)
      case .auth, .credential:
        looks = looksOpaque(view, i, end, 10)
      default:
        looks = looksOpaque(view, i, end, 8) || isAlone && end - i >= 8 && looksLikePassword(view, i, end)
      }
      guard looks else { return nil }
      if class_ == .password || hides(view, i, end, class_) {
        emit(depth, i, end, ruleOf(class_), mayEcho: true)
        return end
      }
      return nil
    }
    guard hides(view, i, end, class_) else { return nil }
    if class_ == .token || class_ == .secret || class_ == .key || class_ == .cryptoKey,
      !looksLikePassword(view, i, end), end - i < 12, !view.has("=", at: start - 1)
    {
      return nil
    }
    if class_ == .tokens, !looksOpaque(view, i, end, 12) { return nil }
    emit(depth, i, end, ruleOf(class_), mayEcho: true)
    return end
  }

  private func isWholePass(_ view: ByteView, _ start: Int) -> Bool {
    view.hasFolded("pass", at: start) && !isAlphanumeric(view.at(start + 4)) && view.at(start + 4) != UInt8(ascii: "_")
  }

  private func isAssignment(_ view: ByteView, _ valueStart: Int, _ nameStart: Int) -> Bool {
    var i = valueStart
    while i > nameStart, view[i - 1] == 0x20 || view[i - 1] == 0x09 { i -= 1 }
    return i > nameStart && (view[i - 1] == UInt8(ascii: "=") || view[i - 1] == UInt8(ascii: ">"))
  }

  private func isLastWord(_ view: ByteView, _ end: Int, _ high: Int) -> Bool {
    var i = end
    while i < high,
      view[i] == 0x20 || view[i] == 0x09 || view[i] == 0x0D || view[i] == UInt8(ascii: ".")
        || view[i] == UInt8(ascii: ",") || view[i] == UInt8(ascii: ";") || view[i] == UInt8(ascii: "\"")
    { i += 1 }
    return i >= high || view[i] == 0x0A || view[i] == UInt8(ascii: "\\") || view[i] == UInt8(ascii: "#")
  }

  /// Only blanks and bullets stand before the name on its line.
  private func isFirstWord(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    var i = start
    while i > low {
      let byte = view[i - 1]
      if byte == 0x0A { return true }
      if byte == UInt8(ascii: "n"), i - 2 >= low, view[i - 2] == UInt8(ascii: "\\") { return true }
      guard
        byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "*")
          || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "|") || byte == UInt8(ascii: "<")
          || byte == UInt8(ascii: "+")
      else { return false }
      i -= 1
    }
    return true
  }

  private static let commonWords: Set<[UInt8]> = Set(
    [
      "required", "invalid", "incorrect", "missing", "expired", "changed", "wrong", "mismatch", "ok", "failed", "reset",
      "rejected",
      "accepted", "too", "must", "cannot", "is", "not", "the", "a", "an", "for", "please", "yes", "no", "disabled",
      "enabled", "empty",
      "string", "password", "token", "secret", "hidden", "unset", "blank", "weak", "strong", "success", "error",
      "denied", "unchanged", "updated", "via", "from", "to", "and", "or", "val", "force", "prompt", "flag", "option",
      "on", "in", "with", "as", "at", "was", "has", "will", "can", "should", "when", "if", "before", "after",
    ].map { Array($0.utf8) })

  private func isCommonWord(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    end - start <= 12 && Self.commonWords.contains((start..<end).map { lower(view[$0]) })
  }

  /// The quote that closes the one at `start`, which stands behind `slashes` backslashes.
  private func closingQuote(_ view: ByteView, _ start: Int, _ high: Int, _ slashes: Int) -> Int {
    let quote = view[start]
    if slashes == 0 {
      let end = endOfString(view, start, high)
      if end < high { return end }
      // Never closed: an apostrophe, or the line was cut. To the end of the line.
      return view.next(0x0A, from: start + 1, to: high)
    }
    var i = start + 1
    var run = 0
    while i < high {
      let byte = view[i]
      if byte == UInt8(ascii: "\\") {
        run += 1
      } else {
        if byte == quote, run <= slashes { return max(start + 1, i - run) }
        run = 0
      }
      i += 1
    }
    return high
  }

  /// Where a value without quotes ends.
  private func bareEnd(_ view: ByteView, _ start: Int, _ high: Int, isEnvironment: Bool) -> Int {
    var i = start
    var depth = 0
    while i < high {
      let byte = view[i]
      if isBlank(byte) || byte == 0 { break }
      let next = view.at(i + 1)
      switch byte {
      case UInt8(ascii: "\""):
        return trimmed(view, start, i)
      case UInt8(ascii: "'"), UInt8(ascii: "`"):
        if i + 1 >= high || !isAlphanumeric(next) { return trimmed(view, start, i) }
      case UInt8(ascii: "\\"):
        if next == UInt8(ascii: "n") || next == UInt8(ascii: "r") || next == UInt8(ascii: "t")
          || next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") || next == UInt8(ascii: "u")
          || next == UInt8(ascii: "\\")
        {
          return trimmed(view, start, i)
        }
      case UInt8(ascii: "<"):
        if i > start { return trimmed(view, start, i) }
      case UInt8(ascii: ">"):
        if i + 1 >= high || !isAlphanumeric(next) {
          if view[start] == UInt8(ascii: "<") { return i }
          return trimmed(view, start, i)
        }
      case UInt8(ascii: "&"):
        if looksLikeName(view, i + 1, high) || view.has("&#", at: i) || view.has("&quot;", at: i)
          || view.has("&amp;", at: i) || view.has("&lt;", at: i) || view.has("&gt;", at: i) || view.has("&&", at: i)
        {
          return trimmed(view, start, i)
        }
      case UInt8(ascii: ","), UInt8(ascii: ";"):
        if i + 1 >= high || isBlank(next) || next == UInt8(ascii: "\"") || next == UInt8(ascii: "'")
          || next == UInt8(ascii: "\\") || looksLikeName(view, i + 1, high)
        {
          return trimmed(view, start, i)
        }
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        if depth > 0 {
          depth -= 1
        } else if i + 1 >= high || isBlank(next)
          || !isAlphanumeric(next) && next != UInt8(ascii: "_") && next != UInt8(ascii: "!")
            && next != UInt8(ascii: "#") && next != UInt8(ascii: "$")
        {
          return trimmed(view, start, i)
        }
      default: break
      }
      i += 1
    }
    return trimmed(view, start, i)
  }

  private func trimmed(_ view: ByteView, _ start: Int, _ end: Int) -> Int {
    var end = end
    while end > start + 1,
      view[end - 1] == UInt8(ascii: ".") || view[end - 1] == UInt8(ascii: ",") || view[end - 1] == UInt8(ascii: ";")
        || view[end - 1] == UInt8(ascii: ":")
    { end -= 1 }
    return end
  }

  /// `[…]` after a sensitive name, as Go prints slices: the whole inside, or each quoted item.
  private func list(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    var end = start + 1
    var nested = 1
    let limit = min(high, start + 8192)
    while end < limit {
      let byte = view[end]
      if byte == UInt8(ascii: "[") { nested += 1 }
      if byte == UInt8(ascii: "]") {
        nested -= 1
        if nested == 0 { break }
      }
      if byte == 0x0A { break }
      end += 1
    }
    guard end > start + 1 else { return nil }
    if isHarmless(view, start, min(end + 1, high), class_) { return nil }
    let first = view[start + 1]
    if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") {
      var i = start + 1
      while i < end {
        if view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: "\"") {
          let close = endOfString(view, i, end)
          keyedText(depth, i + 1, close, class_)
          i = close + 1
        } else {
          i += 1
        }
      }
      return end
    }
    var numbers = 0
    var isNumbers = true
    for i in (start + 1)..<end {
      if isBlank(view[i]) || view[i] == UInt8(ascii: ",") {
        numbers += 1
      } else if !isDigit(view[i]) {
        isNumbers = false
      }
    }
    if isNumbers {
      guard numbers >= 3, class_ != .tokens else { return nil }
      emit(depth, start + 1, end, ruleOf(class_))
      return end
    }
    if hides(view, start + 1, end, class_),
      looksLikePassword(view, start + 1, end) || looksOpaque(view, start + 1, end, 8)
    {
      emit(depth, start + 1, end, ruleOf(class_), mayEcho: true)
      return end
    }
    return nil
  }

  /// `--password value`.
  private func flag(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    guard class_ != .queryOnly, view[start] != UInt8(ascii: "-"), view[start] != UInt8(ascii: "|"),
      view[start] != UInt8(ascii: ">"), view[start] != UInt8(ascii: "&"), view[start] != UInt8(ascii: "<")
    else { return nil }
    let byte = view[start]
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
      let end = closingQuote(view, start, high, 0)
      keyedText(depth, start + 1, end, class_)
      return end
    }
    let end = bareEnd(view, start, high, isEnvironment: true)
    guard end > start, !isHarmless(view, start, end, class_) else { return nil }
    switch class_ {
    case .password:
      guard !isCommonWord(view, start, end) else { return nil }
    case .token, .secret, .key, .cryptoKey, .otpSecret:
      guard looksLikePassword(view, start, end) || end - start >= 16 else { return nil }
    default:
      guard hides(view, start, end, class_) else { return nil }
    }
    emit(depth, start, end, class_ == .password ? .cliPassword : ruleOf(class_), mayEcho: true)
    return end
  }

  private static let proseLeads: [StaticString] = [
    "is ", "to ", "set to ", "was ", "changed to ", "is now ", "reset to ", "of ", "= ", "are ", "updated to ",
  ]

  /// `password for bob is X`, `changed password to X`, `password "X"`, `PASSWORD 'X'`, `password X` of .netrc.
  private func prose(_ depth: Int, _ start: Int, _ end: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass)
    -> Int?
  {
    let view = frames[depth].view
    guard
      class_ == .password || class_ == .otp || class_ == .token || class_ == .secret || class_ == .key || class_ == .ssn
    else { return nil }
    var i = from
    let byte = view[i]
    var slashes = 0
    while view.at(i + slashes) == UInt8(ascii: "\\") { slashes += 1 }
    let quote = view.at(i + slashes)
    if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") || quote == UInt8(ascii: "`") {
      let close = closingQuote(view, i + slashes, high, slashes)
      let inner = i + slashes + 1
      guard close > inner, close < high || class_ == .password else { return nil }
      let isSQL = quote == UInt8(ascii: "'") && class_ == .password
      if class_ == .password ? (isSQL || looksLikePassword(view, inner, close)) : looksOpaque(view, inner, close, 12) {
        guard !isHarmless(view, inner, close, class_), !hasBlank(view, inner, close) || isSQL, close - inner <= 256
        else { return nil }
        emit(
          depth, inner, close, isSQL ? .sqlPassword : class_ == .password ? .prosePassword : ruleOf(class_),
          mayEcho: true)
        return close
      }
      return nil
    }
    // Up to six words, then a lead such as `is`, then the value.
    var words = 0
    while i < high, words <= 6, i - from < 96 {
      for lead in Self.proseLeads where view.hasFolded(lead, at: i) {
        var value = i + lead.utf8CodeUnitCount
        while value < high, view[value] == 0x20 || view[value] == UInt8(ascii: ":") { value += 1 }
        if view.hasFolded("set to ", at: value) { value += 7 }
        if view.hasFolded("now ", at: value) { value += 4 }
        if view.hasFolded("be ", at: value) { value += 3 }
        guard value < high else { break }
        var valueEnd: Int
        let isQuoted =
          view[value] == UInt8(ascii: "\"") || view[value] == UInt8(ascii: "'") || view[value] == UInt8(ascii: "`")
        if isQuoted {
          valueEnd = closingQuote(view, value, high, 0)
          value += 1
        } else {
          valueEnd = bareEnd(view, value, high, isEnvironment: false)
        }
        guard valueEnd > value, !isHarmless(view, value, valueEnd, class_), !isName(depth, value, valueEnd) else {
          break
        }
        let looks: Bool =
          switch class_ {
          case .password:
            (looksLikePassword(view, value, valueEnd) && valueEnd - value >= 6
              || isQuoted && !hasBlank(view, value, valueEnd) && valueEnd - value >= 4)
              && !isMail(view, value, valueEnd)
          case .otp: isDigits(view, value, valueEnd) && valueEnd - value >= 4 && valueEnd - value <= 8
          case .ssn: hides(view, value, valueEnd, .ssn)
          default: looksOpaque(view, value, valueEnd, 16)
          }
        if looks {
          emit(depth, value, valueEnd, class_ == .password ? .prosePassword : ruleOf(class_), mayEcho: true)
          return valueEnd
        }
        break
      }
      // The value right after the name: netrc, `OTP 482913`, `secret key AbC…`.
      if words == 0, byte != UInt8(ascii: "-") {
        let valueEnd = bareEnd(view, i, high, isEnvironment: false)
        if valueEnd > i, !isHarmless(view, i, valueEnd, class_), !isName(depth, i, valueEnd) {
          let looks: Bool =
            switch class_ {
            case .password:
              isNetrc(view, start, low) || looksOpaque(view, i, valueEnd, 10) && isLastWord(view, valueEnd, high)
                || isMixed(view, i, valueEnd)
            case .otp: isDigits(view, i, valueEnd) && valueEnd - i >= 4 && valueEnd - i <= 8
            case .ssn: hides(view, i, valueEnd, .ssn)
            case .token:
              looksOpaque(view, i, valueEnd, 24) && !isUUID(view, i, valueEnd) && !isResourcePath(view, i, valueEnd)
                && !looksLikeName(view, i, valueEnd)
            default:
              looksOpaque(view, i, valueEnd, 32) && !isUUID(view, i, valueEnd) && !isResourcePath(view, i, valueEnd)
            }
          if looks {
            emit(depth, i, valueEnd, class_ == .password ? .prosePassword : ruleOf(class_), mayEcho: true)
            return valueEnd
          }
        }
      }
      while i < high, !isBlank(view[i]) {
        let stop = view[i]
        if stop == UInt8(ascii: ".") && isBlank(view.at(i + 1)) || stop == UInt8(ascii: ";")
          || stop == UInt8(ascii: "{") || stop == UInt8(ascii: "=")
        {
          return nil
        }
        i += 1
      }
      while i < high, view[i] == 0x20 { i += 1 }
      if i < high, view[i] == 0x0A { return nil }
      words += 1
    }
    return nil
  }

  /// Letters of both cases, digits and a mark in ten bytes or more: no word of a sentence.
  private func isMixed(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 10, end - start <= 128 else { return false }
    var kinds: UInt8 = 0
    for i in start..<end {
      let byte = view[i]
      kinds |= isDigit(byte) ? 1 : isUpper(byte) ? 2 : isLetter(byte) ? 4 : 8
      if byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "=") { return false }
    }
    return kinds == 15
  }

  private func isMail(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let at = view.next(UInt8(ascii: "@"), from: start, to: end)
    return at > start && at < end && view.next(UInt8(ascii: "."), from: at, to: end) < end
  }

  private func isResourcePath(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    view.next(UInt8(ascii: "/"), from: start, to: end) < end || view.next(UInt8(ascii: ":"), from: start, to: end) < end
  }

  /// `machine … login … password X`
  private func isNetrc(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    let from = max(low, start - 160)
    var hasMachine = false
    var hasLogin = false
    for i in from..<start {
      if view.has("machine ", at: i) || view.has("default ", at: i) { hasMachine = true }
      if view.has("login ", at: i) { hasLogin = true }
    }
    return hasMachine && hasLogin
  }

  // MARK: - Other anchors

  private func pattern(_ depth: Int, _ number: Int, _ start: Int, _ after: Int, _ low: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    let pattern = tables.patterns[number]
    if pattern.isSecretPath {
      var end = after
      while end < high, isAlphanumeric(view[end]) || "/-_@.~%".utf8.contains(view[end]) { end += 1 }
      // The last part is the secret; what stands before it are ids.
      var from = end
      while from > after, view[from - 1] != UInt8(ascii: "/") { from -= 1 }
      if end - from >= 8 { emit(depth, from, end, pattern.rule, mayEcho: true) }
      return end
    }
    if pattern.isSecretQuery {
      let end = queryLimit(view, after, high)
      let found = view.find(Self.secretParameter, from: after, to: end)
      guard found < end else { return after }
      let stop = queryEnd(view, found + 7, high)
      if !isHarmless(view, found + 7, stop, .secret) { emit(depth, found + 7, stop, pattern.rule) }
      return stop
    }
    guard let (from, to) = pattern.verify(view, start, after, low, high) else { return start }
    if isPlaceholder(view, after, to) { return start }
    if pattern.hasJSONHead, !isJSONHead(view, start) { return start }
    emit(depth, from, to, pattern.rule, mayEcho: true)
    return to
  }

  /// `ghp_xxxxxxxxxxxx`, `xoxb-your-token-here`
  private func isPlaceholder(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 8 else { return false }
    if view.hasFolded("your-", at: start) || view.hasFolded("your_", at: start) { return true }
    guard lower(view[start]) == UInt8(ascii: "x") || view[start] == UInt8(ascii: "*") else { return false }
    for i in start..<end where view[i] != view[start] { return false }
    return true
  }

  private static let secretParameter: StaticString = "secret="

  private func queryLimit(_ view: ByteView, _ start: Int, _ high: Int) -> Int {
    var i = start
    while i < high, i < start + 2048, !Self.urlEnd.contains(view[i]) { i += 1 }
    return i
  }

  /// `eyJ` decodes to `{"`; the fourth letter tells whether a name follows, as in every JWT.
  private func isJSONHead(_ view: ByteView, _ start: Int) -> Bool {
    // The third byte is the first of a name, or a blank or newline of pretty-printed JSON: any letter.
    isAlphanumeric(view.at(start + 3))
  }

  /// `IDENTIFIED BY 'X'`, `IDENTIFIED WITH plugin BY 'X'`.
  private func identifiedBy(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var i = start
    let limit = min(high, start + 80)
    while i < limit, view[i] != UInt8(ascii: "'"), view[i] != UInt8(ascii: "\"") { i += 1 }
    guard i < limit else {
      // IDENTIFIED BY word
      var from = start
      while from < high, view[from] == 0x20 { from += 1 }
      let end = from < high ? bareEnd(view, from, high, isEnvironment: false) : from
      if end > from, looksLikePassword(view, from, end) { emit(depth, from, end, .sqlPassword, mayEcho: true) }
      return max(end, start)
    }
    let end = closingQuote(view, i, high, 0)
    if end > i + 1, !isHarmless(view, i + 1, end, .password) { emit(depth, i + 1, end, .sqlPassword, mayEcho: true) }
    return end
  }

  /// curl's `-u user:password`.
  private func user(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var i = start
    while i < high,
      view[i] == 0x20 || view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "\\")
        || view[i] == UInt8(ascii: ",")
    { i += 1 }
    let quote = i > 0 && (view[i - 1] == UInt8(ascii: "'") || view[i - 1] == UInt8(ascii: "\"")) ? view[i - 1] : 0
    let end = quote == 0 ? bareEnd(view, i, high, isEnvironment: true) : view.next(quote, from: i, to: high)
    let colon = view.next(UInt8(ascii: ":"), from: i, to: end)
    guard colon > i, colon + 1 < end, end - i <= 512, !isHarmless(view, colon + 1, end, .password),
      view[i] != UInt8(ascii: "<")
    else { return start }
    var to = end
    while to > colon + 1, view[to - 1] == UInt8(ascii: "\\") { to -= 1 }
    emit(depth, colon + 1, to, .cliPassword, mayEcho: true)
    return end
  }

  /// ` -p X`, ` -pX`, ` -a X`, ` -w X` after a program that takes a password so.
  private func shortFlag(_ depth: Int, _ position: Int, _ start: Int, _ high: Int) {
    let view = frames[depth].view
    let limit = min(high, start + 200)
    let isMySQL = view.hasFolded("mysql", at: position)
    let isZip = view.hasFolded("zip ", at: position)
    let letter: UInt8 =
      view.hasFolded("redis", at: position)
      ? UInt8(ascii: "a")
      : view.hasFolded("ldap", at: position) ? UInt8(ascii: "w") : isZip ? UInt8(ascii: "P") : UInt8(ascii: "p")
    var i = start
    while i + 2 < limit {
      if view[i] == UInt8(ascii: "|") || view[i] == UInt8(ascii: ";") || view[i] == 0x0A { return }
      if view[i] == UInt8(ascii: "-"), isBlank(view.at(i - 1)) || view.at(i - 1) == UInt8(ascii: "'"),
        view[i + 1] == letter
      {
        var from = i + 2
        if isMySQL {
          guard !isBlank(view[from]) else { return }
          if view.hasFolded("ort", at: from) || view.hasFolded("rotocol", at: from) { return }
        } else {
          guard view[from] == 0x20 else {
            i += 1
            continue
          }
          from += 1
        }
        guard from < high else { return }
        let quote = view[from] == UInt8(ascii: "'") || view[from] == UInt8(ascii: "\"")
        let end = quote ? closingQuote(view, from, high, 0) : bareEnd(view, from, high, isEnvironment: true)
        if quote { from += 1 }
        if end > from, !isHarmless(view, from, end, .password), !(isDigits(view, from, end) && end - from <= 5) {
          emit(depth, from, end, .cliPassword, mayEcho: true)
        }
        return
      }
      i += 1
    }
  }

  /// A percent-encoded part that hides more structure: JSON, a form, a URL.
  private func percent(_ depth: Int, _ low: Int, _ position: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    func ends(_ byte: UInt8) -> Bool {
      isBlank(byte) || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "&")
        || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "=")
        || byte == UInt8(ascii: "`") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "[")
        || byte == UInt8(ascii: "]")
    }
    var start = position
    while start > low, position - start < 256, !ends(view[start - 1]) { start -= 1 }
    var end = position
    while end < high, !ends(view[end]) { end += 1 }
    // Values of parameters that were hidden already, and plain blanks or slashes, are not worth it.
    if hasHit(depth, start, end) {
      enter(depth, start, end, as: .percent) {
        // The part itself stands in a query: its own first bytes are a value, not a name.
        scan($0, 0, frames[$0].view.count)
      }
    }
    return end
  }

  /// Whether the escape at `position` stands for printable ASCII that may be part of a word.
  static func isTellingEscape(_ view: ByteView, _ position: Int) -> Bool {
    if view.has("\\x", at: position) {
      return isHex(view.at(position + 2)) && view.at(position + 2) >= UInt8(ascii: "2")
        && view.at(position + 2) < UInt8(ascii: "8")
    }
    // Only escapes of printable ASCII can hide a word; `<`, `>`, `'` and `"` cannot be part of one.
    let high = view.at(position + 4)
    let low = view.at(position + 5) | 0x20
    guard high >= UInt8(ascii: "2"), high <= UInt8(ascii: "7") else { return false }
    if high == UInt8(ascii: "3"), low == UInt8(ascii: "c") || low == UInt8(ascii: "e") { return false }
    if high == UInt8(ascii: "2"), low == UInt8(ascii: "7") | 0x20 || low == UInt8(ascii: "2") | 0x20 { return false }
    return true
  }

  /// Escapes in a text that is no JSON string: decoded where they stand.
  private func escaped(_ depth: Int, _ low: Int, _ position: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    func ends(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A }
    var start = position
    while start > low, position - start < 256, !ends(view[start - 1]) { start -= 1 }
    var end = position
    while end < high, !ends(view[end]) { end += 1 }
    enter(depth, start, end, as: .backslash) { next in
      // Only what the escapes hid: the text itself is read by its own hits.
      if frames[next].hits.contains(where: {
        if case .unicodeEscape = tables.anchors[$0.literal] { false } else { true }
      }) {
        scan(next, 0, frames[next].view.count)
      }
    }
    return position + 1 > end ? position + 1 : end
  }

  private func cards(_ depth: Int, _ low: Int, _ high: Int) {
    let view = frames[depth].view
    var i = low
    while i < high {
      guard isDigit(view[i]), i == low || !isAlphanumeric(view[i - 1]) && view[i - 1] != UInt8(ascii: ".") else {
        i += 1
        continue
      }
      var end = i
      var digits = 0
      var sum = 0
      var values = InlineArray<20, UInt8>(repeating: 0)
      while end < high, digits < 20 {
        if isDigit(view[end]) {
          values[digits] = view[end] - 0x30
          digits += 1
          end += 1
        } else if view[end] == UInt8(ascii: "-") || view[end] == 0x20, isDigit(view.at(end + 1)), end + 1 < high,
          digits % 4 == 0 || digits == 10
        {
          end += 1
        } else {
          break
        }
      }
      if digits >= 13, digits <= 19, !(end < high && isAlphanumeric(view[end])), values[0] >= 2, values[0] <= 6 {
        for k in 0..<digits {
          var value = Int(values[digits - 1 - k])
          if k % 2 == 1 {
            value *= 2
            if value > 9 { value -= 9 }
          }
          sum += value
        }
        if sum % 10 == 0 { emit(depth, i, end, .card, mayEcho: true) }
      }
      i = max(end, i + 1)
    }
  }

  private func socialNumbers(_ depth: Int, _ low: Int, _ high: Int) {
    let view = frames[depth].view
    var i = low
    while i + 11 <= high {
      if view[i + 3] == UInt8(ascii: "-"), view[i + 6] == UInt8(ascii: "-"), isDigits(view, i, i + 3),
        isDigits(view, i + 4, i + 6), isDigits(view, i + 7, i + 11),
        !isAlphanumeric(view.at(i - 1)) || i == low, i + 11 == high || !isAlphanumeric(view[i + 11]),
        !view.has("000", at: i), !view.has("666", at: i), view[i] != UInt8(ascii: "9")
      {
        emit(depth, i, i + 11, .ssn, mayEcho: true)
        i += 11
      } else {
        i += 1
      }
    }
  }

  /// Beside an access key id, 40 bytes of base64 with all kinds of letters are its secret.
  private func awsSecrets(_ depth: Int, _ low: Int, _ high: Int) {
    let view = frames[depth].view
    var i = low
    while i < high {
      guard isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "/") || view[i] == UInt8(ascii: "+") else {
        i += 1
        continue
      }
      let start = i
      var uppers = 0
      var lowers = 0
      while i < high, isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "/") || view[i] == UInt8(ascii: "+") {
        if isUpper(view[i]) { uppers += 1 } else if isLetter(view[i]) { lowers += 1 }
        i += 1
      }
      if i - start == 40, uppers >= 4, lowers >= 4 { emit(depth, start, i, .awsSecret, mayEcho: true) }
    }
  }

  private func email(_ depth: Int, _ low: Int, _ at: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    func isLocal(_ byte: UInt8) -> Bool {
      isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+")
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "%")
    }
    var start = at
    while start > low, at - start < 64, isLocal(view[start - 1]) { start -= 1 }
    var end = at + 1
    var dots = 0
    while end < high, end - at < 255,
      isAlphanumeric(view[end]) || view[end] == UInt8(ascii: "-") || view[end] == UInt8(ascii: ".")
    {
      if view[end] == UInt8(ascii: "."), isLetter(view.at(end + 1)) { dots += 1 }
      end += 1
    }
    while end > at, view[end - 1] == UInt8(ascii: ".") || view[end - 1] == UInt8(ascii: "-") { end -= 1 }
    while start < at, !isAlphanumeric(view[start]) { start += 1 }
    guard start < at, dots > 0 else { return at + 1 }
    emit(depth, start, end, .email)
    return end
  }
}
