// A name in a text, and how the value beside it is written: `=`, `:`, pairs, attributes, elements.

extension LineRedactor {
  func keyword(_ depth: Int, _ position: Int, _ after: Int, _ low: Int, _ high: Int) -> (
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

  /// `fetch(prompt)`, `request.args["token"]`, `pw[:-1]`: an expression of a program, which names no value.
  func isExpression(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
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
  func isName(_ depth: Int, _ start: Int, _ end: Int) -> Bool {
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
}
