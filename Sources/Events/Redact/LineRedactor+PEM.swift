// Private keys in PEM: on one line with real or escaped newlines, cut off, or as a list of bytes.

extension LineRedactor {
  private static let endMark: StaticString = "-----END "
  static let pemBody = ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\\ \r\n\t:,-")

  /// `-----BEGIN ` at `start`.
  ///
  /// - Returns: where to go on.
  func pem(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var label = start + 11
    let labelStart = label
    while label < high, label - labelStart < 48,
      isAlphanumeric(view[label]) || view[label] == 0x20
        || view[label] == UInt8(ascii: "-") && view.at(label + 1) != UInt8(ascii: "-")
    { label += 1 }
    guard isSecretLabel(view, labelStart, label) else { return label }
    var body = label
    while body < high, view[body] == UInt8(ascii: "-") { body += 1 }
    let dashes = body
    body = skipBreaks(view, body, high)
    var end = view.find(Self.endMark, from: body, to: high)
    if end == high {
      // Cut: as far as the body goes.
      end = body
      while end < high, Self.pemBody.contains(view[end]) { end += 1 }
      isInsidePEM = depth <= 1 && (end == high || isMereEnd(view, end, high))
      isUnsurePEM = isInsidePEM && end < high && !(body > dashes && isConcatenated(view, end, high))
      while end > body, isBlank(view[end - 1]) || view[end - 1] == UInt8(ascii: "\\") { end -= 1 }
      emit(depth, body, end, .pem)
      return max(end, label)
    }
    let after = end
    while end > body {
      let byte = view[end - 1]
      if isBlank(byte) || byte == UInt8(ascii: "\\") {
        end -= 1
      } else if end - 2 >= body, byte == UInt8(ascii: "n") || byte == UInt8(ascii: "r"),
        view[end - 2] == UInt8(ascii: "\\")
      {
        end -= 2
      } else {
        break
      }
    }
    if !view.has("[REDACTED:", at: body) { emit(depth, body, end, .pem) }
    return min(after + 9, high)
  }

  /// What stands between `-----BEGIN ` and the dashes of a key that must not be seen.
  private func isSecretLabel(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for label in Self.secretLabels {
      let found = view.find(label, from: start, to: end)
      if found < end { return true }
    }
    return false
  }

  private static let secretLabels: [StaticString] = ["PRIVATE KEY", "OpenVPN Static key", "OpenVPN tls-crypt-v2"]

  /// Whether a value that begins with the first line of a key is left to `pem`, which knows where it ends.
  func beginsKey(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    guard view.has("-----BEGIN ", at: start) else { return false }
    let end = view.find("-----", from: start + 11, to: min(high, start + 64))
    return isSecretLabel(view, start + 11, end)
  }

  /// Whether nothing but the end of a string stands at `start`, and what joins it with one on the next line: `' +`.
  private func isConcatenated(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    guard start < high, view[start] == UInt8(ascii: "'") || view[start] == UInt8(ascii: "\"") else { return false }
    for i in start + 1..<high where !isBlank(view[i]) && !isAmong("+.\\", view[i]) { return false }
    return true
  }

  /// Whether nothing but marks stands from `start` on: the quotes of a string, the edge of a table.
  private func isMereEnd(_ view: ByteView, _ start: Int, _ high: Int) -> Bool {
    guard high - start <= 256 else { return false }
    var i = start
    while i < high {
      if view[i] == UInt8(ascii: "\\"), i + 1 < high, isAmong("nr", view[i + 1]) {
        i += 2
      } else if isAlphanumeric(view[i]) {
        return false
      } else {
        i += 1
      }
    }
    return true
  }

  private func skipBreaks(_ view: ByteView, _ start: Int, _ high: Int) -> Int {
    var i = start
    while i < high {
      if isBlank(view[i]) {
        i += 1
      } else if view[i] == UInt8(ascii: "\\"), i + 1 < high,
        view[i + 1] == UInt8(ascii: "n") || view[i + 1] == UInt8(ascii: "r") || view[i + 1] == UInt8(ascii: "\\")
      {
        i += view[i + 1] == UInt8(ascii: "\\") ? 1 : 2
      } else {
        break
      }
    }
    return i
  }

  /// `<Buffer 70 61 …>` of Node: read as text, and hidden whole if there is a secret in it. `start` follows `<Buffer `.
  ///
  /// - Returns: where the list ends.
  func buffered(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var end = start
    while end < high, isHex(view[end]) || view[end] == 0x20 { end += 1 }
    while end > start, view[end - 1] == 0x20 { end -= 1 }
    guard end - start >= 29 else { return end }
    let known = findings.count
    let wasInside = (isInsidePEM, isUnsurePEM, opens)
    enter(depth, start, end, as: .hex) { scan($0, 0, frames[$0].view.count) }
    (isInsidePEM, isUnsurePEM, opens) = wasInside
    if findings.count > known {
      let rule = findings[known].rule
      findings.removeLast(findings.count - known)
      emit(depth, start, end, rule)
    }
    return end
  }

  /// A list of bytes around `position`: read as text, and hidden whole if there is a secret in it.
  ///
  /// - Returns: where the list ends.
  func decimals(_ depth: Int, _ low: Int, _ position: Int, _ high: Int, quotes: Bool) -> Int {
    let view = frames[depth].view
    func isList(_ byte: UInt8) -> Bool { isDigit(byte) || byte == UInt8(ascii: ",") || isBlank(byte) }
    var start = position
    while start > low, isList(view[start - 1]) { start -= 1 }
    var end = position
    while end < high, isList(view[end]) { end += 1 }
    while start < end, !isDigit(view[start]) { start += 1 }
    while end > start, !isDigit(view[end - 1]) { end -= 1 }
    guard end - start >= 20 else { return end }
    let known = findings.count
    let wasInside = isInsidePEM
    enter(depth, start, end, as: .decimal) { scan($0, 0, frames[$0].view.count) }
    isInsidePEM = wasInside
    let decoded = frames[min(depth + 1, Self.depthMax)].view
    let isKey = decoded.find("PRIVATE KEY", from: 0, to: decoded.count) < decoded.count
    if findings.count > known || isKey {
      let rule = isKey ? RedactionTables.Rules.pem.rawValue : findings[known].rule
      findings.removeLast(findings.count - known)
      emit(depth, start, end, rule, quotes: quotes)
    }
    return end
  }
}
