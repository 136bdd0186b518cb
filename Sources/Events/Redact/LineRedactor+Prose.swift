// Sentences that tell a secret.

extension LineRedactor {
  /// How long the words at `index` are after which a value may come, such as `is `; 0 if there are none.
  @inline(__always)
  private func lead(_ view: ByteView, _ index: Int) -> Int {
    let words: StaticString
    switch lower(view[index]) {
    case UInt8(ascii: "i"): words = "is "
    case UInt8(ascii: "t"): words = "to "
    case UInt8(ascii: "s"): words = "set to "
    case UInt8(ascii: "w"): words = "was "
    case UInt8(ascii: "c"): words = "changed to "
    case UInt8(ascii: "r"): words = "reset to "
    case UInt8(ascii: "o"): words = "of "
    case UInt8(ascii: "="): words = "= "
    case UInt8(ascii: "a"): words = "are "
    case UInt8(ascii: "u"): words = "updated to "
    default: return 0
    }
    return view.hasFolded(words, at: index) ? words.utf8CodeUnitCount : 0
  }

  @inline(__always)
  private func isRepeated(_ view: ByteView, _ index: Int, _ high: Int, _ start: Int, _ end: Int) -> Bool {
    guard view[index] == view[start], high - index > end - start, isBlank(view[index + end - start]) else {
      return false
    }
    for i in 1..<max(1, end - start) where view[index + i] != view[start + i] { return false }
    return true
  }

  /// `password for bob is X`, `changed password to X`, `password "X"`, `PASSWORD 'X'`, `password X` of .netrc.
  func prose(_ depth: Int, _ start: Int, _ end: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass)
    -> Int?
  {
    let view = frames[depth].view
    guard
      class_ == .password || class_ == .otp || class_ == .token || class_ == .secret || class_ == .key || class_ == .ssn
        || class_ == .cryptoKey || class_ == .session
    else { return nil }
    var i = from
    if isKeyLog(view, start, from, high) { return from + 64 }
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
        return other(depth, close, high, class_) ?? close
      }
      return nil
    }
    // Up to six words, then a lead such as `is`, then the value.
    var words = 0
    while i < high, words <= 6, i - from < 96 {
      // The name once more: what follows is read from there.
      if isRepeated(view, i, high, start, end) { return nil }
      let lead = lead(view, i)
      told: if lead > 0 {
        var value = i + lead
        while value < high, view[value] == 0x20 || view[value] == UInt8(ascii: ":") { value += 1 }
        if view.hasFolded("set to ", at: value) { value += 7 }
        if view.hasFolded("now ", at: value) { value += 4 }
        if view.hasFolded("be ", at: value) { value += 3 }
        guard value < high else { break told }
        if let next = call(depth, value, high, class_) { return next }
        var valueEnd: Int
        let isQuoted =
          view[value] == UInt8(ascii: "\"") || view[value] == UInt8(ascii: "'") || view[value] == UInt8(ascii: "`")
        if isQuoted {
          valueEnd = closingQuote(view, value, high, 0)
          value += 1
        } else {
          valueEnd = bareEnd(view, value, high, isEnvironment: false)
        }
        guard valueEnd > value else { break told }
        let looks: Bool =
          switch class_ {
          case .password:
            (looksLikePassword(view, value, valueEnd) && valueEnd - value >= 6
              || isQuoted && !hasBlank(view, value, valueEnd) && valueEnd - value >= 4
              || isQuoted && isPassphrase(view, value, valueEnd))
              && !isMail(view, value, valueEnd)
          case .otp: isDigits(view, value, valueEnd) && valueEnd - value >= 4 && valueEnd - value <= 8
          case .ssn: hides(view, value, valueEnd, .ssn)
          case .session: isSessionKey(view, value, valueEnd)
          default: looksOpaque(view, value, valueEnd, 16)
          }
        if looks, !isHarmless(view, value, valueEnd, class_), !isName(depth, value, valueEnd) {
          emit(depth, value, valueEnd, class_ == .password ? .prosePassword : ruleOf(class_), mayEcho: true)
          return other(depth, valueEnd, high, class_) ?? valueEnd
        }
      }
      if class_ == .password, let next = compared(depth, i, high) { return other(depth, next, high, class_) ?? next }
      // The value right after the name: netrc, `OTP 482913`, `secret key AbC…`.
      // In `method=password client_ip=…` the name is itself a value.
      if words == 0, byte != UInt8(ascii: "-"), start == low || view[start - 1] != UInt8(ascii: "=") {
        let valueEnd = bareEnd(view, i, high, isEnvironment: false)
        if valueEnd > i {
          let looks: Bool =
            switch class_ {
            case .password:
              isNetrc(view, start, low)
                || looksOpaque(view, i, valueEnd, 10)
                  && (isLastWord(view, valueEnd, high) || view.has(" for ", at: valueEnd)
                    || view.at(valueEnd) == UInt8(ascii: "'"))
                || isMixed(view, i, valueEnd) || isChanceWord(view, i, valueEnd)
            case .otp: isDigits(view, i, valueEnd) && valueEnd - i >= 4 && valueEnd - i <= 8
            case .ssn: hides(view, i, valueEnd, .ssn)
            case .session: isSessionKey(view, i, valueEnd)
            case .token:
              looksOpaque(view, i, valueEnd, 24) && !isUUID(view, i, valueEnd) && !isResourcePath(view, i, valueEnd)
                && !looksLikeName(view, i, valueEnd)
            default:
              (looksOpaque(view, i, valueEnd, 32)
                || valueEnd - i >= 16 && isMixed(view, i, valueEnd) && isLastWord(view, valueEnd, high))
                && !isUUID(view, i, valueEnd) && !isResourcePath(view, i, valueEnd)
            }
          if looks, !isHarmless(view, i, valueEnd, class_), !isName(depth, i, valueEnd) {
            emit(depth, i, valueEnd, class_ == .password ? .prosePassword : ruleOf(class_), mayEcho: true)
            return valueEnd
          }
        }
      }
      let word = i
      while i < high {
        let stop = view[i]
        if isLetter(stop) {
          i += 1
          continue
        }
        if isBlank(stop) { break }
        // The string ends, and so does what it says.
        if stop == UInt8(ascii: "\""), view.at(i + 1) == UInt8(ascii: ",") { return nil }
        if stop == UInt8(ascii: ".") && isBlank(view.at(i + 1)) || stop == UInt8(ascii: ";")
          || stop == UInt8(ascii: "{") || stop == UInt8(ascii: "=")
        {
          return nil
        }
        i += 1
      }
      if view[i - 1] == UInt8(ascii: ":"), i - 1 > word, words > 0 || isMade(view, word, i - 1), i + 1 < high,
        view[i] == 0x20,
        !KeyUse(view, word, i - 1).contains(.kept), start == low || view[start - 1] != UInt8(ascii: "/")
      {
        // `Reset token for kai: …`; not `POST /oauth2/token - Headers: …`
        if class_ == .password, let next = compared(depth, i + 1, high) {
          return other(depth, next, high, class_) ?? next
        }
        let valueEnd = bareEnd(view, i + 1, high, isEnvironment: false)
        guard valueEnd > i + 1, isLastWord(view, valueEnd, high), !isHarmless(view, i + 1, valueEnd, class_),
          class_ == .password
            ? looksLikePassword(view, i + 1, valueEnd) && valueEnd - i > 6
            : class_ == .otp
              ? isDigits(view, i + 1, valueEnd) && valueEnd - i >= 5 && valueEnd - i <= 9
              : (looksOpaque(view, i + 1, valueEnd, 16) || isMixed(view, i + 1, valueEnd))
                && !isUUID(view, i + 1, valueEnd)
        else { return nil }
        emit(depth, i + 1, valueEnd, class_ == .password ? .prosePassword : ruleOf(class_), mayEcho: true)
        return valueEnd
      }
      if i == high, view[i - 1] == UInt8(ascii: ":"), depth == 0, high == view.count, opens == nil {
        leaveOpen(0, .announced, class_)  // `Your password is:`
      }
      while i < high, view[i] == 0x20 { i += 1 }
      if i < high, view[i] == 0x0A { return nil }
      words += 1
    }
    return nil
  }

  /// 32 small letters and digits, as Django makes keys of sessions; digits of a number in hexadecimal name a request.
  private func isSessionKey(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start == 32 else { return false }
    var others = 0
    for i in start..<end {
      guard isAlphanumeric(view[i]), !isUpper(view[i]) else { return false }
      if !isHex(view[i]) { others += 1 }
    }
    return others > 3
  }

  /// `CLIENT_TRAFFIC_SECRET_0 <random> <secret>`: of a log of TLS keys, in which the first number names the session.
  private func isKeyLog(_ view: ByteView, _ start: Int, _ from: Int, _ high: Int) -> Bool {
    guard from + 65 < high, view[from + 64] == 0x20, isUpper(view[start]) else { return false }
    for i in 0..<64 where !isHex(view[from + i]) { return false }
    if view.has("[REDACTED:", at: from + 65) { return true }
    var end = from + 65
    while end < high, isHex(view[end]) { end += 1 }
    return end - from - 65 >= 64
  }

  /// `from X`, `expected 'X'`, `'X'`: a password that is compared or replaced, and that nothing else looks like.
  private func compared(_ depth: Int, _ start: Int, _ high: Int) -> Int? {
    let view = frames[depth].view
    var i = start
    for word in ["from ", "expected ", "got ", "given ", "entered "] as [StaticString] where view.hasFolded(word, at: i)
    {
      i += word.utf8CodeUnitCount
      break
    }
    guard i > start || isAmong("'\"", view[i]) else { return nil }
    return strictValue(depth, i, high, .prosePassword)
  }

  /// The other one of two values, behind the first: ` -> 'X'`, ` to X`, `, got X`, ` with X`.
  private func other(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    var i = start
    while i < high, i < start + 2, isAmong("'\",", view[i]) { i += 1 }
    for word in [" -> ", " => ", " to ", " got ", " with ", " vs ", " != ", " but was ", " but got "] as [StaticString]
    where view.has(word, at: i) {
      return strictValue(depth, i + word.utf8CodeUnitCount, high, class_ == .password ? .prosePassword : ruleOf(class_))
    }
    return nil
  }

  /// Hides the word at `start`, in quotes or not, if it is mixed as only a secret is.
  private func strictValue(_ depth: Int, _ start: Int, _ high: Int, _ rule: RedactionTables.Rules) -> Int? {
    let view = frames[depth].view
    guard start < high else { return nil }
    var i = start
    var end: Int
    if isAmong("'\"`", view[i]) {
      end = endOfString(view, i, high)
      i += 1
    } else {
      end = bareEnd(view, i, high, isEnvironment: false)
    }
    guard i < end, end - i <= 256, isMixed(view, i, end) || isByChance(view, i, end), !isMail(view, i, end),
      !isHarmless(view, i, end, .password)
    else { return nil }
    emit(depth, i, end, rule, mayEcho: true)
    return end
  }

  /// `token issued: X`, `key rotated: X`: what was made follows.
  private func isMade(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for word in ["issued", "created", "generated", "minted", "rotated", "renewed"] as [StaticString]
    where word.utf8CodeUnitCount == end - start && view.hasFolded(word, at: start) {
      return true
    }
    return false
  }

  /// Letters of both cases, digits and a mark in ten bytes or more: no word of a sentence.
  func isMixed(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 10, end - start <= 128 else { return false }
    var kinds: UInt8 = 0
    for i in start..<end {
      let byte = view[i]
      kinds |= isDigit(byte) ? 1 : isUpper(byte) ? 2 : isLetter(byte) ? 4 : 8
      if byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":") { return false }
      // `name=value`, the end of base64
      if byte == UInt8(ascii: "="),
        i + 1 == end || !isAlphanumeric(view[i + 1]) || (start..<i).allSatisfy({ isNamePart(view[$0]) })
      {
        return false
      }
    }
    return kinds == 15 || kinds == 14 && isMarked(view, start, end)
  }

  private func isNamePart(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || isAmong("_-.", byte) }

  /// Twelve bytes or more whose letters change their case often, with a mark that no name has.
  func isMarked(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 12, end - start <= 128, hasStrongMark(view, start, end) else { return false }
    var letters = 0
    var marks = 0
    for i in start..<end {
      if isLetter(view[i]) { letters += 1 } else if isAmong("!#$%^*?~=&@+", view[i]) { marks += 1 }
      if view[i] <= 0x20 || isAmong("()[]{}<>,;/:\\\"'`", view[i]) { return false }
    }
    let changes = caseChanges(view, start, end)
    return letters >= 8 && (changes * 2 >= letters || marks > 1 && changes >= 4)
  }

  /// A mark within that names, versions, paths and addresses do not hold.
  func hasStrongMark(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start > 2 else { return false }
    for i in (start + 1)..<(end - 1) where isAmong("!#$%^*?~=&", view[i]) { return true }
    return false
  }

  func isMail(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let at = view.next(UInt8(ascii: "@"), from: start, to: end)
    return at > start && at < end && view.next(UInt8(ascii: "."), from: at, to: end) < end
  }

  func isResourcePath(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    view.next(UInt8(ascii: "/"), from: start, to: end) < end || view.next(UInt8(ascii: ":"), from: start, to: end) < end
  }

  /// `machine … login … password X`
  private func isNetrc(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    let from = max(low, start - 160)
    // Each may end where the name begins.
    func stands(_ word: StaticString) -> Bool {
      let end = min(start + word.utf8CodeUnitCount - 1, view.count)
      return view.find(word, from: from, to: end) < end
    }
    return stands("login ") && (stands("machine ") || stands("default "))
  }

  /// `your code is 154386`
  ///
  /// - Returns: where to go on.
  func codePhrase(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var end = start
    while end < high, isDigit(view[end]) { end += 1 }
    guard end - start >= 4, end - start <= 8, end == high || !isAlphanumeric(view[end]),
      view.at(end) != UInt8(ascii: "-")
    else { return start }
    emit(depth, start, end, .otp, mayEcho: true)
    return end
  }
}
