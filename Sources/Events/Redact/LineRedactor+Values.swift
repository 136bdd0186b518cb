// What a value is worth once its name is known, and which values are no secret whatever their name.

extension LineRedactor {
  func ruleOf(_ class_: KeyClass) -> RedactionTables.Rules {
    switch class_ {
    case .password: .password
    case .secret, .secrets, .secretID: .secret
    case .token, .tokens: .token
    case .key, .keys: .apiKey
    case .cryptoKey: .privateKey
    case .otpSecret: .totpSecret
    case .authorization: .authorization
    case .auth, .credential: .credential
    case .cookie, .setCookie: .cookie
    case .session: .session
    case .otp: .otp
    case .card: .card
    case .cvv: .cvv
    case .ssn: .ssn
    case .iban: .iban
    case .queryOnly: .oauthCode
    case .none, .benign, .identifier: .secret
    }
  }

  /// Hides `start ..< end` if its class says so; else looks inside. For values with strong marks: JSON
  /// strings, `=`, flags.
  func keyedText(_ depth: Int, _ start: Int, _ end: Int, _ class_: KeyClass) {
    let view = frames[depth].view
    var low = start
    var high = end
    while low < high, isBlank(view[low]) { low += 1 }
    while high > low, isBlank(view[high - 1]) { high -= 1 }
    guard low < high else { return }
    switch class_ {
    case .authorization:
      authorization(depth, low, high)
    case .cookie:
      cookies(depth, low, high, isSet: false)
    case .setCookie:
      cookies(depth, low, high, isSet: true)
    default:
      let first = view[low]
      if first == UInt8(ascii: "{") || first == UInt8(ascii: "["), class_ != .password, high - low > 2,
        view[high - 1] == first + 2
      {
        // A structure of its own, such as the JSON of a service account.
        if hasHit(depth, low, high) {
          scan(depth, low, high)
        } else if !isHarmless(view, low, high, class_) {
          _ = walk(depth, low, high, inherited: class_)
        }
        return
      }
      if hides(view, low, high, class_) {
        emit(depth, low, high, ruleOf(class_), mayEcho: true)
      } else if hasHit(depth, low, high) {
        scan(depth, low, high)
      }
    }
  }

  /// Whether a value of this class is the secret.
  func hides(_ view: ByteView, _ start: Int, _ end: Int, _ class_: KeyClass) -> Bool {
    let length = end - start
    switch class_ {
    case .none, .benign, .identifier, .queryOnly: return false
    case .password:
      return !isHarmless(view, start, end, class_)
    case .key where length == 20 && (view.has("AKIA", at: start) || view.has("ASIA", at: start)): return false
    case .secret, .secrets, .key, .keys, .cryptoKey, .otpSecret:
      return length >= 4 && !isHarmless(view, start, end, class_)
        && (!isProse(view, start, end) || isPassphrase(view, start, end))
    case .token:
      return length >= 4 && !isHarmless(view, start, end, class_) && !isProse(view, start, end)
        && !(isDigits(view, start, end) && length < 6)
    case .tokens:
      return length >= 8 && !isHarmless(view, start, end, class_) && !isProse(view, start, end)
        && !isDigits(view, start, end)
        && looksOpaque(view, start, end, 8)
    case .credential where view.find("/aws4_request", from: start, to: end) < end: return false  // an id and a date
    case .credential where length >= 36 && isUUID(view, end - 36, end): return false  // which one it is
    case .auth, .credential:
      return length >= 6 && !isHarmless(view, start, end, class_) && !isProse(view, start, end)
        && (looksLikePassword(view, start, end) || length >= 16 && !hasBlank(view, start, end))
    case .session where isUUID(view, start, end): return false  // an id of our own time, as of a web socket
    case .session where isResourceID(view, start, end): return false
    case .session where isMoment(view, start): return false  // when and where a program began, as git tells
    case .session where view.has("0x", at: start) && length <= 18: return false  // a number, as ZooKeeper counts them
    case .session, .secretID:
      return length >= 16 && !isHarmless(view, start, end, class_) && looksOpaque(view, start, end, 16)
    case .otp:
      if isHarmless(view, start, end, class_) { return false }
      if isDigits(view, start, end) { return length >= 4 && length <= 10 }
      return length >= 6 && length <= 40 && !hasBlank(view, start, end)
        && (looksLikePassword(view, start, end) || view.next(UInt8(ascii: "-"), from: start, to: end) < end)
    case .card:
      return cardDigits(view, start, end)
    case .cvv:
      return isDigits(view, start, end) && (length == 3 || length == 4)
    case .ssn:
      var digits = 0
      for i in start..<end {
        if isDigit(view[i]) { digits += 1 } else if view[i] != UInt8(ascii: "-") && view[i] != 0x20 { return false }
      }
      return digits == 9
    case .iban:
      return length >= 15 && length <= 42 && isLetter(view[start]) && isLetter(view[start + 1])
        && isDigit(view[start + 2])
    case .authorization, .cookie, .setCookie:
      return true
    }
  }

  /// Two capitals and 32 digits: how Twilio names an account, a message. Source: https://www.twilio.com/docs/glossary/what-is-a-sid
  private func isResourceID(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start == 34, isUpper(view[start]), isUpper(view[start + 1]) else { return false }
    for i in (start + 2)..<end where !isHex(view[i]) || isUpper(view[i]) { return false }
    return true
  }

  /// `20261122T054200`
  private func isMoment(_ view: ByteView, _ start: Int) -> Bool {
    guard start + 15 <= view.count, view[start + 8] == UInt8(ascii: "T") else { return false }
    return isDigits(view, start, start + 8) && isDigits(view, start + 9, start + 15)
  }

  /// 12 to 19 digits with nothing but blanks and dashes between.
  private func cardDigits(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var digits = 0
    for i in start..<end {
      if isDigit(view[i]) { digits += 1 } else if view[i] != UInt8(ascii: "-") && view[i] != 0x20 { return false }
    }
    return digits >= 12 && digits <= 19
  }

  func isDigits(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for i in start..<end where !isDigit(view[i]) { return false }
    return end > start
  }

  func hasBlank(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for i in start..<end where isBlank(view[i]) { return true }
    return false
  }

  /// Words with blanks between and no digit: a sentence about a secret.
  func isProse(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var blanks = 0
    for i in start..<min(end, start + 400) {
      if isBlank(view[i]) { blanks += 1 }
      if isDigit(view[i]), blanks < 3 { return false }
    }
    return blanks > 0
  }

  /// Three words or more that make no sentence, as people are told to choose: `horse staple comet`.
  func isPassphrase(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 14, end - start <= 96, isLetter(view[start]), isLetter(view[end - 1]) else { return false }
    var words = 0
    var i = start
    while i < end {
      let word = i
      while i < end, isLetter(view[i]), !isUpper(view[i]) { i += 1 }
      guard i - word >= 3, i - word <= 12, i == end || view[i] == 0x20, !Self.wordsOfSentences.contains(view, word, i)
      else { return false }
      words += 1
      i += 1
    }
    return words >= 3
  }

  /// Words that sentences have and passphrases have not: those that join others, and those that speak of passwords.
  private static let wordsOfSentences = WordSet([
    "the", "and", "for", "not", "was", "has", "had", "are", "but", "can", "cannot", "could", "did", "does", "get",
    "got",
    "have", "here", "how", "into", "its", "let", "may", "more", "must", "new", "old", "now", "off", "one", "only",
    "our",
    "out", "own", "see", "set", "she", "should", "than", "that", "their", "then", "there", "they", "this", "too", "two",
    "use", "used", "uses", "using", "via", "were", "what", "when", "where", "which", "who", "why", "will", "with",
    "within", "without", "would", "you", "your", "all", "also", "any", "been", "before", "after", "again", "against",
    "because", "both", "each", "from", "just", "least", "less", "like", "longer", "make", "most", "much", "never",
    "none", "once", "other", "over", "same", "some", "such", "under", "until", "very", "yes",
    "password", "passwords", "passphrase", "passcode", "username", "user", "users", "account", "accounts", "login",
    "logon", "token", "tokens", "secret", "secrets", "key", "keys", "credential", "credentials", "authentication",
    "authorization", "session", "hash", "hashed", "hashes", "encrypted", "plaintext", "file", "files", "value",
    "values",
    "field", "fields", "string", "length", "minimum", "maximum", "characters", "character", "letters", "digits",
    "required", "invalid", "valid", "incorrect", "wrong", "missing", "expired", "expires", "failed", "failure", "error",
    "errors", "denied", "rejected", "accepted", "changed", "change", "updated", "update", "reset", "created", "create",
    "deleted", "delete", "removed", "remove", "revoked", "rotated", "stored", "provided", "given", "specified",
    "supplied", "entered", "enter", "type", "retype", "confirm", "confirmed", "match", "matches", "mismatch", "default",
    "optional", "enabled", "disabled", "weak", "strong", "short", "long", "empty", "blank", "unknown", "found", "read",
    "write", "needs", "need", "please", "check", "checked", "checking", "policy", "attempt", "attempts", "locked",
    "server", "client", "database", "service", "request", "response", "header", "cookie", "method", "methods", "public",
    "private", "access", "refresh", "basic", "bearer", "plain", "hidden", "masked", "redacted", "removed", "unset",
  ])

  // MARK: - Values that are no secret

  private static let harmlessWords = WordSet(
    [
      "null", "none", "nil", "undefined", "true", "false", "yes", "no", "n/a", "na", "unset", "empty", "(none)",
      "(null)",
      "(nil)", "(empty)", "<nil>", "<none>", "<null>", "nan", "not set", "notset", "(not set)", "(unset)",
      "optional.none", "string", "str", "bytes",
      // `libsecret-1-0:amd64`: what a package was made for
      "amd64", "arm64", "armhf", "armel", "i386", "x86_64", "aarch64", "noarch", "ppc64el", "riscv64", "s390x",
    ])

  // In these classes the value is often a word about the secret: a method, a state, a type.
  private static let statusWords = WordSet(
    [
      "required", "invalid", "valid", "missing", "expired", "ok", "failed", "success", "succeeded", "enabled",
      "disabled",
      "oauth", "oauth2", "oidc", "saml", "saml2", "ldap", "kerberos", "basic", "bearer", "digest", "ntlm", "negotiate",
      "password", "token", "session", "cookie", "jwt", "apikey", "api_key", "api-key", "key", "secret", "public",
      "private",
      "anonymous", "default", "string", "number", "boolean", "object", "array", "unknown", "internal", "external",
      "mtls",
      "tls", "ssl", "plain", "login", "scram-sha-256", "scram-sha-1", "scram-sha-512", "md5", "sha1", "sha256",
      "sha512",
      "hs256", "rs256", "es256", "certificate", "cert", "x509", "webauthn", "passkey", "totp", "otp", "mfa", "sms",
      "email",
      "hidden", "visible", "masked", "redacted", "filtered", "removed", "present", "provided", "absent", "changed",
      "set",
      "unchanged", "rotated", "revoked", "active", "inactive", "pending", "incorrect", "mismatch", "wrong", "malformed",
      "not_found", "not found", "accepted", "rejected", "denied", "allowed", "refreshed", "created", "updated",
      "deleted", "verified",
      "unverified", "text", "json", "opaque", "access", "refresh", "client_credentials", "authorization_code",
      "refresh_token", "service", "user", "admin", "system", "local", "global", "static", "dynamic", "env", "file",
      "vault",
      "aws", "gcp", "azure", "instanceprofile", "include", "omit", "same-origin", "on", "off", "identity", "auto",
      "manual", "prompt", "mschap", "mschapv2", "eap-mschapv2", "pap", "chap", "gtc", "peap", "ttls", "cram-md5",
      "digest-md5", "gssapi", "spnego", "xoauth2", "scram-sha-256-plus",
    ])

  /// `credential: client_id=web`: whose it is.
  private func namesOwner(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let mark = view.next(UInt8(ascii: "="), from: start, to: min(end, start + 16))
    return mark + 1 < end && Self.owners.contains(view, start, mark)
  }

  private static let owners = WordSet([
    "id", "name", "user", "username", "email", "client", "client_id", "user_id", "account", "account_id", "key_id",
    "kid", "credential_id", "provider", "owner", "issuer", "scope", "type", "expires_at",
  ])

  /// `10/min`, `5/30s`: how often something may be asked for.
  private func isRate(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var i = start
    while i < end, isDigit(view[i]) { i += 1 }
    guard i > start, i < end, view[i] == UInt8(ascii: "/") else { return false }
    i += 1
    while i < end, isDigit(view[i]) { i += 1 }
    return Self.units.contains(view, i, end)
  }

  private static let units = WordSet([
    "s", "sec", "second", "m", "min", "minute", "h", "hr", "hour", "d", "day", "w", "week", "month",
  ])

  /// `S-1-5-21-…`: who, on Windows.
  private func isSID(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard view.has("S-1-", at: start), end - start > 4 else { return false }
    for i in (start + 4)..<end where !isDigit(view[i]) && view[i] != UInt8(ascii: "-") { return false }
    return true
  }

  /// Whether the value says itself that it is no secret: null, masked already, a placeholder, a
  /// reference to where the secret is kept.
  func isHarmless(_ view: ByteView, _ start: Int, _ end: Int, _ class_: KeyClass) -> Bool {
    let length = end - start
    guard length > 1 || length == 1 && class_ == .password && view[start] != UInt8(ascii: "*") else { return true }
    if length == 0 { return true }
    let first = view[start]
    let last = view[end - 1]
    if length <= 20 {
      if Self.harmlessWords.contains(view, start, end) { return true }
      if class_ != .password, Self.statusWords.contains(view, start, end) { return true }
    }
    if class_ != .password, namesOwner(view, start, end) { return true }
    if class_ == .token, isSymbol(view, start, end) { return true }
    switch first {
    case UInt8(ascii: "1")...UInt8(ascii: "9"):
      if class_ != .password, isRate(view, start, end) { return true }
    case UInt8(ascii: "S"):
      if isSID(view, start, end) { return true }
    case UInt8(ascii: "["):
      if isMarker(view, start, end) { return true }
      if last == UInt8(ascii: "]"), isWordy(view, start + 1, end - 1) { return true }
    case UInt8(ascii: "<"):
      if last == UInt8(ascii: ">"),
        isWordy(view, start + 1, end - 1) || view.has("<function", at: start) || view.has("<object", at: start)
          || view.find(Self.pointer, from: start, to: end) < end
      {
        return true
      }
    case UInt8(ascii: "("):
      if last == UInt8(ascii: ")"), isWordy(view, start + 1, end - 1) { return true }
    case UInt8(ascii: "{"):
      if last == UInt8(ascii: "}"),
        view.at(start + 1) == UInt8(ascii: "{") || isWordy(view, start + 1, end - 1) || length == 2
      {
        return true
      }
    case UInt8(ascii: "$"):
      let next = view.at(start + 1)
      if next == UInt8(ascii: "{") || next == UInt8(ascii: "(") {
        return last == UInt8(ascii: "}") || last == UInt8(ascii: ")")
      }
      var i = start + 1
      var hasLower = false
      var hasUnderscore = false
      while i < end, isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "_") {
        hasLower = hasLower || (isLetter(view[i]) && !isUpper(view[i]))
        hasUnderscore = hasUnderscore || view[i] == UInt8(ascii: "_")
        i += 1
      }
      if i == end, length > 1,
        !hasLower || hasUnderscore || isDigits(view, start + 1, end) || length <= 3
          || cache.classify(view, start + 1, end, tables.names).class.isSensitive
      {
        return true
      }
    case UInt8(ascii: "%"):
      if view.at(start + 1) == UInt8(ascii: "{"), last == UInt8(ascii: "}") { return true }  // %{User-Password}
      if last == UInt8(ascii: "%"), length > 2, isWordy(view, start + 1, end - 1) { return true }
      if length == 2, isLetter(last) { return true }
      if view.at(start + 1) == UInt8(ascii: "%"), isDigits(view, start + 2, end) { return true }  // %%1842 of Windows
      if view.at(start + 1) == UInt8(ascii: "(") && last == UInt8(ascii: "s") { return true }
    case UInt8(ascii: "@"):
      // `password = @pw`: a parameter
      if cache.classify(view, start + 1, end, tables.names).class.isSensitive { return true }
    case UInt8(ascii: "#"):
      if view.at(start + 1) == UInt8(ascii: "{"), last == UInt8(ascii: "}") { return true }
    case UInt8(ascii: "?"):
      if length == 1 { return true }
    case UInt8(ascii: ":"):
      if length > 1, isWordy(view, start + 1, end), class_ != .password { return true }
    case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "C"), UInt8(ascii: "D"):
      if isPath(view, start, end) || view.has(".*/", at: start) { return true }  // s/SECRET=.*/SECRET=x/
    case UInt8(ascii: "0"):
      if view.at(start + 1) == UInt8(ascii: "x"), length >= 8, length <= 14,
        view.at(start + 2) == UInt8(ascii: "c") || view.at(start + 2) == UInt8(ascii: "7")
      {
        return true
      }
    default: break
    }
    if isObject(view, start, end) { return true }
    if isMask(view, start, end) || isCut(view, start, end) { return true }
    if isMetavariable(view, start, end) { return true }
    if class_ == .key || class_ == .cryptoKey || class_ == .token, isWordPath(view, start, end) { return true }
    if length > 4, hasReference(view, start, end) { return true }
    return length <= 48 && saysHidden(view, start, end)
  }

  private static let pointer: StaticString = " at 0x"

  /// `android.os.BinderProxy@2bd79ce`, `AppWindowToken{9f4ef63`, `com.acme.sync/4505`: how objects and
  /// services are named.
  private func isObject(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 10, end - start <= 160, isLetter(view[start]) else { return false }
    var i = start
    var dots = 0
    while i < end, isLetter(view[i]) || view[i] == UInt8(ascii: ".") || view[i] == UInt8(ascii: "$") {
      if view[i] == UInt8(ascii: ".") { dots += 1 }
      i += 1
    }
    guard i < end, i - start >= 5 else { return false }
    let mark = view[i]
    let rest = i + 1
    switch mark {
    case UInt8(ascii: "@") where isUpper(view[start]) || dots > 0, UInt8(ascii: "{") where isUpper(view[start]):
      for k in rest..<end where !isHex(view[k]) || isUpper(view[k]) { return false }
      return end - rest >= 5 && end - rest <= 8
    case UInt8(ascii: "/") where dots >= 2: return isDigits(view, rest, end)
    default: return false
    }
  }

  /// `[REDACTED:kind]`, as this redactor writes it.
  func isMarker(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard view.has("[REDACTED:", at: start), view[end - 1] == UInt8(ascii: "]") else { return false }
    for i in (start + 10)..<(end - 1)
    where !isAlphanumeric(view[i]) && view[i] != UInt8(ascii: "_") && view[i] != UInt8(ascii: ":") { return false }
    return true
  }

  /// The marker of ours that the byte at `index` belongs to.
  func marker(_ view: ByteView, around index: Int) -> Range<Int>? {
    func isOfMarker(_ byte: UInt8) -> Bool {
      isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
    }
    guard index < view.count else { return nil }
    var start = index
    let low = max(0, index - Self.markerReach)
    if view.at(start) == UInt8(ascii: "]") { start -= 1 }
    while start > low, isOfMarker(view[start]) { start -= 1 }
    guard view.has("[REDACTED:", at: start) else { return nil }
    var end = start + 10
    let high = min(view.count, start + Self.markerReach)
    while end < high, isOfMarker(view[end]) { end += 1 }
    return end > index - 1 && end < high && view[end] == UInt8(ascii: "]") ? start..<end + 1 : nil
  }

  /// Longer than any marker: the longest kind, and a pseudonym.
  private static let markerReach = 128

  /// Letters, blanks and a few marks only: the inside of `<your key>`, `[Filtered]`.
  private func isWordy(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end > start, end - start <= 64 else { return end == start }
    for i in start..<end {
      let byte = view[i]
      if !isLetter(byte), byte != UInt8(ascii: "_"), byte != UInt8(ascii: "-"), byte != 0x20, byte != UInt8(ascii: "."),
        byte != UInt8(ascii: "*"), byte != UInt8(ascii: ":")
      {
        return false
      }
    }
    return true
  }

  /// `****`, `xxxxxxxx`, `••••`, `*password*`, or a value with three stars in it: masked by somebody before.
  private func isMask(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var stars = 0
    var allStars = 0
    var hasRun = false
    let first = view[start]
    let limit = min(end, start + 4096)
    var i = view.next(UInt8(ascii: "*"), from: start, to: limit)
    while i < limit {
      if view[i] == UInt8(ascii: "*") {
        stars += 1
        allStars += 1
        if stars == 3 { hasRun = true }
      } else {
        stars = 0
      }
      i += 1
    }
    i = start + 1
    while i < limit, view[i] == first { i += 1 }
    let isUniform = i >= limit || i == limit - 1 && view[i] == UInt8(ascii: "/") && i > start + 1
    // Of a masked value a few bytes at an end remain; a password may hold three stars as well.
    if hasRun, allStars > 3 || end - start - allStars <= 12 { return true }
    if first == UInt8(ascii: "*"), end - start > 2, view[end - 1] == first, isWordy(view, start + 1, end - 1) {
      return true
    }
    if isUniform, end - start >= 2,
      first == UInt8(ascii: "*") || first == UInt8(ascii: ".") || first == UInt8(ascii: "-")
        || first == UInt8(ascii: "_")
    {
      return true
    }
    if isUniform, end - start >= 3,
      lower(first) == UInt8(ascii: "x") || first == UInt8(ascii: "#") || first == UInt8(ascii: "?")
        || first == UInt8(ascii: "=")
    {
      return true
    }
    if view.has("\u{2022}\u{2022}", at: start) || view.has("...", at: start) || view.has("\u{2026}", at: start) {
      return true
    }
    return false
  }

  /// `IDENT`, `LEFT_PAREN`: what a parser calls a token.
  private func isSymbol(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start <= 12 else { return false }
    for i in start..<end where !isUpper(view[i]) && view[i] != UInt8(ascii: "_") { return false }
    return true
  }

  /// `PASS`, `PRIVATE_KEY_FILE`: what a help page calls the value.
  private func isMetavariable(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 3, end - start <= 32, isUpper(view[start]) else { return false }
    for i in start..<end where !isUpper(view[i]) && view[i] != UInt8(ascii: "_") && view[i] != UInt8(ascii: "-") {
      return false
    }
    for i in start..<end {
      for word in Self.metavariables where view.has(word, at: i) && i + word.utf8CodeUnitCount <= end { return true }
    }
    return false
  }

  private static let metavariables: [StaticString] = [
    "PASS", "PWD", "TOKEN", "SECRET", "KEY", "FILE", "PATH", "VALUE", "STRING", "CRED", "TEXT", "COOKIE",
    "PRIVATE", "HIDDEN", "REDACTED", "MASKED",
  ]

  /// `path/to/id_rsa`: small letters with slashes between.
  private func isWordPath(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start <= 128, isLetter(view[start]) else { return false }
    var slashes = 0
    for i in start..<end {
      let byte = view[i]
      if byte == UInt8(ascii: "/") {
        slashes += 1
      } else if !(isLetter(byte) && !isUpper(byte)), byte != UInt8(ascii: "_"), byte != UInt8(ascii: "-"),
        byte != UInt8(ascii: ".")
      {
        return false
      }
    }
    return slashes > 0
  }

  /// A file path of everyday words: where the secret is, not what it is.
  private func isPath(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var i = start
    if isUpper(view[i]) {
      guard view.at(i + 1) == UInt8(ascii: ":"),
        view.at(i + 2) == UInt8(ascii: "\\") || view.at(i + 2) == UInt8(ascii: "/")
      else { return false }
      return true
    }
    if view[i] == UInt8(ascii: "."), view.at(i + 1) != UInt8(ascii: "/"), !view.has("../", at: i) { return false }
    if view[i] == UInt8(ascii: "~"), view.at(i + 1) != UInt8(ascii: "/") { return false }
    var slashes = 0
    var run = 0
    var digits = 0
    var uppers = 0
    while i < end {
      let byte = view[i]
      if byte == UInt8(ascii: "/") {
        slashes += 1
        run = 0
        digits = 0
        uppers = 0
      } else if isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: ".")
      {
        run += 1
        if isDigit(byte) { digits += 1 }
        if isUpper(byte) { uppers += 1 }
        if run >= 16, digits >= 2, uppers >= 2 { return false }
      } else {
        return false
      }
      i += 1
    }
    return slashes >= 2 || slashes == 1 && end - start <= 24 && view[start] != UInt8(ascii: "/")
      || slashes == 1 && end - start <= 16
  }

  private static let references: [StaticString] = [
    "vault:", "arn:aws", "env:", "file:", "secretsmanager:", "ssm:", "op://", "sm://", "projects/", "keyvault",
    "aws-sm:",
    "secretref:", "secret://", "os.environ", "process.env", "gcp-sm:", "kms:", "ref+", "enc[", "!vault", "!secret",
    "!ref", "!sub", "!getatt", "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-", "rsa-sha2-", "sk-ssh-", "ssh-dss", "{{",
    "$env:", "pk_live_", "pk_test_",
  ]

  private func hasReference(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    if isAmong("vaefskopgr!{$", lower(view[start])) {
      let first = lower(view[start])
      for text in Self.references
      where text.utf8Start[0] == first && view.hasFolded(text, at: start) && start + text.utf8CodeUnitCount <= end {
        return true
      }
    }
    return view.has("@Microsoft.KeyVault(", at: start)
  }

  private static let hiddenWords: [StaticString] = [
    "redact", "hidden_", "_hidden", "masked", "filtered", "sanitized", "scrubbed", "omitted", "censored", "obfuscated",
    "removed_", "changeme>", "no_log_",
  ]

  /// `eyJhbGci...REDACTED...CjEk`, as masking loggers cut values.
  private func isCut(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start <= 256 else { return false }
    var i = start
    while true {
      i = view.next(UInt8(ascii: "."), from: i, to: end)
      guard i + 11 <= end else { break }
      if view.hasFolded("...redacted", at: i) || view.hasFolded("...masked", at: i)
        || view.hasFolded("...hidden", at: i)
      {
        return true
      }
      i += 1
    }
    return view.hasFolded("redacted...", at: start)
  }

  private func saysHidden(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for i in start..<end where isDigit(view[i]) { return false }
    guard end - start >= 6 else { return false }
    for i in start...(end - 6) {
      switch lower(view[i]) {
      case UInt8(ascii: "r"), UInt8(ascii: "h"), UInt8(ascii: "_"), UInt8(ascii: "m"), UInt8(ascii: "f"),
        UInt8(ascii: "s"), UInt8(ascii: "o"), UInt8(ascii: "c"), UInt8(ascii: "n"):
        for word in Self.hiddenWords where view.hasFolded(word, at: i) && i + word.utf8CodeUnitCount <= end {
          return true
        }
      default: break
      }
    }
    return false
  }

  // MARK: - Shapes

  /// No word, no date, no number: letters mixed with digits, or of both cases within, without blanks.
  func looksOpaque(_ view: ByteView, _ start: Int, _ end: Int, _ least: Int) -> Bool {
    guard end - start >= least else { return false }
    if isMarker(view, start, end) { return false }
    var digits = 0
    var uppers = 0
    var lowers = 0
    var others = 0
    for i in start..<end {
      let byte = view[i]
      if isDigit(byte) {
        digits += 1
      } else if isUpper(byte) {
        uppers += 1
      } else if isLetter(byte) {
        lowers += 1
      } else if isBlank(byte) || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "{") {
        return false
      } else {
        others += 1
      }
    }
    if isDate(view, start, end) { return false }
    if digits > 0, uppers + lowers > 0 {
      // `orders-v2`, `2026-11-21`, `10.0.0.1:5432`, `users/list/1` are no secrets.
      return others * 4 <= end - start
        && (digits >= 2 || end - start >= 20
          || others == 0 && end - start >= 14 && caseChanges(view, start, end) * 3 > end - start)
    }
    if digits == end - start { return end - start >= 24 }
    return digits == 0 && uppers >= 3 && lowers >= 3 && (others <= 2 || others * 8 <= end - start)
      && end - start >= 16
      && caseChanges(view, start, end) * 3 > end - start
  }

  /// Twenty bytes or more of letters and digits whose case changes all the time: a name never does.
  func isByChance(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 20, end - start <= 512 else { return false }
    var digits = 0
    var lowers = 0
    for i in start..<end {
      let byte = view[i]
      if isDigit(byte) { digits += 1 } else if !isLetter(byte), !isAmong("+/_-=", byte) { return false }
      if isLetter(byte), !isUpper(byte) { lowers += 1 }
    }
    return digits >= 2 && lowers >= 2 && digits * 2 < end - start && caseChanges(view, start, end) * 4 >= end - start
  }

  /// An authorization code, not the name of an error: digits among letters of both cases.
  func looksLikeCode(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var digits = 0
    var lowers = 0
    for i in start..<end {
      if isDigit(view[i]) { digits += 1 } else if isLetter(view[i]), !isUpper(view[i]) { lowers += 1 }
    }
    return digits >= 2 && lowers > 0 && looksOpaque(view, start, end, 16) && caseChanges(view, start, end) >= 4
  }

  func caseChanges(_ view: ByteView, _ start: Int, _ end: Int) -> Int {
    var changes = 0
    var previous = false
    for i in start..<end {
      let upper = isUpper(view[i])
      if i > start, upper != previous { changes += 1 }
      previous = upper
    }
    return changes
  }

  private func isDate(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 8, isDigit(view[start]), isDigit(view[start + 1]), isDigit(view[start + 2]),
      isDigit(view[start + 3])
    else { return false }
    return view[start + 4] == UInt8(ascii: "-") && isDigit(view[start + 5]) && isDigit(view[start + 6])
      && view[start + 7] == UInt8(ascii: "-")
  }

  /// A word that people or machines use as a password rather than in a sentence: a digit, a mark or a
  /// capital within.
  func looksLikePassword(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let length = end - start
    guard length >= 5 else { return length >= 4 && isDigits(view, start, end) }
    if hasBlank(view, start, end) { return false }
    if isDate(view, start, end) { return false }
    var digits = 0
    var letters = 0
    var innerUppers = 0
    var marks = 0
    var wide = 0
    for i in start..<end {
      let byte = view[i]
      if isDigit(byte) {
        digits += 1
      } else if isLetter(byte) {
        letters += 1
        if i > start, isUpper(byte) { innerUppers += 1 }
      } else if byte >= 0x80 {
        wide += 1
      } else if byte != UInt8(ascii: "-"), byte != UInt8(ascii: "_"), byte != UInt8(ascii: "."),
        byte != UInt8(ascii: "/"), byte != UInt8(ascii: ":"), byte != UInt8(ascii: ","), byte != UInt8(ascii: "'"),
        byte != UInt8(ascii: "\"")
      {
        marks += 1
      }
    }
    if digits > 0 && (letters > 0 || wide > 0) { return true }
    if digits == length { return length >= 6 }
    if marks > 0 && letters + wide > 0 { return true }
    if innerUppers > 0 && innerUppers < letters - 1 && length >= 8 { return true }
    return length >= 20
  }
}
