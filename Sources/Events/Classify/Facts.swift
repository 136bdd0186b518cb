/// What the fields and the message of one record say, before anybody asks what it means.
///
/// Never copied: a classifier asks it hundreds of times for each record.
struct Facts: ~Copyable {
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

  /// Adds the words of the name that a text begins with, if it begins with one: `RoleChangeRefused` says what
  /// `role change refused` says.
  mutating func append(wordsOfName text: ArraySlice<UInt8>) {
    text.withUnsafeBytes { text in
      guard let length = JoinedName.length(text) else { return }
      words.append(10)
      JoinedName.append(UnsafeRawBufferPointer(rebasing: text[..<length]), to: &words)
    }
  }

  var hasRequest: Bool { status != 0 || (!method.isEmpty && !target.isEmpty) }
}
