/// What the fields and the message of one record say, before anybody asks what it means.
struct Facts {
  /// Upper case; empty if the line does not tell.
  var method = ""
  /// As logged, with its query.
  var target = ""
  var status = 0
  var shape: HTTPText.Shape?
  /// The target without query, scheme and host.
  var plainPath = ""
  var path = PathSegments()
  /// The request is told by fields of their own, not by the message.
  var isStructured = false
  /// Lower-case words of the logger: the message without the client's wording, and the fields that
  /// hold errors, parted by newlines.
  var words: [UInt8] = []
  /// The record's message.
  var message: [UInt8] = []
  /// The fields whose texts are among ``words``.
  var wordFields: [Int] = []
  /// Fields that conditions ask for: (condition, field).
  var asked: [(condition: Int, field: Int)] = []
  /// A field or the query names who asked.
  var hasUser = false
  /// ``Event/sourceIP`` is that of a proxy we trust, because the line tells no other.
  var isProxyAddress = false

  /// Forgets the record, and keeps the memory.
  mutating func removeAll() {
    method = ""
    target = ""
    status = 0
    shape = nil
    plainPath = ""
    path.removeAll()
    isStructured = false
    words.removeAll(keepingCapacity: true)
    message.removeAll(keepingCapacity: true)
    wordFields.removeAll(keepingCapacity: true)
    asked.removeAll(keepingCapacity: true)
    hasUser = false
    isProxyAddress = false
  }

  /// The query of the request, folded, its percent escapes undone; with the path before it if that
  /// holds escapes, for where parameters stand in paths attacks do, too.
  var query: [UInt8] {
    let bytes = target.utf8
    if plainPath.utf8.contains(UInt8(ascii: "%")) {
      return Phrases.percentDecoded(target.prefix(4096)).utf8.map(FieldTable.fold)
    }
    guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else { return [] }
    let query = bytes[bytes.index(after: mark)...].prefix(4096)
    if !query.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) {
      return query.map(FieldTable.fold)
    }
    return Phrases.percentDecoded(target[target.index(after: mark)...].prefix(4096)).utf8.map(FieldTable.fold)
  }

  /// Adds words of the logger.
  mutating func append(words some: UnsafeBufferPointer<UInt8>) {
    let start = words.count
    words.append(contentsOf: some)
    words.withUnsafeMutableBufferPointer { words in
      for i in start..<words.count where words[i] &- 0x41 < 26 { words[i] |= 0x20 }
    }
  }

  mutating func append(words some: ArraySlice<UInt8>) { some.withUnsafeBufferPointer { append(words: $0) } }

  /// Blanks what stands between quotes from that place of ``words`` on: a title, a comment, what somebody
  /// looked for. What tells an error stays, and a text that is quoted as a whole.
  mutating func hideQuoted(from start: Int) {
    var i = start
    while i < words.count {
      let quote = words[i]
      guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), i > start, !Self.isWord(words[i - 1]),
        let close = words[(i + 1)...].prefix(Self.quotedBytesMax).firstIndex(where: { $0 == quote || $0 == 10 }),
        words[close] == quote, close + 1 == words.count || !Self.isWord(words[close + 1])
      else {
        i += 1
        continue
      }
      let inner = (i + 1)..<close
      if words[inner].contains(where: { $0 == 32 || $0 == UInt8(ascii: "-") }), isContent(before: i, from: start) {
        for place in inner { words[place] = 32 }
      }
      i = close + 1
    }
  }

  private static let quotedBytesMax = 200

  private static func isWord(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 || byte >= 97 && byte <= 122 }

  /// `name="…"`, `entity '…'`, but neither `error="…"` nor `reason: "…"`.
  private func isContent(before place: Int, from start: Int) -> Bool {
    var end = place
    while end > start, words[end - 1] == 32 || words[end - 1] == UInt8(ascii: ":") { end -= 1 }
    let isPair = end > start && words[end - 1] == UInt8(ascii: "=")
    if isPair { end -= 1 }
    let key = words[start..<end].reversed().prefix { Self.isWord($0) || $0 == UInt8(ascii: "_") }
    func ends(with names: [[UInt8]]) -> Bool { names.contains { key.starts(with: $0.reversed()) } }
    return isPair ? ends(with: Self.contentKeys) : !ends(with: Self.reasonKeys)
  }

  private static let contentKeys = [
    "name", "title", "subject", "label", "q", "query", "search", "text", "summary", "comment", "note", "description",
    "caption", "headline", "term",
  ].map { Array($0.utf8) }
  private static let reasonKeys = [
    "error", "err", "reason", "because", "cause", "exception", "failed", "refused", "rejected", "denied", "with",
    "message", "msg", "oauth2", "status", "result", "said", "answered",
  ].map { Array($0.utf8) }

  var hasRequest: Bool { status != 0 || (!method.isEmpty && !target.isEmpty) }
}
