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
    var isTraced = false
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
      case .person:
        done = max(done, user(inText: depth, hit.position, after, low, bound))
      case .personPhrase:
        done = max(done, user(afterPhrase: depth, after, bound))
      case .shortFlag(let number):
        shortFlag(depth, hit.position, after, bound, PasswordFlag.known[number])
      case .call(let isPair):
        arguments(depth, hit.position, after, bound, pairOf: isPair ? 8 : nil)
      case .insert:
        done = max(done, insert(depth, after, bound))
      case .columns:
        columns(depth, after, bound)
      case .passwordPrompt where opens == nil:
        opens = OpenValue(.encoded, .password)  // Wherever the line tells it: in a string of JSON, too.
      case .pathSecret:
        done = max(done, pathSecret(depth, hit.position, after, bound))
      case .socketDSN:
        done = max(done, socketDSN(depth, low, hit.position))
      case .oracle:
        done = max(done, oracle(depth, after, bound))
      case .email:
        done = max(done, email(depth, low, hit.position, bound))
      case .escapedURL where !Self.isEscapedURL(frames[depth].view, hit.position, bound):
        break
      case .escapedURL:
        done = max(done, escaped(depth, low, hit.position, bound))
      case .unicodeEscape where !Self.isTellingEscape(frames[depth].view, hit.position):
        break
      case .escapedPath where !isEscapedPath(frames[depth].view, after, bound):
        break
      case .unicodeEscape, .escapedPath:
        done = max(done, escaped(depth, low, hit.position, bound))
      case .webKey:
        done = max(done, webKey(depth, hit.position, after, bound))
      case .dump:
        done = max(done, labelledDump(depth, hit.position, after, low, bound))
      case .dumpStart where depth == 0 && opens == nil && isDumpStart(hit.position):
        opens = OpenValue(.dumped, .none)
      case .buffer:
        done = max(done, buffered(depth, after, bound))
      case .kubernetesSecret
      where depth == 0 && opens == nil && levels.count == 0 && isFirstWord(frames[0].view, hit.position, 0)
        && frames[0].view.has("kind: Secret", at: hit.position) && isLastWord(frames[0].view, after, bound):
        leaveOpen(0, .secretData(isWithin: false), .secret)
      case .keyPart
      where depth == 0 && isLastWord(frames[0].view, after, bound) && isFirstWord(frames[0].view, hit.position, 0):
        leaveOpen(0, .bytes, .cryptoKey)
      case .copied where depth == 0:
        copied(hit.position, low)
      case .keyLines where depth == 0 && isDigits(frames[0].view, after, bound):
        leaveOpen(0, .body, .cryptoKey)
      case .traceback where !isTraced:
        // Once: it reads all that follows.
        isTraced = true
        traceback(depth, after, high)
      case .tuple:
        tuple(frames[depth].view, hit.position, bound) { emit(depth, $0, $1, .secret, mayEcho: true) }
      case .section where depth == 0 && hit.position == 0 && after == frames[0].view.count && opens == nil:
        opens = OpenValue(.section, .password)
      case .prints(let isCode):
        prints(depth, hit.position, isCode ? .otp : .secret)
      case .wordFlag:
        let end = wordFlag(depth, after, bound)
        if end > after { done = max(done, end) }
      case .codePhrase:
        done = max(done, codePhrase(depth, after, bound))
      case .echoed:
        done = max(done, echoed(depth, hit.position, after, low, bound))
      case .html, .ansi, .traceback, .passwordPrompt, .field, .hint, .dockerStream, .criPartial, .kubernetesSecret,
        .simpleBind, .escapedStart, .keyLines,
        .dumpStart, .section,
        .keyPart, .copied:
        break
      }
    }
    if wantsCards { cards(depth, low, high) }
    if wantsSSN { socialNumbers(depth, low, high) }
    if wantsAWS { awsSecrets(depth, low, high) }
  }

  static let nameReach = 64

  /// Letters of both cases and digits in quick change, without a separator: base64, not a name.
  private static func isRandom(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var changes = 0
    var digits = 0
    for i in start..<end {
      guard isAlphanumeric(view[i]) else { return false }
      if isDigit(view[i]) { digits += 1 }
      if i > start, isDigit(view[i]) != isDigit(view[i - 1]) || isUpper(view[i]) != isUpper(view[i - 1]) {
        changes += 1
      }
    }
    return digits > 0 && changes * 3 >= end - start
  }

  /// A word around a hit: where the name starts and ends, and what its class is.
  func name(_ depth: Int, _ position: Int, _ after: Int, _ low: Int, _ high: Int) -> (
    start: Int, end: Int, class: KeyClass, dashes: Int
  ) {
    name(frames[depth].view, position, after, low, high)
  }

  func name(_ view: ByteView, _ position: Int, _ after: Int, _ low: Int, _ high: Int) -> (
    start: Int, end: Int, class: KeyClass, dashes: Int
  ) {
    var start = view.startOfName(position, from: max(low, position - Self.nameReach))
    var end = view.endOfName(after, to: min(high, after + Self.nameReach))
    var dot = view.next(UInt8(ascii: "."), from: after, to: end)
    while dot < end {
      if view.has("....", at: dot) { end = dot } else { dot = view.next(UInt8(ascii: "."), from: dot + 1, to: end) }
    }
    // The tail of an escape is not part of the name: `\npassword`, `%26password`, `\u0026password`.
    if start > low {
      let before = view[start - 1]
      if before == UInt8(ascii: "\\") {
        if view[start] == UInt8(ascii: "u"), end - start > 5, (1...4).allSatisfy({ isHex(view[start + $0]) }) {
          start += 5
        } else if start < position, isAmong("nrtbf", view[start]) {
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
    let found = cache.classify(view, start, end, tables.names).class
    if found == .none, end - start == 6, start > low, view[start - 1] == 0x20, view.hasFolded("phrase", at: start) {
      // `seed phrase`
      let before = view.startOfName(start - 1, from: max(low, start - 24))
      let both = cache.classify(view, before, end, tables.names).class
      if both == .password { return (before, end, both, 0) }
    }
    guard found.isSensitive else { return (start, end, found, dashes) }
    if end - start >= 16, Self.isRandom(view, start, end) { return (start, end, .none, 0) }
    if found == .queryOnly, end - start <= 4, start >= low + 4, view[start - 1] == 0x20, isLetter(view[start - 2]) {
      // `signing key`, `one-time code`: the word before tells what the common one does not.
      var before = start - 1
      while before > low, start - before < 24,
        isAlphanumeric(view[before - 1]) || view[before - 1] == UInt8(ascii: "-")
          || view[before - 1] == UInt8(ascii: "_")
      { before -= 1 }
      if before == low || !isAlphanumeric(view[before - 1]) {
        let both = cache.classify(view, before, end, tables.names).class
        if both.isSensitive, both != .queryOnly, both != .cvv { return (before, end, both, 0) }
      }
    }
    return (start, end, found, dashes)
  }
}
