// Values by position: arguments of a call, columns of an SQL statement.

extension LineRedactor {
  private static let argumentsMax = 6

  /// `connect("kai", "…", db="x")`: hides arguments that only a password looks like. `start` follows
  /// the opening parenthesis, or is the first argument.
  ///
  /// - Parameter least: the first two are a user and a password, which has so many bytes or more.
  func arguments(_ depth: Int, _ name: Int, _ start: Int, _ high: Int, pairOf least: Int? = nil) {
    let view = frames[depth].view
    var i = start
    var number = 0
    var least = least
    var isDSN = false  // The first tells what to connect to, the second who does.
    while i < high, number < Self.argumentsMax {
      while i < high, view[i] == 0x20 || view[i] == UInt8(ascii: "b") || view[i] == UInt8(ascii: "\\") { i += 1 }
      if number == 0, i < high, isLetter(view[i]) {
        // connect(conn, "…")
        while i < high, isNameByte(view[i]) || view[i] == UInt8(ascii: ".") { i += 1 }
        if least != nil, view.has(" id #", at: i) {
          // login(Resource id #3, "anna", "…")
          i += 5
          while i < high, isDigit(view[i]) { i += 1 }
          guard view.has(", ", at: i) else { return }
          i += 2
          continue
        }
        guard view.has(", ", at: i) else { return }
        least = nil
        number += 1
        i += 2
      }
      guard i < high, view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") else { return }
      let end = endOfString(view, i, high)
      guard end < high, end - i <= 256 else { return }
      var to = end
      while to > i + 1, view[to - 1] == UInt8(ascii: "\\") { to -= 1 }
      if number > 0,
        isMixed(view, i + 1, to) || isByChance(view, i + 1, to)
          || (number == 1 && to - i > least ?? .max || number == 2 && isDSN) && looksLikePassword(view, i + 1, to)
            && !isResourcePath(view, i + 1, to),
        !isHarmless(view, i + 1, to, .password), !isMail(view, i + 1, to)
      {
        emit(depth, i + 1, to, .password, mayEcho: true)
      }
      if number == 0 { isDSN = namesServer(view, i + 1, to) }
      number += 1
      i = end + 1
      while i < high, view[i] == 0x20 { i += 1 }
      guard i < high, view[i] == UInt8(ascii: ",") else { return }
      i += 1
    }
  }

  /// `mysql:host=h`, `dbi:Pg:dbname=x`, `jdbc:mysql://h/x`
  private func namesServer(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for i in start..<end
    where view[i] == UInt8(ascii: ":")
      && (view.has("//", at: i + 1) || view.has("host=", at: i + 1) || view.has("dbname=", at: i + 1)) && i + 3 < end
    { return true }
    return view.has("dbi:", at: start)
  }

  /// `INSERT INTO t (a, password) VALUES ('x', '…')`: columns with a sensitive name hide their values.
  ///
  /// - Returns: where to go on.
  func insert(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    guard walkBudget > 0 else {
      emit(depth, start, high, .tooDeep)
      return high
    }
    var i = start
    let limit = min(high, start + 256)
    while i < limit, view[i] != UInt8(ascii: "("), view[i] != UInt8(ascii: ";"), view[i] != UInt8(ascii: "'") { i += 1 }
    guard i < limit, view[i] == UInt8(ascii: "(") else { return start }
    if isAccounts(view, start, i) { rows(depth, i, high) }
    // `tokens (value)`: the table names what its common columns hold.
    var nameEnd = i
    while nameEnd > start, isAmong(" `\"]", view[nameEnd - 1]) { nameEnd -= 1 }
    var name = nameEnd
    while name > start, isNameByte(view[name - 1]) { name -= 1 }
    let table = classOfKey(depth, name, nameEnd)
    i += 1
    var classes = InlineArray<64, KeyClass>(repeating: .none)
    var count = 0
    var isTelling = false
    while i < high, view[i] != UInt8(ascii: ")") {
      while i < high, !isNameByte(view[i]), view[i] != UInt8(ascii: ")") { i += 1 }
      let name = i
      while i < high, isNameByte(view[i]) { i += 1 }
      guard i > name, count < 64 else { break }
      let class_ = classOfKey(depth, name, i)
      if class_.isSensitive, class_ != .queryOnly, class_ != .session {
        classes[count] = class_
        isTelling = true
      } else if table.isStrong || table == .tokens, KeyUse(view, name, i).contains(.value) {
        classes[count] = table
        isTelling = true
      }
      count += 1
      while i < high, view[i] != UInt8(ascii: ","), view[i] != UInt8(ascii: ")") { i += 1 }
    }
    walkBudget -= i - start
    guard isTelling, i < high, walkBudget > 0 else { return start }
    i += 1
    let words = min(high, i + 64)
    while i < words, !view.hasFolded("values", at: i) { i += 1 }
    guard i < words else {
      // The rows stand on the next lines.
      if depth == 0, high == view.count, isLastWord(view, min(i, high), high) || words == high {
        var rows: UInt64 = 0
        for number in 0..<min(count, 63) where classes[number] != .none { rows |= 1 << UInt64(number + 1) }
        leaveOpen(0, .parameters, .password, mask: rows)
        opens?.needsRule = true
        opens?.lines = 16
      }
      return start
    }
    i += 6
    var placeholders = 0
    var mask: UInt64 = 0
    while i < high {
      while i < high, view[i] == 0x20 || view[i] == UInt8(ascii: ",") || view[i] == 0x0A { i += 1 }
      guard i < high, view[i] == UInt8(ascii: "(") else { break }
      var number = 0
      i += 1
      while i < high {
        let item = element(view, i, high)
        if item.end > item.start, let ordinal = placeholder(view, item.start, item.end, &placeholders) {
          if number < count, classes[number] != .none, ordinal < 64 { mask |= 1 << UInt64(ordinal) }
        } else if number < count, classes[number] != .none, item.end > item.start {
          hideElement(depth, item, classes[number])
        }
        number += 1
        i = item.next
        if i >= high || view[i] == UInt8(ascii: ")") || view[i] == UInt8(ascii: "]") { break }
        i += 1
      }
      i += 1
    }
    // A line of nothing but beginnings of statements would be read again and again.
    walkBudget -= i - start
    guard walkBudget > 0 else {
      emit(depth, start, high, .tooDeep)
      return high
    }
    if mask != 0 {
      leaveOpen(depth, .parameters, .password, mask: mask)
      _ = parameters(depth, min(i, high), high, mask)
    }
    return start  // Values under other columns are read like any text.
  }

  /// `users VALUES (`: a table of people or keys, without the names of its columns.
  private func isAccounts(_ view: ByteView, _ start: Int, _ open: Int) -> Bool {
    var i = start
    while i < open, view[i] == 0x20 { i += 1 }
    let name = i
    while i < open, view[i] != 0x20 { i += 1 }
    let nameEnd = i
    while i < open, view[i] == 0x20 { i += 1 }
    guard view.hasFolded("values", at: i) else { return false }
    for k in name..<nameEnd {
      for word in Self.accounts where view.hasFolded(word, at: k) && k + word.utf8CodeUnitCount <= nameEnd {
        return true
      }
    }
    return false
  }

  private static let accounts: [StaticString] = [
    "user", "account", "member", "customer", "login", "cred", "auth", "session", "token", "secret", "key", "passw",
  ]

  /// `(…), (…)`: rows whose columns have no names.
  private func rows(_ depth: Int, _ start: Int, _ high: Int) {
    let view = frames[depth].view
    var i = start
    while i < high, view[i] == UInt8(ascii: "("), walkBudget > 0 {
      let end = row(depth, i + 1, high)
      walkBudget -= end - i
      i = end
      while i < high, isAmong("), \n", view[i]) { i += 1 }
    }
  }

  /// Values of such a row: those that only a password or a token looks like.
  ///
  /// - Returns: where the row ends.
  private func row(_ depth: Int, _ start: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    var i = start
    var number = 0
    while i < high, number < 32 {
      let item = element(view, i, high)
      if item.isQuoted,
        isMixed(view, item.start, item.end) || isByChance(view, item.start, item.end)
          || isBase32(view, item.start, item.end)
          || isPassphrase(view, item.start, item.end)
            && (item.start..<item.end).count { view[$0] == 0x20 } >= 3,
        !isMail(view, item.start, item.end), !isHarmless(view, item.start, item.end, .password)
      {
        emit(depth, item.start, item.end, .password, mayEcho: true)
      }
      number += 1
      i = item.next
      guard i < high, view[i] == UInt8(ascii: ",") else { return i }
      i += 1
    }
    return i
  }

  /// Sixteen capitals and digits or more, as secrets of TOTP are written.
  private func isBase32(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 16 else { return false }
    var digits = 0
    for i in start..<end {
      if isDigit(view[i]) { digits += 1 }
      guard isUpper(view[i]) || view[i] >= UInt8(ascii: "2") && view[i] <= UInt8(ascii: "7") else { return false }
    }
    return digits > 1
  }

  /// `COPY users (id, password) FROM stdin;` of PostgreSQL: rows follow, with tabs between. `start` is that of
  /// ` FROM stdin`.
  func copied(_ start: Int, _ low: Int) {
    let view = frames[0].view
    guard opens == nil, levels.count == 0, start > low, view[start - 1] == UInt8(ascii: ")") else { return }
    let open = view.last(UInt8(ascii: "("), from: max(low, start - 2048), before: start)
    guard open >= 0 else { return }
    var mask: UInt64 = 0
    var number = 0
    var class_ = KeyClass.none
    var i = open + 1
    while i < start, number < 64 {
      while i < start, !isNameByte(view[i]) { i += 1 }
      let name = i
      while i < start, isNameByte(view[i]) { i += 1 }
      let found = classOfKey(0, name, i)
      if found.isSensitive, found != .queryOnly, found != .session {
        mask |= 1 << UInt64(number)
        if class_ == .none { class_ = found }
      }
      number += 1
      while i < start, view[i] != UInt8(ascii: ",") { i += 1 }
    }
    guard mask != 0 else { return }
    opens = OpenValue(.table(separator: 0x09, count: number), class_, mask: mask)
  }

  /// `Col ('id', 'api_key')` of SQLAlchemy, after which rows follow.
  func columns(_ depth: Int, _ start: Int, _ high: Int) {
    let view = frames[depth].view
    var mask: UInt64 = 0
    var number = 1
    var i = start
    while i < high, number < 64 {
      while i < high, view[i] == 0x20 { i += 1 }
      guard i < high, view[i] == UInt8(ascii: "'") || view[i] == UInt8(ascii: "\"") else { break }
      let item = element(view, i, high)
      let class_ = classOfKey(depth, item.start, item.end)
      if class_.isSensitive, class_ != .queryOnly, class_ != .session { mask |= 1 << UInt64(number) }
      number += 1
      i = item.next
      guard i < high, view[i] == UInt8(ascii: ",") else { break }
      i += 1
    }
    guard mask != 0 else { return }
    leaveOpen(depth, .parameters, .password, mask: mask)
    opens?.lines = 64
    opens?.needsRule = true  // Every row counts.
  }

  private func isNameByte(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte >= 0x80 }

  struct Element {
    var start: Int
    var end: Int
    var next: Int
    var isQuoted: Bool
  }

  /// The item of a list at `start`: a string without its quotes, or what stands before `,` or the end.
  private func element(_ view: ByteView, _ start: Int, _ high: Int) -> Element {
    var i = start
    while i < high, isBlank(view[i]) { i += 1 }
    if i + 1 < high, isAmong("bBuUNE", view[i]),
      view[i + 1] == UInt8(ascii: "'") || view[i + 1] == UInt8(ascii: "\"")
    {
      i += 1
    }
    guard i < high else { return Element(start: i, end: i, next: i, isQuoted: false) }
    var slashes = 0
    while i + slashes < high, view[i + slashes] == UInt8(ascii: "\\") { slashes += 1 }
    let quote = view.at(i + slashes)
    if quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
      i += slashes
      var end = closingQuote(view, i, high, slashes)
      while slashes == 0, quote == UInt8(ascii: "'"), view.at(end + 1) == quote, end + 2 < high {
        end = closingQuote(view, end + 1, high, 0)  // '' within
      }
      var next = min(high, end + slashes + 1)
      while next < high, !isAmong(",)]", view[next]) { next += 1 }
      return Element(start: i + 1, end: max(i + 1, min(end, high)), next: next, isQuoted: true)
    }
    let from = i
    var nested = 0
    while i < high {
      let byte = view[i]
      if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { nested += 1 }
      if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") {
        if nested == 0 { break }
        nested -= 1
      }
      if byte == UInt8(ascii: ","), nested == 0 { break }
      i += 1
    }
    return Element(start: from, end: i, next: i, isQuoted: false)
  }

  private func hideElement(_ depth: Int, _ item: Element, _ class_: KeyClass, isFar: Bool = false) {
    let view = frames[depth].view
    guard !isHarmless(view, item.start, item.end, class_) else { return }
    // The statement stood on an earlier line, and other tuples may stand between.
    if isFar, !looksLikePassword(view, item.start, item.end), !looksOpaque(view, item.start, item.end, 8) { return }
    if item.isQuoted {
      keyedText(depth, item.start, item.end, class_ == .auth || class_ == .credential ? .secret : class_)
    } else if hides(view, item.start, item.end, class_), looksLikePassword(view, item.start, item.end) {
      emit(depth, item.start, item.end, ruleOf(class_), mayEcho: true)
    }
  }

  /// The number, from 1, of a placeholder: `$2`, or the next of `?` and `%s`.
  private func placeholder(_ view: ByteView, _ start: Int, _ end: Int, _ seen: inout Int) -> Int? {
    if view[start] == UInt8(ascii: "$"), isDigits(view, start + 1, min(end, start + 3)), end - start <= 3 {
      var number = 0
      for i in (start + 1)..<end { number = number * 10 + Int(view[i] - 0x30) }
      return number
    }
    // Named ones tell their name beside the value.
    if view.has("%(", at: start) || view[start] == UInt8(ascii: ":") || view[start] == UInt8(ascii: "@") { return .max }
    guard view[start] == UInt8(ascii: "?") || view.has("%s", at: start) else { return nil }
    seen += 1
    return seen
  }

  /// How many placeholders stand in the 2048 bytes before `end`, counted on from what the last call knows.
  private func placeholdersBefore(_ end: Int) -> Int {
    let view = frames[0].view
    func isPlaceholder(_ i: Int) -> Bool { view[i] == UInt8(ascii: "?") || view.has("%s", at: i) }
    let start = max(0, end - 2048)
    if placeholders.end > end || placeholders.end < start { placeholders = (start, start, 0) }
    while placeholders.end < end {
      if isPlaceholder(placeholders.end) { placeholders.count += 1 }
      placeholders.end += 1
    }
    while placeholders.start < start {
      if isPlaceholder(placeholders.start) { placeholders.count -= 1 }
      placeholders.start += 1
    }
    return placeholders.count
  }

  /// `password = ?` in a statement: which of the values that follow is the secret.
  func notePlaceholder(_ i: Int, _ high: Int, _ nameStart: Int) {
    let view = frames[0].view
    var end = i
    while end < high, end < i + 4, !isBlank(view[end]), view[end] != UInt8(ascii: ","), view[end] != UInt8(ascii: ")"),
      view[end] != UInt8(ascii: ";")
    { end += 1 }
    guard end > i, view[i] == UInt8(ascii: "$") || view[i] == UInt8(ascii: "?") || view.has("%s", at: i) else { return }
    var seen = 0
    if view[i] != UInt8(ascii: "$") {
      seen = placeholdersBefore(nameStart)
    }
    guard let ordinal = placeholder(view, i, end, &seen), ordinal < 64 else { return }
    placeholderEnd = end
    if opens?.form == .parameters {
      opens?.mask |= 1 << UInt64(ordinal)
    } else {
      leaveOpen(0, .parameters, .password, mask: 1 << UInt64(ordinal))
    }
  }

  /// `binding parameter (2:VARCHAR) <- […]`, `binding parameter [2] as [VARCHAR] - […]` of Hibernate.
  private func binding(_ depth: Int, _ start: Int, _ high: Int, _ mask: UInt64) {
    let view = frames[depth].view
    var i = start
    var number = 0
    while i < high, isDigit(view[i]), i < start + 3 {
      number = number * 10 + Int(view[i] - 0x30)
      i += 1
    }
    guard number < 64, mask >> UInt64(number) & 1 != 0, view.at(high - 1) == UInt8(ascii: "]") else { return }
    var open = high - 1
    while open > i, view[open] != UInt8(ascii: "[") { open -= 1 }
    if open > i, open + 1 < high - 1 {
      hideElement(depth, Element(start: open + 1, end: high - 1, next: high, isQuoted: true), .password)
    }
  }

  /// Values of placeholders: `$2 = '…'`, `('a', '…')`, `["a", "…"]`, `a(String), …(String)`.
  ///
  /// - Parameter mask: bit n for the placeholder with number n.
  /// - Returns: where to go on.
  func parameters(_ depth: Int, _ start: Int, _ high: Int, _ mask: UInt64) -> Int {
    let view = frames[depth].view
    var i = start
    while i < high {
      let byte = view[i]
      if byte == UInt8(ascii: "b"), view.has("binding parameter ", at: i) {
        binding(depth, i + 19, high, mask)
        return high
      }
      if byte == UInt8(ascii: "$"), isDigit(view.at(i + 1)) {
        var end = i + 1
        var number = 0
        while end < high, isDigit(view[end]), end - i <= 3 {
          number = number * 10 + Int(view[end] - 0x30)
          end += 1
        }
        if view.has(" = ", at: end), end + 3 < high {
          let item = element(view, end + 3, high)
          if number < 64, mask >> UInt64(number) & 1 != 0, item.end > item.start {
            hideElement(depth, item, .password, isFar: true)
          }
          i = max(item.isQuoted ? item.end + 1 : end, i + 1)
          continue
        }
      }
      if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "["), !isAlphanumeric(view.at(i - 1)),
        view.at(i + 1) == UInt8(ascii: "'") || view.at(i + 1) == UInt8(ascii: "\"") || isDigit(view.at(i + 1))
          || view.at(i + 1) == UInt8(ascii: "\\") || view.at(i + 1) == 0x20
      {
        let end = tuple(depth, i + 1, high, mask)
        i = max(end, i + 1)
        continue
      }
      if view.has("Parameters: ", at: i), view.at(i + 12) != UInt8(ascii: "("), view.at(i + 12) != UInt8(ascii: "[") {
        return tuple(depth, i + 12, high, mask)
      }
      i += 1
    }
    return high
  }

  private func tuple(_ depth: Int, _ start: Int, _ high: Int, _ mask: UInt64) -> Int {
    let view = frames[depth].view
    var i = start
    var number = 1
    while i < high {
      var item = element(view, i, high)
      if number < 64, mask >> UInt64(number) & 1 != 0, item.end > item.start {
        // MyBatis writes the type behind the value.
        let type = item.isQuoted ? item.end : view.find(Self.stringType, from: item.start, to: item.end)
        item.end = min(item.end, type)
        // `[1053]` is a process.
        if item.isQuoted || !isDigits(view, item.start, item.end) {
          hideElement(depth, item, .password, isFar: true)
        }
      }
      number += 1
      i = item.next
      if i >= high || view[i] != UInt8(ascii: ",") { return i }
      i += 1
    }
    return i
  }

  private static let stringType: StaticString = "(String)"
}
