// Headers in a text: where their value ends.

extension LineRedactor {
  /// A header in a text: to the closing quote, or to the end of its line.
  func headerText(
    _ depth: Int, _ start: Int, _ high: Int, isCookie: Bool = false, _ body: (Int, Int, Int) -> Void
  ) -> Int {
    let view = frames[depth].view
    var i = start
    var close: UInt8 = 0
    var slashes = 0
    if view[i] == UInt8(ascii: "["), !view.has("[REDACTED:", at: i), i + 1 < high {
      i += 1
      close = UInt8(ascii: "]")
    }
    if i + 1 < high, view[i] == UInt8(ascii: "b") || view[i] == UInt8(ascii: "u"),
      view[i + 1] == UInt8(ascii: "'") || view[i + 1] == UInt8(ascii: "\"")
    {
      i += 1
    }
    while i < high, view[i] == UInt8(ascii: "\\") {
      slashes += 1
      i += 1
    }
    if i < high, view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: "`") {
      close = view[i]
      i += 1
    } else {
      i -= slashes
      slashes = 0
    }
    let from = i
    var blanks = 0
    while i < high {
      let byte = view[i]
      if byte == 0x0A || byte == 0x0D { break }
      if close != 0 {
        if byte == close, slashes == 0 || view.at(i - 1) == UInt8(ascii: "\\") { break }
        if slashes > 0, byte == close { break }
        if slashes == 0, byte == UInt8(ascii: "\\"), close != UInt8(ascii: "]") { i += 1 }
      } else {
        if byte == UInt8(ascii: "\\"), view.at(i + 1) == UInt8(ascii: "r") || view.at(i + 1) == UInt8(ascii: "n") {
          break
        }
        // `-H 'Authorization: Bearer x' url`: the quote was opened before the name.
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") { break }
        if byte == UInt8(ascii: "\"") {
          if isCookie || i == from { break }
          // Quotes within belong to the header (Digest); a closing one ends it.
          let before = view[i - 1]
          let isOpening =
            before == UInt8(ascii: "=") || before == UInt8(ascii: "\\") && view.at(i - 2) == UInt8(ascii: "=")
          if !isOpening, !quoteIsOpen(view, from, i) { break }
        }
        if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ")"),
          !isAlphanumeric(view.at(i + 1)), view.find("${", from: from, to: i) == i
        {
          break
        }
        if byte == 0x20 {
          blanks += 1
          // In a sentence the credential ends with its word: `authorization: Bearer x was refused`.
          if !isCookie, blanks >= 2, view.at(i - 1) != UInt8(ascii: ",") { break }
          if !isCookie, blanks == 1, !isScheme(view, from, i) { break }
        }
        if byte == UInt8(ascii: ","), !isCookie, view.at(i + 1) == 0x20 || view.at(i + 1) == UInt8(ascii: "\""),
          view.next(UInt8(ascii: "="), from: from, to: i) == i
        {
          break
        }
      }
      i += 1
    }
    var to = min(i, high)
    if slashes > 0, to < high { to = max(from, to - slashes) }
    while to > from, isBlank(view[to - 1]) || view[to - 1] == UInt8(ascii: ",") { to -= 1 }
    if to > from { body(depth, from, to) }
    return max(i, start)
  }

  private func quoteIsOpen(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var isOpen = false
    for i in max(start, end - 512)..<end where view[i] == UInt8(ascii: "\"") { isOpen.toggle() }
    return isOpen
  }

  private func isScheme(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start <= 24 else { return false }
    for i in start..<end where !isAlphanumeric(view[i]) && view[i] != UInt8(ascii: "-") && view[i] != UInt8(ascii: "_")
    { return false }
    return true
  }
}
