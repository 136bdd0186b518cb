// The value of a name in a text: where it ends, and whether it is worth hiding.

extension LineRedactor {
  private static let wrappers: [StaticString] = [
    "Some(", "Ok(", "Secret(", "SecretStr(", "SecretString(", "String(", "new String(", "Optional(", "Redacted(",
    "Just ", "Bytes(", "Cow(", "Token(", "Password(",
  ]

  /// The value of a sensitive name in a text.
  ///
  /// - Returns: where it ends, or nil if it was left.
  func value(
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
    if view.has("</", at: i) { return nil }  // <label>Password:</label>
    if i < high, view[i] == UInt8(ascii: "&") || view[i] == UInt8(ascii: "*"), view.at(i + 1) == UInt8(ascii: "\"") {
      i += 1
    }
    i = withoutType(view, i, high)
    if beginsKey(view, i, high) || i < high && isAmong("\"'", view[i]) && beginsKey(view, i + 1, high) { return nil }
    if depth == 0, view.has("<<", at: i), isLetter(view.at(i + 2)) || isAmong("-~", view.at(i + 2)), isStrong {
      leaveOpen(0, .value, class_)  // <<EOT
      opens?.indent = -1
      return nil
    }
    if i + 1 < high,
      view[i] == UInt8(ascii: "b") || view[i] == UInt8(ascii: "u") || view[i] == UInt8(ascii: "r")
        || view[i] == UInt8(ascii: "N"), view[i + 1] == UInt8(ascii: "'") || view[i + 1] == UInt8(ascii: "\"")
    {
      i += 1
    }
    guard i < high else { return nil }
    if view.has("!!", at: i) {
      i = view.next(0x20, from: i, to: high) + 1  // !!binary of YAML
    } else if view.has("[]", at: i) {
      // []uint8{0x70, …}, []string{"…"} of Go
      let brace = view.next(UInt8(ascii: "{"), from: i, to: min(high, i + 24))
      if view.at(brace) == UInt8(ascii: "{"), brace + 1 < high { return items(depth, brace + 1, high, class_) }
    }
    guard i < high else { return nil }
    if depth == 0 { notePlaceholder(i, high, nameStart) }
    if view[i] == UInt8(ascii: "<") {
      if view.has("<Buffer ", at: i) { return buffer(depth, i + 8, high, class_) }
      // <class 'app.Token'>, <function token at 0x…>
      for start in Self.objects where view.has(start, at: i) { return nil }
      if isObject(view, i, high) { return nil }
    }
    if let next = collection(depth, i, high, class_) ?? call(depth, i, high, class_) { return next }
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
        isAmong(",);", view.at(i + 1)) || view.has(" (", at: i + 1),
        view.next(byte, from: nameStart, to: i) == i
      {
        return nil
      }
      // `printf \'Password: \'; read`
      if slashes == 1, nameStart - 1 > low, isSpaced, isAmong(",);", view.at(i + 1)),
        view.next(byte, from: max(low, nameStart - 32), to: nameStart) < nameStart,
        view.next(byte, from: nameStart, to: i) == i
      {
        return nil
      }
      // `match "Password:"? no`
      if slashes == 0, nameStart > low, view[nameStart - 1] == byte, !isSpaced, view.at(i - 1) == UInt8(ascii: ":"),
        i + 1 == high || isAmong(" ?;,)/>", view.at(i + 1))
      {
        return nil
      }
      let end = closingQuote(view, i, high, slashes)
      guard end > i + 1 else { return nil }
      let inner = i + 1
      // `PASS: 'hostname'`: a test that passed
      if class_ == .password, view.has("PASS:", at: nameStart),
        (inner..<end).allSatisfy({ isLetter(view[$0]) && !isUpper(view[$0]) })
      {
        return nil
      }
      let isWord = !isStrong && isSpaced && class_ != .password
      if isWord, !looksOpaque(view, inner, end, 8), !(class_ == .auth && isUserAndPassword(view, inner, end)),
        !(class_ == .otp && isDigits(view, inner, end))
      {
        return nil
      }
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
    if slashes == 0, isExpression(view, i, high) || isConstructor(view, i, high) { return nil }
    if byte == UInt8(ascii: "["), slashes == 0 { return list(depth, i, high, class_) }
    if byte == UInt8(ascii: "{"), slashes == 0, isStrong, class_.isStrong, view.has("{\"value\":", at: i),
      levels.count == 0
    {
      return walk(depth, i, high, inherited: class_)
    }
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
    if byte == UInt8(ascii: "("), slashes == 0 {
      // auth=('kai', '…')
      let next = view.at(i + 1)
      if next == UInt8(ascii: "'") || next == UInt8(ascii: "\""),
        class_ == .auth || class_ == .credential || class_ == .password || class_ == .key
      {
        arguments(depth, nameStart, i + 1, high, pairOf: 6)
      }
      return nil
    }
    if class_ == .password, let end = endOfPassphrase(view, i, high),
      isFirstWord(view, nameStart, low) || isPhrase(view, nameStart, start)
    {
      emit(depth, i, end, .password, mayEcho: true)
      return end
    }
    if class_.isStrong, let end = endOfBytes(view, i, high) {
      emit(depth, i, end, ruleOf(class_), mayEcho: true)
      return end
    }
    let end = bareEnd(view, i, high, isEnvironment: isStrong)
    guard end > i else { return nil }
    if view[i] == UInt8(ascii: "<"), end > i { if isHarmless(view, i, min(end + 1, high), class_) { return nil } }
    guard !isHarmless(view, i, end, class_) else { return nil }
    // `def rotate(new_password): policy="x"`, `self.password = user`
    if view[end - 1] == UInt8(ascii: "="), isAmong("'\"", view.at(end)), end - i <= 24, isWord(view, i, end - 1) {
      return nil
    }
    if isMember(view, nameStart, low), isWord(view, i, end) { return nil }
    // `rejected token: token_hash=…`: a pair of its own
    if class_ != .password, isSpaced, view.has(": ", at: i - 2), isLetter(view[i]), looksLikePair(view, i, end) {
      return nil
    }
    // `pw = pw + c`: the name once more
    if isSame(view, i, end, nameStart) { return nil }
    if class_ == .password, isDigits(view, i, end), end - i < (isWholePass(view, nameStart) ? 4 : 3) { return nil }
    // `secret=conn.password`, in a line of a program
    if view.next(UInt8(ascii: "."), from: i, to: end) < end, isName(depth, i, end) { return nil }
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
    if class_ == .secrets || class_ == .tokens || class_ == .keys, view.has(", ", at: end) {
      _ = bareItems(depth, end, min(high, end + 1024), class_)  // `passwords: X, Y`
    }
    return end
  }

  /// Small letters and `_`, at least one of them, before a `=`.
  private func looksLikePair(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let mark = view.next(UInt8(ascii: "="), from: start, to: end)
    return mark + 1 < end && view.next(UInt8(ascii: "_"), from: start, to: mark) < mark && isWord(view, start, mark)
  }

  /// A name behind `self.` or `this.`, in a line of a program.
  private func isMember(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    view.has("self.", at: start) || view.has("this.", at: start)
      || start - 5 >= low && (view.has("self.", at: start - 5) || view.has("this.", at: start - 5))
  }

  /// Small letters and `_` only.
  private func isWord(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for i in start..<end where isUpper(view[i]) || !isLetter(view[i]) && view[i] != UInt8(ascii: "_") { return false }
    return true
  }

  /// `CharField(max_length=4)`, `TextInput()`: what a program makes there.
  private func isConstructor(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    guard start < high, isUpper(view[start]) else { return false }
    var i = start
    while i < high, i < start + 48, isAlphanumeric(view[i]) || isAmong("_.", view[i]) { i += 1 }
    guard i > start + 2, i + 1 < high, view[i] == UInt8(ascii: "(") else { return false }
    i += 1
    let name = i
    while i < high, i < name + 32, isLetter(view[i]) && !isUpper(view[i]) || view[i] == UInt8(ascii: "_") { i += 1 }
    return i < high && (i > name ? view[i] == UInt8(ascii: "=") : view[i] == UInt8(ascii: ")"))
  }

  /// Where eight bytes or more end that are printed one by one: `9f 9a 0f …`, `9f:9a:0f:…`.
  private func endOfBytes(_ view: ByteView, _ start: Int, _ high: Int) -> Int? {
    guard start + 23 <= high, isAmong(" :", view[start + 2]) else { return nil }
    let mark = view[start + 2]
    var i = start
    while i + 1 < high, isHex(view[i]), isHex(view[i + 1]), i + 2 >= high || !isAlphanumeric(view[i + 2]) {
      i += 2
      guard i < high, view[i] == mark else { break }
      i += 1
    }
    while i > start, view[i - 1] == mark { i -= 1 }
    return i - start >= 23 ? i : nil
  }

  /// `seed phrase`, `passphrase`: words follow.
  private func isPhrase(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for i in start..<min(end, start + 64) where view.hasFolded("phrase", at: i) || view.hasFolded("mnemonic", at: i) {
      return true
    }
    return false
  }

  /// Where a passphrase of four words or more ends that takes the rest of its line.
  private func endOfPassphrase(_ view: ByteView, _ start: Int, _ high: Int) -> Int? {
    var end = view.next(0x0A, from: start, to: min(high, start + 128))
    guard end == high || view[end] == 0x0A else { return nil }
    while end > start, isBlank(view[end - 1]) { end -= 1 }
    guard isPassphrase(view, start, end) else { return nil }
    return (start..<end).count { view[$0] == 0x20 } >= 3 ? end : nil
  }

  /// What some languages and tools write before a string: `chr "…"` of R, `string(13) "…"` of PHP,
  /// `(string) (len=13) "…"` of Go, `0x5555559a "…"` of gdb, `<<"…">>` of Erlang, `\"""…` of Python.
  ///
  /// - Returns: where the quote of the string stands, or `start`.
  private func withoutType(_ view: ByteView, _ start: Int, _ high: Int) -> Int {
    guard start + 3 < high else { return start }
    let first = view[start]
    switch first {
    case UInt8(ascii: "<"): return view.has("<<\"", at: start) ? start + 2 : start
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      return view[start + 1] == first && view[start + 2] == first && view[start + 3] != first ? start + 2 : start
    case UInt8(ascii: "@"), UInt8(ascii: "$"): return view[start + 1] == UInt8(ascii: "\"") ? start + 1 : start
    case UInt8(ascii: "c"), UInt8(ascii: "s"), UInt8(ascii: "("), UInt8(ascii: "0"): break
    default: return start
    }
    let limit = min(high, start + 48)
    let quote = view.next(UInt8(ascii: "\""), from: start, to: limit)
    guard quote < limit, view[quote - 1] == 0x20 else { return start }
    func isDigits(from low: Int, to end: Int) -> Bool { self.isDigits(view, low, end) }
    switch first {
    case UInt8(ascii: "c"): return view.has("chr \"", at: start) ? quote : start
    case UInt8(ascii: "s"):
      return view.has("string(", at: start) && view.has(") \"", at: quote - 2)
        && isDigits(from: start + 7, to: quote - 2)
        ? quote : start
    case UInt8(ascii: "("):
      let length = view.find(" (len=", from: start, to: quote)
      return length < quote && view.has(") \"", at: quote - 2) && view[length - 1] == UInt8(ascii: ")") ? quote : start
    default:
      guard view[start + 1] == UInt8(ascii: "x") else { return start }
      for i in start + 2..<quote - 1 where !isHex(view[i]) { return start }
      return quote
    }
  }

  private static let objects: [StaticString] = [
    "<class '", "<function ", "<bound method ", "<built-in ", "<module ", "<lambda>", "<unbound ",
  ]

  /// `<Argument: token (t)>`, as Python shows objects; not what a class of secrets shows of itself.
  private func isObject(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    var end = start + 1
    guard end < high, isUpper(view[end]) else { return false }
    while end < high, isAlphanumeric(view[end]) { end += 1 }
    return view.has(": ", at: end) && view.next(UInt8(ascii: ">"), from: end, to: min(high, end + 128)) < high
      && !cache.classify(view, start + 1, end, tables.names).class.isSensitive
  }

  /// `<Buffer 73 65 …>` of Node.
  func buffer(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    var end = start
    while end < high, isHex(view[end]) || view[end] == 0x20 { end += 1 }
    while end > start, view[end - 1] == 0x20 { end -= 1 }
    guard end - start >= 11, class_ != .tokens else { return nil }
    emit(depth, start, end, class_ == .queryOnly ? .privateKey : ruleOf(class_))
    return end
  }

  /// `{"…"}`, `Set(1) { '…' }`: a set after a sensitive name.
  private func collection(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    var i = start
    if view.has("Set(", at: i) {
      i = view.next(UInt8(ascii: "{"), from: i, to: min(high, i + 12))
      guard i < high, view[i] == UInt8(ascii: "{") else { return nil }
    }
    guard view[i] == UInt8(ascii: "{") else { return nil }
    i += 1
    while i < high, view[i] == 0x20 { i += 1 }
    guard i < high, view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") else { return nil }
    let close = endOfString(view, i, high)
    var next = close + 1
    while next < high, view[next] == 0x20 { next += 1 }
    guard next < high, view[next] == UInt8(ascii: "}") || view[next] == UInt8(ascii: ",") else { return nil }
    quotedItems(depth, i, high, class_)
    return next
  }

  /// `PASSWORD('…')`, `md5("…")`, `decode('…')`: the first argument of a function that is made of the secret.
  ///
  /// - Returns: where it ends; `nil` if what stands there is no call with a string.
  func call(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    var i = start
    while i < high, i < start + 24, isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "_") { i += 1 }
    guard i > start, isLetter(view[start]), i + 1 < high, view[i] == UInt8(ascii: "("),
      view[i + 1] == UInt8(ascii: "'") || view[i + 1] == UInt8(ascii: "\"")
    else { return nil }
    let close = endOfString(view, i + 1, high)
    if close > i + 2, close < high, isMarker(view, i + 2, close) { return close + 1 }
    guard close < high, view.at(close + 1) == UInt8(ascii: ")") || view.at(close + 1) == UInt8(ascii: ",") else {
      return nil
    }
    let isSecret =
      class_ == .password
      ? i > start + 1 && looksLikePassword(view, i + 2, close) : looksOpaque(view, i + 2, close, Self.opaqueBytesMin)
    if isSecret, !isHarmless(view, i + 2, close, class_) {
      emit(depth, i + 2, close, ruleOf(class_), mayEcho: true)
    }
    return close + 1
  }

  private static let opaqueBytesMin = 12

  /// `bob:…`
  private func isUserAndPassword(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let colon = view.next(UInt8(ascii: ":"), from: start, to: end)
    return colon < end && colon + 1 < end && looksLikePassword(view, colon + 1, end)
  }

  /// The inside of `{…}`: strings, or numbers of bytes.
  private func items(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    let end = view.next(UInt8(ascii: "}"), from: start, to: min(high, start + 8192))
    guard end > start else { return nil }
    if view[start] == UInt8(ascii: "\"") {
      var i = start
      while i < end {
        guard view[i] == UInt8(ascii: "\"") else {
          i += 1
          continue
        }
        let close = endOfString(view, i, end)
        keyedText(depth, i + 1, close, class_)
        i = close + 1
      }
      return end
    }
    var numbers = 0
    for i in start..<end {
      if view[i] == UInt8(ascii: ",") {
        numbers += 1
      } else if !isHex(view[i]), view[i] != UInt8(ascii: "x"), !isBlank(view[i]) {
        return nil
      }
    }
    guard numbers >= 3, class_ != .tokens else { return nil }
    emit(depth, start, end, ruleOf(class_))
    return end
  }

  private func isSame(_ view: ByteView, _ start: Int, _ end: Int, _ other: Int) -> Bool {
    guard other + end - start < start else { return false }
    for i in 0..<(end - start) where view[start + i] != view[other + i] { return false }
    return !isAlphanumeric(view.at(other + end - start))
  }

  private func isWholePass(_ view: ByteView, _ start: Int) -> Bool {
    view.hasFolded("pass", at: start) && !isAlphanumeric(view.at(start + 4)) && view.at(start + 4) != UInt8(ascii: "_")
  }

  private func isAssignment(_ view: ByteView, _ valueStart: Int, _ nameStart: Int) -> Bool {
    var i = valueStart
    while i > nameStart, view[i - 1] == 0x20 || view[i - 1] == 0x09 { i -= 1 }
    return i > nameStart && (view[i - 1] == UInt8(ascii: "=") || view[i - 1] == UInt8(ascii: ">"))
  }

  func isLastWord(_ view: ByteView, _ end: Int, _ high: Int) -> Bool {
    var i = end
    while i < high,
      view[i] == 0x20 || view[i] == 0x09 || view[i] == 0x0D || view[i] == UInt8(ascii: ".")
        || view[i] == UInt8(ascii: ",") || view[i] == UInt8(ascii: ";") || view[i] == UInt8(ascii: "\"")
    { i += 1 }
    return i >= high || view[i] == 0x0A || view[i] == UInt8(ascii: "\\") || view[i] == UInt8(ascii: "#")
  }

  /// Only blanks and bullets stand before the name on its line.
  func isFirstWord(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
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

  private static let commonWords = WordSet(
    [
      "required", "invalid", "incorrect", "missing", "expired", "changed", "wrong", "mismatch", "ok", "failed", "reset",
      "rejected",
      "accepted", "too", "must", "cannot", "is", "not", "the", "a", "an", "for", "please", "yes", "no", "disabled",
      "enabled", "empty",
      "string", "password", "token", "secret", "hidden", "unset", "blank", "weak", "strong", "success", "error",
      "denied", "unchanged", "updated", "via", "from", "to", "and", "or", "val", "force", "prompt", "flag", "option",
      "on", "in", "with", "as", "at", "was", "has", "will", "can", "should", "when", "if", "before", "after",
    ])

  func isCommonWord(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    end - start <= 12 && Self.commonWords.contains(view, start, end)
  }

  /// The quote that closes the one at `start`, which stands behind `slashes` backslashes.
  func closingQuote(_ view: ByteView, _ start: Int, _ high: Int, _ slashes: Int) -> Int {
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
  func bareEnd(_ view: ByteView, _ start: Int, _ high: Int, isEnvironment: Bool) -> Int {
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
      case UInt8(ascii: "|")
      where looksLikeName(view, i + 1, high) && view[view.endOfName(i + 1, to: high)] == UInt8(ascii: "="):
        return trimmed(view, start, i)
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
  func list(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
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
    if end == high, high == view.count { leaveOpen(depth, .items, class_) }
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
    var isHexList = true
    var isLetters = true
    var run = 0
    for i in (start + 1)..<end {
      if isBlank(view[i]) || view[i] == UInt8(ascii: ",") {
        numbers += 1
        isHexList = isHexList && (run == 0 || run == 2)
        run = 0
      } else {
        run += 1
        isLetters = isLetters && run == 1
        if !isDigit(view[i]) { isNumbers = false }
        if !isHex(view[i]) || isUpper(view[i]) { isHexList = false }
      }
    }
    // [73, 65, fa] of Rust's {:02x?}, [s, e, c] of a char[] of Java
    if isHexList && run == 2 && numbers >= 7 || isLetters && numbers >= 10 && class_ == .password {
      emit(depth, start + 1, end, ruleOf(class_))
      return end
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
    return bareItems(depth, start + 1, end, class_) ? end : nil
  }

  /// `[X Y]` of Go, `[X, Y]` of Java: hides those that only a secret looks like.
  ///
  /// - Returns: whether there was one.
  private func bareItems(_ depth: Int, _ start: Int, _ end: Int, _ class_: KeyClass) -> Bool {
    guard class_.isStrong || class_ == .tokens || class_ == .credential || class_ == .auth || class_ == .queryOnly
    else {
      return false
    }
    let view = frames[depth].view
    let known = findings.count
    var i = start
    while i < end {
      while i < end, isAmong(" ,", view[i]) { i += 1 }
      var stop = i
      while stop < end, view[stop] != 0x20, !view.has(", ", at: stop) { stop += 1 }
      if stop - i >= 10, isMixed(view, i, stop) || isByChance(view, i, stop) || isChanceWord(view, i, stop),
        !isHarmless(view, i, stop, class_), !isMail(view, i, stop)
      {
        emit(depth, i, stop, class_ == .queryOnly ? .apiKey : ruleOf(class_), mayEcho: true)
      }
      i = max(stop, i + 1)
    }
    return findings.count > known
  }
}
