// A name in a text, and how the value beside it is written: `=`, `:`, pairs, attributes, elements.

extension LineRedactor {
  func keyword(_ depth: Int, _ position: Int, _ after: Int, _ low: Int, _ high: Int) -> (
    next: Int, class: KeyClass
  ) {
    let view = frames[depth].view
    var (start, end, class_, dashes) = name(depth, position, after, low, high)
    guard class_.isSensitive else { return (max(end, after), class_) }
    if isInMarker(view, start) || isInARN(view, start, low) || isPAM(view, start, end, low)
      || isDirectory(view, start, end, low)
    {
      return (end, .none)
    }
    // `--- PASS: TestLogin (0.01s)` of Go
    if end - start == 4, start - 4 >= low, view.has("--- PASS: ", at: start - 4) { return (end, .none) }
    // `!PSK:!SRP` of a cipher list
    if start > low, view[start - 1] == UInt8(ascii: "!") { return (end, .none) }
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
    // `def login(user, password):`
    if keyQuote == 0, view.has("):", at: i), isOfDefinition(view, start, low) { return (end, class_) }
    while i < high,
      view[i] == UInt8(ascii: "]")
        || view[i] == UInt8(ascii: ")") && keyQuote == 0
          && (isAmong(":]", view.at(i + 1)) || isElementOfArray(view, start, i, low))
    { i += 1 }
    if keyQuote != 0, i > end + 1, view.at(i) == UInt8(ascii: "["), isDigit(view.at(i + 1)) {
      // `instance['tokens'][0]:`
      let close = view.next(UInt8(ascii: "]"), from: i, to: min(high, i + 8))
      if isDigits(view, i + 1, close), view.at(close) == UInt8(ascii: "]") { i = min(close + 1, high) }
    }
    let isQuery =
      start > low && !isBlank(view.at(end))
      && (view[start - 1] == UInt8(ascii: "?") || view[start - 1] == UInt8(ascii: "&")
        || view[start - 1] == UInt8(ascii: ";") && start > low + 4 && view.has("&amp;", at: start - 5))
      || start - 6 >= low && view.has("\\u0026", at: start - 6)
    let beforeBlanks = i
    while i < high, i - beforeBlanks < 40, view[i] == 0x20 || view[i] == 0x09 { i += 1 }
    let blanks = i - beforeBlanks
    if depth == 0,
      i >= high || view[i] == UInt8(ascii: ",") || view[i] == UInt8(ascii: "<") || view[i] == UInt8(ascii: "|")
        || view[i] == UInt8(ascii: ")") || view[i] == 0xE2 || view[i] == 0x09 || view[i] == UInt8(ascii: ";")
        || view[i] == 0x0D
    {
      nameEnds(depth, start, end, class_)
    } else if depth == 0, blanks > 0, keyQuote == 0, isAlphanumeric(view[i]) {
      nameOfColumn(start, end, class_)
    }
    guard i < high else { return (end, class_) }

    if keyQuote == UInt8(ascii: "\""), slashes == 0, start - 6 >= low, view.hasFolded("name=\"", at: start - 6),
      let text = attributeText(view, i, high)
    {
      keyedText(depth, text.lowerBound, text.upperBound, class_)
      return (text.upperBound, class_)
    }
    if view.hasFolded(" prefix", at: end), let next = prefix(depth, end, high, class_) { return (next, class_) }
    if class_ == .queryOnly, !isQuery { return (plainKey(depth, start, end, i, high) ?? end, class_) }
    let byte = view[i]
    var isStrong = false  // Whether what follows is the value for sure.
    switch byte {
    case UInt8(ascii: "="):
      i += 1
      if i < high, view[i] == UInt8(ascii: "=") || view[i] == UInt8(ascii: ">") || view[i] == UInt8(ascii: "~") {
        i += 1
        if i < high, view[i] == UInt8(ascii: ">"), view[i - 1] == UInt8(ascii: "=") { i += 1 }
      }
      isStrong = true
    case UInt8(ascii: ":"):
      i += 1
      if i < high, view[i] == UInt8(ascii: ":") {
        guard view.at(i + 1) == 0x20, keyQuote == 0 else { return (end, class_) }
        i += 1  // `userPassword:: ZTE…` of LDIF
      }
      if depth == 0, keyQuote != 0, start - 2 >= low, view[start - 2] == UInt8(ascii: "["), high == view.count,
        high - i >= 4, view.has("]=>", at: high - 3)
      {
        leaveOpen(0, .value, class_)  // ["password":protected]=>
        return (end, class_)
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
      if blanks == 0, keyQuote == 0, let next = storedUnder(depth, start, i, low, high, class_) {
        return (next, class_)
      }
      if i < high, view[i] == UInt8(ascii: "=") { i += 1 }
      isStrong = keyQuote != 0 || blanks == 0 && i < high && !isBlank(view[i])
    case UInt8(ascii: ",")
    where keyQuote != 0 && slashes == 0 && view.has(", value=", at: i) && view.at(i + 8) == keyQuote
      && start - 6 >= low && view.has("name=", at: start - 6):
      // Cookie{name='SESSION', value='…'}
      let close = endOfString(view, i + 8, high)
      if close < high { keyedText(depth, i + 9, close, class_) }
      return (min(close + 1, high), class_)
    case UInt8(ascii: ",") where keyQuote == 0 && view.has(", value: ", at: i) && isNamedByKey(view, start, low):
      // {name: API_TOKEN, value: …} of YAML
      let next = value(
        depth, min(i + 9, high), high, class_, isStrong: true, isSpaced: false, nameStart: start, low: low)
      return (next ?? end, class_)
    case UInt8(ascii: ",") where dashes > 0 && blanks == 0 && keyQuote == 0 && view.at(i + 1) == 0x20 && i + 2 < high:
      return (flag(depth, i + 2, high, class_) ?? end, class_)  // [--password, …], as Java prints lists
    case UInt8(ascii: ".") where view.has("....", at: i):
      // password..............x, as settings are listed
      while i < high, view[i] == UInt8(ascii: ".") { i += 1 }
      isStrong = true
    case UInt8(ascii: "<") where blanks == 0 && keyQuote == 0 && isTypeTag(view, i):
      // SECRET_KEY<str> '…' of dynaconf
      i = view.next(0x20, from: i, to: high)
      isStrong = true
    case UInt8(ascii: "<") where view.has("</", at: i):
      // <td>password</td><td>…</td>
      guard let text = taggedText(view, i, high) else { return (end, class_) }
      keyedText(depth, text.start, text.end, class_)
      return (text.end, class_)
    case UInt8(ascii: "-") where view.at(i + 1) == UInt8(ascii: ">"):
      i += 2
      // `GET /models/7/authorization -> 200 (91µs)`
      if keyQuote == 0, isStatus(view, i) { return (end, class_) }
      isStrong = keyQuote != 0
    case UInt8(ascii: ",")
    where keyQuote == 0 && slashes == 0
      && (start > low && view[start - 1] == UInt8(ascii: "{") || start - 1 > low && view.has("{:", at: start - 2))
      && (view.at(i + 1) == UInt8(ascii: "\"") || view.has(" \"", at: i + 1) || view.has("<<\"", at: i + 1)):
      i += 1  // {password,"…"} and {password,<<"…">>} of Erlang, {:password, "…"} of Elixir
      isStrong = true
    case UInt8(ascii: ",") where keyQuote == 0 && view.has("{cookie,'", at: start - 1):
      // {cookie,'…'} of Erlang: what its nodes trust each other by
      let close = endOfString(view, i + 1, high)
      guard close < high, close - i >= 18, !hasBlank(view, i + 2, close) else { return (end, class_) }
      emit(depth, i + 2, close, .secret, mayEcho: true)
      return (close, class_)
    case UInt8(ascii: ",")
    where keyQuote == 0 && slashes == 0 && start > low && view[start - 1] == UInt8(ascii: "[") && class_.isStrong
      && view.at(i + 1) == 0x20:
      // [Password, …] of .NET
      let close = bareEnd(view, i + 2, high, isEnvironment: true)
      guard view.at(close) == UInt8(ascii: "]"), isMixed(view, i + 2, close) || isByChance(view, i + 2, close),
        !isHarmless(view, i + 2, close, class_)
      else { return (end, class_) }
      emit(depth, i + 2, close, ruleOf(class_), mayEcho: true)
      return (close, class_)
    case UInt8(ascii: ".")
    where blanks == 1 && keyQuote == 0 && view.has(". \"", at: i) && start > low
      && view[start - 1] == UInt8(ascii: "("):
      i += 1  // (password . "…") of Lisp
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
      if class_ == .auth {
        // ('X-Auth', '…')
        var j = i + 1
        while j < high, view[j] == 0x20 { j += 1 }
        guard j < high, isAmong("'\"", view[j]) else { return (end, class_) }
        let close = endOfString(view, j, high)
        guard close < high, isByChance(view, j + 1, close) || isChanceWord(view, j + 1, close) else {
          return (end, class_)
        }
        emit(depth, j + 1, close, ruleOf(class_), mayEcho: true)
        return (close, class_)
      }
      if slashes == 0, start - 1 > low, let next = argument(depth, start, i + 1, low, high, class_) {
        return (next, class_)
      }
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
          || class_ == .password && isPassphrase(view, j + 1, close)
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
      // Secret([143, 13, …]) of Rust
      if blanks == 0, keyQuote == 0, next == UInt8(ascii: "["), isDigit(view.at(i + 2)), class_.isStrong {
        return (list(depth, i + 1, high, class_) ?? end, class_)
      }
      if keyQuote == 0, blanks > 0, view.hasFolded("(default", at: i), class_.isStrong {
        return (defaultValue(depth, i + 8, high, class_) ?? end, class_)
      }
      if dashes > 0, blanks > 0 { return (flag(depth, i, high, class_) ?? end, class_) }
      if keyQuote == 0, blanks == 1, view.at(i - 2) != UInt8(ascii: ":"), let close = aside(view, i, high) {
        // `key (base64): …`
        var from = close + 2
        while from < high, view[from] == 0x20 { from += 1 }
        guard from < high else { return (end, class_) }
        return (
          value(depth, from, high, class_, isStrong: false, isSpaced: true, nameStart: start, low: low) ?? end, class_
        )
      }
      guard blanks == 0, next == UInt8(ascii: "'") || next == UInt8(ascii: "\""), keyQuote == 0 else {
        return (end, class_)
      }
      i += 1
      guard class_ == .password || looksOpaque(view, i + 1, endOfString(view, i, high), 12) else {
        if class_ == .auth || class_ == .credential { arguments(depth, start, i, high) }
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
        if byte == keyQuote, slashes == 0, class_ == .auth, isOne(view, start, end, "auth", "auth", "auth") {
          // "AUTH" "user" "…" and "AUTH" "…" of Redis
          var first = i
          var close = closingQuote(view, first, high, 0)
          if view.has(" \"", at: close + 1), close + 3 < high {
            first = close + 2
            close = closingQuote(view, first, high, 0)
          }
          guard close < high, looksLikePassword(view, first + 1, close), !isHarmless(view, first + 1, close, .password)
          else { return (end, class_) }
          emit(depth, first + 1, close, .password, mayEcho: true)
          return (close, class_)
        }
        if byte == keyQuote, slashes == 0 {
          var close = closingQuote(view, i, high, 0)
          if close < high, isDigits(view, i + 1, close), view.at(close + 1) == 0x20, view.at(close + 2) == keyQuote {
            i = close + 2  // "SETEX" "token" "60" "…"
            close = closingQuote(view, i, high, 0)
          }
          if close < high, class_.isStrong, class_ != .password, looksOpaque(view, i + 1, close, 16),
            !hasBlank(view, i + 1, close),
            !isHarmless(view, i + 1, close, class_)
          {
            emit(depth, i + 1, close, ruleOf(class_), mayEcho: true)
            return (close, class_)
          }
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
      if keyQuote == 0, blanks > 1, dashes == 0, let next = column(depth, start, i, low, high, class_) {
        return (next, class_)
      }
      if keyQuote == 0, blanks == 1, view[i - 1] == 0x09, let next = field(depth, start, i, low, high, class_) {
        return (next, class_)
      }
      if keyQuote == 0, blanks == 0, byte == UInt8(ascii: "|"), start > low, view[start - 1] == UInt8(ascii: "|"),
        i + 1 < high, let next = field(depth, start, i + 1, low, high, class_)
      {
        return (next, class_)
      }
      if keyQuote == 0, blanks == 1, class_ == .key, view.next(UInt8(ascii: "-"), from: start, to: end) < end {
        // `ip ospf authentication-key …` of a router
        let close = bareEnd(view, i, high, isEnvironment: true)
        if isLastWord(view, close, high), isMixedOrDigit(view, i, close), !isHarmless(view, i, close, class_) {
          emit(depth, i, close, ruleOf(class_), mayEcho: true)
          return (close, class_)
        }
      }
      if keyQuote == 0, blanks == 1, let next = stored(depth, start, i, low, high, class_) { return (next, class_) }
      if blanks == 1, slashes == 0, view.hasFolded("in (", at: i), class_.isStrong, i + 4 < high {
        // `api_token IN ('…', '…')` of SQL
        quotedItems(depth, i + 4, high, class_)
        return (end, class_)
      }
      if blanks > 0, byte == UInt8(ascii: "|") || view.has("│", at: i), keyQuote == 0,
        class_.isStrong || class_ == .session,
        let next = expandedRow(depth, start, byte == UInt8(ascii: "|") ? i + 1 : i + 3, low, high, class_)
      {
        return (next, class_)
      }
      if keyQuote == 0, blanks > 0 { return (prose(depth, start, end, i, low, high, class_) ?? end, class_) }
      return (end, class_)
    }

    // The value.
    let beforeValue = i
    while i < high, view[i] == 0x20 || view[i] == 0x09 { i += 1 }
    guard i < high else {
      valueIsMissing(depth, start, low, high, class_, isQuoted: keyQuote != 0)
      return (end, class_)
    }
    if valueOpens(depth, i, high, class_) { return (end, class_) }
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

  /// `name: ` or `key: ` stands before it.
  private func isNamedByKey(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    start - 5 >= low && view.has("key: ", at: start - 5) || start - 6 >= low && view.has("name: ", at: start - 6)
  }

  /// A parameter of a function that is defined there.
  private func isOfDefinition(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    let from = max(low, start - 160)
    let open = view.last(UInt8(ascii: "("), from: from, before: start)
    guard open > from else { return false }
    return view.find("def ", from: max(from, open - 64), to: open) < open
  }

  /// A blank, three digits, and no more of a word: how a request ended.
  private func isStatus(_ view: ByteView, _ start: Int) -> Bool {
    guard view.at(start) == 0x20, view.at(start + 1) &- UInt8(ascii: "1") < 5, isDigit(view.at(start + 2)),
      isDigit(view.at(start + 3))
    else { return false }
    return start + 4 >= view.count || !isAlphanumeric(view[start + 4])
  }

  /// The text behind tags: `</td><td class="code"><pre>'…'</pre>`, `</em> = '…'`.
  func taggedText(_ view: ByteView, _ start: Int, _ high: Int) -> (start: Int, end: Int)? {
    var i = start
    let limit = min(high, start + 256)
    while i < limit {
      if view[i] == UInt8(ascii: "<") {
        i = view.next(UInt8(ascii: ">"), from: i, to: limit) + 1
      } else if isBlank(view[i]) || view[i] == UInt8(ascii: "=") || view[i] == UInt8(ascii: "\"")
        || view[i] == UInt8(ascii: "'")
      {
        i += 1
      } else if view.has("&nbsp;", at: i) || view.has("&#x27;", at: i) || view.has("&quot;", at: i) {
        i += 6
      } else if view.has("&#39;", at: i) || view.has("&#34;", at: i) {
        i += 5
      } else {
        break
      }
    }
    guard i < limit else { return nil }
    var end = view.next(UInt8(ascii: "<"), from: i, to: high)
    guard end > i else { return nil }
    for k in i..<end where view[k] == UInt8(ascii: "&") && (view.has("&#", at: k) || view.has("&quot;", at: k)) {
      end = k
      break
    }
    while end > i,
      view[end - 1] == UInt8(ascii: "'") || view[end - 1] == UInt8(ascii: "\"") || view[end - 1] == UInt8(ascii: ",")
        || isBlank(view[end - 1])
    {
      end -= 1
    }
    guard i < end else { return nil }
    // Words of a page, such as `Forgot?`, hold no digit.
    let hasDigit = (i..<end).contains { isDigit(view[$0]) }
    return hasDigit && looksLikePassword(view, i, end) || looksOpaque(view, i, end, 8) ? (i, end) : nil
  }

  /// `code prefix: 0.AXkAq9b2...`: a part of the secret.
  private func prefix(_ depth: Int, _ end: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    var i = end + 7
    guard i < high, view[i] == UInt8(ascii: ":") || view[i] == UInt8(ascii: "=") else { return nil }
    i += 1
    while i < high, view[i] == 0x20 || view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") { i += 1 }
    var to = i
    while to < high, Self.tokenBytes.contains(view[to]), !view.has("...", at: to) { to += 1 }
    guard to - i >= 6, view.has("...", at: to) || view.has("…", at: to), looksOpaque(view, i, to, 6) else { return nil }
    emit(depth, i, to, class_ == .queryOnly ? .oauthCode : ruleOf(class_))
    return to
  }

  /// `key: …`, `keys = […]`, `code=…`: names too common to tell a secret, beside text that only chance makes.
  private func plainKey(_ depth: Int, _ start: Int, _ end: Int, _ from: Int, _ high: Int) -> Int? {
    let view = frames[depth].view
    if namesSignature(view, start, end) { return signature(depth, from, high) }
    let isKey = isOne(view, start, end, "key", "key", "keys")
    guard isKey || isOne(view, start, end, "code", "state", "ticket") else { return nil }
    var i = from
    if isKey, view.has("<Buffer ", at: i) { return buffer(depth, i + 8, high, .queryOnly) }
    if isKey, view[i - 1] == 0x20, isAlphanumeric(view[i]) {
      // `with key X for kai`
      let valueEnd = bareEnd(view, i, min(high, i + 600), isEnvironment: true)
      guard isByChance(view, i, valueEnd) else { return nil }
      emit(depth, i, valueEnd, .apiKey, mayEcho: true)
      return valueEnd
    }
    guard view[i] == UInt8(ascii: ":") || view[i] == UInt8(ascii: "=") else { return nil }
    i += 1
    if i < high, view[i] == UInt8(ascii: ">") { i += 1 }
    while i < high, view[i] == 0x20 || view[i] == UInt8(ascii: "\\") { i += 1 }
    guard i < high else {
      if isKey { valueIsMissing(depth, start, 0, high, .queryOnly, isQuoted: false) }
      return nil
    }
    if isKey, view.has("<Buffer ", at: i) { return buffer(depth, i + 8, high, .queryOnly) }
    if isKey, valueOpens(depth, i, high, .queryOnly) { return nil }
    if view[i] == UInt8(ascii: "["), isKey, isDigit(view.at(i + 1)) { return list(depth, i, high, .cryptoKey) }
    let isList = view[i] == UInt8(ascii: "[") && isKey
    if isList { i += 1 }
    var next: Int?
    repeat {
      while i < high, view[i] == 0x20 || view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") { i += 1 }
      let valueEnd = i < high ? bareEnd(view, i, min(high, i + 600), isEnvironment: true) : i
      walkBudget -= valueEnd - i
      guard walkBudget > 0 else {
        emit(depth, i, high, .tooDeep)
        return high
      }
      guard valueEnd > i,
        isByChance(view, i, valueEnd)
          || isList && isLongHex(view, i, valueEnd)
          || !isKey && looksLikeCode(view, i, valueEnd)
          || isKey && start == 0 && valueEnd == high && isUpperHex(view, i, valueEnd)
      else { return next }
      emit(depth, i, valueEnd, isKey ? .apiKey : .oauthCode, mayEcho: true)
      next = valueEnd
      i = valueEnd
      while i < high, view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: ",") {
        i += 1
      }
    } while isList && i < high
    return next
  }

  /// Digits of a key of 128 bits or more.
  func isLongHex(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 32, end - start <= 132 else { return false }
    for i in start..<end where !isHex(view[i]) { return false }
    return true
  }

  /// `key=53D4…`, alone on its line, as OpenSSL prints keys of 128 bits or more.
  private func isUpperHex(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 32, (end - start) % 16 == 0 else { return false }
    for i in start..<end where !isDigit(view[i]) && !(isHex(view[i]) && isUpper(view[i])) { return false }
    return true
  }

  /// `X-Goog-Signature`, `X-Amz-Signature`: who has it may fetch what the URL names.
  func namesSignature(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    isOne(view, start, end, "x-goog-signature", "x-amz-signature", "x-oss-signature")
  }

  /// The value behind such a name, at its `:` or `=`.
  private func signature(_ depth: Int, _ from: Int, _ high: Int) -> Int? {
    let view = frames[depth].view
    var i = from
    while i < high, i < from + 4, isAmong(":= \"'", view[i]) { i += 1 }
    var end = i
    while end < high, isHex(view[end]) { end += 1 }
    guard end - i >= 40 else { return nil }
    emit(depth, i, end, .urlSignature)
    return end
  }

  /// `secret_id        5a6a6f93-…`: name and value as two columns, alone on their line.
  private func column(_ depth: Int, _ start: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    guard isFirstWord(view, start, low), class_.isStrong || class_ == .secretID || class_ == .otp else { return nil }
    let end = bareEnd(view, from, high, isEnvironment: true)
    guard end > from, isLastWord(view, end, high) || view.has("  ", at: end) && isMixedOrDigit(view, from, end),
      !isHarmless(view, from, end, class_),
      class_ == .password ? looksLikePassword(view, from, end) : looksOpaque(view, from, end, 12)
    else { return nil }
    emit(depth, from, end, ruleOf(class_), mayEcho: true)
    return end
  }

  /// A letter and a digit at least: no word of a sentence.
  private func isMixedOrDigit(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let (digits, uppers, lowers) = view.kinds(start, end)
    return digits > 0 && uppers + lowers > 2 && end - start >= 6
  }

  /// A name and its value among fields with a mark between: a jar of cookies, a row of a table.
  private func field(_ depth: Int, _ start: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    guard class_.isStrong || class_ == .session, start > low, view[start - 1] == view[from - 1] else { return nil }
    var end = from
    while end < high, !isBlank(view[end]), view[end] != UInt8(ascii: "|") { end += 1 }
    guard end == high || view[end] == view[from - 1] || isLastWord(view, end, high),
      class_ == .password ? isMixed(view, from, end) : isByChance(view, from, end), !isHarmless(view, from, end, class_)
    else { return nil }
    emit(depth, from, end, ruleOf(class_), mayEcho: true)
    return end
  }

  /// `SETEX oauth:token 60 …` of Redis: a key with a sensitive name is set.
  private func stored(_ depth: Int, _ start: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    guard class_.isStrong || class_ == .session else { return nil }
    var i = start
    while i > low, start - i < 128, !isBlank(view[i - 1]) { i -= 1 }
    guard i - 4 >= low, view[i - 1] == 0x20,
      view.hasFolded("set ", at: i - 4) || view.hasFolded("setex ", at: i - 6) || view.hasFolded("setnx ", at: i - 6)
        || view.hasFolded("getset ", at: i - 7)
    else { return nil }
    var value = from
    if view[value] == UInt8(ascii: "'") || view[value] == UInt8(ascii: "\"") { value += 1 }
    guard value < high else { return nil }
    var end = bareEnd(view, value, high, isEnvironment: true)
    if isDigits(view, value, end), view.at(end) == 0x20, end + 1 < high {
      value = end + 1
      end = bareEnd(view, value, high, isEnvironment: true)
    }
    guard end > value, class_ == .password ? looksLikePassword(view, value, end) : looksOpaque(view, value, end, 16),
      !isHarmless(view, value, end, class_)
    else { return nil }
    emit(depth, value, end, ruleOf(class_), mayEcho: true)
    return end
  }

  /// `"SET" "otp:bob" "…"`, `"oauth:token:bob" "…"` of Redis: the name is part of a key that is set.
  private func storedUnder(_ depth: Int, _ start: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass) -> Int?
  {
    let view = frames[depth].view
    guard class_.isStrong || class_ == .session || class_ == .otp else { return nil }
    var open = start
    while open > low, start - open < 64, isAlphanumeric(view[open - 1]) || isAmong(":_-.", view[open - 1]) { open -= 1 }
    guard open > low, view[open - 1] == UInt8(ascii: "\"") else { return nil }
    let close = view.next(UInt8(ascii: "\""), from: from, to: min(high, from + 128))
    guard view.has("\" \"", at: close), !hasBlank(view, from, close), close + 3 < high else { return nil }
    let end = endOfString(view, close + 2, high)
    if end < high, isMarker(view, close + 3, end) { return end }
    guard end < high, !isHarmless(view, close + 3, end, class_),
      class_ == .otp
        ? isDigits(view, close + 3, end) && (4...8).contains(end - close - 3)
        : class_ == .password ? isMixed(view, close + 3, end) : isByChance(view, close + 3, end)
    else { return nil }
    emit(depth, close + 3, end, ruleOf(class_), mayEcho: true)
    return end
  }

  /// `name="password"`: the name is the value of an attribute.
  private func isAttribute(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    start - 2 >= low && view[start - 2] == UInt8(ascii: "=") && start - 6 >= low
      && (view.hasFolded("name=", at: start - 6) || view.hasFolded("key=", at: start - 5))
  }

  /// `(base64):` — what is said about the name before its value.
  private func aside(_ view: ByteView, _ open: Int, _ high: Int) -> Int? {
    let close = view.next(UInt8(ascii: ")"), from: open, to: min(high, open + 32))
    guard view.at(close) == UInt8(ascii: ")"), view.at(close + 1) == UInt8(ascii: ":"), view.at(close + 2) == 0x20
    else { return nil }
    for i in (open + 1)..<close where !isAlphanumeric(view[i]) && !isAmong(" -_/", view[i]) { return nil }
    return close
  }

  /// `("kai", …, "token", "…")`: names and values in turn, as arguments are printed.
  private func argument(_ depth: Int, _ start: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    var before = start - 1
    while before > low, view[before - 1] == 0x20 { before -= 1 }
    guard before > low, view[before - 1] == UInt8(ascii: ","),
      class_.isStrong || class_ == .session || class_ == .otpSecret
    else { return nil }
    var i = from
    while i < high, view[i] == 0x20 { i += 1 }
    guard i < high, view[i] == view[start - 1] else { return nil }
    let close = endOfString(view, i, high)
    guard close < high, close - i <= 257, !isHarmless(view, i + 1, close, class_),
      !hasBlank(view, i + 1, close) || class_ == .password,
      class_ == .password
        ? isMixed(view, i + 1, close) || isPassphrase(view, i + 1, close)
        : class_ == .session ? isByChance(view, i + 1, close) : looksOpaque(view, i + 1, close, 20)
    else { return nil }
    emit(depth, i + 1, close, ruleOf(class_), mayEcho: true)
    return close
  }

  /// `'…', '…')`: the strings up to the closing bracket.
  func quotedItems(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) {
    let view = frames[depth].view
    var i = start
    while i < high, i < start + 4096 {
      while i < high, isBlank(view[i]) || view[i] == UInt8(ascii: ",") { i += 1 }
      guard i < high, view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: "\"") else { return }
      let close = endOfString(view, i, high)
      keyedText(depth, i + 1, close, class_)
      i = close + 1
    }
  }

  /// `password | …`: one column a line, as psql prints wide rows.
  private func expandedRow(_ depth: Int, _ start: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass)
    -> Int?
  {
    let view = frames[depth].view
    var i = from
    while i < high, view[i] == 0x20 { i += 1 }
    var first = start
    while first >= 3, view[first - 1] == 0x20 { first -= 1 }
    if first >= 3, view.has("│", at: first - 3) { first -= 3 } else { first = start }
    guard i < high, isFirstWord(view, first, low) else { return nil }
    var end = bareEnd(view, i, high, isEnvironment: true)
    if view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: "\"") {
      end = endOfString(view, i, high)
      i += 1
    } else if class_ == .password {
      let wide = view.find("  ", from: i, to: high)
      let bar = min(view.find(" |", from: i, to: high), view.find(" │", from: i, to: high), wide)
      if isPassphrase(view, i, bar) { end = bar }
    }
    guard i < end, end < high || !isAmong("'\"", view[i - 1]) else { return nil }
    var last = end
    while last < high, isAmong(" '\"", view[last]) { last += 1 }
    if last < high, view[last] == UInt8(ascii: "|") { last += 1 } else if view.has("│", at: last) { last += 3 }
    guard isLastWord(view, last, high), !isHarmless(view, i, end, class_),
      class_ == .password
        ? looksLikePassword(view, i, end) || isPassphrase(view, i, end)
        : looksOpaque(view, i, end, class_ == .session ? 20 : 10)
    else { return nil }
    emit(depth, i, end, ruleOf(class_), mayEcho: true)
    if end - i >= 16, view.has(" │", at: end) || view.has(" |", at: end) {
      // The cell is full: a longer value goes on in the next row.
      leaveOpen(depth, .cell, class_)
    }
    return end
  }

  /// `conf(password) = …`: an element of an array of Tcl. The bracket at `close` is followed by an assignment.
  private func isElementOfArray(_ view: ByteView, _ start: Int, _ close: Int, _ low: Int) -> Bool {
    guard start - 1 > low, view[start - 1] == UInt8(ascii: "("), isAlphanumeric(view[start - 2]) else { return false }
    var i = close + 1
    while i < close + 40, view.at(i) == 0x20 { i += 1 }
    return i > close + 1 && view.at(i) == UInt8(ascii: "=") && view.at(i + 1) == 0x20
  }

  /// `password (default "…")`, `--token TOKEN (default: …)`: what stands behind `(default`.
  private func defaultValue(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    var i = start
    while i < high, i < start + 6, view[i] == 0x20 || view[i] == UInt8(ascii: ":") || view[i] == UInt8(ascii: "=") {
      i += 1
    }
    guard i < high, i > start else { return nil }
    var end = view.next(UInt8(ascii: ")"), from: i, to: min(high, i + 256))
    if isAmong("\"'`", view[i]) {
      end = endOfString(view, i, high)
      i += 1
    }
    guard end > i, end < high, !isHarmless(view, i, end, class_),
      class_ == .password ? looksLikePassword(view, i, end) : looksOpaque(view, i, end, 10)
    else { return nil }
    emit(depth, i, end, ruleOf(class_), mayEcho: true)
    return end
  }

  private func isAfterSetter(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    start - 4 >= low
      && (view.has("ENV ", at: start - 4) || view.has("ARG ", at: start - 4) || view.has("set ", at: start - 4))
      && (start - 4 == low || isBlank(view[start - 5])) && view.at(start - 6) != UInt8(ascii: "s")
      && hasUnderscore(view, start) && !isSetTo(view, start)
  }

  /// `set DB_PASS to …`
  private func isSetTo(_ view: ByteView, _ start: Int) -> Bool {
    var i = start
    while isAlphanumeric(view.at(i)) || view.at(i) == UInt8(ascii: "_") { i += 1 }
    return view.has(" to ", at: i)
  }

  private func hasUnderscore(_ view: ByteView, _ start: Int) -> Bool {
    var i = start
    while isAlphanumeric(view.at(i)) { i += 1 }
    return view.at(i) == UInt8(ascii: "_")
  }

  /// `fetch(prompt)`, `request.args["token"]`, `pw[:-1]`: an expression of a program, which names no value;
  /// `passwd-file(kim,203.0.113.9):` of Dovecot.
  func isExpression(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    var i = start
    var hasDot = false
    var hasDash = false
    while i < high, i < start + 64,
      isLetter(view[i]) && (!isUpper(view[i]) || hasDot) || view[i] == UInt8(ascii: "_") || view[i] == UInt8(ascii: ".")
        || view[i] == UInt8(ascii: "?") && view.at(i + 1) == UInt8(ascii: ".")
        || view[i] == UInt8(ascii: "-") && i > start && isLetter(view.at(i + 1))
    {
      hasDot = hasDot || view[i] == UInt8(ascii: ".")
      hasDash = hasDash || view[i] == UInt8(ascii: "-")
      i += 1
    }
    guard i > start, i < high else { return false }
    let open = view[i]
    let next = view.at(i + 1)
    if open == UInt8(ascii: "["), !hasDash {
      return next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") || next == UInt8(ascii: ":")
        || next == UInt8(ascii: "\\")
    }
    guard open == UInt8(ascii: "("), i - start >= 2 else { return false }
    let close = view.next(UInt8(ascii: ")"), from: i, to: high)
    if hasDash { return close < high && view.at(close + 1) == UInt8(ascii: ":") }
    return close < high || hasDot && i + 1 == high
  }

  /// The kind of a marker of ours is no name.
  func isInMarker(_ view: ByteView, _ start: Int) -> Bool { view.has("[REDACTED:", at: start - 10) }

  /// `arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db`: an address.
  private func isInARN(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    guard start > low, view[start - 1] == UInt8(ascii: ":") else { return false }
    var i = start - 1
    while i > low, start - i < 128, isAlphanumeric(view[i - 1]) || isAmong(":-*_/", view[i - 1]) {
      i -= 1
      // It may stand behind a word: `SecretDeleteMessage:arn:aws:…`.
      if view.has("arn:", at: i), i == low || !isAlphanumeric(view[i - 1]) { return true }
    }
    return false
  }

  /// `TTY=pts/0 ; PWD=/home/bob ; USER=root` of sudo: where, not a password.
  private func isDirectory(_ view: ByteView, _ start: Int, _ end: Int, _ low: Int) -> Bool {
    (view.has("PWD=/", at: start) && end == start + 3 || view.has("OLDPWD=/", at: start) && end == start + 6)
      && (start == low || isBlank(view[start - 1]))
  }

  /// `pam_unix(passwd:chauthtok)`: a service and what it asks for.
  private func isPAM(_ view: ByteView, _ start: Int, _ end: Int, _ low: Int) -> Bool {
    guard start > low + 4, view[start - 1] == UInt8(ascii: "("), view.at(end) == UInt8(ascii: ":") else { return false }
    return view.has("pam_", at: view.startOfName(start - 1, from: max(low, start - 32)))
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

  func isTag(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
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
    if depth == 0, start == view.count, class_.isStrong { leaveOpen(0, .value, class_) }
    let end = view.next(UInt8(ascii: "<"), from: start, to: high)
    guard end > start, end < high, view.at(end + 1) == UInt8(ascii: "/") || view.at(end + 1) == UInt8(ascii: "!") else {
      return nil
    }
    keyedText(depth, start, end, class_)
    return end
  }

  /// `<Attribute Name="apiToken" …><AttributeValue …>…</AttributeValue>` of SAML, from behind the name on.
  private func attributeText(_ view: ByteView, _ start: Int, _ high: Int) -> Range<Int>? {
    let limit = min(high, start + Self.attributeBytesMax)
    let element = view.find("AttributeValue", from: start, to: limit)
    guard element < limit else { return nil }
    let open = view.next(UInt8(ascii: ">"), from: element, to: limit)
    guard open < limit, view[open - 1] != UInt8(ascii: "/") else { return nil }
    let close = view.next(UInt8(ascii: "<"), from: open + 1, to: high)
    return close < high && close > open + 1 ? open + 1..<close : nil
  }

  private static let attributeBytesMax = 512

  /// Whether a type stands there as dynaconf lists settings: `KEY<str> '…'`.
  private func isTypeTag(_ view: ByteView, _ start: Int) -> Bool {
    Self.typeTags.contains { view.has($0, at: start) }
  }

  private static let typeTags: [StaticString] = ["<str> ", "<int> ", "<bytes> "]
}
