// Percent-encoding and backslashes in a text that is no JSON string, and passwords in base64.

extension LineRedactor {
  /// A percent-encoded part that hides more structure: JSON, a form, a URL.
  func percent(_ depth: Int, _ low: Int, _ position: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    func ends(_ byte: UInt8) -> Bool {
      isBlank(byte) || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "&")
        || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "=")
        || byte == UInt8(ascii: "`") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "[")
        || byte == UInt8(ascii: "]")
    }
    var start = position
    while start > low, position - start < 256, !ends(view[start - 1]) { start -= 1 }
    var end = position
    while end < high, !ends(view[end]) { end += 1 }
    // Values of parameters that were hidden already, and plain blanks or slashes, are not worth it.
    if hasHit(depth, start, end) {
      enter(depth, start, end, as: .percent) {
        // The part itself stands in a query: its own first bytes are a value, not a name.
        scan($0, 0, frames[$0].view.count)
      }
    }
    return end
  }

  /// Whether the escape at `position` stands for printable ASCII that may be part of a word.
  static func isTellingEscape(_ view: ByteView, _ position: Int) -> Bool {
    if view.has("\\x", at: position) {
      return isHex(view.at(position + 2)) && view.at(position + 2) >= UInt8(ascii: "2")
        && view.at(position + 2) < UInt8(ascii: "8")
    }
    // Only escapes of printable ASCII can hide a word; `<`, `>`, `'` and `"` cannot be part of one.
    let high = view.at(position + 4)
    let low = view.at(position + 5) | 0x20
    guard high >= UInt8(ascii: "2"), high <= UInt8(ascii: "7") else { return false }
    if high == UInt8(ascii: "3"), low == UInt8(ascii: "c") || low == UInt8(ascii: "e") { return false }
    if high == UInt8(ascii: "2"), low == UInt8(ascii: "7") | 0x20 || low == UInt8(ascii: "2") | 0x20 { return false }
    return true
  }

  /// Whether two slashes follow the colon at `position`, with backslashes before them.
  static func isEscapedURL(_ view: ByteView, _ position: Int, _ end: Int) -> Bool {
    var slashes = 0
    var i = position + 1
    while i < end, slashes < 2, view[i] == UInt8(ascii: "\\") || view[i] == UInt8(ascii: "/") {
      if view[i] == UInt8(ascii: "/") { slashes += 1 }
      i += 1
    }
    return slashes == 2
  }

  /// Escapes in a text that is no JSON string: decoded where they stand.
  func escaped(_ depth: Int, _ low: Int, _ position: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    // `body="{\x22password\x22: \x22…"` of nginx: all of it, for its quotes are escaped, its blanks are not.
    let isQuote = view.has("\\x22", at: position)
    func ends(_ byte: UInt8) -> Bool {
      isQuote ? byte == UInt8(ascii: "\"") : byte == 0x20 || byte == 0x09 || byte == 0x0A
    }
    var start = position
    while start > low, position - start < 256, !ends(view[start - 1]) { start -= 1 }
    var end = position
    let limit = isQuote ? min(high, position + 8192) : high
    while end < limit, !ends(view[end]) { end += 1 }
    enter(depth, start, end, as: .backslash) { next in
      // Only what the escapes hid: the text itself is read by its own hits.
      let frame = frames[next]
      for index in 0..<frame.hits.count {
        if case .unicodeEscape = tables.anchors[frame.hits[index].literal] { continue }
        scan(next, 0, frame.view.count)
        return
      }
    }
    return position + 1 > end ? position + 1 : end
  }

  /// Where the password stands in what base64 of printable text becomes in `keyScratch`: the third part of SASL's
  /// `\0user\0password` (RFC 4616), the second of `user:password` (RFC 7617), or all of it.
  func encodedPassword(_ view: ByteView, _ start: Int, _ end: Int) -> Range<Int>? {
    var high = end
    while high > start, end - high < 2, view[high - 1] == UInt8(ascii: "=") { high -= 1 }
    guard high - start <= 512, (high - start) % 4 != 1 else { return nil }
    keyScratch.removeAll()
    var bits: UInt32 = 0
    var count = 0
    for i in start..<high {
      guard let digit = Self.base64Digit(view[i]) else { return nil }
      bits = bits << 6 | digit
      count += 6
      if count >= 8 {
        count -= 8
        let byte = UInt8(truncatingIfNeeded: bits >> UInt32(count))
        guard byte >= 0x20 && byte < 0x7F || byte <= 1 else { return nil }
        keyScratch.append(byte)
      }
    }
    let text = keyScratch.view
    let zero = text.last(0, from: 0, before: text.count)
    if zero >= 0 { return zero + 1 < text.count ? zero + 1..<text.count : nil }
    let colon = text.next(UInt8(ascii: ":"), from: 0, to: text.count)
    let low = colon + 1 < text.count ? colon + 1 : 0
    return low..<text.count
  }

  /// A value without its escapes, in `keyScratch`: elsewhere it stands as it is. Nil if it has none.
  func unescaped(_ view: ByteView, _ start: Int, _ end: Int) -> ByteView? {
    guard end - start <= 512 else { return nil }
    let hasPercent = view.next(UInt8(ascii: "%"), from: start, to: end) < end
    guard hasPercent || view.next(UInt8(ascii: "\\"), from: start, to: end) < end else { return nil }
    keyScratch.removeAll()
    var i = start
    while i < end { i = Frame.step(view, i, end, hasPercent ? .percent : .backslash) { keyScratch.append($0) } }
    return keyScratch.count < end - start ? keyScratch.view : nil
  }

  /// What a digit of base64 is worth, of the common alphabet or of that for URLs (RFC 4648 §4 and §5).
  static func base64Digit(_ byte: UInt8) -> UInt32? {
    if isUpper(byte) { return UInt32(byte - 0x41) }
    if isLetter(byte) { return UInt32(byte - 0x61) + 26 }
    if isDigit(byte) { return UInt32(byte - 0x30) + 52 }
    switch byte {
    case UInt8(ascii: "+"), UInt8(ascii: "-"): return 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): return 63
    default: return nil
    }
  }
}
