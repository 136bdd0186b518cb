/// Any logger's field names to the columns of one flat event.
struct Normalizer: Sendable {
  private let table: FieldTable
  private let trusted: [IPNetwork]

  /// Longest value that is taken for the words of a logger; tracebacks count from both ends.
  private static let wordsBytesMax = 8 << 10
  /// Most fields that go to `attrs`.
  private static let attrsMax = 128

  init(_ table: FieldTable, trusting proxies: [String]) throws {
    self.table = table
    trusted = try proxies.map {
      guard let network = IPNetwork($0) else {
        throw Problem(
          .config, at: "trusted_proxies", "`\($0)` is no network", next: "Write it like 10.0.0.0/8 or 192.0.2.7.")
      }
      return network
    }
  }

  func isTrusted(_ address: IPAddress) -> Bool { trusted.contains { $0.contains(address) } }

  /// Fills the columns that fields name, and collects what classifiers look at.
  func normalize(_ record: ParsedRecord, into event: inout Event, facts: inout Facts) {
    var best = InlineArray<27, Int>(repeating: .max)
    var pick = Picks(repeating: -1)
    var chain: [Int] = []
    var sources: [Int] = []
    var spare = FieldSet()

    for (i, entry) in record.fields.entries.enumerated() {
      let full = table.byPath.index(of: entry.hashes.path)
      if let full {
        for condition in table.byPath[full].conditions { facts.asked.append((condition, i)) }
      }
      // What the table says of the path, else of its last part.
      let use: FieldTable.Use?
      let slot: Int
      let isWords: Bool
      var rank: Int
      if let full, table.byPath[full].use != nil || table.byPath[full].isWords {
        (use, slot, isWords) = (table.byPath[full].use, table.byPath[full].slot, table.byPath[full].isWords)
        rank = table.byPath[full].rank
      } else if let last = table.byName.index(of: entry.hashes.last) {
        (use, slot, isWords) = (table.byName[last].use, table.byName[last].slot, table.byName[last].isWords)
        rank = table.byName[last].rank
      } else {
        spare.insert(i)
        continue
      }
      if isWords, entry.kind == .text { facts.wordFields.append(i) }
      guard let use, !isIgnored(record.fields.slice(i), entry.kind) else {
        if use == nil { spare.insert(i) }
        continue
      }
      // A name that stands in the table with its path beats the same name at the end of another path.
      rank = rank * 2 + (full.map { table.byPath[$0].use == nil } ?? true ? 1 : 0)
      switch use {
      case .chain: chain.append(i)
      case .client where best[Slot.client] >= rank, .peer where best[Slot.peer] >= rank:
        let slot = use == .client ? Slot.client : Slot.peer
        if best[slot] > rank {
          best[slot] = rank
          pick[slot] = i
          if use == .client { sources = [i] }
        } else if use == .client {
          sources.append(i)
        }
      case .client, .peer: spare.insert(i)
      default:
        if best[slot] > rank, accepts(use, record, i) {
          if pick[slot] >= 0 { spare.insert(pick[slot]) }
          best[slot] = rank
          pick[slot] = i
        } else {
          spare.insert(i)
        }
      }
    }

    request(record, pick, &facts)
    words(record, &facts)
    if record.redactions > 0 { facts.hideMarkers() }
    for (slot, column) in Slot.columns.enumerated() {
      let i = pick[slot]
      guard i >= 0 else { continue }
      event.set(column, .text(bounded(record.fields.text(i), for: column)))
    }
    if pick[Slot.certNotAfter] >= 0 {
      event.certNotAfter = DateText.microseconds(record.fields.text(pick[Slot.certNotAfter])) ?? 0
    }
    event.httpMethod = facts.method
    event.httpStatus = Int64(facts.status)
    if !facts.target.isEmpty { event.httpPath = facts.plainPath }
    address(record, pick, sources, chain, &event, &facts)
    // What the columns say word for word is not said twice.
    if record.timeField >= 0 { spare.remove(record.timeField) }
    if record.levelField >= 0, isSaid(record.fields.slice(record.levelField), by: record.level.rawValue) {
      spare.remove(record.levelField)
    }
    if record.messageField >= 0, record.message.utf8.count <= Limits.storedTextBytesMax,
      record.fields.slice(record.messageField).elementsEqual(facts.message)
    {
      spare.remove(record.messageField)
    }
    event.attrs = attrs(record.fields, spare)
  }

  private func isSaid(_ value: ArraySlice<UInt8>, by level: String) -> Bool {
    value.lazy.map(FieldTable.fold).elementsEqual(level.utf8)
  }

  /// The best field of each ``Slot``, -1 for none.
  typealias Picks = InlineArray<27, Int>

  // MARK: Parts

  private func isIgnored(_ value: ArraySlice<UInt8>, _ kind: RecordFields.Kind) -> Bool {
    if kind == .null { return true }
    guard table.mayIgnore(value) else { return false }
    return table.ignoredValues.contains(value.map(FieldTable.fold))
  }

  /// A number or flag is no name, an object type is no sentence: values that cannot be meant.
  private func accepts(_ use: FieldTable.Use, _ record: borrowing ParsedRecord, _ i: Int) -> Bool {
    switch use {
    case .status: (record.fields.integer(i)).map { (100...599).contains($0) } ?? false
    case .method: isMethod(record.fields.slice(i))
    case .path: record.fields.slice(i).first == UInt8(ascii: "/") || record.fields.slice(i).starts(with: "http".utf8)
    case .request: record.fields.slice(i).contains(UInt8(ascii: " "))
    case .column(.actor):
      record.fields.entries[i].kind != .bool && !isSourceLine(record.fields.slice(i))
        && !isNobody(record.fields.slice(i), in: record.format)
    default: true
    }
  }

  private static let methods = [
    "get", "post", "put", "patch", "delete", "head", "options", "connect", "trace", "websocket", "propfind", "mkcol",
    "copy", "move", "report", "purge", "query", "search",
  ].map { Array($0.utf8) }

  /// `"method": "passkey"` tells how somebody logged in.
  private func isMethod(_ value: ArraySlice<UInt8>) -> Bool {
    Self.methods.contains { $0.count == value.count && zip($0, value).allSatisfy { $0 == $1 | 32 } }
  }

  /// `user_id=0`, `user: "--"`: how programs write that they know nobody. To the kernel 0 is root.
  private func isNobody(_ value: ArraySlice<UInt8>, in format: String) -> Bool {
    guard value.count <= 2, let first = value.first else { return false }
    if value.count == 2 { return first == UInt8(ascii: "-") }
    return first == UInt8(ascii: "0") && format != "auditd" && format != "kernel-audit"
  }

  /// `authn/handler.go:118`, which some loggers call the caller.
  private func isSourceLine(_ value: ArraySlice<UInt8>) -> Bool {
    guard let last = value.last, last >= 48, last <= 57, let colon = value.lastIndex(of: UInt8(ascii: ":")) else {
      return false
    }
    return value[..<colon].suffix(6).contains(UInt8(ascii: "."))
      && value[(colon + 1)...].allSatisfy { $0 >= 48 && $0 <= 57 }
  }

  private func request(_ record: ParsedRecord, _ pick: Picks, _ facts: inout Facts) {
    let fields = record.fields
    if pick[Slot.method] >= 0 { facts.method = fields.text(pick[Slot.method]).uppercased() }
    if pick[Slot.path] >= 0 { facts.target = fields.text(pick[Slot.path]) }
    if pick[Slot.status] >= 0 { facts.status = Int(fields.integer(pick[Slot.status]) ?? 0) }
    facts.isStructured = !facts.method.isEmpty && !facts.target.isEmpty
    // `"request": "<ASGIRequest: POST '/x'>"`, `"request": "POST /x HTTP/1.1"`
    if !facts.isStructured, pick[Slot.request] >= 0 {
      var line = fields.slice(pick[Slot.request])
      if line.first == UInt8(ascii: "<"), let colon = line.firstIndex(of: UInt8(ascii: ":")) {
        line = line[line.index(after: colon)...].dropFirst()
        if line.last == UInt8(ascii: ">") { line = line.dropLast() }
      }
      let parts = line.split(separator: 32, maxSplits: 1)
      if parts.count == 2, parts[0].count <= 9, parts[0].allSatisfy({ $0 >= 65 && $0 <= 90 }) {
        var target = parts[1]
        let end = target.firstIndex(of: 32) ?? target.endIndex
        target = target[..<end]
        if target.first == UInt8(ascii: "'") { target = target.dropFirst().prefix { $0 != UInt8(ascii: "'") } }
        facts.method = String(decoding: parts[0], as: UTF8.self)
        facts.target = String(decoding: target, as: UTF8.self)
        facts.isStructured = true
      }
    }
    // django-structlog: beside a request a code is its status.
    if facts.status == 0, facts.isStructured, let code = fields.integer("code"), (100...599).contains(code) {
      facts.status = Int(code)
    }
    facts.message.append(contentsOf: record.message.utf8)
    let message = facts.message
    let text = HTTPText.last(in: message[...])
    if let text {
      facts.shape = text.shape
      if !facts.isStructured {
        facts.method = text.method
        facts.target = text.target
      }
      if facts.status == 0 { facts.status = text.status }
    } else if facts.isStructured, facts.status != 0 {
      facts.shape = .plain
    }
    if !facts.target.isEmpty {
      facts.plainPath = Self.path(of: facts.target)
      facts.path.cut(facts.plainPath.utf8)
    }
    // The client's wording is not the logger's.
    if let text {
      var before = message[..<text.range.lowerBound]
      if text.shape == .phrase {
        // `Forbidden (CSRF cookie not set.): ` says no more than its status, but for what stands in brackets.
        before = before.drop { $0 != UInt8(ascii: "(") }
      }
      facts.append(words: before)
      // What follows a quoted request is the client's, too; what follows another may be a reason.
      if text.shape == .plain || (text.shape == .mention && message[text.range.lowerBound] != UInt8(ascii: "\"")) {
        facts.words.append(10)
        facts.append(words: message[text.range.upperBound...])
      }
    } else if !record.isPlain || !Facts.isReport(message) {
      facts.append(words: message[...])
    }
    facts.hideNames()
    // What programs say of what users wrote; refusals are no plain news.
    let isNews = record.level == .info || record.level == .debug || record.level == .trace
    facts.hideQuoted(from: 0, isTitleOnly: !isNews)
  }

  private func words(_ record: ParsedRecord, _ facts: inout Facts) {
    for i in facts.wordFields {
      let value = record.fields.slice(i)
      facts.words.append(10)
      if value.count <= Self.wordsBytesMax {
        facts.append(words: value)
        let name = record.fields.bytes[record.fields.entries[i].name]
        if JoinedName.mayStand(under: name) { facts.append(wordsOfName: value) }
      } else {
        facts.append(words: value.prefix(Self.wordsBytesMax / 2))
        facts.words.append(10)
        facts.append(words: value.suffix(Self.wordsBytesMax / 2))
      }
    }
  }

  /// The client's address: from the right of the chain, the first that is no proxy we trust (decision 10).
  private func address(
    _ record: ParsedRecord, _ pick: Picks, _ sources: [Int], _ chain: [Int], _ event: inout Event, _ facts: inout Facts
  ) {
    let portFollows = record.portFollows || record.emitter == "uvicorn.access"
    var first: IPAddress?
    var client: IPAddress?
    func add(_ value: ArraySlice<UInt8>) {
      var start = value.startIndex
      while start < value.endIndex {
        let end = value[start...].firstIndex(of: UInt8(ascii: ",")) ?? value.endIndex
        let mayEndInPort = portFollows && end == value.endIndex
        if end > start, let hop = IPAddress(logged: value[start..<end], portFollows: mayEndInPort) {
          first = first ?? hop
          if !isTrusted(hop) { client = hop }
        }
        start = end + 1
      }
    }
    for i in chain { add(record.fields.slice(i)) }
    for i in sources where !chain.contains(i) { add(record.fields.slice(i)) }
    if pick[Slot.peer] >= 0 { add(record.fields.slice(pick[Slot.peer])) }
    if first == nil, let leading = Self.leadingAddresses(facts) { add(leading) }
    guard let first else { return }
    event.sourceIP = (client ?? first).description
    if client == nil { facts.isProxyAddress = true }
  }

  /// What stands before the request of an access line: `203.0.113.5, 10.0.0.3 - "POST /x" 401`.
  private static func leadingAddresses(_ facts: borrowing Facts) -> ArraySlice<UInt8>? {
    guard facts.shape == .access else { return nil }
    let bytes = facts.message
    guard let text = HTTPText.last(in: bytes[...]) else { return nil }
    var end = text.range.lowerBound
    while end > 0, bytes[end - 1] == 32 || bytes[end - 1] == UInt8(ascii: "-") { end -= 1 }
    // Werkzeug writes the common log format as a message, others the host before it: `example.org 203.0.113.5 - - [`.
    if end > 0, bytes[end - 1] == UInt8(ascii: "]"), let mark = bytes[..<end].firstIndex(of: UInt8(ascii: "[")) {
      return bytes[..<mark].split(separator: 32).first { IPAddress(logged: $0) != nil }
    }
    return bytes[..<end]
  }

  /// A target without query, scheme and host.
  static func path(of target: String) -> String {
    let bytes = target.utf8
    let end = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.endIndex
    var start = bytes.startIndex
    // The scheme of a whole URL ends before any query begins.
    if bytes.first != UInt8(ascii: "/"), let colon = bytes[..<end].firstIndex(of: UInt8(ascii: ":")),
      bytes[colon..<end].starts(with: "://".utf8)
    {
      start = bytes.index(colon, offsetBy: 3)
      guard let slash = bytes[start..<end].firstIndex(of: UInt8(ascii: "/")) else { return "/" }
      start = slash
    }
    return start == bytes.startIndex && end == bytes.endIndex ? target : String(target[start..<end])
  }

  private func bounded(_ text: String, for column: Column) -> String {
    let limit = 4096
    return text.utf8.count <= limit ? text : String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "…"
  }

  /// Every other field as one JSON object, in the order of the line.
  private func attrs(_ fields: RecordFields, _ spare: FieldSet) -> String {
    guard !spare.isEmpty else { return "{}" }
    return fields.bytes.withUnsafeBytes { bytes in
      func text(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
      // Written into memory of the right size: what fits is known before anything is written.
      var size = 1
      var chosen = FieldSet()
      var escaped = FieldSet()
      var count = 0
      for i in spare {
        let entry = fields.entries[i]
        guard entry.kind != .null else { continue }
        guard count < Self.attrsMax, size + entry.name.count + entry.value.count < Limits.storedTextBytesMax
        else { break }
        count += 1
        chosen.insert(i)
        let plain = size + entry.name.count + entry.value.count + (entry.kind == .text ? 6 : 4)
        size += JSONString.size(text(entry.name)) + 2
        size += entry.kind == .text ? JSONString.size(text(entry.value)) : entry.value.count
        if size != plain { escaped.insert(i) }
      }
      guard count > 0 else { return "{}" }
      return String(unsafeUninitializedCapacity: size + 1) { json in
        var writer = JSONWriter(json)
        var mark = UInt8(ascii: "{")
        for i in chosen {
          let entry = fields.entries[i]
          let isEscaped = escaped.contains(i)
          writer.append(mark)
          writer.append(string: text(entry.name), escaping: isEscaped)
          writer.append(UInt8(ascii: ":"))
          if entry.kind == .text {
            writer.append(string: text(entry.value), escaping: isEscaped)
          } else {
            writer.append(text(entry.value))
          }
          mark = UInt8(ascii: ",")
        }
        writer.append(UInt8(ascii: "}"))
        return writer.count
      }
    }
  }
}

/// Places of a record's best field for each use.
enum Slot {
  static let columns: [Column] = [
    .actor, .target, .objectType, .objectID, .fromValue, .toValue, .reason, .authMethod, .userAgent, .session,
    .requestID, .traceID, .spanID, .vulnID, .package, .packageVersion, .fixedVersion, .certSubject, .dbSystem,
  ]
  // Constants that the compiler knows, for they are read for every field.
  static let certNotAfter = 19
  static let method = 20
  static let path = 21
  static let status = 22
  static let request = 23
  static let client = 24
  static let peer = 25
  static let chain = 26
  static let count = 27  // as ``Normalizer/Picks`` has places

  private static let byColumn: [Column: Int] = {
    precondition(columns.count == certNotAfter, "the other slots follow those of the columns")
    return Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) } + [(.certNotAfter, certNotAfter)])
  }()

  static func of(_ use: FieldTable.Use) -> Int {
    switch use {
    case .column(let column): byColumn[column]!
    case .method: method
    case .path: path
    case .status: status
    case .request: request
    case .client: client
    case .peer: peer
    case .chain: chain
    }
  }
}
