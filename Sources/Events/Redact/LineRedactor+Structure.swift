// Objects and arrays: JSON, and what Python, Ruby, JavaScript and Rust print for a dictionary. One
// tolerant pass over the bytes; nothing is built. Where the text stops making sense the pass ends,
// and the caller reads the rest word by word.

extension LineRedactor {
  /// One open object or array.
  struct Level {
    var isObject: Bool
    var close: UInt8
    /// What the name above says about everything inside.
    var inherited: KeyClass
    /// The class that a sibling such as `"name": "DB_PASSWORD"` gives to `"value"`.
    var nameClass = KeyClass.none
    /// The sibling name tells about the secret only: `{"key": "minLength", "value": 12}` in a schema.
    var nameIsKept = false
    /// Values that came before the name; see `close(_:_:)`.
    var pending = InlineArray<4, (start: Int, end: Int)>(repeating: (0, 0))
    var pendingCount = 0
    /// In an array: the class of the previous element read as a name, and whether it was a flag.
    var previousClass = KeyClass.none
    var previousIsFlag = false
    var previousIsUser = false
    var previousIsShortP = false
    /// In an array: a program that takes a password with `-p` stands in it.
    var hasPasswordProgram = false
    var isKubernetesData = false
    var isWebKey = false
    /// Where the name of the value that comes stands.
    var keyStart = -1
    var keyEnd = -1
    /// What that name is used for.
    var keyUse = KeyUse()
    var elements = 0
    /// In an array: its first string.
    var first = (start: -1, end: -1)
  }

  private enum Role {
    case none, name, value

    init(_ use: KeyUse) { self = use.contains(.name) ? .name : use.contains(.value) ? .value : .none }
  }

  /// Walks the structure that begins at `start`.
  ///
  /// - Returns: where it ended, or where it stopped making sense. Always beyond `start`.
  func walk(_ depth: Int, _ start: Int, _ high: Int, inherited: KeyClass = .none) -> Int {
    let view = frames[depth].view
    let base = levels.count
    let pathBase = path.count
    defer {
      if levels.count > base { levels.removeLast(levels.count - base) }
      if path.count > pathBase { path.removeLast(path.count - pathBase) }
    }
    open(view[start], inherited)
    var i = start + 1
    while true {
      while i < high, isBlank(view[i]) || view[i] == UInt8(ascii: ",") || view[i] == UInt8(ascii: ";") { i += 1 }
      if i >= high {
        // `[{'name': 'DB_PASSWORD',`: printed over several lines
        let last = levels.count - 1
        if depth == 0, base == 0, levels[last].isObject, levels[last].nameClass.isSensitive {
          cutClass = levels[last].nameClass
        }
        if depth == 0, levels[last].isWebKey || levels[last].pendingCount == 1 && isCutKey(levels[last]) {
          cutsWebKey = true
        }
        return high
      }
      let top = levels.count - 1
      let byte = view[i]
      if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ")") {
        guard byte == levels[top].close else { return i }
        closeLevel(depth, high, base)
        i += 1
        if levels.count == base { return i }
        continue
      }
      levels[top].elements += 1
      var isNamed = false
      if levels[top].isObject {
        // A name, and what separates it from its value.
        guard let key = readKey(view, i, high) else { return max(i, start + 1) }
        var j = key.next
        while j < high, view[j] == 0x20 || view[j] == 0x09 { j += 1 }
        if j < high, view[j] == UInt8(ascii: ":") || view[j] == UInt8(ascii: "=") {
          j += 1
          if j < high, view[j] == UInt8(ascii: ">") { j += 1 }
          while j < high, isBlank(view[j]) { j += 1 }
          levels[top].keyStart = key.start
          levels[top].keyEnd = key.end
          i = j
          isNamed = true
          if i >= high { return high }
        } else if key.isQuoted {
          levels[top].keyStart = -1  // A set: {"a", "b"}.
          levels[top].keyUse = []
        } else {
          return max(i, start + 1)
        }
      }
      let next = readValue(depth, i, high, isNamed: isNamed, base: base)
      if next < 0 { return max(-next - 1, start + 1) }
      i = next
    }
  }

  /// Whether the line cuts a JSON Web Key behind its first member, which is private and hidden then:
  /// `{'d': '…',`.
  private func isCutKey(_ level: Level) -> Bool {
    let view = frames[0].view
    let (start, end) = level.pending[0]
    guard isOne(view, level.keyStart, level.keyEnd, "d", "d", "d"), end - start >= 43, isKeyPart(view, start, end)
    else {
      return false
    }
    emit(0, start, end, .privateKey, mayEcho: true)
    return true
  }

  private func open(_ byte: UInt8, _ inherited: KeyClass) {
    let isObject = byte == UInt8(ascii: "{")
    let close = isObject ? UInt8(ascii: "}") : byte == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: ")")
    levels.append(Level(isObject: isObject, close: close, inherited: inherited))
  }

  private func readKey(_ view: ByteView, _ start: Int, _ high: Int) -> (
    start: Int, end: Int, next: Int, isQuoted: Bool
  )? {
    var i = start
    if view[i] == UInt8(ascii: "b") || view[i] == UInt8(ascii: "u"),
      view.at(i + 1) == UInt8(ascii: "'") || view.at(i + 1) == UInt8(ascii: "\"")
    {
      i += 1
    }
    let byte = view[i]
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
      let end = endOfString(view, i, high)
      return (i + 1, end, min(end + 1, high), true)
    }
    if byte == UInt8(ascii: ":"), i + 1 < high { i += 1 }  // Ruby's symbols
    var end = i
    while end < high,
      isAlphanumeric(view[end]) || view[end] == UInt8(ascii: "_") || view[end] == UInt8(ascii: "$")
        || view[end] == UInt8(ascii: "-")
        || view[end] == UInt8(ascii: ".") || view[end] >= 0x80
    {
      end += 1
    }
    return end > i ? (i, end, end, false) : nil
  }

  /// Where the string that opens at `start` ends: its closing quote, or `high` if it was cut.
  func endOfString(_ view: ByteView, _ start: Int, _ high: Int) -> Int {
    let quote = view[start]
    var i = start + 1
    while true {
      i = view.nextQuoteOrBackslash(quote, from: i, to: high)
      if i >= high { return high }
      if view[i] == quote { return i }
      i += 2
      if i >= high { return high }
    }
  }

  /// Reads the value at `i`.
  ///
  /// - Returns: where it ends; or `-1 - n` if the structure makes no sense from byte `n` on.
  private func readValue(_ depth: Int, _ start: Int, _ high: Int, isNamed: Bool, base: Int) -> Int {
    let view = frames[depth].view
    let top = levels.count - 1
    var i = start
    var keyClass = KeyClass.none
    var role = Role.none
    if isNamed {
      let key = factsOfKey(depth, levels[top].keyStart, levels[top].keyEnd)
      keyClass = key.class
      role = Role(key.use)
      levels[top].keyUse = key.use
    }
    if isNamed, !tables.keptFields.isEmpty || !tables.hiddenFields.isEmpty {
      if isField(depth, base, tables.keptFields) { return endOfValue(depth, i, high) }
      if isField(depth, base, tables.hiddenFields) {
        let end = endOfValue(depth, i, high)
        hideField(depth, i, end)
        return end
      }
    }
    if isNamed, tables.users != .keep {
      let outer = top > base && levels[top - 1].isObject && levels[top - 1].keyStart >= 0 ? levels[top - 1] : nil
      if namesUser(
        view, levels[top].keyStart, levels[top].keyEnd, in: outer.map { $0.keyStart..<max($0.keyStart, $0.keyEnd) }),
        let end = hideUser(depth, i, high)
      {
        return end
      }
    }
    // b'…', u'…', &"…", Some("…")
    if view[i] == UInt8(ascii: "&"), i + 1 < high { i += 1 }
    if view[i] == UInt8(ascii: "b") || view[i] == UInt8(ascii: "u"),
      view.at(i + 1) == UInt8(ascii: "'") || view.at(i + 1) == UInt8(ascii: "\"")
    {
      i += 1
    }
    let byte = view[i]
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      let end = endOfString(view, i, high)
      string(depth, i + 1, end, keyClass, role, isNamed)
      return min(end + 1, high)
    case UInt8(ascii: "[") where view.at(i + 1) == UInt8(ascii: "]") && isLetter(view.at(i + 2)):
      // []string{"…"} of Go
      let brace = view.next(UInt8(ascii: "{"), from: i, to: min(high, i + 32))
      guard brace < min(high, i + 32) else { return -1 - i }
      return container(depth, brace, high, keyClass, role, isNamed, base)
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "("):
      return container(depth, i, high, keyClass, role, isNamed, base)
    default:
      // A bare value: number, true, None, an identifier.
      var end = i
      while end < high {
        let c = view[end]
        if c == UInt8(ascii: ",") || c == UInt8(ascii: "}") || c == UInt8(ascii: "]") || c == UInt8(ascii: ")")
          || c == UInt8(ascii: "(") || isBlank(c)
          || c == UInt8(ascii: "{") || c == UInt8(ascii: "\"") || c == UInt8(ascii: "'") || c == UInt8(ascii: ";")
        {
          break
        }
        end += 1
      }
      if end == i { return -1 - i }
      var next = end
      while next < high, view[next] == 0x20 { next += 1 }
      if next + 1 < high, view[end] == UInt8(ascii: "("), isDigit(view[end + 1]), isUpper(view[i]) {
        // Set(1) { '…' }, Map(2) { … } of Node
        var close = end + 1
        while close < high, isDigit(view[close]) { close += 1 }
        if view.has(") {", at: close) { return container(depth, close + 2, high, keyClass, role, isNamed, base) }
      }
      if next < high, view[end] == UInt8(ascii: "("), isLetter(view[i]) {
        return container(depth, end, high, keyClass, role, isNamed, base)
      }
      if next < high, view[next] == UInt8(ascii: "{") || view[next] == UInt8(ascii: "["), isLetter(view[i]) {
        return container(depth, next, high, keyClass, role, isNamed, base)
      }
      if next < high, !isBlank(view[next]), view[next] != UInt8(ascii: ","), view[next] != levels[top].close,
        view[next] != UInt8(ascii: ";")
      {
        return -1 - i  // Not a list of values: text.
      }
      if !isNamed, !levels[top].isObject, hasHit(depth, i, end), view.next(UInt8(ascii: "="), from: i, to: end) < end {
        scanHits(depth, i, end)  // ['a', password=…
      } else {
        bare(depth, i, end, keyClass, role)
      }
      return end
    }
  }

  private func container(
    _ depth: Int, _ start: Int, _ high: Int, _ keyClass: KeyClass, _ role: Role, _ isNamed: Bool, _ base: Int
  ) -> Int {
    let view = frames[depth].view
    let top = levels.count - 1
    guard levels.count - base < Limits.nestingDepthMax else { return -1 - start }
    var inherited = KeyClass.none
    if keyClass.isSensitive {
      inherited = self.inherited(keyClass) ?? (levels[top].keyUse.contains(.keys) ? .queryOnly : .none)
    } else if keyClass == .benign, view.at(levels[top].keyStart) != UInt8(ascii: "$") {  // `$in` is an operator
      inherited = .none
    } else if role == .value, levels[top].nameClass.isSensitive {
      inherited = levels[top].nameClass
    } else if levels[top].inherited != .none, !(role == .value && levels[top].nameIsKept),
      !isNamed || role == .value || levels[top].keyUse.contains(.value)
        || !levels[top].keyUse.contains(.kept)
    {
      inherited = levels[top].inherited
    }
    if role == .value, levels[top].nameClass == .none, levels[top].pendingCount < 4 {
      levels[top].pending[levels[top].pendingCount] = (start, -1)  // Ends when the container closes.
      levels[top].pendingCount += 1
    }
    if view[start] == UInt8(ascii: "["), isDigit(view.at(start + 1)) {
      let index = firstHit(depth, start)
      if index < frames[depth].hits.count, frames[depth].hits[index].position <= start + 1,
        case .decimals = tables.anchors[frames[depth].hits[index].literal]
      {
        return decimals(depth, start + 1, start + 1, high, quotes: true)
      }
    }
    if view[start] == UInt8(ascii: "["), inherited != .none, inherited != .tokens, inherited != .auth,
      let list = numberList(view, start + 1, high)
    {
      emit(depth, list.start, list.end, ruleOf(inherited), quotes: true)
      return list.next
    }
    if wantsPlaces {
      path.append(isNamed ? (depth, levels[top].keyStart, levels[top].keyEnd) : (-1, 0, 0))
    }
    let isData =
      holdsKubernetesSecret && isNamed && view[start] == UInt8(ascii: "{")
      && levels[top].keyUse.contains(.data)
    open(view[start], inherited)
    levels[levels.count - 1].isKubernetesData = isData
    return start + 1
  }

  /// What a sensitive name says about everything in the object or list that is its value; nil if more of the name
  /// must be known.
  func inherited(_ class_: KeyClass) -> KeyClass? {
    switch class_ {
    case .session, .secretID: KeyClass.none
    case .queryOnly: nil
    default: class_
    }
  }

  /// Four or more numbers of at most three digits: bytes printed one by one.
  private func numberList(_ view: ByteView, _ start: Int, _ high: Int) -> (start: Int, end: Int, next: Int)? {
    var i = start
    while i < high, isBlank(view[i]) { i += 1 }
    let first = i
    var numbers = 0
    var last = i
    while i < high {
      var digits = 0
      while i < high, isDigit(view[i]) {
        digits += 1
        i += 1
      }
      if digits == 0 || digits > 3 { return nil }
      numbers += 1
      last = i
      while i < high, isBlank(view[i]) || view[i] == UInt8(ascii: ",") { i += 1 }
      if i < high, view[i] == UInt8(ascii: "]") { return numbers >= 4 ? (first, last, i) : nil }
    }
    return numbers >= 4 ? (first, last, high) : nil
  }

  private func closeLevel(_ depth: Int, _ high: Int, _ base: Int) {
    let level = levels.removeLast()
    if wantsPlaces, !path.isEmpty, levels.count > base { path.removeLast() }

    // `"value"` came before `"name"`.
    if level.pendingCount > 0, level.nameClass.isSensitive || level.isWebKey {
      for k in 0..<level.pendingCount {
        let (start, end) = level.pending[k]
        guard end >= 0 else {
          guard level.nameClass.isSensitive else { continue }
          // Structures inside structures could be walked again and again; past the budget all is hidden.
          if walkBudget > 0 {
            let reached = walk(depth, start, high, inherited: level.nameClass)
            walkBudget -= reached - start
          } else {
            emit(depth, start, high, .tooDeep)
          }
          continue
        }
        keyed(depth, start, end, level.isWebKey && !level.nameClass.isSensitive ? .cryptoKey : level.nameClass)
      }
    }
    if levels.count > 0, level.pendingCount == 0, level.elements != 1 {
      let parent = levels.count - 1
      levels[parent].previousClass = .none
      levels[parent].previousIsFlag = false
    }
  }

  // MARK: - Values

  /// The value of a key, without the structure around both.
  func named(_ depth: Int, _ start: Int, _ end: Int, _ key: Range<Int>, _ facts: KeyFacts) {
    var level = Level(isObject: true, close: UInt8(ascii: "}"), inherited: .none)
    level.keyStart = key.lowerBound
    level.keyEnd = key.upperBound
    level.keyUse = facts.use
    levels.append(level)
    string(depth, start, end, facts.class, Role(facts.use), true)
    levels.removeLast()
  }

  private func string(_ depth: Int, _ start: Int, _ end: Int, _ keyClass: KeyClass, _ role: Role, _ isNamed: Bool) {
    let view = frames[depth].view
    var top = levels.count - 1
    var isNamed = isNamed
    if isNamed, role == .value, top >= 1, !levels[top - 1].isObject, levels[top].inherited == .none,
      levels[top].nameClass == .none,
      levels[top].keyUse.contains(.wrapped)
    {
      // OTLP wraps each element of an array: {"stringValue": "…"}.
      top -= 1
      isNamed = false
    }
    let isAdded = wantsPlaces
    if isAdded { path.append(isNamed ? (depth, levels[top].keyStart, levels[top].keyEnd) : (-1, 0, 0)) }
    defer { if isAdded { path.removeLast() } }

    if isNamed {
      if keyClass.isSensitive, keyClass != .queryOnly {
        keyed(depth, start, end, keyClass)
        return
      }
      if keyClass == .queryOnly, end - start >= 16,
        levels[top].keyUse.contains(.code),
        looksLikeCode(view, start, end)
      {
        emit(depth, start, end, .oauthCode, mayEcho: true)
        return
      }
      if keyClass == .queryOnly, levels[top].keyUse.contains(.key),
        isByChance(view, start, end)
      {
        emit(depth, start, end, .apiKey, mayEcho: true)
        return
      }
      if keyClass == .queryOnly, end - start >= 40, namesSignature(view, levels[top].keyStart, levels[top].keyEnd) {
        emit(depth, start, end, .urlSignature)
        return
      }
      if keyClass == .identifier { return }
      if levels[top].isKubernetesData {
        if !levels[top].keyUse.contains(.account), end > start {
          if isHarmless(view, start, end, .secret) {
            plain(depth, start, end)
          } else {
            emit(depth, start, end, .kubernetesSecret, mayEcho: true)
          }
        }
        return
      }
      // `"k"` of a symmetric JSON Web Key is a name elsewhere.
      if role == .name, levels[top].keyUse.contains(.keyPart), isByChance(view, start, end) {
        if levels[top].isWebKey {
          keyed(depth, start, end, .cryptoKey)
          return
        }
        if levels[top].pendingCount < 4 {
          levels[top].pending[levels[top].pendingCount] = (start, end)
          levels[top].pendingCount += 1
        }
      }
      switch role {
      case .name:
        let found = classOfKey(depth, start, min(end, start + 129))
        if found.isSensitive, end - start <= 128 { levels[top].nameClass = found }
        levels[top].nameIsKept = isKept(view, start, end)
      case .value:
        if levels[top].nameClass.isSensitive {
          keyed(depth, start, end, levels[top].nameClass)
          return
        }
        if levels[top].pendingCount < 4, levels[top].inherited == .none {
          levels[top].pending[levels[top].pendingCount] = (start, end)
          levels[top].pendingCount += 1
        }
      case .none:
        // A field of a form or an attribute of a directory: {"type": "userPassword", "value": …}.
        if levels[top].keyUse.contains(.kind), end - start <= 64,
          levels[top].nameClass == .none, classOfKey(depth, start, end) == .password
        {
          levels[top].nameClass = .password
        }
        // {'authentication': {'simple': '…'}}, the bind request of LDAP
        if levels[top].keyUse.contains(.simple), top >= 1,
          levels[top - 1].keyUse.contains(.binding),
          looksLikePassword(view, start, end)
        {
          emit(depth, start, end, .password, mayEcho: true)
          return
        }
        if levels[top].keyUse.contains(.keyType) { levels[top].isWebKey = true }
        if end - start >= 20, levels[top].keyUse.contains(.keyPart), levels[top].isWebKey {
          keyed(depth, start, end, .cryptoKey)
          return
        }
        if end - start >= 20, levels[top].keyUse.contains(.keyPart), levels[top].pendingCount < 4 {
          levels[top].pending[levels[top].pendingCount] = (start, end)
          levels[top].pendingCount += 1
        }
      }
      let inherited = levels[top].inherited
      if inherited != .none, keyClass != .benign, !(role == .value && levels[top].nameIsKept) {
        if inherited == .cookie || inherited == .setCookie, role != .value, levels[top].keyEnd > levels[top].keyStart {
          if !cookiePair(depth, levels[top].keyStart, levels[top].keyEnd, start, end) { plain(depth, start, end) }
          return
        }
        let isValue = role == .value || levels[top].keyUse.contains(.value)
        if isValue {
          keyed(depth, start, end, inherited)
          return
        }
        if !levels[top].keyUse.contains(.kept), looksOpaque(view, start, end, 16) {
          keyed(depth, start, end, inherited)
          return
        }
      }
      plain(depth, start, end)
      return
    }

    // An element of an array.
    let level = levels[top]
    levels[top].previousClass = .none
    levels[top].previousIsFlag = false
    levels[top].previousIsUser = false
    levels[top].previousIsShortP = false
    if level.inherited == .queryOnly {
      // "keys": ["…"]
      if isByChance(view, start, end) || view.at(end) == UInt8(ascii: "'") && isLongHex(view, start, end) {
        emit(depth, start, end, .apiKey, mayEcho: true)
      } else {
        plain(depth, start, end)
      }
      return
    }
    if level.inherited != .none {
      keyed(depth, start, end, level.inherited)
      return
    }
    let isFlag = end > start && view[start] == UInt8(ascii: "-")
    if level.previousIsUser, !isFlag {
      let colon = view.next(UInt8(ascii: ":"), from: start, to: end)
      if colon + 1 < end, !isHarmless(view, colon + 1, end, .password) {
        emit(depth, colon + 1, end, .cliPassword, mayEcho: true)
        return
      }
    }
    if level.previousIsShortP, level.hasPasswordProgram, !isFlag, end > start, !isHarmless(view, start, end, .password)
    {
      emit(depth, start, end, .cliPassword, mayEcho: true)
      return
    }
    if level.hasPasswordProgram, isFlag, end - start > 4, view[start + 1] == UInt8(ascii: "p"),
      !view.has("-port", at: start), !view.has("-prot", at: start)
    {
      emit(depth, start + 2, end, .cliPassword, mayEcho: true)
      return
    }
    if level.previousClass.isSensitive, !isFlag {
      let class_ = level.previousClass
      if level.previousIsFlag || class_ == .authorization || class_ == .cookie || class_ == .setCookie
        || looksOpaque(view, start, end, 12)
        || (class_ == .password || class_ == .otp) && looksLikePassword(view, start, end)
        || class_ == .password && isPassphrase(view, start, end)
      {
        keyed(depth, start, end, class_, isFlag: level.previousIsFlag)
        return
      }
    }
    if end - start <= 64, end > start {
      if isFlag {
        levels[top].previousIsUser = isOne(view, start, end, "-u", "--user", "--proxy-user")
        levels[top].previousIsShortP = isOne(view, start, end, "-p", "-a", "-w")
      } else if isOne(view, start, end, "mysql", "mysqldump", "mysqladmin")
        || isOne(view, start, end, "docker", "sshpass", "mongo")
        || isOne(view, start, end, "mongodump", "helm", "redis-cli")
        || isOne(view, start, end, "podman", "ldapsearch", "mongosh")
      {
        levels[top].hasPasswordProgram = true
      }
      if hasHit(depth, start, end), view.next(UInt8(ascii: "="), from: start, to: end) == end,
        view.next(0x20, from: start, to: end) == end
      {
        let found = classOfKey(depth, start, end)
        if found.isSensitive, found != .queryOnly {
          levels[top].previousClass = found
          levels[top].previousIsFlag = isFlag
          // {'loc': ('api_key',), 'input': '…'}: where a value was refused
          if top >= 1, levels[top - 1].isObject,
            isOne(view, levels[top - 1].keyStart, levels[top - 1].keyEnd, "loc", "loc", "path")
          {
            levels[top - 1].nameClass = found
          }
          return
        }
      }
    }
    if levels[top].elements == 1 {
      levels[top].first = (start, end)
    } else if hidesBesideFirst(depth, levels[top], start, end) {
      emit(depth, start, end, .secret, mayEcho: true)
      return
    }
    plain(depth, start, end)
  }

  /// Whether an element of a list or tuple that nothing names is a secret, by the first one; see ``tuple(_:_:_:_:)``.
  private func hidesBesideFirst(_ depth: Int, _ level: Level, _ start: Int, _ end: Int) -> Bool {
    let view = frames[depth].view
    let (first, firstEnd) = level.first
    let isCall = level.close == UInt8(ascii: ")")
    guard level.elements <= 8, first > 1, end - first < 400, isAlphanumeric(view[first]),
      isCall || view[first - 1] == UInt8(ascii: "'"),
      isAmong("([", view[first - 2]) || first > 2 && view.has("[ '", at: first - 3)
    else { return false }
    var next = end + 1
    while next < view.count, view[next] == 0x20 { next += 1 }
    let isPair = level.elements == 2 && view.at(next) == level.close && isUser(view, first, firstEnd)
    return isBesideUser(view, start, end, open: first - 2, isPair: isPair, isCall: isCall)
  }

  /// A string whose name says nothing.
  func plain(_ depth: Int, _ start: Int, _ end: Int) {
    guard end > start, hasHit(depth, start, end) else { return }
    if depth <= 1, recall(depth, start, end, .none) { return }
    let view = frames[depth].view
    if view.next(UInt8(ascii: "\\"), from: start, to: end) < end {
      enter(depth, start, end, as: .backslash) {
        if readsEverything || isSuspicious($0) { scan($0, 0, frames[$0].view.count) }
      }
    } else {
      scan(depth, start, end)
    }
  }

  /// A string whose name says that it is a secret, or holds one.
  func keyed(_ depth: Int, _ start: Int, _ end: Int, _ class_: KeyClass, isFlag: Bool = false) {
    guard end > start else { return }
    if depth <= 1, recall(depth, start, end, class_) { return }
    let view = frames[depth].view
    if view.next(UInt8(ascii: "\\"), from: start, to: end) < end {
      enter(depth, start, end, as: .backslash) { keyedText($0, 0, frames[$0].view.count, class_) }
    } else {
      keyedText(depth, start, end, class_)
    }
  }

  /// A number, a word without quotes.
  private func bare(_ depth: Int, _ start: Int, _ end: Int, _ keyClass: KeyClass, _ role: Role) {
    let view = frames[depth].view
    let top = levels.count - 1
    levels[top].previousClass = .none
    levels[top].previousIsFlag = false
    var class_ = keyClass
    if keyClass == .queryOnly || keyClass == .none && !levels[top].isObject && levels[top].inherited == .queryOnly {
      let isKey = keyClass == .none || levels[top].keyUse.contains(.key)
      if isKey, isByChance(view, start, end) { emit(depth, start, end, .apiKey, quotes: true, mayEcho: true) }
      return
    }
    if !class_.isSensitive {
      if class_ == .benign { return }
      if role == .value, levels[top].nameClass.isSensitive {
        class_ = levels[top].nameClass
      } else if levels[top].inherited != .none, role == .value && !levels[top].nameIsKept || !levels[top].isObject {
        class_ = levels[top].inherited
      } else if levels[top].inherited == .card, !levels[top].keyUse.contains(.kept) {
        class_ = .card
      } else {
        return
      }
    }
    var digits = 0
    for i in start..<end where isDigit(view[i]) { digits += 1 }
    let isAdded = wantsPlaces && levels[top].keyStart >= 0
    if isAdded { path.append((depth, levels[top].keyStart, levels[top].keyEnd)) }
    defer { if isAdded { path.removeLast() } }
    if digits == end - start {
      switch class_ {
      case .password where digits >= 5, .otp where digits >= 4 && digits <= 10, .cvv where digits >= 3 && digits <= 4,
        .card where digits >= 12 && digits <= 19, .ssn where digits == 9, .secret where digits >= 6,
        .credential where digits >= 6:
        emit(depth, start, end, ruleOf(class_), quotes: true, mayEcho: true)
      default: break
      }
    } else if class_.isStrong, class_ != .authorization, class_ != .cookie, class_ != .setCookie, digits > 0,
      end - start >= 6, !isNumber(view, start, end), !isHarmless(view, start, end, class_)
    {
      emit(depth, start, end, ruleOf(class_), quotes: true, mayEcho: true)
    }
  }

  private func isNumber(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for i in start..<end where !isDigit(view[i]) && !isAmong(".-+eE_", view[i]) { return false }
    return true
  }

  // MARK: - Names

  /// A longer key tells nothing.
  static let keyBytesMax = 512

  /// The class of a name that may hold escapes.
  func classOfKey(_ depth: Int, _ start: Int, _ end: Int) -> KeyClass { factsOfKey(depth, start, end).class }

  /// What a name tells: its class by what it stands for, its use by how it is written.
  func factsOfKey(_ depth: Int, _ start: Int, _ end: Int) -> KeyFacts {
    let view = frames[depth].view
    guard end > start, end - start <= Self.keyBytesMax else { return KeyFacts() }
    var facts = cache.classify(view, start, end, tables.names)
    if view.next(UInt8(ascii: "\\"), from: start, to: end) < end {
      keyScratch.removeAll()
      var i = start
      while i < end { i = Frame.step(view, i, end, .backslash) { keyScratch.append($0) } }
      facts.class = cache.classify(keyScratch.view, 0, keyScratch.count, tables.names).class
    }
    return facts
  }

  @inline(__always)
  func isOne(_ view: ByteView, _ start: Int, _ end: Int, _ a: StaticString, _ b: StaticString, _ c: StaticString)
    -> Bool
  {
    let length = end - start
    return length == a.utf8CodeUnitCount && view.hasFolded(a, at: start)
      || length == b.utf8CodeUnitCount && view.hasFolded(b, at: start)
      || length == c.utf8CodeUnitCount && view.hasFolded(c, at: start)
  }

  func isNameKey(_ view: ByteView, _ start: Int, _ end: Int) -> Bool { use(view, start, end).contains(.name) }

  /// What a name is used for among its siblings.
  private func use(_ view: ByteView, _ start: Int, _ end: Int) -> KeyUse {
    start < 0 || end - start > 32 ? [] : cache.classify(view, start, end, tables.names).use
  }

  /// Names inside a sensitive object whose values tell about the secret only.
  private func isKept(_ view: ByteView, _ start: Int, _ end: Int) -> Bool { use(view, start, end).contains(.kept) }
}
