// Names of users, which are no secrets but personal data: hidden only where the configuration says so.

extension LineRedactor {
  /// Whether `start ..< end` names a user by its letters: `user`, `userName`, `login_name`; or, of an object whose own
  /// name does, `name`: `"user": {"name": …}`.
  func namesUser(_ view: ByteView, _ start: Int, _ end: Int, in outer: Range<Int>? = nil) -> Bool {
    if Self.isUserName(view, start, end) { return true }
    guard let outer, Self.isUserName(view, outer.lowerBound, outer.upperBound) else { return false }
    return Self.namePart.contains(view, start, end)
  }

  private static func isUserName(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end > start, end - start <= 32 else { return false }
    var letters = InlineArray<32, UInt8>(repeating: 0)
    var count = 0
    for i in start..<end where isAlphanumeric(view[i]) {
      letters[count] = lower(view[i])
      count += 1
    }
    search: for name in names where name.count == count {
      for i in 0..<count where letters[i] != name[i] { continue search }
      return true
    }
    return false
  }

  /// Letters of the names, in small ones.
  private static let names: [[UInt8]] = [
    "user", "username", "usr", "uname", "login", "loginname", "userlogin", "logname", "acct", "account", "accountname",
    "samaccountname", "targetusername", "subjectusername", "principal", "principalname", "userprincipalname", "actor",
    "actorname", "nickname", "fullname", "displayname", "firstname", "lastname", "givenname", "familyname",
    "preferredusername", "dbuser", "remoteuser", "authuser", "ruser", "suser", "duser", "euser", "sudouser",
  ].map { Array($0.utf8) }

  private static let namePart = WordSet(["name", "username", "login", "displayname", "fullname", "nickname", "email"])

  /// What each of the names holds, as it may be written: for the scan.
  static let userAnchors = [
    "user", "usr", "uname", "login", "logname", "acct", "account", "principal", "actor", "nickname", "fullname",
    "full_name", "displayname", "display_name", "firstname", "first_name", "lastname", "last_name", "givenname",
    "given_name", "familyname", "family_name", "full-name", "display-name", "first-name", "last-name",
  ]
  /// What stands before one in a sentence.
  static let userPhrases = [
    "password for ", "publickey for ", "interactive/pam for ", "authentication failure for ", "opened for user ",
    "closed for user ", "login for ", "logged in as ", "role for ", "identity for ",
  ]

  /// Hides the value at `start` of a member whose key names a user: a string; a number may be anything's.
  ///
  /// - Returns: where the value ends, or nil if it is not hidden.
  func hideUser(_ depth: Int, _ start: Int, _ high: Int) -> Int? {
    let view = frames[depth].view
    guard view[start] == UInt8(ascii: "\"") || view[start] == UInt8(ascii: "'") else { return nil }
    let end = endOfString(view, start, high)
    guard end < high else { return nil }
    hideUserName(depth, start + 1, end)
    return end + 1
  }

  private func hideUserName(_ depth: Int, _ start: Int, _ end: Int) {
    let view = frames[depth].view
    guard end > start, !Self.nobody.contains(view, start, end), !isMarker(view, start, end) else { return }
    emit(depth, start, end, .user)
  }

  private static let nobody = WordSet(["null", "nil", "none", "true", "false", "undefined", "-", "n/a"])

  /// A user in text: `user=alice`, `user "alice"`, `user alice from …`.
  ///
  /// - Returns: where what was read ends.
  func user(inText depth: Int, _ position: Int, _ after: Int, _ low: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    let start = view.startOfName(position, from: max(low, position - Self.nameReach))
    let end = view.endOfName(after, to: min(high, after + Self.nameReach))
    var last = end
    // `app.user`: the last part names it.
    var first = last
    while first > start, view[first - 1] != UInt8(ascii: ".") { first -= 1 }
    while last > first, !isAlphanumeric(view[last - 1]) { last -= 1 }
    guard Self.isUserName(view, first, last) || Self.isUserName(view, start, last) else { return after }
    var i = end
    while i < high, isAmong("\"'\\]", view[i]) { i += 1 }
    let blanks = i
    while i < high, view[i] == 0x20 { i += 1 }
    if i < high, view[i] == UInt8(ascii: "=") || view[i] == UInt8(ascii: ":") {
      i += 1
      while i < high, view[i] == 0x20 || view[i] == UInt8(ascii: "\\") { i += 1 }
      return namedUser(depth, i, high)
    }
    guard i > blanks, i < high else { return after }
    if view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") { return namedUser(depth, i, high) }
    let word = endOfUser(view, i, high)
    guard word > i, !Self.common.contains(view, i, word) else { return after }
    // `user alice from 10.0.0.1`, `user alice:`, and the end of the text; not `user accounts are`.
    let rest = view.at(word) == 0x20 ? word + 1 : word
    let isEnd = word == high || isAmong(":,;)]\"'.", view[word]) || view.has("(uid", at: word)
    guard isEnd || Self.followers.contains(view, rest, endOfUser(view, rest, high)) else { return after }
    hideUserName(depth, i, word)
    return word
  }

  /// `Failed password for alice from 10.0.0.1`.
  func user(afterPhrase depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var i = start
    for word in ["invalid user ", "illegal user ", "user "] as [StaticString] where view.has(word, at: i) {
      i += word.utf8CodeUnitCount
      break
    }
    let end = endOfUser(view, i, high)
    guard end > i, !Self.common.contains(view, i, end) else { return start }
    hideUserName(depth, i, end)
    return end
  }

  private func namedUser(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    guard start < high else { return start }
    if view[start] == UInt8(ascii: "\"") || view[start] == UInt8(ascii: "'") {
      var end = closingQuote(view, start, high, 0)
      let close = end
      while end > start + 1, view[end - 1] == UInt8(ascii: "\\") { end -= 1 }
      hideUserName(depth, start + 1, end)
      return close
    }
    let end = endOfUser(view, start, high)
    hideUserName(depth, start, end)
    return max(end, start)
  }

  private func endOfUser(_ view: ByteView, _ start: Int, _ high: Int) -> Int {
    var i = start
    while i < high, i - start < 128, isAlphanumeric(view[i]) || view[i] >= 0x80 || isAmong("._-@+$", view[i]) { i += 1 }
    while i > start, view[i - 1] == UInt8(ascii: ".") { i -= 1 }
    return i
  }

  private static let followers = WordSet([
    "from", "by", "on", "at", "via", "port", "with", "in", "logged", "failed", "has", "was", "is", "denied", "tried",
    "authenticated", "not", "rejected", "signed", "using", "to", "for", "and", "locked", "created", "deleted",
  ])
  private static let common = WordSet([
    "agent", "account", "accounts", "not", "is", "was", "has", "had", "does", "did", "name", "names", "id", "ids",
    "input",
    "data", "session", "sessions", "group", "groups", "role", "roles", "login", "logout", "logged", "signed", "failed",
    "authenticated", "authentication", "created", "deleted", "updated", "found", "unknown", "unknown.", "space", "mode",
    "service", "store", "profile", "request", "requests", "from", "for", "with", "and", "or", "to", "in", "on", "by",
    "the",
    "a", "an", "this", "that", "all", "any", "no", "invalid", "error", "attempt", "attempts", "successful", "success",
    "limit", "list", "table", "database", "type", "token", "password", "cache", "query", "lookup", "denied", "locked",
  ])
}
