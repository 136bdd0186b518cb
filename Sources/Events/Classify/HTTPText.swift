/// What a text says about one HTTP request, in whatever way loggers write it.
///
/// An attacker chooses part of such a line: address headers before the request, user agents behind it.
/// So the **last** quoted request counts whose quotes are not escaped, and the status is the number
/// right behind it.
struct HTTPText: Hashable, Sendable {
  enum Shape: Sendable {
    /// `"POST /x HTTP/1.1" 401`: an access line. Words on it are the client's, not the logger's.
    case access
    /// `POST /x -> 401`, `POST /x 401 12ms`, `| 401 | … | POST "/x"`.
    case plain
    /// `Forbidden: /x` and its kin: Django says the status in words.
    case phrase
    /// A request without a status: `… denied on DELETE /x`, `request: "GET /x HTTP/1.1", host: …`.
    case mention
  }
  var shape: Shape
  var method = ""
  /// As logged, with its query.
  var target = ""
  /// 0 if the text does not tell; 101 for an accepted WebSocket.
  var status = 0
  /// Where the request stands in the text; what lies there is the client's wording.
  var range: Range<Int>

  private static let methods: [[UInt8]] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "WebSocket", "PROPFIND",
    "MKCOL", "COPY", "MOVE", "REPORT", "PURGE",
  ].map { Array($0.utf8) }

  /// Status phrases as Django and its kin put them before `: /path`.
  private static let phrases: [(text: [UInt8], status: Int)] = [
    ("Bad Request", 400), ("Unauthorized", 401), ("Payment Required", 402), ("Forbidden", 403), ("Not Found", 404),
    ("Method Not Allowed", 405), ("Not Acceptable", 406), ("Conflict", 409), ("Gone", 410),
    ("Request Entity Too Large", 413), ("Unsupported Media Type", 415), ("Unprocessable Entity", 422),
    ("Unprocessable Content", 422), ("Locked", 423), ("Too Many Requests", 429), ("Internal Server Error", 500),
    ("Not Implemented", 501), ("Bad Gateway", 502), ("Service Unavailable", 503), ("Gateway Timeout", 504),
  ].map { (Array($0.0.utf8), $0.1) }

  /// How texts say that status without its number, in lower case.
  static func spellings(of status: Int) -> [[UInt8]] {
    phrases.filter { $0.status == status }.map { $0.text.map(FieldTable.fold) }
      + (status == 101 ? [Array("[accepted]".utf8)] : [])
  }

  /// - Complexity: one pass from the end in most cases; nothing is allocated if there is no request.
  static func last(in text: ArraySlice<UInt8>) -> HTTPText? {
    if let phrase = phrase(text) { return phrase }
    return quoted(text) ?? plain(text)
  }

  // MARK: Shapes

  private static func phrase(_ text: ArraySlice<UInt8>) -> HTTPText? {
    guard let first = text.first, first >= UInt8(ascii: "B"), first <= UInt8(ascii: "U") else { return nil }
    for (words, status) in phrases where text.starts(with: words) {
      var i = text.startIndex + words.count
      var method = ""
      // `Method Not Allowed (POST): /x`, `Forbidden (CSRF cookie not set.): /x`
      if i + 1 < text.endIndex, text[i] == 32, text[i + 1] == UInt8(ascii: "(") {
        guard let close = find(") : ", or: "): ", in: text[i...]) else { return nil }
        let inner = text[(i + 2)..<close]
        if methods.contains(where: { inner.elementsEqual($0) }) { method = String(decoding: inner, as: UTF8.self) }
        i = close + 1
      }
      guard i + 2 < text.endIndex, text[i] == UInt8(ascii: ":"), text[i + 1] == 32, text[i + 2] == UInt8(ascii: "/")
      else { return nil }
      let end = text[(i + 2)...].firstIndex { $0 <= 32 } ?? text.endIndex
      return HTTPText(
        shape: .phrase, method: method, target: String(decoding: text[(i + 2)..<end], as: UTF8.self), status: status,
        range: (i + 2)..<end)
    }
    return nil
  }

  private static func find(_ a: String, or b: String, in text: ArraySlice<UInt8>) -> Int? {
    var i = text.startIndex
    while i < text.endIndex {
      if text[i] == UInt8(ascii: ")"), text[i...].starts(with: b.utf8) || text[i...].starts(with: a.utf8) { return i }
      i += 1
    }
    return nil
  }

  /// `"METHOD target[ HTTP/x]"`, the last one with honest quotes.
  private static func quoted(_ text: ArraySlice<UInt8>) -> HTTPText? {
    let quote = UInt8(ascii: "\"")
    func isQuote(_ i: Int) -> Bool { text[i] == quote && !(i > text.startIndex && text[i - 1] == UInt8(ascii: "\\")) }
    var i = text.endIndex - 1
    while i >= text.startIndex {
      guard isQuote(i), let (method, afterMethod) = method(at: i + 1, in: text) else {
        i -= 1
        continue
      }
      var end = afterMethod
      while end < text.endIndex, !isQuote(end) { end += 1 }
      let request = text[afterMethod..<end]
      var target = request
      if let space = request.lastIndex(of: 32), request[(space + 1)...].starts(with: "HTTP/".utf8) {
        target = request[..<space]
      }
      var status = 0
      var j = end + 1
      while j < text.endIndex, j < end + 4,
        text[j] == 32 || text[j] == UInt8(ascii: "-") || text[j] == UInt8(ascii: ":")
      {
        j += 1
      }
      if j < text.endIndex, text[j...].starts(with: "[accepted]".utf8) {
        status = 101
      } else if let number = statusCode(at: j, in: text) {
        status = number
      }
      return HTTPText(
        shape: status == 0 ? .mention : .access, method: method.uppercased() == "WEBSOCKET" ? "WEBSOCKET" : method,
        target: String(decoding: target, as: UTF8.self), status: status, range: i..<min(end + 1, text.endIndex))
    }
    return nil
  }

  /// `METHOD /target` outside quotes, the last one.
  private static func plain(_ text: ArraySlice<UInt8>) -> HTTPText? {
    var i = text.endIndex - 4
    while i >= text.startIndex {
      let atWord =
        i == text.startIndex || text[i - 1] == 32 || text[i - 1] == UInt8(ascii: "[")
        || text[i - 1] == UInt8(ascii: "(")
      guard atWord, text[i] >= UInt8(ascii: "A"), text[i] <= UInt8(ascii: "W"),
        let (method, afterMethod) = method(at: i, in: text)
      else {
        i -= 1
        continue
      }
      var start = afterMethod
      while start < text.endIndex, text[start] == 32 { start += 1 }
      // Rails and gin quote the path alone.
      let isQuoted = start < text.endIndex && text[start] == UInt8(ascii: "\"")
      if isQuoted { start += 1 }
      guard start < text.endIndex, text[start] == UInt8(ascii: "/") || text[start...].starts(with: "http".utf8) else {
        i -= 1
        continue
      }
      var end = start
      while end < text.endIndex, text[end] > 32, !(isQuoted && text[end] == UInt8(ascii: "\"")) { end += 1 }
      if !isQuoted { end = endOfTarget(start..<end, in: text, isInBrackets: i > text.startIndex && text[i - 1] != 32) }
      var found = HTTPText(
        shape: .mention, method: method, target: String(decoding: text[start..<end], as: UTF8.self), range: i..<end)
      var j = end
      if isQuoted, j < text.endIndex { j += 1 }
      if j < text.endIndex, text[j...].starts(with: " HTTP/".utf8) {
        j += 1
        while j < text.endIndex, text[j] > 32 { j += 1 }
      }
      // ` -> 401`, ` 401`, ` | 401`, `: 401`, ` - 401`, `) 401`, ` status=401`, ` returned 401`
      var steps = 0
      while j < text.endIndex, steps < 6, [32, 45, 62, 124, 58, 44, 41, 93].contains(text[j]) {
        j += 1
        steps += 1
      }
      // `POST /login (403) (1ms)`
      if j + 4 < text.endIndex, text[j] == UInt8(ascii: "("), text[j + 4] == UInt8(ascii: ")") { j += 1 }
      // `POST /login took 8ms and returned 401`
      if text[j...].starts(with: "took ".utf8), let word = text[j...].prefix(40).offset(of: "returned ".utf8) {
        j += word
      }
      for word in ["status=", "status:", "returned", "responded", "code="] where text[j...].starts(with: word.utf8) {
        j += word.utf8.count
        if j < text.endIndex, text[j] == 32 { j += 1 }
      }
      if let status = statusCode(at: j, in: text) {
        found.status = status
        found.shape = .plain
      } else if let status = ginStatus(in: text[text.startIndex..<i]) {
        found.status = status
        found.shape = .plain
      }
      return found
    }
    return nil
  }

  /// `denied (DELETE /x)`, `denied on DELETE /x, role reader`: what ends the sentence is no part of the path.
  private static func endOfTarget(_ range: Range<Int>, in text: ArraySlice<UInt8>, isInBrackets: Bool) -> Int {
    var end = range.upperBound
    while end > range.lowerBound + 1 {
      let last = text[end - 1]
      let isClosing = isInBrackets && (last == UInt8(ascii: ")") || last == UInt8(ascii: "]"))
      guard isClosing || last == UInt8(ascii: ",") || last == UInt8(ascii: ";") || last == UInt8(ascii: ":") else {
        break
      }
      end -= 1
    }
    return end
  }

  /// `| 401 | 12ms | 203.0.113.7 | POST "/x"`: gin puts the status before the request.
  private static func ginStatus(in text: ArraySlice<UInt8>) -> Int? {
    let bar = UInt8(ascii: "|")
    // `403: POST /login: …`
    if text.count >= 5, text.suffix(2).elementsEqual(": ".utf8), text.count == 5 || text[text.endIndex - 6] == 32,
      let status = statusCode(at: text.endIndex - 5, in: text)
    {
      return status
    }
    guard let first = text.firstIndex(of: bar), text.last == 32 || text.last == bar else { return nil }
    var i = first + 1
    while i < text.endIndex, text[i] == 32 { i += 1 }
    guard let status = statusCode(at: i, in: text) else { return nil }
    var end = i + 3
    while end < text.endIndex, text[end] == 32 { end += 1 }
    return end < text.endIndex && text[end] == bar ? status : nil
  }

  private static func method(at start: Int, in text: ArraySlice<UInt8>) -> (String, Int)? {
    guard start < text.endIndex else { return nil }
    let first = text[start]
    for method in methods where method[0] == first && text[start...].starts(with: method) {
      let end = start + method.count
      guard end < text.endIndex, text[end] == 32 else { continue }
      return (String(decoding: method, as: UTF8.self), end + 1)
    }
    return nil
  }

  /// Exactly three digits from 100 to 599.
  private static func statusCode(at start: Int, in text: ArraySlice<UInt8>) -> Int? {
    guard start + 3 <= text.endIndex, start >= text.startIndex else { return nil }
    var value = 0
    for i in start..<(start + 3) {
      guard text[i] >= 48, text[i] <= 57 else { return nil }
      value = value * 10 + Int(text[i] - 48)
    }
    if start + 3 < text.endIndex {
      let next = text[start + 3]
      guard !(next >= 48 && next <= 57), next != UInt8(ascii: "."), next != UInt8(ascii: "m") else { return nil }
    }
    return (100...599).contains(value) ? value : nil
  }
}
