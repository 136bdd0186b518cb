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
      isUpper(view[label]) || view[label] == 0x20 || isDigit(view[label])
        || view[label] == UInt8(ascii: "-") && view.at(label + 1) != UInt8(ascii: "-")
    { label += 1 }
    var isPrivate = false
    for i in labelStart..<label where view.has("PRIVATE KEY", at: i) { isPrivate = true }
    guard isPrivate else { return label }
    var body = label
    while body < high, view[body] == UInt8(ascii: "-") { body += 1 }
    body = skipBreaks(view, body, high)
    var end = view.find(Self.endMark, from: body, to: high)
    if end == high {
      // Cut: as far as the body goes.
      end = body
      while end < high, Self.pemBody.contains(view[end]) { end += 1 }
      isInsidePEM = end == high && depth <= 1
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
