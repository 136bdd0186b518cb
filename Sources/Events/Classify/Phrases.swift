/// Who and where, from the words of a message: the last resort when no field and no capture tells.
enum Phrases {
  private static let doerCategories: Set<String> = ["authz", "ownership", "user", "privilege", "sensitive"]
  /// What somebody may do to what is another's.
  private static let doerEvents: Set<String> = ["authn_token_revoked", "authn_password_change", "session_ended"]

  private typealias Word = PeopleWords.Word
  private static let people = PeopleWords.builtIn

  /// What a message says, and the same without case to look for words in.
  private struct Text {
    let bytes: ArraySlice<UInt8>
    let folded: [UInt8]

    init(_ bytes: ArraySlice<UInt8>) {
      self.bytes = bytes
      folded = bytes.map(FieldTable.fold)
    }
  }

  static func complete(_ event: inout Event, from record: ParsedRecord, _ facts: borrowing Facts) {
    if event.actor.utf8.first == UInt8(ascii: "<"), event.actor.utf8.last == UInt8(ascii: ">") {
      event.actor = String(event.actor.dropFirst().dropLast())
    }
    // What stands before the user of an access line that has more in front than its format says.
    if facts.shape == .access, event.actor.hasPrefix("- "), let mark = event.actor.utf8.lastIndex(of: 32) {
      event.actor = String(event.actor[event.actor.utf8.index(after: mark)...])
    }
    if event.actor == "-" { event.actor = "" }
    if event.actor.isEmpty, facts.shape == .access || facts.isStructured, let name = queryValue(facts.target) {
      event.actor = name
    }
    fillPersons(&event, in: record)
    guard event.actor.isEmpty || event.sourceIP.isEmpty else { return }
    if event.sourceIP.isEmpty, lonelyAddress.contains(event.category) { event.sourceIP = addressField(record) ?? "" }
    // Nothing is taken from the client's own wording.
    guard facts.shape != .access else { return }
    let message = Array(record.message.utf8.prefix(2048))
    let request = HTTPText.last(in: message[...])
    let text = Text(message[..<(request?.range.lowerBound ?? message.count)])
    // What follows a request without quotes is the logger's: `denied DELETE /x for kim from 203.0.113.9`.
    let isQuoted = request.map { message[$0.range.lowerBound] == UInt8(ascii: "\"") } ?? true
    let rest = isQuoted ? nil : request.map { Text(message[$0.range.upperBound...]) }
    if event.actor.isEmpty, !["cert", "vuln", "tls", "config", "egress"].contains(event.category) {
      event.actor = actor(of: &event, in: text, record, facts)
      if event.actor.isEmpty, let rest {
        event.actor = actor(in: rest) ?? doer(in: rest) ?? lastName(in: rest) ?? mailAddress(in: rest.bytes) ?? ""
      }
    } else if event.actor.isEmpty, event.category == "egress" {
      event.actor = first(behind: people.beforeSubmitter, in: text) { isNoDoer($0, after: $1) ? nil : $0 } ?? ""
    }
    if event.sourceIP.isEmpty, event.category == "cert" {
      event.sourceIP = address(in: text, behind: people.beforePeer) ?? ""
    }
    if event.sourceIP.isEmpty, !["db", "egress", "cert", "vuln"].contains(event.category) {
      let isLonely = lonelyAddress.contains(event.category)
      let found =
        address(in: text) ?? rest.flatMap { address(in: $0) } ?? (isLonely ? anyAddress(in: text.bytes) : nil)
        ?? (isLonely ? rest.flatMap { anyAddress(in: $0.bytes) } : nil)
      // `Invalid HTTP_HOST header: '203.0.113.50'`: what was asked for is not who asked.
      if let found, !event.target.contains(found) { event.sourceIP = found }
    }
  }

  /// Who acted; and to whom, if the sentence names one after the other.
  private static func actor(of event: inout Event, in text: Text, _ record: ParsedRecord, _ facts: borrowing Facts)
    -> String
  {
    if doerCategories.contains(event.category) || doerEvents.contains(event.event),
      let name = doer(in: text) ?? leadingName(in: text)
    {
      if event.target.isEmpty, let other = actor(in: text), other != name { event.target = other }
      return name
    }
    if let name = actor(in: text) ?? lastName(in: text) ?? leadingName(in: text) ?? doer(in: text) { return name }
    if let name = keyedName(record) { return name }
    if let name = mailAddress(in: text.bytes) ?? mailField(record) { return name }
    // `could not open database: err="… for user \"migrate\""`
    for i in facts.wordFields {
      let value = record.fields.slice(i).prefix(512)
      if value.count > 12, let name = actor(in: Text(value)) { return name }
    }
    return ""
  }

  /// The first field whose name speaks of a person, where no name that is known does.
  private static func keyedName(_ record: ParsedRecord) -> String? {
    for (i, entry) in record.fields.entries.enumerated()
    where (entry.kind == .text || entry.kind == .number) && !entry.value.isEmpty && entry.value.count <= 128 {
      let path = record.fields.bytes[entry.name].map(FieldTable.fold)
      let last = path[(path.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? 0)...]
      guard
        people.personStems.contains(where: { last.starts(with: $0) || last.reversed().starts(with: $0.reversed()) }),
        !people.otherThings.contains(where: { last.offset(of: $0) != nil })
      else { continue }
      let name = record.fields.text(i)
      // Neither a sentence nor a path nor a place in the source.
      guard !name.utf8.contains(where: { " /:".utf8.contains($0) }), !isNoName(name, after: "=") else { continue }
      if IPAddress(logged: Array(name.utf8)) == nil { return name }
    }
    return nil
  }

  /// The mail address that is the whole value of a field, if it is the only one of the record.
  private static func mailField(_ record: ParsedRecord) -> String? {
    var found: String?
    for (i, entry) in record.fields.entries.enumerated()
    where entry.kind == .text && entry.value.count >= 6 && entry.value.count <= 128 {
      let value = record.fields.slice(i)
      guard value.contains(UInt8(ascii: "@")), !value.contains(32), let address = mailAddress(in: value),
        address.utf8.count == value.count
      else { continue }
      let name = record.fields.bytes[entry.name].map(FieldTable.fold)
      let words = name[(name.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? 0)...].split { !isWord($0) }
      if words.contains(where: { word in people.otherMails.contains { word.elementsEqual($0) } }) { continue }
      guard found == nil || found == address else { return nil }
      found = address
    }
    return found
  }

  // MARK: Fields

  /// A second person of the record, and whose deed it is where a thing changes hands.
  private static func fillPersons(_ event: inout Event, in record: ParsedRecord) {
    guard doerCategories.contains(event.category) || event.category == "authn" else { return }
    if event.category == "ownership" {
      if event.fromValue.isEmpty, let name = field(people.formerOwners, of: record) { event.fromValue = name }
      if event.toValue.isEmpty, let name = field(people.nextOwners, of: record) { event.toValue = name }
      if event.actor.isEmpty { event.actor = event.fromValue }
      if event.target.isEmpty { event.target = event.toValue }
    }
    if event.target.isEmpty, !event.actor.isEmpty, let name = field(people.persons, of: record, but: event.actor) {
      event.target = name
    }
  }

  /// The first field of one of the names whose value can be a name.
  private static func field(_ names: PeopleWords.Names, of record: ParsedRecord, but other: String = "") -> String? {
    for (i, entry) in record.fields.entries.enumerated()
    where entry.kind != .null && entry.kind != .bool && !entry.value.isEmpty && entry.value.count <= 128
      && names.contains(entry.hashes.last)
    {
      let name = record.fields.text(i)
      if name != other, !isNoName(name, after: "="), IPAddress(logged: Array(name.utf8)) == nil { return name }
    }
    return nil
  }

  /// The first field that holds an address and nothing else, under whatever name.
  private static func addressField(_ record: ParsedRecord) -> String? {
    for (i, entry) in record.fields.entries.enumerated()
    where entry.kind == .text && entry.value.count >= 7 && entry.value.count <= 52 {
      let value = record.fields.slice(i)
      guard let first = value.first, first >= 48 && first <= 58 || first | 32 >= 97 && first | 32 <= 102 || first == 91,
        let address = IPAddress(logged: value), !value.allSatisfy({ $0 >= 48 && $0 <= 57 })
      else { continue }
      let name = record.fields.bytes[entry.name].map(FieldTable.fold)
      let last = name[(name.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? 0)...]
      if people.otherEnds.contains(where: { last.offset(of: $0) != nil }) { continue }
      let words = last.split { !isWord($0) }
      if words.contains(where: { word in people.otherEndWords.contains { word.elementsEqual($0) } }) { continue }
      return address.description
    }
    return nil
  }

  /// Where an address in the text can only be the one it came from.
  private static let lonelyAddress: Set<String> = ["authn", "authz", "excess", "malicious", "session", "user"]

  /// The first token behind one of the words that is what is looked for; the words are tried in their order.
  ///
  /// - Parameter isPart: whether a byte before a word makes it the end of another: `superuser `, not `user `.
  private static func first<Found>(
    behind words: [Word], in text: Text, isName: Bool = true,
    isPart: (UInt8) -> Bool = { isWord($0) || $0 == UInt8(ascii: "_") },
    _ take: (_ token: String, _ word: Word) -> Found?
  ) -> Found? {
    for word in words {
      var start = 0
      while let at = find(word.bytes, in: text.folded, from: start) {
        start = at + word.bytes.count
        if word.bytes[0] != 32, at > 0, isPart(text.folded[at - 1]) { continue }
        let token = token(text.bytes, at: text.bytes.startIndex + start, until: isName ? nameEnds : addressEnds)
        if let token, let found = take(token, word) { return found }
      }
    }
    return nil
  }

  private static func actor(in text: Text) -> String? {
    first(behind: people.beforeActor, in: text) { name, word in
      // What was tried may be any word: `invalid user admin`.
      word.text.hasSuffix("invalid user ") || !isNoName(name, after: word.text) ? name : nil
    }
  }

  /// `u_12 tried to open …`, `kim changed the role of lee`: who begins the sentence, or what stands
  /// behind its first colon, if it can only be a person.
  private static func leadingName(in text: Text) -> String? {
    func isDistinct(_ name: String) -> Bool { name.utf8.contains(UInt8(ascii: ".")) }
    var start = 0
    // Behind a comma goes on what was said of another thing: `disk full, backend failed to …`.
    var isBeginning = true
    for _ in 0..<4 {
      if let name = name(leading: text, at: start), isBeginning || isDistinct(name) { return name }
      // `audit kim changed …`, `views kim.lee changed …`: a logger's name of one word.
      let first = text.folded[start...].prefix { isWord($0) }
      if !first.isEmpty, start + first.count < text.folded.count, text.folded[start + first.count] == 32,
        let name = name(leading: text, at: start + first.count + 1),
        isDistinct(name) || isBeginning && people.firstNouns.contains(String(decoding: first, as: UTF8.self))
      {
        return name
      }
      var mark = start
      repeat {
        guard let next = text.folded[mark...].firstIndex(where: { ":];,".utf8.contains($0) }),
          next + 2 < text.folded.count
        else { return nil }
        mark = next + 1
      } while text.folded[mark] != 32
      isBeginning = ":]".utf8.contains(text.folded[mark - 1])
      start = mark + 1
    }
    return nil
  }

  private static func name(leading text: Text, at start: Int) -> String? {
    guard let name = token(text.bytes, at: text.bytes.startIndex + start), name.utf8.count >= 2,
      name.utf8.count <= 128, name.utf8.allSatisfy({ isWord($0) || "._-@+".utf8.contains($0) })
    else { return nil }
    func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }
    let open = isQuote(text.folded[start]) ? 1 : 0
    let rest = text.folded[(start + open + name.utf8.count)...].drop(while: isQuote)
    guard rest.first == 32 else { return nil }
    let words = rest.dropFirst()
    // `token revoked`, `Access denied`: a plain word is a name only before what people do.
    let isAddress = name.utf8.contains(UInt8(ascii: "@"))
    let isNumbered = name.utf8.contains(UInt8(ascii: "_")) && name.utf8.contains { $0 >= 48 && $0 <= 57 }
    if isAddress || isNumbered, words.first.map(isWord) ?? false { return name }
    guard name.utf8.allSatisfy({ $0 >= 97 && $0 <= 122 || $0 >= 48 && $0 <= 57 || ".-".utf8.contains($0) }),
      !isNoName(name, after: ""), !people.firstNouns.contains(name)
    else { return nil }
    // `rate-limit exceeded …`: what has a dash may be a thing, unless it does something to something.
    let hasDash = name.utf8.contains(UInt8(ascii: "-"))
    if !hasDash, people.personVerbs.contains(where: { words.starts(with: $0) }) { return name }
    guard
      let deed = people.deeds.first(where: { words.starts(with: $0) && words.dropFirst($0.count).first == 32 })
    else { return nil }
    let object = words.dropFirst(deed.count + 1).prefix { isWord($0) || $0 == UInt8(ascii: ".") }
    return object.isEmpty || people.passives.contains(String(decoding: object, as: UTF8.self)) ? nil : name
  }

  /// `deleted by kim`, `actor_id=12`.
  private static func doer(in text: Text) -> String? {
    first(behind: people.beforeDoer, in: text) { isNoDoer($0, after: $1) ? nil : $0 }
  }

  private static func isNoDoer(_ name: String, after word: Word) -> Bool {
    isNoName(name, after: word.text) || people.noDoers.contains(name.lowercased())
      || name.utf8.contains(UInt8(ascii: "="))
  }

  private static func address(in text: Text, behind words: [Word] = people.beforeAddress) -> String? {
    first(behind: words, in: text, isName: false, isPart: isWord) { token, _ in
      IPAddress(logged: Array(token.utf8))?.description
    }
  }

  /// `access token issued for kim`, `permission denied for kim on …`, `rejecting kim: …`, `login ok: kim`.
  private static func lastName(in text: Text) -> String? {
    for word in people.beforeClauseEnd {
      var start = 0
      while let at = find(word.bytes, in: text.folded, from: start) {
        start = at + word.bytes.count
        if word.bytes[0] != 32, at > 0, isWord(text.folded[at - 1]) { continue }
        guard let name = token(text.bytes, at: text.bytes.startIndex + start) else { continue }
        let isAdmin = ["admin", "administrator"].contains(name.lowercased())
        guard isAdmin || !isNoName(name, after: "for ") && !people.noDoers.contains(name.lowercased()),
          word.text == " for " || !people.firstNouns.contains(name.lowercased()),
          name.utf8.allSatisfy({ isWord($0) || "._-@+".utf8.contains($0) })
        else { continue }
        // `issued to 'kim'`: the marks around a name belong to neither.
        let marks = "\"'`[<".utf8.contains(text.folded[start]) ? 2 : 0
        let rest = text.folded[(start + name.utf8.count + marks)...]
        // Tried by whoever does not know a name: `failure for admin from 203.0.113.9`, not `reset for admin`.
        let isBeforeAddress = rest.starts(with: " (".utf8) && rest.dropFirst(2).first.map { $0 < 58 } ?? false
        if isAdmin, !rest.starts(with: " from ".utf8), !isBeforeAddress { continue }
        // `login failed: timeout` tells why, `login failed: kim (203.0.113.9)` who.
        if word.text == "failed: ", !rest.starts(with: " (".utf8), !rest.starts(with: " from ".utf8) { continue }
        // `password for kim was changed`, not `quota for project was …`.
        if people.firstNouns.contains(name.lowercased()),
          rest.starts(with: " was ".utf8) || rest.starts(with: " is ".utf8)
        {
          continue
        }
        if rest.allSatisfy({ !isWord($0) }) || people.clauseEnds.contains(where: { rest.starts(with: $0) }) {
          return name
        }
      }
    }
    return nil
  }

  /// The first e-mail address.
  private static func mailAddress(in text: ArraySlice<UInt8>) -> String? {
    func isPart(_ byte: UInt8) -> Bool { isWord(byte) || "._-+".utf8.contains(byte) }
    var start = text.startIndex
    while let at = text[start...].firstIndex(of: UInt8(ascii: "@")) {
      start = at + 1
      var first = at
      while first > text.startIndex, isPart(text[first - 1]) { first -= 1 }
      var end = at + 1
      while end < text.endIndex, isPart(text[end]) { end += 1 }
      while end > at + 1, !isWord(text[end - 1]) { end -= 1 }
      // A path, a DSN or a decorator is none.
      let before = first > text.startIndex ? text[first - 1] : 32
      guard first < at, text[(at + 1)..<end].contains(UInt8(ascii: ".")), !":/@".utf8.contains(before),
        end == text.endIndex || !":/@".utf8.contains(text[end]) || text.endIndex == end + 1 || text[end + 1] == 32
      else { continue }
      return String(decoding: text[first..<end], as: UTF8.self)
    }
    return nil
  }

  /// The first address of all that stands by itself.
  private static func anyAddress(in text: ArraySlice<UInt8>) -> String? {
    func isPart(_ byte: UInt8) -> Bool {
      byte >= 48 && byte <= 57 || byte | 32 >= 97 && byte | 32 <= 102 || byte == UInt8(ascii: ".")
        || byte == UInt8(ascii: ":")
    }
    var i = text.startIndex
    while i < text.endIndex {
      guard isPart(text[i]) else {
        i += 1
        continue
      }
      let first = i
      while i < text.endIndex, isPart(text[i]) { i += 1 }
      var end = i
      while end > first, ".:".utf8.contains(text[end - 1]) { end -= 1 }
      // Java writes `/203.0.113.9:52234`.
      let isSlashed =
        first > text.startIndex && text[first - 1] == UInt8(ascii: "/")
        && (first - 1 == text.startIndex || " (=[".utf8.contains(text[first - 2]))
      let isApart =
        (first == text.startIndex || isSlashed || !isWord(text[first - 1]) && !"/_-".utf8.contains(text[first - 1]))
        && (i == text.endIndex || !isWord(text[i]) && !"/_-".utf8.contains(text[i]))
      guard isApart, end - first >= 7, end - first <= 45 else { continue }
      let word = text[first..<end]
      let dots = word.count { $0 == UInt8(ascii: ".") }
      guard dots == 3 || dots == 0 && word.count(where: { $0 == UInt8(ascii: ":") }) >= 3,
        let address = IPAddress(logged: Array(word))
      else { continue }
      return address.description
    }
    return nil
  }

  /// `?username=alice` of a log-in request.
  private static func queryValue(_ target: String) -> String? {
    guard let mark = target.firstIndex(of: "?") else { return nil }
    for pair in target[target.index(after: mark)...].split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1)
      guard parts.count == 2,
        ["username", "user", "email", "login", "userid", "user_id"].contains(parts[0].lowercased())
      else { continue }
      let name = percentDecoded(parts[1])
      return name.contains("[REDACTED") ? nil : name
    }
    return nil
  }

  static func percentDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "+") {
        bytes.append(32)
      } else if byte == UInt8(ascii: "%"), rest.count >= 2, let high = hexValue(rest[rest.startIndex]),
        let low = hexValue(rest[rest.startIndex + 1])
      {
        bytes.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether the word, unquoted, is one of sentences rather than a name.
  static func isCommonNoun(_ word: String) -> Bool {
    let folded = word.lowercased()
    return people.commonNouns.contains(folded) && folded != "admin" && folded != "administrator"
  }

  private static func isNoName(_ name: String, after word: String) -> Bool {
    if ["-", "--", "<nil>", "null", "None", "none", "nil", "undefined", "0", "''", "%s"].contains(name) { return true }
    if word.hasSuffix("=") || word.hasSuffix(": ") { return false }
    if IPAddress(logged: Array(name.utf8)) != nil || isSpan(name.utf8) { return true }
    if people.commonNouns.contains(name.lowercased()) { return true }
    return !name.utf8.contains { isWord($0) }
  }

  /// `1800s`, `15m`, `250ms`.
  private static func isSpan(_ name: String.UTF8View) -> Bool {
    let unit = name.drop { $0 >= 48 && $0 <= 57 }
    return unit.count < name.count && ["ms", "s", "m", "h", "d", "min"].contains { unit.elementsEqual($0.utf8) }
  }

  private static func isWord(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 || byte | 32 >= 97 && byte | 32 <= 122 }

  private static func find(_ pattern: [UInt8], in text: [UInt8], from start: Int) -> Int? {
    text.withUnsafeBytes { bytes in
      guard let view = ByteView(bytes), start < view.count else { return nil }
      let at = pattern.withUnsafeBytes { view.find($0, from: start, to: view.count) }
      return at == view.count ? nil : at
    }
  }

  private static let nameEnds = Array(",;()\"'`|{}[]<>".utf8)
  private static let brackets = [
    (open: UInt8(ascii: "["), close: UInt8(ascii: "]")), (open: UInt8(ascii: "<"), close: UInt8(ascii: ">")),
  ]
  private static let addressEnds = Array(",;()\"'`|".utf8)

  /// The next token: quoted, or up to a space or a mark that no name ends with.
  private static func token(_ text: ArraySlice<UInt8>, at start: Int, until ends: [UInt8] = nameEnds) -> String? {
    guard start < text.endIndex else { return nil }
    let first = text[start]
    if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") || first == UInt8(ascii: "`") {
      guard let close = text[(start + 1)...].firstIndex(of: first), close > start + 1, close - start <= 256 else {
        return nil
      }
      return String(decoding: text[(start + 1)..<close], as: UTF8.self)
    }
    // `user [kim]`, `user=<kim>`, as Java's programs and mail servers write.
    if let pair = brackets.first(where: { $0.open == first }) {
      guard let close = text[(start + 1)...].prefix(128).firstIndex(where: { $0 == pair.close || $0 <= 32 }),
        text[close] == pair.close, close > start + 1
      else { return nil }
      return String(decoding: text[(start + 1)..<close], as: UTF8.self)
    }
    var end = start
    while end < text.endIndex, text[end] > 32, !ends.contains(text[end]) { end += 1 }
    while end > start, ".:".utf8.contains(text[end - 1]) { end -= 1 }
    guard end > start, end - start <= 256 else { return nil }
    return String(decoding: text[start..<end], as: UTF8.self)
  }
}
