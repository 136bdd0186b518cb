// Tracebacks: lines of source and values of variables, in which a secret may stand without a name.

extension LineRedactor {
  /// `Traceback (most recent call last):` or `File "a.py", line 5, in run`, and what follows it in the same text.
  func traceback(_ depth: Int, _ start: Int, _ high: Int) {
    literals(depth, start, high)
    guard depth == 0, levels.count == 0, opens == nil else { return }
    opens = OpenValue(.traceback, .secret)
    if frames[0].view.has("= FAILURES =", at: start - 12) { opens?.indent = -1 }
  }

  /// A line of a traceback.
  ///
  /// - Returns: whether more may follow.
  func tracedLine(_ low: Int, _ high: Int, _ open: OpenValue) -> Bool {
    let view = frames[0].view
    literals(0, low, high)
    if open.indent < 0 { return !view.has("=====", at: low) || view.has("===== FAILURES", at: low) }
    // Frames are drawn with marks that are no ASCII. Of two errors the second follows a blank line.
    if low > 0 || view[low] >= 0x80 || isAmong("|+>-", view[low]) { return true }
    // Where each part of a traceback of IPython comes from.
    if view.has("Cell In[", at: 0) || view.has("File ", at: 0) || view.has("<ipython-input", at: 0) { return true }
    words(low, high)
    return false
  }

  /// Hides strings of a program that nothing but a secret looks like.
  private func literals(_ depth: Int, _ start: Int, _ high: Int) {
    let view = frames[depth].view
    var i = start
    while i < high {
      let quote = view[i]
      guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""), i == start || !isWordByte(view, i - 1) else {
        i += 1
        continue
      }
      let limit = min(high, i + Self.literalBytesMax)
      let end = view.next(quote, from: i + 1, to: limit)
      guard end < limit else {
        i += 1
        continue
      }
      if looksBare(view, i + 1, end), !view.has("class '", at: i - 6) {
        emit(depth, i + 1, end, .secret, mayEcho: true)
      }
      i = end + 1
    }
  }

  private static let literalBytesMax = 256

  /// A letter or digit before a quote makes it an apostrophe, unless it is a prefix: `b'…'`, `f"…"`.
  private func isWordByte(_ view: ByteView, _ index: Int) -> Bool {
    guard isAlphanumeric(view[index]) else { return false }
    return !isAmong("bBfFrRuU", view[index]) || isAlphanumeric(view.at(index - 1))
  }

  /// The message of the error itself: `ValueError: rejected X`.
  private func words(_ low: Int, _ high: Int) {
    let view = frames[0].view
    var i = view.find(": ", from: low, to: high)
    while i < high {
      while i < high, view[i] == 0x20 || view[i] == UInt8(ascii: ":") { i += 1 }
      let end = i < high ? bareEnd(view, i, high, isEnvironment: false) : i
      if end - i >= 16, !(i..<end).contains(where: { isAmong("'\"(", view[$0]) }), looksBare(view, i, end) {
        emit(0, i, end, .secret, mayEcho: true)
      } else if let value = behindUser(view, i, end) {
        emit(0, value, end, .secret, mayEcho: true)
      }
      i = max(i + 1, end)
    }
  }

  /// `anna:…`, `anna/…`: where the value behind a user begins, if only a secret looks like it.
  func behindUser(_ view: ByteView, _ start: Int, _ end: Int) -> Int? {
    var mark = start
    while mark < end, isAlphanumeric(view[mark]) || isAmong("_-.", view[mark]) { mark += 1 }
    guard mark > start, mark - start <= 32, end - mark > 10, isAmong(":/", view[mark]), !isUpper(view[start]),
      isMixed(view, mark + 1, end) && (hasStrongMark(view, mark + 1, end) || view.kinds(mark + 1, end).0 > 2)
        || isChanceWord(view, mark + 1, end),
      looksBare(view, mark + 1, end)
    else { return nil }
    return mark + 1
  }

  /// A value that only chance makes, whatever stands beside it.
  private func looksBare(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 10, !hasBlank(view, start, end), !isUUID(view, start, end), !isMail(view, start, end),
      isMixed(view, start, end) || isByChance(view, start, end) || isChanceWord(view, start, end)
    else { return false }
    // A version of something, a name with a date: `CPython-3.11.2`.
    let dot = view.next(UInt8(ascii: "."), from: start, to: end)
    if dot < end, caseChanges(view, start, end) < 4 { return false }
    // The name of a class: `urllib3.exceptions.MaxRetryError`.
    if dot < end, (start..<end).allSatisfy({ isAlphanumeric(view[$0]) || isAmong("._", view[$0]) }),
      view.next(UInt8(ascii: "."), from: dot + 1, to: end) < end
    {
      return false
    }
    return !isHarmless(view, start, end, .secret)
  }

  /// Twelve letters and digits or more whose kind changes all the time.
  func isChanceWord(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 12, end - start <= 64 else { return false }
    for i in start..<end where !isAlphanumeric(view[i]) { return false }
    let (digits, uppers, lowers) = view.kinds(start, end)
    guard uppers > 1, lowers > 1 else { return false }
    let changes = caseChanges(view, start, end)
    if digits > 1 { return changes >= 5 }
    // Names in camel case change theirs every few letters.
    return end - start >= 14 && (digits > 0 ? changes * 2 >= end - start : changes * 2 > end - start)
  }
}
