// Authorization and Cookie headers: the scheme and the names stay, what proves who you are goes.

extension LineRedactor {
  private static let schemes: [(StaticString, RedactionTables.Rules)] = [
    ("bearer", .bearer), ("basic", .basic), ("negotiate", .negotiate), ("ntlm", .negotiate), ("kerberos", .negotiate),
    ("token", .token), ("apikey", .apiKey), ("api-key", .apiKey), ("api-token", .apiKey), ("ssws", .token),
    ("geniekey", .apiKey), ("splunk", .token), ("bot", .token), ("key", .apiKey), ("dpop", .bearer), ("flyv1", .token),
    ("shippotoken", .token), ("jwt", .bearer), ("access_token", .bearer), ("oauth", .bearer), ("snowflake", .token),
    ("klaviyo-api-key", .apiKey),
  ]

  /// The value of an Authorization header.
  func authorization(_ depth: Int, _ start: Int, _ end: Int) {
    let view = frames[depth].view
    var word = start
    while word < end, isAlphanumeric(view[word]) || view[word] == UInt8(ascii: "-") || view[word] == UInt8(ascii: "_") {
      word += 1
    }
    guard word < end, word > start,
      view[word] == 0x20 || view[word] == UInt8(ascii: "=") && view.hasFolded("key", at: start)
    else {
      // No scheme: the value is the credential, or a word about it.
      // Rust's clients print `Sensitive` in place of it.
      if !isHarmless(view, start, end, .authorization), end - start >= 6,
        !(end - start == 9 && view.has("Sensitive", at: start))
      {
        emit(depth, start, end, .authorization, mayEcho: true)
      }
      return
    }
    var value = word
    while value < end, view[value] == 0x20 || view[value] == UInt8(ascii: "=") { value += 1 }
    guard value < end else { return }
    if view.hasFolded("digest ", at: start) || view.hasFolded("hawk ", at: start) || view.hasFolded("oauth ", at: start)
      || view.hasFolded("signature ", at: start)
      || view.hasFolded("hmac ", at: start) || view.hasFolded("mac ", at: start)
    {
      if parameters(depth, value, end) { return }
    }
    if view.hasFolded("aws4-", at: start) || view.hasFolded("goog4-", at: start) || view.hasFolded("tc3-", at: start)
      || view.hasFolded("acs3-", at: start)
    {
      sigV4(depth, value, end)
      return
    }
    if view.hasFolded("aws ", at: start) {
      let colon = view.next(UInt8(ascii: ":"), from: value, to: end)
      emit(depth, min(colon + 1, end), end, .sigV4)
      return
    }
    if isHarmless(view, value, end, .authorization) || isSentence(view, value, end) { return }
    // gRPC: `authorization: 215 bytes redacted for security reasons.`
    if isDigits(view, start, word), view.has("bytes redacted", at: value) { return }
    if view.hasFolded("realm=", at: value) || view.hasFolded("error=", at: value) { return }
    var rule = RedactionTables.Rules.authorization
    for (scheme, known) in Self.schemes
    where scheme.utf8CodeUnitCount == word - start && view.hasFolded(scheme, at: start) { rule = known }
    if rule == .authorization, word - start > 24 { value = start }
    if view.hasFolded("token=", at: value) {
      value += 6
      if value < end, view[value] == UInt8(ascii: "\"") { value += 1 }
      let stop = min(
        view.next(UInt8(ascii: "\""), from: value, to: end), view.next(UInt8(ascii: ","), from: value, to: end))
      emit(depth, value, stop, rule, mayEcho: true)
      return
    }
    // A comma-separated list of several tokens is all secret.
    emit(depth, value, end, rule, mayEcho: true)
  }

  /// `token is missing`, `auth required`: words, not a credential.
  private func isSentence(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var blanks = 0
    for i in start..<end {
      let byte = view[i]
      if byte == 0x20 { blanks += 1 }
      if isDigit(byte) || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "+") { return false }
    }
    return blanks > 0
  }

  /// `name="value", name=value` lists: hides the proofs among them.
  private func parameters(_ depth: Int, _ start: Int, _ end: Int) -> Bool {
    let view = frames[depth].view
    var found = false
    var i = start
    while i < end {
      while i < end, view[i] == UInt8(ascii: ",") || isBlank(view[i]) { i += 1 }
      let name = i
      while i < end, isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "_") || view[i] == UInt8(ascii: "-") { i += 1 }
      let nameEnd = i
      guard i < end, view[i] == UInt8(ascii: "=") else { break }
      i += 1
      var slashes = 0
      while i < end, view[i] == UInt8(ascii: "\\") {
        slashes += 1
        i += 1
      }
      let isQuoted = i < end && view[i] == UInt8(ascii: "\"")
      if isQuoted { i += 1 }
      let value = i
      while i < end,
        isQuoted
          ? view[i] != UInt8(ascii: "\"") && view[i] != UInt8(ascii: "\\")
          : view[i] != UInt8(ascii: ",") && !isBlank(view[i])
      { i += 1 }
      found = true
      if isOne(view, name, nameEnd, "response", "mac", "signature")
        || isOne(view, name, nameEnd, "oauth_signature", "oauth_token", "oauth_token_secret")
        || isOne(view, name, nameEnd, "oauth_verifier", "hash", "sig"), !isHarmless(view, value, i, .token)
      {
        emit(depth, value, i, .digest)
      }
      while i < end, view[i] == UInt8(ascii: "\\") || view[i] == UInt8(ascii: "\"") { i += 1 }
    }
    return found
  }

  /// `Credential=AKIA…/…, SignedHeaders=…, Signature=…`
  func sigV4(_ depth: Int, _ start: Int, _ end: Int) {
    let view = frames[depth].view
    var i = start
    while i < end {
      if view.hasFolded("signature=", at: i), i + 10 < end {
        var stop = i + 10
        while stop < end, isHex(view[stop]) { stop += 1 }
        if stop - i - 10 >= 16 { emit(depth, i + 10, stop, .sigV4) }
        i = stop
      }
      i += 1
    }
    scanHits(depth, start, end)
  }

  /// `Bearer …`, `Basic …` wherever they stand in a text.
  ///
  /// - Returns: where to go on.
  func scheme(_ depth: Int, _ start: Int, _ afterScheme: Int, _ high: Int, _ rule: RedactionTables.Rules) -> Int {
    let view = frames[depth].view
    if start > 0, isAlphanumeric(view[start - 1]), !SecretPattern.isLeftBoundary(view, start, 0) { return afterScheme }
    var from = afterScheme
    while from < high, view[from] == 0x20 { from += 1 }
    while from < high,
      view[from] == UInt8(ascii: "'") || view[from] == UInt8(ascii: "\"")
        || view[from] == UInt8(ascii: "<") && rule != .bearer
    { from += 1 }
    var end = from
    while end < high, Self.tokenBytes.contains(view[end]) { end += 1 }
    while end > from,
      view[end - 1] == UInt8(ascii: ".") || view[end - 1] == UInt8(ascii: ":") || view[end - 1] == UInt8(ascii: ",")
    { end -= 1 }
    let length = end - from
    guard length >= 6, !isMarker(view, from, min(end + 1, high)) else { return afterScheme }
    if view.has("[REDACTED:", at: from) || view.has("${", at: from) { return afterScheme }
    // `GET /x?token_type=bearer HTTP/1.1`
    if view.has("HTTP/", at: from) { return afterScheme }
    switch rule {
    case .basic:
      guard isBasic(view, from, end) else { return afterScheme }
    case .negotiate:
      guard length >= 20 else { return afterScheme }
    default:
      // `Bearer realm="api"`, `Bearer token`, `bearer authentication`.
      if end < high, view[end] == UInt8(ascii: "=") { return afterScheme }
      if view.hasFolded("realm=", at: from) || view.hasFolded("error=", at: from) || view.hasFolded("scope=", at: from)
      {
        return afterScheme
      }
      var digits = 0
      var uppers = 0
      for i in from..<end {
        if isDigit(view[i]) { digits += 1 }
        if i > from, isUpper(view[i]) { uppers += 1 }
      }
      guard length >= 20 && (digits > 0 || uppers > 2) || digits > 0 && length >= 8,
        !isHarmless(view, from, end, .token)
      else { return afterScheme }
    }
    emit(depth, from, end, rule, mayEcho: true)
    return end
  }

  static let tokenBytes = ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=:%|!")

  /// Whether bytes are base64 of `user:password`: printable text with a colon.
  private func isBasic(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var hasColon = false
    var word: UInt32 = 0
    var bits = 0
    var count = 0
    for i in start..<end {
      guard let digit = Self.base64Digit(view[i]) else { return view[i] == UInt8(ascii: "=") && hasColon }
      word = word << 6 | digit
      bits += 6
      if bits >= 8 {
        bits -= 8
        let decoded = UInt8(truncatingIfNeeded: word >> UInt32(bits))
        if decoded == UInt8(ascii: ":") { hasColon = true }
        if decoded < 0x20 || decoded == 0x7F { return false }
        count += 1
      }
    }
    return hasColon && count >= 3
  }

  // MARK: - Cookies

  private static let harmlessCookies: [StaticString] = [
    "_ga", "_gid", "_gat", "_gcl", "_fbp", "_fbc", "theme", "lang", "locale", "tz", "timezone", "consent",
    "cookieconsent", "cookie_consent",
    "utm_", "_hj", "amplitude", "mp_", "optimizely", "__cfruid", "ajs_", "_pk_", "currency", "country", "i18n",
    "next_locale", "path", "expires",
    "max-age", "domain", "samesite", "secure", "httponly", "version", "priority", "partitioned", "comment",
  ]
  private static let sessionCookies: [StaticString] = [
    "sess", "sid", "auth", "token", "jwt", "csrf", "xsrf", "__host-", "__secure-", "remember", "login", "sso", "saml",
    "oauth", "identity",
    ".aspx", "laravel", "connect.", "wordpress_", "wp-settings", "grafana", "gitlab", "user_key", "credential",
    "secret", "access", "refresh", "ticket", "state", "nonce", "pkce",
  ]

  /// A Cookie header (`a=b; c=d`) or a Set-Cookie header (`a=b; Path=/; HttpOnly`).
  func cookies(_ depth: Int, _ start: Int, _ end: Int, isSet: Bool) {
    let view = frames[depth].view
    guard !isMarker(view, start, end) else { return }
    let equals = view.next(UInt8(ascii: "="), from: start, to: end)
    if equals == end {
      // No pairs: one opaque value, as `"cookie": "s%3A…"` holds it.
      if looksOpaque(view, start, end, 12), !isHarmless(view, start, end, .token) {
        emit(depth, start, end, .cookie, mayEcho: true)
      }
      return
    }
    var i = start
    while i < end {
      while i < end, isBlank(view[i]) || view[i] == UInt8(ascii: ";") || view[i] == UInt8(ascii: ",") { i += 1 }
      let name = i
      while i < end, view[i] != UInt8(ascii: "="), view[i] != UInt8(ascii: ";"), !isBlank(view[i]) { i += 1 }
      guard i < end else { break }
      if view[i] != UInt8(ascii: "=") { continue }
      let nameEnd = i
      i += 1
      let value = i
      while i < end, view[i] != UInt8(ascii: ";"), view[i] != 0x0A, view[i] != 0x0D, !(view[i] == 0x20 && isSet) {
        // `[a=b c=d]`, as Go prints several headers: a blank and a new pair.
        if view[i] == 0x20, !isSet, looksLikePair(view, i + 1, end) { break }
        i += 1
      }
      var valueEnd = i
      while valueEnd > value, isBlank(view[valueEnd - 1]) { valueEnd -= 1 }
      _ = cookiePair(depth, name, nameEnd, value, valueEnd)
      if isSet {
        // What follows are attributes, up to a next cookie after a newline.
        // or after the comma that joins two headers, as Python prints them.
        while i < end, view[i] != 0x0A, !(view[i] == UInt8(ascii: ",") && looksLikePair(view, i + 2, end)) { i += 1 }
      }
    }
  }

  private func looksLikePair(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var i = start
    while i < end, i < start + 64,
      isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "_") || view[i] == UInt8(ascii: "-")
        || view[i] == UInt8(ascii: ".")
    { i += 1 }
    return i > start && i < end && view[i] == UInt8(ascii: "=")
  }

  func cookiePair(_ depth: Int, _ name: Int, _ nameEnd: Int, _ start: Int, _ end: Int) -> Bool {
    let view = frames[depth].view
    var low = start
    var high = end
    if high - low >= 2, view[low] == UInt8(ascii: "\""), view[high - 1] == UInt8(ascii: "\"") {
      low += 1
      high -= 1
    }
    guard high > low, !isHarmless(view, low, high, .token) else { return false }
    for known in Self.harmlessCookies where view.hasFolded(known, at: name) && name + known.utf8CodeUnitCount <= nameEnd
    { return false }
    var isSession = classOfKey(depth, name, nameEnd).isSensitive
    if !isSession {
      search: for i in name..<nameEnd {
        for known in Self.sessionCookies where view.hasFolded(known, at: i) && i + known.utf8CodeUnitCount <= nameEnd {
          isSession = true
          break search
        }
      }
    }
    guard isSession && high - low >= 4 || looksOpaque(view, low, high, 16) else { return false }
    emit(depth, low, high, .cookie, mayEcho: true)
    return true
  }
}
