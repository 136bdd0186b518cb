// Percent-encoding and backslashes in a text that is no JSON string.

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
    func ends(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A }
    var start = position
    while start > low, position - start < 256, !ends(view[start - 1]) { start -= 1 }
    var end = position
    while end < high, !ends(view[end]) { end += 1 }
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
}
