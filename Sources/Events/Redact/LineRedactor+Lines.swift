// Values on the lines after their name: printed structures, YAML, tables, statements and their parameters.

extension LineRedactor {
  /// Notes that the line ends within the value of a name.
  func leaveOpen(_ depth: Int, _ form: OpenValue.Form, _ class_: KeyClass, mask: UInt64 = 0) {
    guard depth == 0, levels.count == 0 else { return }  // A structure on one line holds its own values.
    opens = OpenValue(form, class_, indent: indent(frames[0].view), mask: mask)
  }

  private func indent(_ view: ByteView) -> Int {
    var i = 0
    while i < view.count, view[i] == 0x20 || view[i] == 0x09 { i += 1 }
    return i
  }

  /// What a name that its line ends with may leave open: the name of a value that follows, a column.
  func nameEnds(_ depth: Int, _ start: Int, _ end: Int, _ class_: KeyClass) {
    guard depth == 0, levels.count == 0, opens == nil else { return }
    let view = frames[0].view
    if view.has("<key>", at: start - 5), view.has("</key>", at: end) {
      leaveOpen(0, .value, class_)
      return
    }
    var cell = start
    while cell > 4, start - cell < 40, isLetter(view[cell - 1]) || view[cell - 1] == 0x20 { cell -= 1 }
    if cell < start, view.has("<td>", at: cell - 4), view.has("</td>", at: end) {
      leaveOpen(0, .value, class_)  // <td>API token</td>
      return
    }
    if view.has("<name>", at: start - 6) && view.has("</name>", at: end)
      || view.has("<td>", at: start - 4) && view.has("</td>", at: end)
    {
      leaveOpen(0, .value, class_)
      return
    }
    if view.has("name=\"", at: start - 6), view.at(end) == UInt8(ascii: "\""),
      view.find("form-data;", from: 0, to: start) < start
    {
      leaveOpen(0, .value, class_)  // A part of a form: a blank line and the value follow.
      opens?.indent = -1
      opens?.lines = 5
      return
    }
    if isPath(ofR: view, start, end) || isListed(view, start, end) {
      leaveOpen(0, .value, class_ == .auth ? .password : class_)
      if class_ == .auth { opens?.lines = 3 }  // A user may stand before the password.
      return
    }
    var i = end
    while i < view.count, isAmong("\"',;\\ }", view[i]) { i += 1 }
    if i >= view.count {
      var before = start
      while before > 0,
        view[before - 1] == UInt8(ascii: "\"") || view[before - 1] == UInt8(ascii: "'")
          || view[before - 1] == UInt8(ascii: "-")
      { before -= 1 }
      if before == start - 1, view.at(end) == view[before], indent(view) == before, class_.isStrong,
        view.at(end + 1) == UInt8(ascii: ",")
      {
        leaveOpen(0, .pair, class_)  // 'API_KEY', of a pair in a list
        return
      }
      if before < start, view[before] == UInt8(ascii: "\"") || view[before] == UInt8(ascii: "'"),
        view[start - 1] == UInt8(ascii: "-"),
        indent(view) == before
      {
        leaveOpen(0, .value, class_)  // "--password", alone in a list of arguments
        return
      }
      if before == start - 2, view.has("--", at: before), end == view.count, class_.isStrong,
        indent(view) == before || indent(view) == before - 2 && view.has("- ", at: before - 2)
      {
        leaveOpen(0, .value, class_)  // an argument a line, as kubectl describes them
        opens?.indent = -1
        return
      }
      while before > 0, view[before - 1] == 0x20 { before -= 1 }
      if before > 0, view[before - 1] == UInt8(ascii: ":") || view[before - 1] == UInt8(ascii: "=") {
        before -= 1
        while before > 0,
          view[before - 1] == 0x20 || view[before - 1] == UInt8(ascii: "\"") || view[before - 1] == UInt8(ascii: "'")
        {
          before -= 1
        }
        let nameEnd = before
        while before > 0, isAlphanumeric(view[before - 1]) || view[before - 1] == UInt8(ascii: "_") { before -= 1 }
        if isNameKey(view, before, nameEnd), isLineStart(view, before) {
          leaveOpen(0, .named, class_)
          return
        }
      }
    }
    if start == 0, end == view.count, class_.isStrong {
      leaveOpen(0, .value, class_)
      return
    }
    if end == view.count, class_.isStrong, isCommand(view), start < 160 {
      leaveOpen(0, .announced, class_)  // + cat /run/secrets/db_password
      return
    }
    guard !sawHeader else { return }
    sawHeader = true
    opens = header(view)
  }

  /// `$db$password`, ` attr(,"password")`: how R heads a value that it prints.
  private func isPath(ofR view: ByteView, _ start: Int, _ end: Int) -> Bool {
    if view.has("attr(,\"", at: start - 7), view.has("\")", at: end) { return end + 2 == view.count }
    guard end == view.count || end + 1 == view.count && view[end] == UInt8(ascii: "`"), view[0] == UInt8(ascii: "$")
    else {
      return false
    }
    for i in 0..<start where !isAlphanumeric(view[i]) && !isAmong("$._`[]", view[i]) { return false }
    return true
  }

  /// `1) "password"`, as redis-cli lists names and values in turn.
  private func isListed(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end + 1 == view.count, view[end] == UInt8(ascii: "\""), start >= 4, view.has(") \"", at: start - 3) else {
      return false
    }
    for i in 0..<(start - 3) where !isDigit(view[i]) && view[i] != 0x20 && view[i] != UInt8(ascii: ")") { return false }
    return true
  }

  /// A name behind which blanks and more words follow: it may head a column of a table without lines.
  func nameOfColumn(_ start: Int, _ end: Int, _ class_: KeyClass) {
    guard levels.count == 0, opens == nil, !sawColumns, class_.isStrong, class_ != .cookie, class_ != .setCookie else {
      return
    }
    sawColumns = true
    let view = frames[0].view
    guard view.count <= 1024 else { return }
    // Words that are names, at least two of them more than one blank apart: no sentence.
    var cells = 0
    var isWide = false
    var i = 0
    while i < view.count {
      let blank = i
      while i < view.count, view[i] == 0x20 { i += 1 }
      if i == view.count { break }
      if cells > 0, i - blank > 1 { isWide = true }
      let from = i
      while i < view.count, view[i] != 0x20 {
        guard isAlphanumeric(view[i]) || isAmong("_-.()#%/", view[i]) else { return }
        // Names end in digits; versions, dates and values have some amid.
        if i > from, isDigit(view[i - 1]), !isDigit(view[i]) { return }
        i += 1
      }
      guard i - from <= 40, view[i - 1] != UInt8(ascii: "."), !isDigit(view[from]),
        !Self.wordsBetween.contains(view, from, i)
      else { return }
      cells += 1
    }
    guard cells > 1, cells <= 16, isWide else { return }
    opens = OpenValue(.column(start: start, end: end), class_)
  }

  /// No name of a column, but part of a sentence.
  private static let wordsBetween = WordSet([
    "a", "an", "and", "are", "as", "at", "by", "for", "from", "has", "in", "is", "no", "not", "of", "on", "or", "the",
    "to", "was", "with",
  ])

  /// Hides what stands under the name of a column: a word that begins or ends where the name does.
  ///
  /// - Returns: whether the line may be a row of the table.
  private func cell(_ view: ByteView, _ start: Int, _ end: Int, _ open: OpenValue) -> Bool {
    guard start < view.count, view.count <= 1024 else { return false }
    var low = -1
    var high = -1
    // More than one cell, or it is a line of something else.
    let first = indent(view)
    var behind = view.next(0x20, from: first, to: view.count)
    while behind < view.count, isBlank(view[behind]) { behind += 1 }
    guard behind < view.count else { return false }
    if view[start] != 0x20, start == 0 || view[start - 1] == 0x20 {
      low = start
      high = start
      while high < view.count, view[high] != 0x20, view[high] != 0x09 { high += 1 }
      // A passphrase holds blanks, but no two of them.
      let wide = view.find("  ", from: start, to: view.count)
      if isPassphrase(view, start, wide) { high = wide }
    } else if end <= view.count, view[end - 1] != 0x20, end == view.count || view[end] == 0x20 {
      high = end
      low = end
      while low > 0, view[low - 1] != 0x20 { low -= 1 }
    } else {
      return false
    }
    if high - low >= 2, view[low] == UInt8(ascii: "\""), view[high - 1] == UInt8(ascii: "\"") {
      low += 1
      high -= 1
    }
    guard low < high else { return true }
    let isRule = (low..<high).allSatisfy { view[$0] == UInt8(ascii: "-") }
    if isRule || isHarmless(view, low, high, open.class_) { return true }
    if open.class_ == .password
      ? looksLikePassword(view, low, high) && !isDigits(view, low, high) || isPassphrase(view, low, high)
      : looksOpaque(view, low, high, 10)
    {
      emit(0, low, high, ruleOf(open.class_), mayEcho: true)
    }
    return true
  }

  /// Only blanks, quotes and what opens a list stand before `index`.
  private func isLineStart(_ view: ByteView, _ index: Int) -> Bool {
    for i in 0..<index where !isAmong(" \t-\"'{*:@", view[i]) { return false }
    return true
  }

  /// A value that does not begin on the line of its name.
  func valueIsMissing(_ depth: Int, _ start: Int, _ low: Int, _ high: Int, _ class_: KeyClass, isQuoted: Bool) {
    guard depth == 0, high == frames[0].view.count else { return }
    if isQuoted || isLineStart(frames[0].view, start) || frames[0].view.has("=>", at: high - 2) {
      leaveOpen(0, .value, class_)
    } else if opens == nil, class_.isStrong {
      leaveOpen(0, .announced, class_)
    }
  }

  /// `|`, `>-`, `[`, `{` at the end of the line, where a value should be.
  ///
  /// - Returns: whether it was so.
  func valueOpens(_ depth: Int, _ i: Int, _ high: Int, _ class_: KeyClass) -> Bool {
    let view = frames[depth].view
    guard depth == 0, high == view.count, high - i <= 24 else { return false }
    var end = high
    while end > i, isBlank(view[end - 1]) { end -= 1 }
    if isLetter(view[i]), end > i, view[end - 1] == UInt8(ascii: "("), !view.has("array (", at: i) {
      // `api_key: Some(` of Rust
      for k in i..<(end - 1) where !isAlphanumeric(view[k]) && view[k] != UInt8(ascii: ":") { return false }
      leaveOpen(0, .items, class_)
      return true
    }
    if view.has("Array", at: i) && end == i + 5 || view.has("array (", at: i) && end == i + 7 {
      leaveOpen(0, .items, class_)  // of PHP
      return true
    }
    guard high - i <= 3 else { return false }
    switch view[i] {
    case UInt8(ascii: "\\"):
      guard end == i + 1 else { return false }
      leaveOpen(0, .value, class_)
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      guard end == i + 1 || end == i + 2 && isAmong("-+", view[i + 1]) else { return false }
      leaveOpen(0, .block, class_)
    case UInt8(ascii: "["), UInt8(ascii: "("):
      guard end == i + 1 else { return false }
      leaveOpen(0, .items, class_)
    case UInt8(ascii: "{"):
      guard end == i + 1 else { return false }
      leaveOpen(0, .object, class_)
    default: return false
    }
    return true
  }

  /// Whether the last value of the line is a string that goes on behind it, or on the next line as another one.
  func noteCutString() {
    guard opens == nil, let last = findings.last else { return }
    let view = frames[0].view
    if last.end < view.count, isAmong("'\"", view[last.end]), last.start > 0, view[last.start - 1] == view[last.end],
      last.end - last.start >= 32, !hasBlank(view, last.start, last.end)
    {
      var i = last.end + 1
      while i < view.count, isAmong(" +.\\\r", view[i]) { i += 1 }
      if i == view.count { opens = OpenValue(.strings, .token) }
      return
    }
    guard last.end == view.count, last.end - last.start >= 12, last.start > 0 else { return }
    var quotes = (0, 0)
    for i in 0..<last.start {
      if view[i] == UInt8(ascii: "'") { quotes.0 += 1 } else if view[i] == UInt8(ascii: "\"") { quotes.1 += 1 }
    }
    guard quotes.0 % 2 == 1 || quotes.1 % 2 == 1 else { return }
    opens = OpenValue(.rest, .token)
  }

  // MARK: - The next line

  /// Hides what an earlier line left open.
  ///
  /// - Returns: what is still open.
  func proceed(_ open: OpenValue) -> OpenValue? {
    let view = frames[0].view
    let known = findings.count
    var open = open
    open.lines -= 1
    var low = indent(view)
    let own = low
    var high = view.count
    while high > low, isBlank(view[high - 1]) { high -= 1 }
    guard high > low else { return open.lines > 0 ? open : nil }
    var isDone = open.lines <= 0
    switch open.form {
    case .rest:
      let from = low
      while low < high, Self.tokenBytes.contains(view[low]) { low += 1 }
      let isEnd = low < high
      if low - from < 8 || isEnd && view[low] != UInt8(ascii: "'") && view[low] != UInt8(ascii: "\"") {
        isDone = true
      } else {
        emit(0, from, low, .token)
        isDone = isDone || isEnd
      }
    case .body:
      var i = low
      while i < high, isAlphanumeric(view[i]) || isAmong("+/=", view[i]) { i += 1 }
      if i == high, high - low >= 16 || view[high - 1] == UInt8(ascii: "=") {
        emit(0, low, high, .pem)
        open.lines = 64
      } else {
        isDone = true
      }
    case .encoded:
      if let (from, to) = encodedWord(view, low, high) {
        emit(0, from, to, .password, mayEcho: true)
        isDone = true
      }
    case .parameters:
      if view[low] != UInt8(ascii: "{") { _ = parameters(0, low, high, open.mask) }
      if open.needsRule, view[high - 1] == UInt8(ascii: ";") { isDone = true }
      if findings.count > known, !open.needsRule { open.lines = min(open.lines, 2) }
    case .table(let separator, let count):
      if open.needsRule {
        for i in low..<high where isAlphanumeric(view[i]) { isDone = true }
        open.needsRule = false
      } else {
        isDone = isDone || !row(view, separator, count, open)
      }
    case .block:
      if own > open.indent {
        if !hasBlank(view, low, high) || open.class_ == .password || open.class_ == .cryptoKey {
          keyedText(0, low, high, open.class_)
        }
      } else {
        isDone = true
      }
    case .object:
      if view[low] == UInt8(ascii: "}") {
        isDone = true
      } else if let key = memberName(view, low, high) {
        let use = KeyUse(view, key.start, key.end)
        if use.contains(.value) {
          hideWhole(key.value, high, open.class_)
        } else if open.class_.isStrong || open.class_ == .credential, !use.contains(.kept),
          isAmong("'\"", view[key.value])
        {
          // As inside a sensitive object on one line.
          let end = endOfString(view, key.value, high)
          if end < high || end == high - 1, isByChance(view, key.value + 1, end) {
            emit(0, key.value + 1, end, ruleOf(open.class_), mayEcho: true)
          }
        }
      }
    case .named:
      if let key = memberName(view, low, high), KeyUse(view, key.start, key.end).contains(.value) {
        hideWhole(key.value, high, open.class_)
        isDone = true
      } else if view[low] == UInt8(ascii: "-") || view[low] == UInt8(ascii: "}") || view[low] == UInt8(ascii: "{") {
        isDone = true
      }
    case .items:
      let from = afterIndex(view, low, high)
      if from == high || from + 1 == high && view[from] == UInt8(ascii: "(") {
        break  // `[0]=>`, and what opens an array of PHP
      } else if isPartOfArray(view, from, high) {
        break
      } else if isAmong("])}{", view[from]) || memberName(view, from, high) != nil {
        isDone = true
      } else if open.class_ == .queryOnly, let digits = hexAlone(view, from, high) {
        emit(0, digits.lowerBound, digits.upperBound, .apiKey, mayEcho: true)
      } else {
        hideWhole(from, high, open.class_)
      }
    case .section:
      if let key = memberName(view, low, high),
        view.next(UInt8(ascii: "="), from: key.end, to: key.value) < key.value
      {
        var end = bareEnd(view, key.value, high, isEnvironment: true)
        end = min(end, view.next(UInt8(ascii: ","), from: key.value, to: high))  // its roles follow
        let (digits, uppers, lowers) = view.kinds(key.value, max(end, key.value))
        if digits > 0, uppers + lowers > 2, end - key.value >= 6, looksLikePassword(view, key.value, end),
          view[key.value] != UInt8(ascii: "/"), !isHarmless(view, key.value, end, .password)
        {
          emit(0, key.value, end, .password, mayEcho: true)
        }
      } else {
        isDone = isDone || !isAmong("#;", view[low])
      }
    case .secretData(let isWithin):
      if own <= open.indent {
        isDone = isDone || view.has("---", at: low) || view.has("kind:", at: low)
        open.form = .secretData(isWithin: view.has("data:", at: low) || view.has("stringData:", at: low))
      } else if isWithin, let key = memberName(view, low, high),
        !KeyUse(view, key.start, key.end).contains(.account)
      {
        hideWhole(key.value, high, .secret)
      }
    case .column(let start, let end):
      isDone = isDone || !cell(view, start, end, open)
    case .announced:
      let isTraced = view[low] == UInt8(ascii: "+")
      if isTraced, let mark = assigned(view, low, high) {
        if isAmong("'\"", view[mark - 1]), view[high - 1] == view[mark - 1], high - 1 > mark { high -= 1 }
        low = mark
      }
      if !hasBlank(view, low, high),
        isMixed(view, low, high) || isByChance(view, low, high) || isChanceWord(view, low, high)
          || open.class_ == .otp && high - low >= 6 && high - low <= 8 && isDigits(view, low, high),
        !isHarmless(view, low, high, open.class_)
      {
        emit(0, low, high, ruleOf(open.class_), mayEcho: true)
        isDone = isDone || !isTraced
      } else {
        isDone = isDone || !isTraced
      }
    case .pair:
      if isAmong("'\"", view[low]) {
        let end = endOfString(view, low, high)
        let isHeader = open.class_ == .authorization || open.class_ == .cookie || open.class_ == .setCookie
        if end < high || end == high - 1,
          isHeader || isMixed(view, low + 1, end) || looksOpaque(view, low + 1, end, 20)
            || isPassphrase(view, low + 1, end)
        {
          keyedText(0, low + 1, end, open.class_)
        }
      }
      isDone = true
    case .cell:
      // No more than marks beside one word, which begins in a later cell than the first.
      var from = high
      while from > low, view[from - 1] == 0x20 || view[from - 1] == UInt8(ascii: "|") || view[from - 1] >= 0x80 {
        from -= 1
      }
      let end = from
      while from > low, view[from - 1] != 0x20, view[from - 1] < 0x80 { from -= 1 }
      let isAlone = !(low..<from).contains { isAlphanumeric(view[$0]) }
      if isAlone, end > from, from - low >= 6, end < view.count, isAlphanumeric(view[from]) || end - from > 1 {
        emit(0, from, end, ruleOf(open.class_))
        isDone = isDone || !(view.has(" │", at: end) || view.has(" |", at: end))
      } else {
        isDone = true
      }
    case .strings:
      isDone = !stringGoesOn(view, low, high, open.class_) || isDone
    case .webKey:
      isDone = !webKeyMember(view, low, high) || isDone
    case .dump:
      isDone = !dumpedRow(open.class_) || isDone
    case .dumped:
      isDone = true  // `RedactionState` reads its rows.
    case .traceback:
      isDone = !tracedLine(low, high, open) || isDone
    case .bytes:
      var i = low
      while i < high, isHex(view[i]) || view[i] == UInt8(ascii: ":") { i += 1 }
      if i == high, high - low >= 2 { emit(0, low, high, .privateKey) } else { isDone = true }
    case .cutDump:
      isDone = !restOfDump(open.class_) || isDone
    case .value:
      isDone = !following(view, low, high, own, &open) || isDone
    }
    if findings.count > known { remerge() }
    return isDone ? nil : open
  }

  /// `+ KEY=…` of a shell with tracing: where the value begins.
  private func assigned(_ view: ByteView, _ low: Int, _ high: Int) -> Int? {
    var i = low
    while i < high, view[i] == UInt8(ascii: "+") || view[i] == 0x20 { i += 1 }
    let name = i
    while i < high, isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "_") { i += 1 }
    guard i > name, i + 1 < high, view[i] == UInt8(ascii: "=") else { return nil }
    return isAmong("'\"", view[i + 1]) && i + 2 < high ? i + 2 : i + 1
  }

  /// Digits of a key, in quotes or not, with nothing else on their line.
  private func hexAlone(_ view: ByteView, _ low: Int, _ high: Int) -> Range<Int>? {
    var (start, end) = (low, high)
    while end > start, isAmong(",;", view[end - 1]) { end -= 1 }
    if end - start > 2, isAmong("'\"", view[start]), view[end - 1] == view[start] {
      start += 1
      end -= 1
    }
    return isLongHex(view, start, end) ? start..<end : nil
  }

  /// Where the value begins behind `[0] => `, `0 => `, `[0]=>` of PHP, and behind `string(32) `.
  private func afterIndex(_ view: ByteView, _ low: Int, _ high: Int) -> Int {
    var i = low
    if view[i] == UInt8(ascii: "[") { i += 1 }
    let digits = i
    while i < high, isDigit(view[i]) { i += 1 }
    if i > digits {
      if i < high, view[i] == UInt8(ascii: "]"), digits > low { i += 1 }
      while i < high, view[i] == 0x20 { i += 1 }
      guard view.has("=>", at: i) else { return low }
      i += 2
      while i < high, view[i] == 0x20 { i += 1 }
    } else {
      i = low
    }
    guard view.has("string(", at: i), view[high - 1] == UInt8(ascii: "\"") else { return i }
    let quote = view.next(UInt8(ascii: "\""), from: i, to: high)
    return quote + 1 < high ? quote : i
  }

  /// `["users"]=>`, `'users' =>`, `int(60)`: what stands between the strings of an array that PHP prints.
  private func isPartOfArray(_ view: ByteView, _ low: Int, _ high: Int) -> Bool {
    for start in Self.noStrings where view.has(start, at: low) { return true }
    var end = high
    while end > low, view[end - 1] == 0x20 { end -= 1 }
    guard end - low > 4, view.has("=>", at: end - 2) else { return false }
    return isAmong("'\"", view[low]) || view[low] == UInt8(ascii: "[") && isAmong("'\"", view[low + 1])
  }

  private static let noStrings: [StaticString] = ["int(", "float(", "bool(", "NULL", "array(", "array ("]

  /// One of several strings that are joined: `'…'`, `"…" +`.
  ///
  /// - Returns: whether another one may follow.
  private func stringGoesOn(_ view: ByteView, _ low: Int, _ high: Int, _ class_: KeyClass) -> Bool {
    let quote = view[low]
    guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return false }
    let close = endOfString(view, low, high)
    guard close < high, close - low > 4, !hasBlank(view, low + 1, close) else { return false }
    var i = close + 1
    while i < high, isAmong(" +.\\", view[i]) { i += 1 }
    let isLast = i < high
    while i < high, isAmong(" ,)}];", view[i]) { i += 1 }
    guard i == high else { return false }  // The name of a member, a row of a table.
    emit(0, low + 1, close, ruleOf(class_))
    return !isLast
  }

  /// The line after a name without a value.
  ///
  /// - Returns: whether more values may follow.
  private func following(_ view: ByteView, _ low: Int, _ high: Int, _ own: Int, _ open: inout OpenValue) -> Bool {
    if view.has("[1] ", at: low), low + 4 < high {
      let value = view[low + 4] == UInt8(ascii: "\"") ? low + 4 : high
      if value < high { hideWhole(value, high, open.class_) }
      return false
    }
    if view[low] == UInt8(ascii: "-"), view.at(low + 1) == 0x20, own >= open.indent {
      if memberName(view, low + 2, high) != nil { return false }
      hideWhole(low + 2, high, open.class_)
      open.lines = 64
      return true
    }
    if view.has("array(", at: low) && view[high - 1] == UInt8(ascii: "{") || view.has("array (", at: low) {
      open.form = .items  // of PHP
      open.lines = 64
      return true
    }
    if view.has("string(", at: low), view[high - 1] == UInt8(ascii: "\"") {
      let quote = view.next(UInt8(ascii: "\""), from: low, to: high)
      if quote + 1 < high { hideWhole(quote, high, open.class_) }
      return false
    }
    if open.class_.isStrong, dumpedRow(open.class_) {
      open.lines = 64
      return true
    }
    if isDigit(view[low]), view[high - 1] == UInt8(ascii: "\"") {
      // 2) "…", behind 1) "password"
      let quote = view.next(UInt8(ascii: "\""), from: low, to: high)
      guard quote + 1 < high, view.has(") ", at: quote - 2), quote - low <= 8 else { return false }
      if open.lines > 1, !looksLikePassword(view, quote + 1, high - 1) { return true }
      hideWhole(quote, high, open.class_)
      return false
    }
    var input = view.find("input_value=", from: low, to: high) + 12
    if view.at(input) == UInt8(ascii: "[") { input += 1 }
    if input < high, view[input] == UInt8(ascii: "'") {
      // Pydantic names the field on a line of its own.
      keyedText(0, input + 1, endOfString(view, input, high), open.class_)
      return false
    }
    if view[low] == UInt8(ascii: "<") {
      if let text = taggedText(view, low, high) { keyedText(0, text.start, text.end, open.class_) }
      return false
    }
    let isQuoted = view[low] == UInt8(ascii: "\"") || view[low] == UInt8(ascii: "'")
    if isQuoted, memberName(view, low, high) == nil {
      hideWhole(low, high, open.class_)
    } else if own > open.indent, !hasBlank(view, low, high), !looksLikeName(view, low, high),
      open.class_ == .password ? looksLikePassword(view, low, high) : looksOpaque(view, low, high, 8)
    {
      hideWhole(low, high, open.class_)
    }
    return false
  }

  /// Hides a value that takes the rest of its line, but for quotes and a comma.
  private func hideWhole(_ start: Int, _ end: Int, _ class_: KeyClass) {
    let view = frames[0].view
    var low = start
    var high = end
    while high > low,
      view[high - 1] == UInt8(ascii: ",") || view[high - 1] == UInt8(ascii: ";") || isBlank(view[high - 1])
    { high -= 1 }
    guard low < high else { return }
    if view[low] == UInt8(ascii: "\"") || view[low] == UInt8(ascii: "'") {
      let close = endOfString(view, low, high)
      low += 1
      high = close
    } else if hasBlank(view, low, high) {
      return
    }
    guard low < high else { return }
    if class_ == .queryOnly {
      if isByChance(view, low, high) { emit(0, low, high, .apiKey, mayEcho: true) }
    } else if class_ == .auth || class_ == .credential {
      if looksOpaque(view, low, high, 12) { emit(0, low, high, ruleOf(class_), mayEcho: true) }
    } else {
      keyedText(0, low, high, class_)
    }
  }

  /// `name:`, `"name" =` at the start of a line, and where its value begins.
  func memberName(_ view: ByteView, _ start: Int, _ high: Int) -> (start: Int, end: Int, value: Int)? {
    var i = start
    if view.has("- ", at: i) { i += 2 }
    let quote = view[i] == UInt8(ascii: "\"") || view[i] == UInt8(ascii: "'") ? view[i] : 0
    if quote != 0 { i += 1 }
    let name = i
    while i < high, isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "_") || view[i] == UInt8(ascii: "-") { i += 1 }
    let nameEnd = i
    if quote != 0 {
      guard i < high, view[i] == quote else { return nil }
      i += 1
    }
    while i < high, view[i] == 0x20 { i += 1 }
    guard i < high, view[i] == UInt8(ascii: ":") || view[i] == UInt8(ascii: "="), nameEnd > name else { return nil }
    i += 1
    if i < high, view[i] == UInt8(ascii: ">"), view[i - 1] == UInt8(ascii: "=") { i += 1 }
    while i < high, view[i] == 0x20 { i += 1 }
    return i < high ? (name, nameEnd, i) : nil
  }

  /// Base64 of a text, alone on its line or in quotes.
  private func encodedWord(_ view: ByteView, _ low: Int, _ high: Int) -> (Int, Int)? {
    var i = low
    while i < high {
      let start = i
      while i < high, isAlphanumeric(view[i]) || isAmong("+/=", view[i]) { i += 1 }
      let before = view.at(start - 1)
      let after = view.at(i)
      if i - start >= 8, (i - start) % 4 == 0,
        start == low || before == UInt8(ascii: "'") || before == UInt8(ascii: "\"") || before == 0x20,
        i >= high || after == UInt8(ascii: "\\") || after == UInt8(ascii: "'") || after == UInt8(ascii: "\""),
        !view.has("UGFzc3dvcmQ", at: start), !view.has("cGFzc3dvcmQ", at: start), isMixedCase(view, start, i),
        view[low] != UInt8(ascii: "{") || encodedPassword(view, start, i) != nil
      {
        return (start, i)
      }
      i = max(i, start + 1)
    }
    return nil
  }

  private func isMixedCase(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    caseChanges(view, start, end) >= 3 || view[end - 1] == UInt8(ascii: "=")
  }

  // MARK: - Tables

  private static let separators: [UInt8] = [UInt8(ascii: "|"), 0x82, UInt8(ascii: ","), UInt8(ascii: ";"), 0x09]

  /// A line of column names, one of which is sensitive.
  private func header(_ view: ByteView) -> OpenValue? {
    guard view.count <= 1024 else { return nil }
    for separator in Self.separators {
      var cells = 0
      var mask: UInt64 = 0
      var class_ = KeyClass.none
      var isHeader = true
      eachCell(view, separator) { start, end in
        if start == end {
          if separator == UInt8(ascii: ",") || separator == UInt8(ascii: ";") { isHeader = false }
        } else if end - start > 40 {
          isHeader = false
        } else {
          for i in start..<end
          where !isAlphanumeric(view[i]) && !isAmong("_.-#()", view[i])
            && !(view[i] == 0x20 && separator != UInt8(ascii: ",") && separator != UInt8(ascii: ";"))
          { isHeader = false }
          let found = classOfKey(0, start, end)
          if found.isSensitive, found != .queryOnly, found != .session, cells < 64 {
            mask |= 1 << UInt64(cells)
            if class_ == .none { class_ = found }
          }
        }
        cells += 1
      }
      guard isHeader, mask != 0, cells >= 2 else { continue }
      if separator == UInt8(ascii: ",") || separator == UInt8(ascii: ";"),
        hasBlank(view, 0, view.count - (view[view.count - 1] == 0x0D ? 1 : 0))
      {
        continue
      }
      var table = OpenValue(.table(separator: separator, count: cells), class_, mask: mask)
      // Without blanks there is no rule either: `id|login|password`.
      table.needsRule = (separator == UInt8(ascii: "|") && hasBlank(view, 0, view.count)) || separator == 0x82
      return table
    }
    return nil
  }

  /// Cells without blanks and quotes around.
  private func eachCell(_ view: ByteView, _ separator: UInt8, _ body: (Int, Int) -> Void) {
    var start = 0
    while start <= view.count {
      var end = start
      while end < view.count, !isSeparator(view, end, separator) { end += 1 }
      var low = start
      var high = separator == 0x82 && end < view.count ? end - 2 : end
      while low < high, isBlank(view[low]) || view[low] == UInt8(ascii: "'") || view[low] == UInt8(ascii: "\"") {
        low += 1
      }
      while high > low,
        isBlank(view[high - 1]) || view[high - 1] == UInt8(ascii: "'") || view[high - 1] == UInt8(ascii: "\"")
      {
        high -= 1
      }
      body(low, max(low, high))
      start = end + 1
    }
  }

  /// `|`, `,`, a tab, or the last byte of `│`.
  private func isSeparator(_ view: ByteView, _ index: Int, _ separator: UInt8) -> Bool {
    guard view[index] == separator else { return false }
    return separator != 0x82 || index >= 2 && view[index - 1] == 0x94 && view[index - 2] == 0xE2
  }

  /// Hides the cells of a row.
  ///
  /// - Returns: whether it was one.
  private func row(_ view: ByteView, _ separator: UInt8, _ count: Int, _ open: OpenValue) -> Bool {
    var cells = 0
    var hasWord = false
    for i in 0..<view.count where isAlphanumeric(view[i]) {
      hasWord = true
      break
    }
    guard hasWord else { return true }  // The rule under the names.
    eachCell(view, separator) { _, _ in cells += 1 }
    guard cells == count else { return false }
    var number = 0
    eachCell(view, separator) { start, end in
      if number < 64, open.mask >> UInt64(number) & 1 != 0, end > start,
        looksLikePassword(view, start, end) || looksOpaque(view, start, end, 8)
          || open.class_ == .password && isPassphrase(view, start, end)
      {
        keyedText(0, start, end, open.class_ == .auth || open.class_ == .credential ? .secret : open.class_)
      }
      number += 1
    }
    return true
  }
}
