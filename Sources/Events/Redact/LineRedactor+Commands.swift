// Commands: flags, users, protocols with a password as their argument, SQL's `IDENTIFIED BY`.

extension LineRedactor {
  /// `AUTH PLAIN …` of SMTP, `AUTH user …` of Redis, `PASS …` of FTP and POP3.
  func command(_ depth: Int, _ start: Int, _ end: Int, _ from: Int, _ low: Int, _ high: Int, _ class_: KeyClass)
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
      if isMechanism, view.has("LOGIN", at: first) {
        return nil  // What may follow is the user; the password is asked for next.
      }
      if !isLastWord(view, firstEnd, high), view.at(firstEnd) == 0x20 {
        first = firstEnd + 1
        guard first < high else { return nil }
        firstEnd = bareEnd(view, first, high, isEnvironment: true)
      } else if isMechanism {
        // The credentials follow when the server asked for them.
        if view.has("PLAIN", at: first) || view.has("OAUTH", at: first + 1) || view.has("OAUTHBEARER", at: first) {
          leaveOpen(depth, .encoded, .password)
        }
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

  /// `--password value`.
  func flag(_ depth: Int, _ start: Int, _ high: Int, _ class_: KeyClass) -> Int? {
    let view = frames[depth].view
    if view[start] == UInt8(ascii: "-"), !isDashedValue(view, start, high) { return nil }
    guard class_ != .queryOnly, view[start] != UInt8(ascii: "|"),
      view[start] != UInt8(ascii: ">"), view[start] != UInt8(ascii: "&"), view[start] != UInt8(ascii: "<")
    else { return nil }
    let byte = view[start]
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
      let end = closingQuote(view, start, high, 0)
      keyedText(depth, start + 1, end, class_)
      return end
    }
    if byte == UInt8(ascii: "(") {
      // `Setting --http-password (httppassword) to …`
      let close = view.next(UInt8(ascii: ")"), from: start, to: min(high, start + 64))
      guard view.has(") to ", at: close), close + 5 < high else { return nil }
      return flag(depth, close + 5, high, class_)
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

  /// `--token -qt8yCP1n`: a value that begins as a flag does; no flag is so random.
  func isDashedValue(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    let end = bareEnd(view, start, high, isEnvironment: true)
    guard end - start >= 8, view.at(start + 1) != UInt8(ascii: "-") else { return false }
    var digits = 0
    var dashes = 0
    for i in (start + 1)..<end {
      if isDigit(view[i]) { digits += 1 }
      if view[i] == UInt8(ascii: "-") || view[i] == UInt8(ascii: "=") { dashes += 1 }
    }
    return digits > 0 && dashes <= 1 && looksOpaque(view, start + 1, end, 7)
  }

  /// `IDENTIFIED BY 'X'`, `IDENTIFIED WITH plugin BY 'X'`.
  func identifiedBy(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    if view.has(" *****", at: start) { return start }  // as MariaDB's audit plugin masks it
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
    // IDENTIFIED BY "new" REPLACE "old"
    if view.hasFolded(" replace ", at: end + 1), view.at(end + 10) == view[i] {
      let close = closingQuote(view, end + 10, high, 0)
      if close > end + 11 { emit(depth, end + 11, close, .sqlPassword, mayEcho: true) }
      return close
    }
    return end
  }

  /// curl's `-u user:password`.
  func user(_ depth: Int, _ start: Int, _ high: Int) -> Int {
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
      !isInMarker(view, colon + 1),
      view[i] != UInt8(ascii: "<"), !view.has("{{", at: colon + 1), !view.has("${", at: colon + 1)
    else { return start }
    var to = end
    while to > colon + 1, view[to - 1] == UInt8(ascii: "\\") { to -= 1 }
    emit(depth, colon + 1, to, .cliPassword, mayEcho: true)
    return end
  }

  /// ` -p X`, ` -pX`, ` -a X`, ` -w X` after a program that takes a password so.
  func shortFlag(_ depth: Int, _ position: Int, _ start: Int, _ high: Int, _ known: PasswordFlag) {
    let view = frames[depth].view
    let limit = min(high, start + 200)
    var i = start
    while i + 2 < limit {
      if view[i] == UInt8(ascii: "|") || view[i] == UInt8(ascii: ";") || view[i] == 0x0A { return }
      if view[i] == UInt8(ascii: "-"), isBlank(view.at(i - 1)) || isAmong("'\"", view.at(i - 1)),
        isAmong(known.letters, view[i + 1])
      {
        var from = i + 2
        switch known.touching {
        case .always:
          guard !isBlank(view[from]) else { return }
          if view.hasFolded("ort", at: from) || view.hasFolded("rotocol", at: from) { return }
        case .maybe where !isBlank(view[from]): break
        case .never, .maybe:
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
        guard known.letters.utf8CodeUnitCount > 1 else { return }
        i = max(i + 1, end)
        continue
      }
      i += 1
    }
  }

  /// `+ pass show mail`, `$ wg genkey`: a command, as a shell with tracing or a session shows it, of which the next
  /// line is the output.
  func prints(_ depth: Int, _ position: Int, _ class_: KeyClass) {
    guard depth == 0, opens == nil, isCommand(frames[0].view), position < 160 else { return }
    leaveOpen(0, .announced, class_)
    opens?.lines = 3
  }

  /// Whether the line is a command of a shell that is traced or typed into.
  func isCommand(_ view: ByteView) -> Bool {
    if view.has("$ ", at: 0) || view.has("# ", at: 0) { return true }
    var i = 0
    while i < 8, view.at(i) == UInt8(ascii: "+") { i += 1 }
    return i > 0 && view.at(i) == 0x20
  }

  /// ` -p X` of whatever program, if only a secret looks like X.
  ///
  /// - Returns: where to go on.
  func wordFlag(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    let end = flaggedWord(view, start, high)
    guard end > start else { return start }
    let from = isAmong("'\"", view[start]) ? start + 1 : start
    emit(depth, from, end, .cliPassword, mayEcho: true)
    return end
  }

  /// Where the word or string at `start` ends if only a secret looks like it, or `start`.
  func flaggedWord(_ view: ByteView, _ start: Int, _ high: Int) -> Int {
    guard start < high else { return start }
    var from = start
    var end: Int
    if isAmong("'\"", view[start]) {
      end = view.next(view[start], from: start + 1, to: min(high, start + 130))
      from += 1
      guard view.at(end) == view[start] else { return start }
    } else {
      end = start
      while end < high, end - start < 130, !isBlank(view[end]), !isAmong("'\"`);|", view[end]) { end += 1 }
    }
    guard isMixed(view, from, end) || isByChance(view, from, end) || isChanceWord(view, from, end),
      !isAmong("/-$", view[from]), !isHarmless(view, from, end, .password), !isMail(view, from, end)
    else { return start }
    return end
  }

  /// `+ echo X`, as a shell with tracing shows it, and `echo X | sudo -S …`: a word that only chance makes, or that
  /// is handed to a program which asks for a password.
  ///
  /// - Returns: where to go on.
  func echoed(_ depth: Int, _ position: Int, _ after: Int, _ low: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    guard position == low || isAmong(" ;|&('\"", view[position - 1]) else { return after }
    var i = after
    while i + 2 < high, view[i] == UInt8(ascii: "-"), isLetter(view[i + 1]), view[i + 2] == 0x20 { i += 3 }
    guard i < high else { return after }
    let quote = isAmong("'\"", view[i]) ? view[i] : 0
    if quote != 0 { i += 1 }
    let end = quote != 0 ? view.next(quote, from: i, to: high) : bareEnd(view, i, high, isEnvironment: true)
    guard end > i, end - i <= 512 else { return after }
    // `echo 'name = value'` is read by its name.
    for i in i..<end where isAmong("=:", view[i]) && view.at(i + 1) == 0x20 { return after }
    let isAsked = feedsPassword(view, min(end + (quote == 0 ? 0 : 1), high), high)
    guard isAsked || view[low] == UInt8(ascii: "+") else { return after }
    var known = after
    var from = i
    while from < end {
      // `%s\n`, `bob\nX\n`
      var to = from
      while to < end, view[to] != 0x20, view[to] != 0x0A, !view.has("\\n", at: to) { to += 1 }
      if isAsked && looksLikePassword(view, from, to) || isMixed(view, from, to) || isByChance(view, from, to)
        || isChanceWord(view, from, to),
        !isHarmless(view, from, to, .password), !isMail(view, from, to), view[from] != UInt8(ascii: "%")
      {
        emit(depth, from, to, .cliPassword, mayEcho: true)
        known = to
      } else if let value = behindUser(view, from, to) {
        emit(depth, value, to, .cliPassword, mayEcho: true)
        known = to
      }
      from = to + (to < end && view[to] == UInt8(ascii: "\\") ? 2 : 1)
    }
    return known
  }

  /// Whether what is printed goes to a program that reads a password.
  private func feedsPassword(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    var i = start
    while i < high, view[i] == 0x20 { i += 1 }
    guard i < high, view[i] == UInt8(ascii: "|") else { return false }
    let limit = min(high, i + 160)
    for word in Self.readersOfPasswords where view.find(word, from: i, to: limit) < limit { return true }
    return false
  }

  private static let readersOfPasswords: [StaticString] = [
    "sudo -S", "password-stdin", "passwd", "-pass stdin", "passin stdin", "passphrase-fd", "kinit", "cryptsetup",
    "chpasswd",
  ]
}
