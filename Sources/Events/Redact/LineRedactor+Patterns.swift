// Credentials of the catalogue, and values that their own shape gives away once the line names their kind.

extension LineRedactor {
  func pattern(_ depth: Int, _ number: Int, _ start: Int, _ after: Int, _ low: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    let pattern = tables.patterns[number]
    if pattern.isSecretPath {
      var end = after
      while end < high, isAlphanumeric(view[end]) || isAmong("/-_@.~%", view[end]) { end += 1 }
      // The last part is the secret; what stands before it are ids.
      var from = end
      while from > after, view[from - 1] != UInt8(ascii: "/") { from -= 1 }
      if end - from >= 8 { emit(depth, from, end, pattern.rule, mayEcho: true) }
      return end
    }
    if pattern.isSecretQuery {
      let end = queryLimit(view, after, high)
      let found = view.find(Self.secretParameter, from: after, to: end)
      guard found < end else { return after }
      let stop = queryEnd(view, found + 7, high)
      if !isHarmless(view, found + 7, stop, .secret) { emit(depth, found + 7, stop, pattern.rule) }
      return stop
    }
    guard let (from, to) = pattern.verify(view, start, after, low, high) else { return start }
    if !pattern.value.isEmpty {
      let isQuoted = to - from > 2 && view[from] == UInt8(ascii: "\"") && view[to - 1] == UInt8(ascii: "\"")
      guard !isHarmless(view, from, to, .password), !isPlaceholder(view, from, to),
        !(isQuoted && isHarmless(view, from + 1, to - 1, .password)), !pattern.needsNear || hasNear(view, pattern, from)
      else { return start }
      emit(depth, from, to, pattern.rule, mayEcho: true)
      return to
    }
    if isPlaceholder(view, after, to) { return start }
    if pattern.hasJSONHead, !isJSONHead(view, start) { return start }
    emit(depth, from, to, pattern.rule, mayEcho: true)
    if depth == 0, to == view.count, tables.rules[pattern.rule].kind == "private_key" {
      leaveOpen(0, .body, .cryptoKey)
    }
    return to
  }

  /// Whether one of the pattern's words stands on the line before the secret.
  private func hasNear(_ view: ByteView, _ pattern: SecretPattern, _ start: Int) -> Bool {
    let from = max(0, start - 256)
    for word in pattern.near {
      if word.withUnsafeBytes({ view.findFolded($0, from: from) }) < start { return true }
    }
    return false
  }

  /// `ghp_xxxxxxxxxxxx`, `xoxb-your-token-here`
  private func isPlaceholder(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 8 else { return false }
    if view.hasFolded("your-", at: start) || view.hasFolded("your_", at: start) { return true }
    guard lower(view[start]) == UInt8(ascii: "x") || view[start] == UInt8(ascii: "*") else { return false }
    for i in start..<end where view[i] != view[start] { return false }
    return true
  }

  private static let secretParameter: StaticString = "secret="

  private func queryLimit(_ view: ByteView, _ start: Int, _ high: Int) -> Int {
    var i = start
    while i < high, i < start + 2048, !Self.urlEnd.contains(view[i]) { i += 1 }
    return i
  }

  /// `eyJ` decodes to `{"`; the fourth letter tells whether a name follows, as in every JWT.
  private func isJSONHead(_ view: ByteView, _ start: Int) -> Bool {
    // The third byte is the first of a name, or a blank or newline of pretty-printed JSON: any letter.
    isAlphanumeric(view.at(start + 3))
  }

  func cards(_ depth: Int, _ low: Int, _ high: Int) {
    let view = frames[depth].view
    var i = low
    while i < high {
      guard isDigit(view[i]), i == low || !isAlphanumeric(view[i - 1]) && view[i - 1] != UInt8(ascii: ".") else {
        i += 1
        continue
      }
      var end = i
      var digits = 0
      var sum = 0
      var values = InlineArray<20, UInt8>(repeating: 0)
      while end < high, digits < 20 {
        if isDigit(view[end]) {
          values[digits] = view[end] - 0x30
          digits += 1
          end += 1
        } else if view[end] == UInt8(ascii: "-") || view[end] == 0x20, isDigit(view.at(end + 1)), end + 1 < high,
          digits % 4 == 0 || digits == 10
        {
          end += 1
        } else {
          break
        }
      }
      if digits >= 13, digits <= 19, !(end < high && isAlphanumeric(view[end])), values[0] >= 2, values[0] <= 6 {
        for k in 0..<digits {
          var value = Int(values[digits - 1 - k])
          if k % 2 == 1 {
            value *= 2
            if value > 9 { value -= 9 }
          }
          sum += value
        }
        if sum % 10 == 0 { emit(depth, i, end, .card, mayEcho: true) }
      }
      i = max(end, i + 1)
    }
  }

  func socialNumbers(_ depth: Int, _ low: Int, _ high: Int) {
    let view = frames[depth].view
    var i = low
    while i + 11 <= high {
      if view[i + 3] == UInt8(ascii: "-"), view[i + 6] == UInt8(ascii: "-"), isDigits(view, i, i + 3),
        isDigits(view, i + 4, i + 6), isDigits(view, i + 7, i + 11),
        !isAlphanumeric(view.at(i - 1)) || i == low, i + 11 == high || !isAlphanumeric(view[i + 11]),
        !view.has("000", at: i), !view.has("666", at: i), view[i] != UInt8(ascii: "9")
      {
        emit(depth, i, i + 11, .ssn, mayEcho: true)
        i += 11
      } else {
        i += 1
      }
    }
  }

  /// Beside an access key id, 40 bytes of base64 with all kinds of letters are its secret.
  func awsSecrets(_ depth: Int, _ low: Int, _ high: Int) {
    let view = frames[depth].view
    var i = low
    while i < high {
      guard isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "/") || view[i] == UInt8(ascii: "+") else {
        i += 1
        continue
      }
      let start = i
      var uppers = 0
      var lowers = 0
      while i < high, isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "/") || view[i] == UInt8(ascii: "+") {
        if isUpper(view[i]) { uppers += 1 } else if isLetter(view[i]) { lowers += 1 }
        i += 1
      }
      // An id with its date and region is as long by chance: `AKIA…/20261121/eu-west-1/s3/aws4_request`.
      if i - start == 40, uppers >= 4, lowers >= 4, !view.has("AKIA", at: start), !view.has("ASIA", at: start) {
        emit(depth, start, i, .awsSecret, mayEcho: true)
      }
    }
  }

  func email(_ depth: Int, _ low: Int, _ at: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    func isLocal(_ byte: UInt8) -> Bool {
      isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+")
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "%") || byte >= 0x80
    }
    var start = at
    while start > low, at - start < 64, isLocal(view[start - 1]) { start -= 1 }
    var end = at + 1
    var dots = 0
    while end < high, end - at < 255,
      isAlphanumeric(view[end]) || isAmong("-.", view[end]) || view[end] >= 0x80
    {
      if view[end] == UInt8(ascii: "."), isLetter(view.at(end + 1)) || view.at(end + 1) >= 0x80 { dots += 1 }
      end += 1
    }
    while end > at, view[end - 1] == UInt8(ascii: ".") || view[end - 1] == UInt8(ascii: "-") { end -= 1 }
    while start < at, !isAlphanumeric(view[start]), view[start] < 0x80 { start += 1 }
    guard start < at, dots > 0 else { return at + 1 }
    emit(depth, start, end, .email)
    return end
  }
}
