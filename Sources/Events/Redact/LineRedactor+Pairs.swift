// Values that nothing names, side by side with a user, or with a secret that is named.

extension LineRedactor {
  private static let elementsMax = 8

  /// `('bob', '…')`, `["bob", "…"]`: hands over the strings behind the first one that only a secret looks like.
  ///
  /// - Parameter open: where the bracket stands.
  /// - Returns: whether the list may be another one to who reads the text around it: a string is cut, or holds a quote
  ///   or an escape, which may end that text, or something else than strings, numbers and names stands in it.
  @discardableResult
  func tuple(_ view: ByteView, _ open: Int, _ high: Int, _ take: (Int, Int) -> Void) -> Bool {
    let isCall = view[open] == UInt8(ascii: "(")
    var strings = InlineArray<8, (start: Int, end: Int)>(repeating: (0, 0))
    var count = 0
    var elements = 0
    var isClosed = false
    var isUnsure = false
    var i = open + 1
    let limit = min(high, open + 512)
    while i < limit, elements < Self.elementsMax {
      while i < limit, view[i] == 0x20 { i += 1 }
      if i + 1 < limit, isAmong("bu", view[i]), isAmong("'\"\\", view[i + 1]) { i += 1 }
      var slashes = 0
      while i < limit, view[i] == UInt8(ascii: "\\") {
        slashes += 1
        i += 1
      }
      guard i < limit else { return isUnsure || count > 0 && !isCall && limit == high }
      if isAmong("'\"", view[i]) {
        let close = closingQuote(view, i, limit, slashes)
        guard count > 0 || close < limit else { return false }
        if count > 0, close == high || view.next(UInt8(ascii: "\""), from: i + 1, to: close) < close {
          isUnsure = true
        }
        if slashes > 0, !isWhole(view, i + 1, close, slashes) { isUnsure = true }
        guard close < limit || limit == high else { break }
        strings[count] = (i + 1, close)
        count += 1
        i = min(close + slashes + 1, limit)
      } else {
        // A number, a name.
        let from = i
        while i < limit, isAlphanumeric(view[i]) || isAmong("_.-+", view[i]) { i += 1 }
        guard i > from, count > 0 else { return isUnsure || count > 0 && !isCall }
      }
      elements += 1
      while i < limit, view[i] == 0x20 { i += 1 }
      guard i < limit else { break }
      if view[i] == UInt8(ascii: ")") || view[i] == UInt8(ascii: "]") {
        isClosed = true
        break
      }
      guard view[i] == UInt8(ascii: ",") else {
        isUnsure = isUnsure || !isCall
        break
      }
      i += 1
    }
    guard count >= 2 else { return isUnsure }
    let isPair = elements == 2 && isClosed && isUser(view, strings[0].start, strings[0].end)
    var mask: UInt8 = 0
    for k in 1..<count
    where isBesideUser(view, strings[k].start, strings[k].end, open: open, isPair: isPair, isCall: isCall) {
      mask |= 1 << UInt8(k)
    }
    guard mask != 0 else { return isUnsure }
    for k in 1..<count
    // Beside one secret another one need not be as clear.
    where mask & 1 << UInt8(k) != 0
      || isBesideUser(view, strings[k].start, strings[k].end, open: open, isPair: isCall, isCall: isCall)
    {
      take(strings[k].start, strings[k].end)
    }
    return isUnsure
  }

  /// Whether a string within a string ends as it began and holds no escape, such as `\n`, that may end it for who reads
  /// the text around it.
  private func isWhole(_ view: ByteView, _ start: Int, _ close: Int, _ slashes: Int) -> Bool {
    var run = 0
    while run <= slashes, view.at(close + run) == UInt8(ascii: "\\") { run += 1 }
    return run == slashes && view.next(UInt8(ascii: "\\"), from: start, to: close) == close
  }

  /// A name that a person or a service logs in with.
  func isUser(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end > start, end - start <= 64, isAlphanumeric(view[start]) else { return false }
    for i in start..<end where !isAlphanumeric(view[i]) && !isAmong("_-.@+\\", view[i]) { return false }
    return true
  }

  /// Whether a string that nothing names is a secret, by the strings beside it.
  ///
  /// - Parameters:
  ///   - open: where the bracket around both stands.
  ///   - isPair: whether a user stands before it and nothing else.
  func isBesideUser(_ view: ByteView, _ start: Int, _ end: Int, open: Int, isPair: Bool, isCall: Bool) -> Bool {
    guard end - start >= 10, end - start <= 128, !hasBlank(view, start, end), !isMail(view, start, end),
      !isUUID(view, start, end), !isMarker(view, start, end)
    else { return false }
    let looks =
      isMixed(view, start, end) && (hasStrongMark(view, start, end) || isPair && isCall && !isVersion(view, start, end))
      || (isCall || isPair) && !isAmong("/", view[start])
        && (isByChance(view, start, end) || isChanceWord(view, start, end))
      || isPair && isJoinedPhrase(view, start, end) && speaksOfLogin(view, open)
    return looks && !isHarmless(view, start, end, .password)
  }

  /// A digit, a dot and a digit: `Python-3.11.2`.
  private func isVersion(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    for i in start..<(end - 2) where view[i + 1] == UInt8(ascii: ".") && isDigit(view[i]) && isDigit(view[i + 2]) {
      return true
    }
    return false
  }

  /// `winter-pebble-autumn36`: three words or more and a number.
  private func isJoinedPhrase(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard isDigit(view[end - 1]) else { return false }
    var words = 0
    var i = start
    while i < end {
      let word = i
      while i < end, isLetter(view[i]), !isUpper(view[i]) { i += 1 }
      guard i - word >= 4 else { return false }
      words += 1
      while i < end, isDigit(view[i]) { i += 1 }
      if i < end, view[i] != UInt8(ascii: "-") { return false }
      i += 1
    }
    return words >= 3
  }

  /// Whether the words before a bracket speak of who logs in.
  private func speaksOfLogin(_ view: ByteView, _ open: Int) -> Bool {
    let from = max(0, open - 48)
    for i in from..<max(from, open - 3) {
      switch lower(view[i]) {
      case UInt8(ascii: "a") where view.hasFolded("auth", at: i),
        UInt8(ascii: "l") where view.hasFolded("login", at: i),
        UInt8(ascii: "c") where view.hasFolded("cred", at: i) || view.hasFolded("connect", at: i),
        UInt8(ascii: "p") where view.hasFolded("pair", at: i) || view.hasFolded("pass", at: i):
        return true
      default: break
      }
    }
    return false
  }

  // MARK: - Neighbours

  private static let neighbourBytesMax = 8192

  /// A line that shows a secret under a name often shows others without one: the fields of a structure, the
  /// arguments of a call. Those are hidden that only a secret looks like, if they stand in brackets or quotes.
  func hideNeighbours() {
    let view = frames[0].view
    guard view.count <= Self.neighbourBytesMax, !isRecord(view) else { return }
    let known = findings.count
    var hidden = 0  // The first of the findings that ends behind `i`.
    var brackets = 0
    var i = 0
    while i < view.count {
      while hidden < known, findings[hidden].end <= i { hidden += 1 }
      if hidden < known, findings[hidden].start <= i {
        i = findings[hidden].end
        continue
      }
      let byte = view[i]
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
        brackets += 1
        i += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        brackets = max(0, brackets - 1)
        i += 1
      case 0x20, UInt8(ascii: ","), UInt8(ascii: ";"):
        i += 1
      default:
        let start = i
        let isQuoted = isAmong("'\"", byte)
        var end: Int
        if isQuoted {
          end = view.next(byte, from: i + 1, to: min(view.count, i + 130))
          if view.at(end) != byte { end = i }
        } else {
          end = i
          while end < view.count, !isBlank(view[end]), !isAmong("'\"()[]{},;", view[end]) { end += 1 }
        }
        i = max(end, start + 1)
        if isQuoted, end > start { i = end + 1 }
        let low = isQuoted ? start + 1 : start
        if hidden < known, findings[hidden].start < end { continue }
        guard end - low >= 10, isQuoted || brackets > 0,
          start == 0 || isAmong(" ([{,", view[start - 1]), !isNameBefore(view, start),
          isQuoted || i >= view.count || isAmong(" )]},;", view[i])
        else { continue }
        guard
          isMixed(view, low, end) && hasStrongMark(view, low, end)
            || (isQuoted || isAmong("[{ ", view.at(start - 1)) && brackets > 0)
              && (isByChance(view, low, end) || isChanceWord(view, low, end)) && !isAmong("/", view[low]),
          !isHarmless(view, low, end, .password), !isMail(view, low, end), !isUUID(view, low, end),
          !hasBlank(view, low, end)
        else { continue }
        emit(0, low, end, .secret, mayEcho: true)
      }
    }
    if findings.count > known { remerge() }
  }

  /// `name: `, `name = `, `=>` before a value: it has a name, which says that it is no secret.
  private func isNameBefore(_ view: ByteView, _ start: Int) -> Bool {
    var i = start
    while i > 0, view[i - 1] == 0x20 { i -= 1 }
    return i > 0 && isAmong(":=>", view[i - 1])
  }

  /// A record of JSON names its values.
  private func isRecord(_ view: ByteView) -> Bool {
    let start = nextStructure(view, 0, view.count)
    return start < view.count && view.isStructure(start, view.count)
  }
}
