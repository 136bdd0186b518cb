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
    /// No `@` stands in this part of the text.
    var withoutAt = 0..<0
    /// Where the first structure of the text begins, or its length; -1 if that was not looked for.
    var structure = -1
    /// Whether it is JSON that goes to the end of the text; nil if that was not looked at.
    var isSound: Bool?
    /// Whether the text is such JSON from its first byte on.
    var isJSON: Bool?
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
      guard name.class.isSensitive else { return isPartOfName(view, name.start, name.end, start, end) }
      if name.class.isNumber {
        seen.texts = Seen.textsMax  // Its number may stand anywhere in the text.
        return true
      }
      return !isMereValue(view, name.start, name.end, start, end, name.class, &seen)
    case .pattern(let number):
      let pattern = tables.patterns[number]
      // Whether a value is the last of its text is told by where the text ends, which may be a string.
      if pattern.isSecretPath || pattern.isSecretQuery || pattern.isLast { return true }
      // Beside an access key id, even one that is none, 40 bytes by chance are taken for its secret.
      if pattern.rule == RedactionTables.Rules.allCases.count { return true }
      return pattern.verify(view, position, after, start, end) != nil
        || pattern.meetsEscape(view, position, after, start, end)
    case .url: return hasAt(view, after, end, &seen)
    case .escapedURL: return LineRedactor.isEscapedURL(view, position, end)
    case .scheme: return position == start || SecretPattern.isLeftBoundary(view, position, start)
    case .pem:
      for i in after..<min(end, after + 40) where view.has("PRIVATE", at: i) || view.has("OpenVPN", at: i) {
        return true
      }
      return false
    case .pathSecret: return isPathPart(view, after, end)
    case .escapedPath: return isEscapedPath(view, after, end)
    case .tuple:
      var isTelling = false
      let isUnsure = tuple(view, position, end) { _, _ in isTelling = true }
      return isTelling || isUnsure
    case .wordFlag: return flaggedWord(view, after, end) > after
    case .codePhrase: return isDigit(view.at(after))
    case .simpleBind: return mayBeKey(view, after, end)
    case .escapedStart(let number): return goesOn(view, after, end, with: tables.escapedStarts[number])
    case .unicodeEscape:
      return LineRedactor.isTellingEscape(view, position)
    case .dockerStream:
      // Every line of docker has this; only a part of a line lacks the newline before it. `\\n` is none.
      var slashes = 0
      while slashes < position - start - 1, view[position - 2 - slashes] == UInt8(ascii: "\\") { slashes += 1 }
      return !(position > start && view[position - 1] == UInt8(ascii: "n") && slashes % 2 == 1)
        && view.has("{\"log\":\"", at: start)
    default:
      return true
    }
  }

  /// Whether the rest of a start follows, however its bytes are escaped.
  private func goesOn(_ view: ByteView, _ after: Int, _ end: Int, with rest: [[UInt8]]) -> Bool {
    var i = after
    for choices in rest {
      while i < end, view[i] == UInt8(ascii: "\\") { i += 1 }
      guard i < end else { return false }
      if !choices.contains(view[i]) { return view[i - 1] == UInt8(ascii: "\\") && isAmong("ux", view[i]) }
      i += 1
    }
    return true
  }

  /// Whether sixteen bytes of what tokens in paths are made of begin there.
  private func isPathPart(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard start + 16 <= end else { return false }
    for i in start..<(start + 16) where !isAlphanumeric(view[i]) && !isAmong("-_%.~=:", view[i]) { return false }
    return true
  }

  /// Whether a slash follows, and what a token may be.
  func isEscapedPath(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var i = start
    while i < end, view[i] == UInt8(ascii: "\\") { i += 1 }
    return i < end && view[i] == UInt8(ascii: "/") && isPathPart(view, i + 1, end)
  }

  private func hasAt(_ view: ByteView, _ start: Int, _ end: Int, _ seen: inout Seen) -> Bool {
    let from = seen.withoutAt.contains(start) ? seen.withoutAt.lowerBound : start
    var i = max(start, from == start ? start : seen.withoutAt.upperBound)
    let limit = min(end, start + 2048)
    defer { seen.withoutAt = from..<max(i, from) }
    while i < limit {
      let byte = view[i]
      if byte == UInt8(ascii: "@") { return true }
      if byte == 0x20, i + 1 < end, isLetter(view[i + 1]), i > start, isLetter(view[i - 1]),
        view.next(UInt8(ascii: ":"), from: start, to: i) < i,
        view.next(UInt8(ascii: "@"), from: i, to: min(end, i + 96)) < min(end, i + 96)
      {
        return true  // A password with blanks; see `url`.
      }
      if byte == 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") {
        return false
      }
      i += 1
    }
    return false
  }

  /// Whether a sensitive name is the value of a member of an object, or the end of one, and names nothing beside it:
  /// `"service":"auth",`. All other uses are read: only reading tells what a name tells.
  private func isMereValue(
    _ view: ByteView, _ start: Int, _ end: Int, _ low: Int, _ high: Int, _ class_: KeyClass, _ seen: inout Seen
  ) -> Bool {
    guard end < high, view[end] == UInt8(ascii: "\""), view[low] == UInt8(ascii: "{") else { return false }
    var i = end + 1
    while i < high, isBlank(view[i]) { i += 1 }
    guard i < high, isAmong(",}]", view[i]) else { return false }
    guard namesSibling(view, start, end, low, high, class_) == false else { return false }
    // In what only looks like JSON the bytes beside a name mean something else.
    let isJSON = seen.isJSON ?? (nextStructure(view, low, high) == low && view.isStructure(low, high))
    seen.isJSON = isJSON
    return isJSON
  }

  /// Whether a word that ends there may be a key: nothing but quotes and blanks, or an escape, stands before `:` or `=`.
  private func mayBeKey(_ view: ByteView, _ after: Int, _ end: Int) -> Bool {
    var i = after
    while i < end, isAmong("\"'\\ \t", view[i]) { i += 1 }
    return i < end && isAmong(":=", view[i]) || i > after && view[i - 1] == UInt8(ascii: "\\")
  }

  /// Whether a word that tells nothing begins or ends a name in quotes that does: `"backup codes":`.
  private func isPartOfName(_ view: ByteView, _ start: Int, _ end: Int, _ low: Int, _ high: Int) -> Bool {
    isPartOfName(view, start, end, low, high, single: true)
      || isPartOfName(view, start, end, low, high, single: false)
  }

  /// - Parameter single: whether `'` is a quote, too; else it may be part of the name.
  private func isPartOfName(
    _ view: ByteView, _ start: Int, _ end: Int, _ low: Int, _ high: Int, single: Bool
  ) -> Bool {
    func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || single && byte == UInt8(ascii: "'") }
    func isEnd(_ byte: UInt8) -> Bool { isQuote(byte) || byte == UInt8(ascii: "\\") }
    // A mark may stand between.
    let opens = (max(low, start - 3)..<start).contains { isQuote(view[$0]) }
    let closes = (end..<min(high, end + 3)).contains { isEnd(view[$0]) }
    // A long word that looks made by chance is a name all the same where a name must be.
    guard opens != closes || opens && end - start >= 16 else { return false }
    var from = start
    var to = end
    while to < high, to - end < Self.keyBytesMax, !isEnd(view[to]) { to += 1 }
    while from > low, start - from < Self.keyBytesMax, !isQuote(view[from - 1]) { from -= 1 }
    guard from > low, isQuote(view[from - 1]) else { return false }
    var i = to
    while i < high, isEnd(view[i]) { i += 1 }
    guard i > to else { return false }
    while i < high, isBlank(view[i]) { i += 1 }
    // `,` and `}` behind it: the value of `"name"`, which names another value.
    guard i < high, isAmong(":=,}", view[i]) || isQuote(view[i - 1]) && i - to > 1 else { return false }
    return cache.classify(view, from, to, tables.names).class.isSensitive
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
}
