// A cheap look at each hit: whether it may tell a secret, by the bytes next to it. Most hits do not, and what
// holds no other need not be read.

extension LineRedactor {
  /// What earlier hits of a text told about its later ones: what was looked at once is not looked at again.
  struct Seen {
    /// Where the text begins in the bytes that its hits count from.
    let start: Int
    /// Names before this are known to be harmless.
    var names: Int
    /// Strings before this were read.
    var strings = 0
    /// Where the letters and digits that were followed last end, and whether `\/` is next.
    var word = (end: -1, isEscaped: false)
    /// No `@` stands in this part of the text.
    var withoutAt = 0..<0
    /// Where the first structure of the text begins, or its length; -1 if that was not looked for.
    var structure = -1
    /// How many hits were read by themselves, in strings and in text.
    var readings = 0
    var texts = 0

    init(start: Int) {
      self.start = start
      names = start
    }

    /// Further ones are not worth it, and reading a long text again for each of its hits would not be linear.
    static let readingsMax = 32
    static let textsMax = 8
  }

  /// Whether the text in frame `depth` ≥ 1 may hold a secret; see `Redactor.isSuspicious`.
  func isSuspicious(_ depth: Int) -> Bool {
    let frame = frames[depth]
    var seen = Seen(start: 0)
    for index in 0..<frame.hits.count {
      let hit = frame.hits[index]
      let anchor = tables.anchors[hit.literal]
      if hit.position < seen.strings, anchor.isOfText { continue }
      let after = hit.position + tables.literalLengths[hit.literal]
      guard after <= frame.view.count,
        suspects(frame.view, 0, frame.view.count, hit.position, after, anchor, &seen)
      else { continue }
      // Deeper texts would be read once more for each level.
      guard depth == 1 else { return true }
      if seen.structure < 0 { seen.structure = nextStructure(frame.view, 0, frame.view.count) }
      if read(depth, hit.position, after, anchor, &seen) != .nothing {
        textPassages.harmlessEnd = hit.position
        return true
      }
    }
    return false
  }

  /// Whether a hit is worth reading, by the bytes next to it.
  func suspects(
    _ view: ByteView, _ start: Int, _ end: Int, _ position: Int, _ after: Int, _ anchor: RedactionTables.Anchor,
    _ seen: inout Seen
  ) -> Bool {
    switch anchor {
    case .keyword:
      if position < seen.names { return false }
      let name = name(view, position, after, start, end)
      seen.names = max(name.end, after)
      guard name.class.isSensitive else { return false }
      if name.class.isNumber {
        seen.texts = Seen.textsMax  // Its number may stand anywhere in the text.
        return true
      }
      return isUsed(view, name.start, name.end, start, end, name.class)
    case .pattern(let number):
      let pattern = tables.patterns[number]
      if pattern.isSecretPath || pattern.isSecretQuery { return true }
      return pattern.verify(view, position, after, start, end) != nil
        || (position == start || !isAlphanumeric(view[position - 1])) && hasEscapedSlash(view, after, end, &seen)
    case .url: return hasAt(view, after, end, &seen)
    case .scheme: return position == start || SecretPattern.isLeftBoundary(view, position, start)
    case .pem:
      for i in after..<min(end, after + 40) where view.has("PRIVATE", at: i) { return true }
      return false
    case .pathSecret:
      var i = after
      while i < end, i < after + 16,
        isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "-") || view[i] == UInt8(ascii: "_")
          || view[i] == UInt8(ascii: "%") || view[i] == UInt8(ascii: ".") || view[i] == UInt8(ascii: "~")
          || view[i] == UInt8(ascii: "=")
      { i += 1 }
      return i >= after + 16
    case .unicodeEscape:
      return LineRedactor.isTellingEscape(view, position)
    case .dockerStream:
      // Every line of docker has this; only a part of a line lacks the newline before it.
      return !(position >= 2 && view[position - 1] == UInt8(ascii: "n") && view[position - 2] == UInt8(ascii: "\\"))
        && view.has("{\"log\":\"", at: start)
    default:
      return true
    }
  }

  private func hasAt(_ view: ByteView, _ start: Int, _ end: Int, _ seen: inout Seen) -> Bool {
    let from = seen.withoutAt.contains(start) ? seen.withoutAt.lowerBound : start
    var i = max(start, from == start ? start : seen.withoutAt.upperBound)
    let limit = min(end, start + 2048)
    defer { seen.withoutAt = from..<max(i, from) }
    while i < limit {
      let byte = view[i]
      if byte == UInt8(ascii: "@") { return true }
      if byte == 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") {
        return false
      }
      i += 1
    }
    return false
  }

  /// Whether the word goes on with `\/`, which JSON may write for `/`: undecoded it cannot be judged.
  private func hasEscapedSlash(_ view: ByteView, _ start: Int, _ end: Int, _ seen: inout Seen) -> Bool {
    if start > seen.word.end {
      var i = start
      while i < end, SecretPattern.isOfWord(view[i]) { i += 1 }
      seen.word = (i, i + 1 < end && view[i] == UInt8(ascii: "\\") && view[i + 1] == UInt8(ascii: "/"))
    }
    return seen.word.isEscaped
  }

  /// Whether a sensitive name is used as one: what follows may be its value, or it is itself the value
  /// of `"name"`, or an element of an array.
  private func isUsed(_ view: ByteView, _ start: Int, _ end: Int, _ low: Int, _ high: Int, _ class_: KeyClass) -> Bool {
    var i = end
    while i < high, view[i] == UInt8(ascii: "\\") || view[i] == UInt8(ascii: "]") || view[i] == UInt8(ascii: ")") {
      i += 1
    }
    var isQuoted = false
    while i < high,
      view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: "`")
        || view[i] == UInt8(ascii: "]")
    {
      isQuoted = true
      i += 1
    }
    let blanks = i
    while i < high, view[i] == 0x20 || view[i] == 0x09 { i += 1 }
    guard i < high else { return isQuoted || start == low || opensAtEnd(view, start, low) }
    switch view[i] {
    case UInt8(ascii: ":"):
      return !isQuoted || !isNothing(view, i + 1, high, class_)
    case UInt8(ascii: "-"):
      // `--token -x…`: a value may begin like a flag.
      if i > blanks, start > low, view[start - 1] == UInt8(ascii: "-") { return true }
      return view.at(i + 1) == UInt8(ascii: ">") || view.at(i + 1) == UInt8(ascii: "\\")
        || view.at(i + 1) == UInt8(ascii: "&")
    case UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: "&"), UInt8(ascii: "%"),
      UInt8(ascii: "|"),
      UInt8(ascii: "["), UInt8(ascii: "\\"), UInt8(ascii: "#"):
      return true
    case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")"):
      guard isQuoted else {
        // {password,"…"} of Erlang
        return view[i] == UInt8(ascii: ",")
          && (start == low || isAmong("{,:-", view[start - 1]))
      }
      if view[end] == UInt8(ascii: "\""), view[low] == UInt8(ascii: "{"),
        let isNamed = namesSibling(
          view, start, end, low, high, class_)
      {
        return isNamed
      }
      // `"name":"DB_PASSWORD",` or `["Authorization",`; but not `"service":"auth",`.
      var j = start
      while j > low,
        view[j - 1] == UInt8(ascii: "-") || view[j - 1] == UInt8(ascii: ".") || view[j - 1] == UInt8(ascii: "/")
      { j -= 1 }
      while j > low,
        view[j - 1] == UInt8(ascii: "\"") || view[j - 1] == UInt8(ascii: "'") || view[j - 1] == UInt8(ascii: "\\")
      { j -= 1 }
      if j > low, view[j - 1] == UInt8(ascii: "b") || view[j - 1] == UInt8(ascii: "u") { j -= 1 }
      while j > low, isBlank(view[j - 1]) { j -= 1 }
      guard j > low else { return true }
      if view[j - 1] != UInt8(ascii: ":") { return true }
      if class_.isStrong { return true }
      j -= 1
      while j > low,
        isBlank(view[j - 1]) || view[j - 1] == UInt8(ascii: "\"") || view[j - 1] == UInt8(ascii: "'")
          || view[j - 1] == UInt8(ascii: "\\")
      { j -= 1 }
      let keyEnd = j
      while j > low, isAlphanumeric(view[j - 1]) || view[j - 1] == UInt8(ascii: "_") { j -= 1 }
      return isNameKey(view, j, keyEnd)
    default:
      // Prose, flags, tags: a blank and a word. Only classes that are looked for there.
      if i == blanks || isQuoted || view.hasFolded("prefix", at: i) { return true }
      switch class_ {
      case .password, .otp, .token, .secret, .key, .ssn, .cryptoKey, .secrets, .keys, .otpSecret, .secretID: return true
      case .auth where view.has("AUTH ", at: start): return true
      case .queryOnly where view[i] == UInt8(ascii: "<") || isLong(view, i, high): return true
      default:
        // `ENV BASIC_AUTH …`
        if view.has("ENV ", at: start - 4) || view.has("ARG ", at: start - 4) || view.has("set ", at: start - 4) {
          return true
        }
        return start > low
          && (view[start - 1] == UInt8(ascii: "-") || view[start - 1] == UInt8(ascii: "<")
            || view[start - 1] == UInt8(ascii: ":"))
      }
    }
  }

  /// Whether a JSON string that ends with a sensitive name, at `end`, may name what stands beside it: as the
  /// value of `"name"`, or as an element of a list with a value behind it. Nil if the bytes beside it do not tell.
  private func namesSibling(
    _ view: ByteView, _ start: Int, _ end: Int, _ low: Int, _ high: Int, _ class_: KeyClass
  ) -> Bool? {
    var last = high
    while last > low, isBlank(view[last - 1]) { last -= 1 }
    guard view[last - 1] == UInt8(ascii: "}") else { return nil }
    var open = start
    while open > low, start - open < 128, view[open - 1] != UInt8(ascii: "\"") {
      open -= 1
      if view[open] == UInt8(ascii: "\\") { return nil }
    }
    open -= 1
    guard open > low, view[open] == UInt8(ascii: "\"") else { return nil }
    var i = open
    while i > low, isBlank(view[i - 1]) { i -= 1 }
    if view[i - 1] == UInt8(ascii: ":") {
      // The key of the string.
      guard i - 2 > low, view[i - 2] == UInt8(ascii: "\"") else { return nil }
      let keyEnd = i - 2
      var key = keyEnd
      while key > low, keyEnd - key < 64, isAlphanumeric(view[key - 1]) || view[key - 1] == UInt8(ascii: "_") {
        key -= 1
      }
      guard key > low, view[key - 1] == UInt8(ascii: "\"") else { return nil }
      let use = cache.classify(view, key, keyEnd, tables.names).use
      return use.contains(.name) || use.contains(.kind) || use.contains(.value)
    }
    guard view[i - 1] == UInt8(ascii: ",") || view[i - 1] == UInt8(ascii: "["), class_ != .authorization,
      view[open + 1] != UInt8(ascii: "-")
    else { return nil }
    // An element: what is next is no value if it is a word or a few.
    var next = end + 1
    while next < high, isBlank(view[next]) { next += 1 }
    if next < high, view[next] == UInt8(ascii: "]") { return false }
    guard next < high, view[next] == UInt8(ascii: ",") else { return nil }
    next += 1
    while next < high, isBlank(view[next]) { next += 1 }
    guard next < high, view[next] == UInt8(ascii: "\"") else { return nil }
    let value = next + 1
    next = value
    var blanks = 0
    while next < high, view[next] != UInt8(ascii: "\"") {
      let byte = view[next]
      let isSmall = isLetter(byte) && (!isUpper(byte) || next == value)
      guard isSmall || byte == 0x20 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else { return true }
      if byte == 0x20 { blanks += 1 }
      next += 1
    }
    return next - value >= 20 && blanks == 0
  }

  /// Whether the value of a member is none: `"otp":null`, `"password":""`; or, of a name that is too
  /// common to tell a secret, one too short to be made by chance: `"key":"users"`.
  private func isNothing(_ view: ByteView, _ start: Int, _ high: Int, _ class_: KeyClass) -> Bool {
    var i = start
    while i < high, view[i] == 0x20 { i += 1 }
    for word in ["null", "true", "false"] as [StaticString] where view.has(word, at: i) {
      let after = view.at(i + word.utf8CodeUnitCount)
      return i + 8 < high && (after == UInt8(ascii: ",") || after == UInt8(ascii: "}"))
    }
    while i < high, view[i] == UInt8(ascii: "\\") { i += 1 }
    guard i < high, view[i] == UInt8(ascii: "\"") else { return false }
    i += 1
    let value = i
    // The end of the line stays for a closer look: what is left open there concerns the next one.
    let limit = min(high, value + (class_ == .queryOnly ? 16 : 1)) - 4
    while i < limit, view[i] != UInt8(ascii: "\""), view[i] != UInt8(ascii: "\\") { i += 1 }
    let isNested = view[value - 2] == UInt8(ascii: "\\")
    if isNested {
      while i < limit, view[i] == UInt8(ascii: "\\") { i += 1 }
    }
    return i < limit && view[i] == UInt8(ascii: "\"")
      && (view[i + 1] == UInt8(ascii: ",") || view[i + 1] == UInt8(ascii: "}"))
  }

  /// Twenty bytes without a blank.
  private func isLong(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    guard start + 20 <= high else { return false }
    for i in start..<(start + 20) where isBlank(view[i]) { return false }
    return true
  }

  /// Whether a name at the end of its line may name what the next line holds: `- name: DB_PASSWORD`,
  /// `user,password`.
  private func opensAtEnd(_ view: ByteView, _ start: Int, _ low: Int) -> Bool {
    var i = start
    while i > low, view[i - 1] == 0x20 { i -= 1 }
    guard i > low else { return false }
    let before = view[i - 1]
    return before == UInt8(ascii: ":") || before == UInt8(ascii: "=") || before == UInt8(ascii: ",")
      || before == UInt8(ascii: "|") || before == 0x09
  }
}
