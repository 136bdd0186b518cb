// Bytes printed as hexadecimal, with their text beside them: what is secret in one column is in the other.

extension LineRedactor {
  /// A row of a dump: an offset or none, bytes in hexadecimal, and the same bytes as text.
  struct DumpRow {
    static let bytesMax = 32
    static let textMax = 64
    /// Whether there is more than the text.
    var hasDigits = true
    /// Where the digits of each byte begin.
    var digits = InlineArray<32, Int>(repeating: 0)
    var count = 0
    /// Where the text begins: a character a byte.
    var text = 0
  }

  /// Reads a line as a row of `hexdump -C`, `xxd`, `tcpdump -X` and others: the text tells that it is one.
  private func dumpRow(_ view: ByteView) -> DumpRow? {
    guard view.count <= 512 else { return nil }
    var i = 0
    func skipBlanks() { while i < view.count, isAmong(" \t-", view[i]) { i += 1 } }
    skipBlanks()
    if view.at(i) == UInt8(ascii: "|") { i += 1 }
    let first = i
    if view.has("0x", at: i) { i += 2 }
    let offset = i
    while i < view.count, isHex(view[i]) { i += 1 }
    if i - offset >= 3, view.at(i) == UInt8(ascii: ":") || view.at(i) == UInt8(ascii: "|") {
      i += 1
    } else if i - offset < 4 || !view.has("  ", at: i) && !view.has(" - ", at: i) {
      i = first
    }
    skipBlanks()
    var row = DumpRow()
    // Where each group of digits ends, and how many bytes were read by then.
    var ends = InlineArray<32, (end: Int, count: Int)>(repeating: (0, 0))
    var groups = 0
    while groups < DumpRow.bytesMax, row.count < DumpRow.bytesMax {
      let start = i
      while i < view.count, isHex(view[i]) { i += 1 }
      let bytes = (i - start) / 2
      guard bytes > 0, (i - start) % 2 == 0, row.count + bytes <= DumpRow.bytesMax else { break }
      for k in 0..<bytes { row.digits[row.count + k] = start + 2 * k }
      row.count += bytes
      ends[groups] = (i, row.count)
      groups += 1
      let end = i
      skipBlanks()
      guard i > end, i < view.count else { break }
    }
    // The text may look like digits as well, so the last group that leaves a text is the one.
    while groups > 0 {
      groups -= 1
      let (end, count) = ends[groups]
      row.count = count
      if let text = text(of: row, view, behind: end) {
        row.text = text
        return row
      }
    }
    return nil
  }

  /// Reads a line as a row of `curl --trace-ascii`: an offset of four digits, and 64 bytes as text or, where they
  /// end or a line of them does, fewer.
  private func textRow(_ view: ByteView) -> DumpRow? {
    guard view.count >= 6, view.count <= 6 + DumpRow.textMax, view.has(": ", at: 4) else { return nil }
    for i in 0..<4 where !isHex(view[i]) || isUpper(view[i]) { return nil }
    var row = DumpRow()
    row.count = view.count - 6
    row.text = 6
    row.hasDigits = false
    return row
  }

  /// Where the text of the bytes of `row` stands behind `end`.
  private func text(of row: DumpRow, _ view: ByteView, behind end: Int) -> Int? {
    var start = end
    while start < view.count, view[start] == 0x20 || view[start] == 0x09 { start += 1 }
    guard start > end, start < view.count else { return nil }
    if view[start] == UInt8(ascii: "|"), isText(of: row, view, at: start + 1) { return start + 1 }
    if view.has("| ", at: start), isText(of: row, view, at: start + 2) { return start + 2 }
    if view.has("[ ", at: start), isText(of: row, view, at: start + 2) { return start + 2 }
    // The text may begin with blanks.
    for i in stride(from: start, through: max(end + 1, start - 8), by: -1) where isText(of: row, view, at: i) {
      return i
    }
    return nil
  }

  /// Whether the bytes of `row` stand at `start`; what cannot be printed is some mark.
  private func isText(of row: DumpRow, _ view: ByteView, at start: Int) -> Bool {
    guard start + row.count <= view.count else { return false }
    for i in 0..<row.count {
      let byte = value(of: row, view, i)
      let shown = view[start + i]
      // Blanks are shown as they are, or as what cannot be printed.
      if byte > 0x20, byte < 0x7F ? shown != byte : isAlphanumeric(shown) || byte == 0x20 && !isAmong(" ._", shown) {
        return false
      }
    }
    return true
  }

  /// Byte number `i` of `row`.
  private func value(of row: DumpRow, _ view: ByteView, _ i: Int) -> UInt8 {
    guard row.hasDigits else { return view[row.text + i] }
    func digit(_ at: Int) -> UInt8 { hexValue(view[at]) ?? 0 }
    return digit(row.digits[i]) << 4 | digit(row.digits[i] + 1)
  }

  /// Hides bytes `low ..< high` of `row`, in both columns.
  private func hide(_ row: DumpRow, _ low: Int, _ high: Int, _ rule: Int) {
    guard low < high else { return }
    if row.hasDigits { emit(0, row.digits[low], row.digits[high - 1] + 2, rule) }
    emit(0, row.text + low, row.text + high, rule, mayEcho: true)
  }

  /// Hides the digits of what is hidden in the text of a row.
  func hideDumped() {
    let view = frames[0].view
    guard let last = findings.last, view.count <= 512, isAmong(" \t|0123456789abcdefABCDEF", view[0]),
      let row = dumpRow(view), last.end > row.text
    else { return }
    let end = row.text + row.count
    for index in findings.indices {
      let finding = findings[index]
      guard finding.start >= row.text, finding.start < end else { continue }
      if finding.end >= end {
        findings[index].end = end  // A mark closes the text.
        opens = OpenValue(.cutDump, tables.rules[finding.rule].isPassword ? .password : .secret)
      }
      let low = finding.start - row.text
      let high = findings[index].end - row.text
      emit(0, row.digits[low], row.digits[high - 1] + 2, finding.rule)
    }
    remerge()
  }

  /// Whether a line begins with the first offset of a dump.
  func isDumpStart(_ position: Int) -> Bool {
    let view = frames[0].view
    for i in 0..<position where !isBlank(view[i]) { return false }
    return dumpRow(view) != nil || position == 0 && textRow(view) != nil
  }

  /// Reads a row of a dump together with what the rows before it held.
  ///
  /// - Parameter before: their bytes, the last ones; those of this row are added.
  /// - Returns: whether the line is a row.
  func readDumped(_ before: inout [UInt8]) -> Bool {
    guard let row = dumpRow(frames[0].view) ?? textRow(frames[0].view) else { return false }
    if before.count > Self.dumpedMax - DumpRow.textMax { before.removeFirst(before.count - Self.dumpedMax / 2) }
    let start = before.count
    for i in 0..<row.count { before.append(value(of: row, frames[0].view, i)) }
    let known = findings.count
    let held = (opens: opens, isInsidePEM: isInsidePEM, budget: walkBudget, wantsPlaces: wantsPlaces)
    wantsPlaces = false
    walkBudget = 4 * before.count
    before.withUnsafeBytes { bytes in
      guard let joined = ByteView(bytes) else { return }
      frames[1].decode(joined, 0, joined.count, as: .plain)
      scan(1, 0, frames[1].view.count)
    }
    (opens, isInsidePEM, walkBudget, wantsPlaces) = held
    let found = findings[known...].filter { $0.end > start }.map { ($0.start, $0.end, $0.rule) }
    findings.removeLast(findings.count - known)
    // What is hidden of the row already moved the rest.
    if frames[0].view.find(Self.markerStart, from: 0, to: frames[0].view.count) < frames[0].view.count { return true }
    for (low, high, rule) in found { hide(row, max(low - start, 0), min(high - start, row.count), rule) }
    if findings.count > known { remerge() }
    if !row.hasDigits, row.count < DumpRow.textMax { before.append(0x0A) }
    return true
  }

  private static let markerStart: StaticString = "[REDACTED:"

  /// How much of a dump is kept for its next row.
  private static let dumpedMax = 512

  /// A row of the dump of a secret.
  ///
  /// - Returns: whether it was one.
  func dumpedRow(_ class_: KeyClass) -> Bool {
    guard let row = dumpRow(frames[0].view) else { return false }
    hide(row, 0, row.count, ruleOf(class_).rawValue)
    return true
  }

  /// The row behind one that cut a value.
  ///
  /// - Returns: whether this one cuts it, too.
  func restOfDump(_ class_: KeyClass) -> Bool {
    let view = frames[0].view
    guard let row = dumpRow(view) else { return false }
    var count = 0
    while count < row.count {
      let byte = value(of: row, view, count)
      if byte <= 0x20 || byte == 0x7F || isAmong("&\"';,<>", byte) { break }
      count += 1
    }
    hide(row, 0, count, ruleOf(class_).rawValue)
    return count == row.count
  }

  /// `PSK - hexdump(len=32): ce d3 …`, `password - hexdump_ascii(len=11):`: `position` is that of `hexdump`.
  ///
  /// - Returns: where to go on.
  func labelledDump(_ depth: Int, _ position: Int, _ after: Int, _ low: Int, _ high: Int) -> Int {
    let view = frames[depth].view
    guard let class_ = classOfDump(depth, max(low, position - 96), position) else { return after }
    let colon = view.next(UInt8(ascii: ":"), from: after, to: min(high, after + 32))
    guard view.at(colon) == UInt8(ascii: ":") else { return after }
    var start = colon + 1
    while start < high, view[start] == 0x20 { start += 1 }
    if start >= high {
      leaveOpen(depth, .dump, class_)
      return high
    }
    var end = start
    while end < high, isHex(view[end]) || view[end] == 0x20 { end += 1 }
    while end > start, view[end - 1] == 0x20 { end -= 1 }
    guard end - start >= 11, end == high || isBlank(view[end]) else { return colon }
    emit(depth, start, end, class_ == .password ? .password : .privateKey)
    return end
  }

  /// What the words before a dump say that it holds.
  private func classOfDump(_ depth: Int, _ low: Int, _ high: Int) -> KeyClass? {
    let view = frames[depth].view
    var i = low
    while i < high {
      let start = i
      while i < high, isAlphanumeric(view[i]) || view[i] == UInt8(ascii: "_") { i += 1 }
      if i > start, i - start <= 32 {
        if Self.keysOfNetworks.contains(view, start, i) { return .cryptoKey }
        let class_ = classOfKey(depth, start, i)
        if class_.isStrong { return class_ }
      }
      i = max(i, start + 1)
    }
    return nil
  }

  /// Keys as IEEE 802.11 and EAP call them.
  private static let keysOfNetworks = WordSet([
    "psk", "pmk", "ptk", "gtk", "igtk", "bigtk", "kck", "kek", "msk", "emsk", "imsk", "cmk", "mppe", "lsk", "ick",
  ])
}
