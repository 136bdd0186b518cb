// URLs and connection strings: host, path and harmless parameters stay.

extension LineRedactor {
  static let urlEnd = ByteSet(" \t\r\n\"'`<>\\|^")
  /// What ends a URL or parts it.
  private static let urlMarks = urlEnd.union(ByteSet("@:/?#,"))

  /// `://` at `start`: hides the password before the last `@` of the authority.
  ///
  /// - Returns: where to go on.
  func url(_ depth: Int, _ start: Int, _ afterSlashes: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    // The authority ends at `/`, `?`, `#` or where a URL cannot go on; passwords may break that rule.
    var end = afterSlashes
    var authorityEnd = -1
    var lastAt = -1
    var colon = -1
    let limit = min(high, afterSlashes + 2048)
    while true {
      while end < limit, !Self.urlMarks.contains(view[end]) { end += 1 }
      guard end < limit,
        !Self.urlEnd.contains(view[end]) || view[end] == UInt8(ascii: "^") || view[end] == UInt8(ascii: "|")
      else { break }
      let byte = view[end]
      if byte == UInt8(ascii: "@"), authorityEnd < 0 || lastAt < 0 { lastAt = end }
      if byte == UInt8(ascii: ":"), colon < 0 { colon = end }
      if authorityEnd < 0, byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
        authorityEnd = end
      }
      if byte == UInt8(ascii: ":"), view.at(end + 1) == UInt8(ascii: "/"), view.at(end + 2) == UInt8(ascii: "/"),
        end > afterSlashes
      {
        break
      }
      if byte == UInt8(ascii: ","), view.at(end + 1) == 0x20 { break }
      end += 1
    }
    if authorityEnd < 0 {
      authorityEnd = end
      if lastAt < 0, colon > 0, end < limit, view[end] == 0x20, let at = endOfPassphrase(view, colon + 1, limit) {
        emit(depth, colon + 1, at, schemeName(view, start) ? .urlPassword : .dsnPassword, mayEcho: true)
        return at
      }
    }
    guard lastAt > afterSlashes else { return afterSlashes }
    if lastAt > authorityEnd {
      // An @ beyond the authority belongs to a path (`/@scope/x`) unless what precedes it can only be
      // a password: `user:pa/ss@host`.
      guard colon > 0, colon < authorityEnd, authorityEnd - colon > 1, view[authorityEnd] != UInt8(ascii: "?") || true,
        !isDigits(view, colon + 1, authorityEnd),
        view.next(UInt8(ascii: "["), from: afterSlashes, to: authorityEnd) == authorityEnd
      else { return afterSlashes }
    } else {
      // The last @ of the authority counts: `p@ss@host`.
      var i = authorityEnd - 1
      while i > afterSlashes, view[i] != UInt8(ascii: "@") { i -= 1 }
      lastAt = i
    }
    if colon > 0, colon < lastAt {
      if colon + 1 < lastAt, !isHarmless(view, colon + 1, lastAt, .password) {
        let scheme = schemeName(view, start)
        emit(depth, colon + 1, lastAt, scheme ? .urlPassword : .dsnPassword, mayEcho: true)
      } else if colon + 1 == lastAt, looksOpaque(view, afterSlashes, colon, 20) {
        emit(depth, afterSlashes, colon, .urlPassword, mayEcho: true)  // `https://TOKEN:@host`
      }
      scanHits(depth, afterSlashes, colon)
      return lastAt
    }
    // A user alone is a name, unless it is a token; the public key of a Sentry DSN stays.
    if looksOpaque(view, afterSlashes, lastAt, 20),
      view.next(UInt8(ascii: "%"), from: afterSlashes, to: lastAt) == lastAt
    {
      let isSentry =
        lastAt - afterSlashes == 32 && (lastAt..<min(authorityEnd, high)).contains { view.has("sentry", at: $0) }
      if !isSentry { emit(depth, afterSlashes, lastAt, .urlPassword, mayEcho: true) }
    }
    return lastAt
  }

  /// `correct pencil battery@db:3306`: a password with blanks that nobody encoded, as far as the `@` of a host.
  private func endOfPassphrase(_ view: ByteView, _ start: Int, _ high: Int) -> Int? {
    let at = view.next(UInt8(ascii: "@"), from: start, to: min(high, start + 96))
    guard at < min(high, start + 96), isPassphrase(view, start, at) else { return nil }
    var host = at + 1
    while host < high, isAlphanumeric(view[host]) || isAmong(".-_", view[host]) { host += 1 }
    guard host > at + 1, view.at(host) == UInt8(ascii: "/") || view.at(host) == UInt8(ascii: ":") else { return nil }
    return at
  }

  /// Whether the scheme before `://` is that of the web or of a code host, not of a database.
  private func schemeName(_ view: ByteView, _ colon: Int) -> Bool {
    (colon >= 4 && view.has("http", at: colon - 4)) || (colon >= 5 && view.has("https", at: colon - 5))
      || (colon >= 3 && view.has("ssh", at: colon - 3))
      || (colon >= 3 && view.has("ftp", at: colon - 3)) || (colon >= 3 && view.has("git", at: colon - 3))
  }

  /// Go's `user:password@tcp(host)/db`: `at` is the `@`.
  func socketDSN(_ depth: Int, _ low: Int, _ at: Int) -> Int {
    let view = frames[depth].view
    var start = at
    while start > low, at - start < 512, !isBlank(view[start - 1]), view[start - 1] != UInt8(ascii: "\""),
      view[start - 1] != UInt8(ascii: "'"), view[start - 1] != UInt8(ascii: "`"), view[start - 1] != UInt8(ascii: "="),
      view[start - 1] != UInt8(ascii: "(") || view.at(start - 5) != UInt8(ascii: "@")
    {
      start -= 1
    }
    let colon = view.next(UInt8(ascii: ":"), from: start, to: at)
    if colon + 1 < at, !isHarmless(view, colon + 1, at, .password) {
      emit(depth, colon + 1, at, .dsnPassword, mayEcho: true)
    }
    return at + 1
  }

  /// Oracle's `jdbc:oracle:thin:user/password@host`.
  func oracle(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var i = start
    var slash = -1
    while i < high, i < start + 256, !Self.urlEnd.contains(view[i]), view[i] != UInt8(ascii: "@") {
      if view[i] == UInt8(ascii: "/"), slash < 0 { slash = i }
      i += 1
    }
    if slash > 0, i < high, view[i] == UInt8(ascii: "@"), i > slash + 1, !isHarmless(view, slash + 1, i, .password) {
      emit(depth, slash + 1, i, .dsnPassword, mayEcho: true)
    }
    return max(start, i)
  }

  /// Where the value of a query parameter ends.
  func queryEnd(_ view: ByteView, _ start: Int, _ high: Int) -> Int {
    var i = start
    while i < high {
      let byte = view[i]
      if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "\"")
        || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "`") || isBlank(byte)
      {
        break
      }
      if byte == UInt8(ascii: "'"), !isAlphanumeric(view.at(i + 1)) { break }
      if byte == UInt8(ascii: "\\"),
        !isAlphanumeric(view.at(i + 1)) || view.at(i + 1) == UInt8(ascii: "n") || view.at(i + 1) == UInt8(ascii: "u")
          || view.at(i + 1) == UInt8(ascii: "r")
      {
        break
      }
      if byte == UInt8(ascii: ";") || byte == UInt8(ascii: ","),
        !isAlphanumeric(view.at(i + 1)) || looksLikeName(view, i + 1, high)
      {
        break
      }
      if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}"),
        !isAlphanumeric(view.at(i + 1))
      {
        break
      }
      i += 1
    }
    while i > start,
      view[i - 1] == UInt8(ascii: ".") || view[i - 1] == UInt8(ascii: ":") || view[i - 1] == UInt8(ascii: ",")
    { i -= 1 }
    return i
  }

  /// `name=` follows.
  func looksLikeName(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    var i = start
    while i < high, i < start + 48,
      isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "_") || view[i] == UInt8(ascii: "-")
        || view[i] == UInt8(ascii: ".")
    { i += 1 }
    return i > start && i < high && (view[i] == UInt8(ascii: "=") || view[i] == UInt8(ascii: ":"))
  }

  /// A parameter that is sensitive in a query only: `start` is its `?` or `&`, `value` follows its `=`.
  func query(_ depth: Int, _ start: Int, _ value: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    let end = queryEnd(view, value, high)
    guard end > value, !isHarmless(view, value, end, .token) else { return value }
    let name = start + 1
    let nameEnd = value - 1
    let length = end - value
    if isOne(view, name, nameEnd, "code", "otc", "oobcode") {
      // Error and country codes are short; authorization codes are not.
      if length >= 16 && !isProse(view, value, end) || length >= 10 && looksOpaque(view, value, end, 10) {
        emit(depth, value, end, .oauthCode, mayEcho: true)
        return end
      }
    } else if isOne(view, name, nameEnd, "state", "nonce", "hmac") {
      let hasCode =
        view.find(Self.codeParameter, from: max(0, start - 512), to: min(high, end + 512)) < min(high, end + 512)
      if length >= 20 && looksOpaque(view, value, end, 20)
        || hasCode && length >= 6 && looksLikePassword(view, value, end)
      {
        emit(depth, value, end, .oauthState, mayEcho: true)
        return end
      }
    } else if isOne(view, name, nameEnd, "sig", "signature", "mac") {
      if length >= 16 || looksOpaque(view, value, end, 10) {
        emit(depth, value, end, .urlSignature)
        return end
      }
    } else if length >= 10, looksOpaque(view, value, end, 10), !isUUIDOfResource(view, name, nameEnd, value, end) {
      emit(depth, value, end, isOne(view, name, nameEnd, "key", "k", "k") ? .apiKey : .urlToken, mayEcho: true)
      return end
    }
    return value
  }

  private static let codeParameter: StaticString = "code="

  private func isUUIDOfResource(_ view: ByteView, _ name: Int, _ nameEnd: Int, _ start: Int, _ end: Int) -> Bool {
    nameEnd - name <= 2 && (end - start < 20 || isUUID(view, start, end))
  }

  func isUUID(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start == 36 else { return false }
    for i in 0..<36 {
      let byte = view[start + i]
      if i == 8 || i == 13 || i == 18 || i == 23 {
        if byte != UInt8(ascii: "-") { return false }
      } else if !isHex(byte) {
        return false
      }
    }
    return true
  }

  /// Whether the slash at `slash` belongs to a path or a URL, not to base64: a slash, or a host with a
  /// dot, begins the word.
  private func isInURL(_ view: ByteView, _ slash: Int) -> Bool {
    var i = slash
    let limit = max(0, slash - 512)
    while i > limit,
      isAlphanumeric(view[i - 1]) || isAmong("/._~%:@?&=-,$", view[i - 1])
    { i -= 1 }
    if i > 0, view[i - 1] == UInt8(ascii: "+") { return false }
    // base64 may begin with a slash as well; its case changes all the time.
    if view[i] == UInt8(ascii: "/") { return caseChanges(view, i, slash) < 8 }
    while i < slash, view[i] != UInt8(ascii: "/") {
      if view[i] == UInt8(ascii: ".") || view[i] == UInt8(ascii: ":") || view[i] == UInt8(ascii: "=") { return true }
      i += 1
    }
    return false
  }

  /// `MQ-dig01v-18d8…`, as Django writes the token of a reset: 32 digits behind a dash.
  private func endsInHex(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start > 33, view[end - 33] == UInt8(ascii: "-") else { return false }
    var digits = 0
    for i in (end - 32)..<end {
      guard isHex(view[i]) else { return false }
      if isDigit(view[i]) { digits += 1 }
    }
    return digits > 4
  }

  /// A path part that grants access: `/reset/<token>`, `/bot<id>:<token>/`.
  func pathSecret(_ depth: Int, _ start: Int, _ afterSlash: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var end = afterSlash
    while end < high,
      isAlphanumeric(view[end]) || view[end] == UInt8(ascii: "-") || view[end] == UInt8(ascii: "_")
        || view[end] == UInt8(ascii: ".") || view[end] == UInt8(ascii: "~")
        || view[end] == UInt8(ascii: "=") || view[end] == UInt8(ascii: "%") || view[end] == UInt8(ascii: ":")
    {
      end += 1
    }
    while end > afterSlash, isAmong(".:", view[end - 1]) { end -= 1 }
    if view.has("/bot", at: start), afterSlash == start + 4 { return afterSlash }  // the pattern of bot tokens finds it
    guard end - afterSlash >= 16, !isUUID(view, afterSlash, end), !isMarker(view, afterSlash, end),
      end == high || view[end] != UInt8(ascii: "+"),
      isInURL(view, start) || view.hasFolded("token", at: start + 1) && isByChance(view, afterSlash, end)
    else { return start }  // `/reset/` may begin `/reset/key/`.
    var digits = 0
    var uppers = 0
    var lowers = 0
    var isHexOnly = true
    for i in afterSlash..<end {
      let byte = view[i]
      if isDigit(byte) { digits += 1 } else if isUpper(byte) { uppers += 1 } else if isLetter(byte) { lowers += 1 }
      if !isHex(byte) { isHexOnly = false }
    }
    // Slugs have no capitals amid; ids are short or pure digits.
    let isRandom =
      digits > 0 && uppers > 1 && lowers > 1 && caseChanges(view, afterSlash, end) >= 4
      || uppers > 3 && lowers > 3 && end - afterSlash >= 30 || isHexOnly && digits > 0 && end - afterSlash >= 32
      || endsInHex(view, afterSlash, end)
    guard isRandom, view.next(UInt8(ascii: "."), from: afterSlash, to: end) == end || end - afterSlash >= 40 else {
      return afterSlash
    }
    emit(depth, afterSlash, end, .urlToken, mayEcho: true)
    return end
  }
}
