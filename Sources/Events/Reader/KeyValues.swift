/// `key=value` pairs: whole lines of logfmt, and the pairs inside messages.
enum KeyValues {
  struct Summary {
    /// Pairs found.
    var pairs = 0
    /// Words that are no pair.
    var words = 0
  }

  /// Adds the pairs of `range` to `fields`.
  ///
  /// Values may be quoted (`"…"` with backslash escapes as Go and JSON write them, or `'…'`); a
  /// single-quoted value that holds pairs, as auditd writes, gives those instead. A bare value ends at
  /// a blank; the punctuation of a sentence behind it (`,` `;` `)`) does not belong to it when `inSentence`.
  @discardableResult
  static func scan(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, inSentence: Bool, into fields: inout RecordFields
  ) -> Summary {
    var summary = Summary()
    var i = range.lowerBound
    let end = range.upperBound
    var path: [UInt8] = []
    while i < end {
      while i < end, isBlank(bytes[i]) { i += 1 }
      if inSentence { while i < end, isOpening(bytes[i]) { i += 1 } }
      guard i < end else { break }
      let keyStart = i
      if isKeyStart(bytes[i]) {
        while i < end, isKey(bytes[i]) { i += 1 }
      }
      guard i > keyStart, i < end, bytes[i] == UInt8(ascii: "=") else {
        summary.words += 1
        // In a sentence a pair may begin behind a bracket or a comma inside the word.
        while i < end, !isBlank(bytes[i]) {
          if inSentence, isOpening(bytes[i]) || bytes[i] == UInt8(ascii: ",") || bytes[i] == UInt8(ascii: ";") {
            i += 1
            break
          }
          i += 1
        }
        continue
      }
      path.removeAll(keepingCapacity: true)
      path.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[keyStart..<i]))
      i += 1
      let valueStart = i
      if i < end, bytes[i] == UInt8(ascii: "\"") {
        i += 1
        let inner = i
        var escaped = false
        while i < end, bytes[i] != UInt8(ascii: "\"") {
          if bytes[i] == UInt8(ascii: "\\") {
            escaped = true
            i += 1
          }
          i += 1
        }
        let stop = min(i, end)
        fields.append(at: fields.adopt(name: path), json: bytes, inner..<stop, escaped: escaped)
        i = min(stop + 1, end)
        summary.pairs += 1
        continue
      }
      if i < end, bytes[i] == UInt8(ascii: "'") {
        let inner = i + 1
        var j = inner
        while j < end, bytes[j] != UInt8(ascii: "'") { j += 1 }
        if j < end {
          let hasPairs = bytes[inner..<j].contains(UInt8(ascii: "="))
          if hasPairs {
            let nested = scan(bytes, inner..<j, inSentence: inSentence, into: &fields)
            if nested.pairs == 0 { fields.append(path, UnsafeRawBufferPointer(rebasing: bytes[inner..<j]), .text) }
          } else {
            fields.append(path, UnsafeRawBufferPointer(rebasing: bytes[inner..<j]), .text)
          }
          summary.pairs += 1
          i = j + 1
          continue
        }
      }
      while i < end, !isBlank(bytes[i]) { i += 1 }
      var stop = i
      if inSentence {
        while stop > valueStart, isClosing(bytes[stop - 1]) {
          if bytes[stop - 1] == UInt8(ascii: "]"), bytes[valueStart..<stop - 1].contains(UInt8(ascii: "[")) { break }
          if bytes[stop - 1] == UInt8(ascii: ")"), bytes[valueStart..<stop - 1].contains(UInt8(ascii: "(")) { break }
          stop -= 1
        }
        // `ip=1.2.3.4,user=x`: the next pair begins behind the comma.
        if let comma = pairBehindComma(bytes, valueStart..<stop) {
          stop = comma
          i = comma + 1
        }
      }
      fields.append(path, UnsafeRawBufferPointer(rebasing: bytes[valueStart..<stop]), .text)
      summary.pairs += 1
    }
    return summary
  }

  private static func pairBehindComma(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
    var i = range.lowerBound
    while i < range.upperBound {
      if bytes[i] == UInt8(ascii: ",") || bytes[i] == UInt8(ascii: ";") {
        var j = i + 1
        while j < range.upperBound, isKey(bytes[j]) { j += 1 }
        if j > i + 1, j < range.upperBound, bytes[j] == UInt8(ascii: "="), isKeyStart(bytes[i + 1]) { return i }
      }
      i += 1
    }
    return nil
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }
  private static func isOpening(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{")
  }
  private static func isClosing(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): true
    default: false
    }
  }
  static func isKeyStart(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "@"): true
    default: false
    }
  }
  static func isKey(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"): true
    default: isKeyStart(byte)
    }
  }
}
