import CKernels

/// Finds the secrets of one line. Its memory is reused from line to line.
///
/// The work is split over files: structure (`+Structure`), text (`+Text`, `+Names`, `+TextValues`, `+Prose`,
/// `+Headers`, `+Commands`, `+Patterns`, `+Encoded`, `+Traceback`), values without a name (`+Pairs`), what a value is
/// worth (`+Values`), HTTP (`+HTTP`), URLs (`+URL`), keys in PEM (`+PEM`).
final class LineRedactor {
  struct Finding {
    /// Bytes of the line.
    var start: Int
    var end: Int
    var rule: Int
    /// A number or the like: the marker needs quotes to keep the JSON valid.
    var needsQuotes = false
    /// First 8 bytes of the HMAC of the value; 0 = mask it.
    var pseudonym: UInt64 = 0
    /// The value stands under a sensitive name: look for it elsewhere on the line.
    var mayEcho = false
    /// Index into `places`, or -1: only when places are wanted.
    var place = -1
  }

  let tables: RedactionTables
  let pseudonyms: PseudonymKey?
  var cache: KeyCache
  var frames: [Frame]
  var findings: [Finding] = []
  /// Names on the way to the value that is looked at, and where they stand: for `--explain`.
  var path: [(depth: Int, start: Int, end: Int)] = []
  var wantsPlaces = false
  var places: [String] = []
  /// Whether `data` of a Kubernetes Secret may stand on the line.
  var holdsKubernetesSecret = false
  /// Whether the line ended within a private key: the next lines are its body.
  var isInsidePEM = false
  /// Whether only the next lines tell if that is so.
  var isUnsurePEM = false
  /// What the line leaves open for the next one.
  var opens: OpenValue?
  /// What a structure that the line cuts says about the value that comes next.
  var cutClass = KeyClass.none
  /// Whether the line ended within a JSON Web Key.
  var cutsWebKey = false
  /// Behind the last `?` or `$1` of the line that stands for a secret; -1 if there is none.
  var placeholderEnd = -1
  /// How many placeholders were counted, and where.
  var placeholders = (start: 0, end: 0, count: 0)
  /// Whether the line was tried as names of columns.
  var sawHeader = false
  /// Whether the line was tried as names of columns that nothing but blanks parts.
  var sawColumns = false
  /// Whether texts are read whose hits do not look suspicious: for tests of what is left out.
  var readsEverything = false
  /// What was read by itself of the line, and of a text in it.
  let linePassages = Passages()
  let textPassages = Passages()
  /// Strings of which it is known that they hide nothing.
  var harmless = TextCache()
  let keyScratch = Scratch(capacity: 256)
  let levels = LevelStack()
  /// Bytes of structures that may still be walked a second time; see `closeLevel`.
  var walkBudget = 0

  static let depthMax = Limits.nestedStringDepthMax + 2

  init(_ tables: RedactionTables, pseudonyms: PseudonymKey?, variant: LiteralScanner.Variant = .best) {
    self.tables = tables
    self.pseudonyms = pseudonyms
    var random = SystemRandomNumberGenerator()
    cache = KeyCache(seed: random.next())
    frames = (0...Self.depthMax).map { _ in Frame(tables.literals, variant: variant) }
  }

  /// Finds what must be hidden on the line in `frames[0]`, whose hits are filled. The findings are
  /// ordered and do not overlap.
  func run() {
    defer { linePassages.forget() }
    findings.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    path.removeAll(keepingCapacity: true)
    levels.removeLast(levels.count)
    holdsKubernetesSecret = false
    isInsidePEM = false
    opens = nil
    sawHeader = false
    sawColumns = false
    placeholderEnd = -1
    placeholders = (0, 0, 0)
    cutClass = .none
    cutsWebKey = false
    walkBudget = 4 * frames[0].view.count
    noteKubernetes(0)
    scan(0, 0, frames[0].view.count)
    if cutClass != .none, opens == nil { leaveOpen(0, .named, cutClass) }
    if cutsWebKey, opens == nil { leaveOpen(0, .webKey, .cryptoKey) }
    if placeholderEnd >= 0, case .parameters = opens?.form, let mask = opens?.mask {
      _ = parameters(0, placeholderEnd, frames[0].view.count, mask)  // … WHERE token = ?', ['…'])
    }
    guard !findings.isEmpty else { return }
    merge()
    hideNeighbours()
    noteCutString()
    addEchoes()
    hideDumped()
  }

  /// Takes what the passages of the line hide for all that is hidden on it; see `Reading.told`.
  func takePassages() {
    findings.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    findings.append(contentsOf: linePassages.findings)
    linePassages.forget()
    opens = nil
    isInsidePEM = false
    merge()
    addEchoes()
    hideDumped()
  }

  /// Hides `start ..< end` of frame `depth`.
  func emit(_ depth: Int, _ start: Int, _ end: Int, _ rule: Int, quotes: Bool = false, mayEcho: Bool = false) {
    let (start, end) = withoutMarkers(depth, start, end)
    guard end > start else { return }
    if !tables.allowed.isEmpty, rule != RedactionTables.Rules.field.rawValue, isAllowed(depth, start, end) { return }
    var low = start
    var high = end
    for d in stride(from: depth, to: 0, by: -1) {
      low = frames[d].sourceOffset(low)
      high = frames[d].sourceEnd(high)
    }
    guard high > low else { return }
    var finding = Finding(start: low, end: high, rule: rule, needsQuotes: quotes, mayEcho: mayEcho)
    if let pseudonyms, tables.rules[rule].isPseudonym,
      end - start >= (tables.rules[rule].isPersonal ? PseudonymKey.addressBytesMin : PseudonymKey.valueBytesMin)
    {
      finding.pseudonym = pseudonyms.pseudonym(of: frames[depth].view.raw(start, end))
    }
    if wantsPlaces {
      finding.place = places.count
      places.append(place(low))
    }
    findings.append(finding)
  }

  @inline(__always)
  func emit(
    _ depth: Int, _ start: Int, _ end: Int, _ rule: RedactionTables.Rules, quotes: Bool = false, mayEcho: Bool = false
  ) {
    emit(depth, start, end, rule.rawValue, quotes: quotes, mayEcho: mayEcho)
  }

  /// The part of `start ..< end` that does not begin or end within a marker of ours, which hides nothing any more.
  private func withoutMarkers(_ depth: Int, _ start: Int, _ end: Int) -> (Int, Int) {
    let view = frames[depth].view
    var (low, high) = (start, end)
    if let marker = marker(view, around: low), marker.lowerBound < low || marker.upperBound == high {
      low = marker.upperBound
    }
    if high > low, let marker = marker(view, around: high - 1), marker.upperBound > high { high = marker.lowerBound }
    return (low, high)
  }

  private func isAllowed(_ depth: Int, _ start: Int, _ end: Int) -> Bool {
    let view = frames[depth].view
    for value in tables.allowed where value.matches(view, start, end) { return true }
    return false
  }

  /// Names above the value, `.` between; else the column, from 1.
  private func place(_ offset: Int) -> String {
    guard !path.isEmpty else { return "column \(offset + 1)" }
    return path.map { entry in
      if entry.depth < 0 { return "[]" }
      let view = frames[entry.depth].view
      guard entry.start >= 0, entry.end <= view.count, entry.end - entry.start <= 128 else { return "…" }
      // A name may itself be built from hostile text; only plain characters of it are shown.
      let bytes = (entry.start..<entry.end).map { view[$0] >= 0x20 && view[$0] != 0x7F ? view[$0] : UInt8(ascii: "?") }
      return String(decoding: bytes, as: UTF8.self)
    }.joined(separator: ".").replacing(".[]", with: "[]")
  }

  /// The name that tells the secret at `start`, as far as it stands before it and behind what was `hidden` last, as
  /// ``KeyNames/label(_:_:_:)`` shows it; empty if none does.
  func nameBefore(_ start: Int, after hidden: Int, on view: ByteView) -> String {
    var end = start
    let low = max(hidden, start - 96)
    var scheme = ""
    for _ in 0..<2 {
      while end > low, isAmong("\"'`\\:=>[({ \t", view[end - 1]) { end -= 1 }
      var from = end
      while from > low, isAlphanumeric(view[from - 1]) || isAmong("_-.", view[from - 1]) { from -= 1 }
      // What is cut off may be another name.
      guard end - from >= 2, end - from <= 48, from > low || from == 0 else { return scheme }
      let tells = cache.classify(view, from, end, tables.names).class.isSensitive
      let name = tells ? tables.names.label(view, from, end) : ""
      guard isBlank(view.at(end)), scheme.isEmpty, Self.schemes.contains(where: { view.hasFolded($0, at: from) }) else {
        return tells ? name : scheme
      }
      scheme = name  // `Authorization: Bearer …`
      end = from
    }
    return scheme
  }

  private static let schemes: [StaticString] = ["bearer", "basic", "digest", "token", "negotiate", "ntlm"]

  /// Whether all that is hidden are whole strings of a sound structure: then a marker changes nothing beside it.
  var hidesWholeStrings: Bool {
    let view = frames[0].view
    for finding in findings {
      guard view.at(finding.start - 1) == UInt8(ascii: "\""), view.at(finding.end) == UInt8(ascii: "\""),
        view.at(finding.start - 2) != UInt8(ascii: "\\")
      else { return false }
    }
    let structure = nextStructure(view, 0, view.count)
    return findings.allSatisfy { $0.start > structure } && view.isStructure(structure, view.count)
  }

  /// After findings were added from outside.
  func remerge() { merge() }

  /// Orders findings and joins the ones that overlap; the rule that starts first names the whole.
  private func merge() {
    if findings.count > 1 {
      orderFindings()
      var last = 0
      for i in 1..<findings.count {
        if findings[i].start < findings[last].end {
          if findings[i].end > findings[last].end {
            findings[last].end = findings[i].end
            findings[last].pseudonym = 0
          }
        } else {
          last += 1
          findings[last] = findings[i]
        }
      }
      findings.removeLast(findings.count - last - 1)
    }
  }

  /// By start; of those that start together the longest first. Nearly always they are in order already.
  private func orderFindings() {
    func isBefore(_ a: Finding, _ b: Finding) -> Bool { a.start != b.start ? a.start < b.start : a.end > b.end }
    for i in 1..<findings.count where isBefore(findings[i], findings[i - 1]) {
      findings.sort(by: isBefore)
      return
    }
  }

  private static let echoBytesMin = 8

  /// Hides further copies of values that stood under a sensitive name.
  private func addEchoes() {
    let view = frames[0].view
    // A line may hold many values; looking for each of them in all of it must stay linear.
    var tried = InlineArray<16, (start: Int, end: Int)>(repeating: (0, 0))
    var count = 0
    let known = findings.count
    search: for index in 0..<known where findings[index].mayEcho {
      let value = findings[index]
      let length = value.end - value.start
      guard length >= Self.echoBytesMin, length <= 4096, isTelling(view, value.start, value.end) else { continue }
      if count == tried.count { break }
      tried[count] = (value.start, value.end)
      count += 1
      let needle = view.raw(value.start, value.end)
      for i in 0..<(count - 1) where tried[i].end - tried[i].start == length {
        if memcmp(view.base + tried[i].start, view.base + value.start, length) == 0 { continue search }
      }
      var from = 0
      var hidden = 0  // The first of the findings that ends behind `from`.
      while true {
        let found = view.find(needle, from: from, to: view.count)
        if found == view.count { break }
        from = found + length
        while hidden < known, findings[hidden].end < from { hidden += 1 }
        if hidden < known, findings[hidden].start <= found { continue }
        if isAlphanumeric(view.at(found - 1)) && isAlphanumeric(view[found])
          || isAlphanumeric(view.at(from)) && isAlphanumeric(view[from - 1])
        {
          // `\n` and the like before it are no letters of the same word.
          guard view.at(found - 2) == UInt8(ascii: "\\"), !isAlphanumeric(view.at(from)) else { continue }
        }
        findings.append(
          Finding(
            start: found, end: from, rule: value.rule, pseudonym: value.pseudonym, place: -1))
        if wantsPlaces {
          findings[findings.count - 1].place = places.count
          places.append("column \(found + 1)")
        }
      }
    }
    if findings.count > known { merge() }
  }

  /// Hides bare copies of what earlier lines of the source showed under a name, and remembers what
  /// this line shows so.
  ///
  /// - Parameter hasCopies: whether there may be any.
  func hideKnown(_ memory: inout SecretMemory, at: Int, hasCopies: Bool) {
    let view = frames[0].view
    if hasCopies, !memory.isIdle {
      let known = findings.count
      var from = 0
      while let copy = memory.first(view, 0, view.count, from: from, at: at) {
        findings.append(Finding(start: copy.start, end: copy.end, rule: copy.rule))
        if wantsPlaces {
          findings[findings.count - 1].place = places.count
          places.append("column \(copy.start + 1)")
        }
        from = copy.end
      }
      if findings.count > known { merge() }
    }
    for finding in findings {
      if finding.end - finding.start >= 16, let password = encodedPassword(view, finding.start, finding.end) {
        let decoded = keyScratch.view
        if isUnique(decoded, password.lowerBound, password.upperBound, isPassword: true) {
          memory.remember(
            decoded, password.lowerBound, password.upperBound, rule: RedactionTables.Rules.password.rawValue, at: at)
        }
      }
      guard finding.mayEcho else { continue }
      let isPassword = tables.rules[finding.rule].isPassword
      if let decoded = unescaped(view, finding.start, finding.end),
        isUnique(decoded, 0, decoded.count, isPassword: isPassword)
      {
        memory.remember(decoded, 0, decoded.count, rule: finding.rule, at: at)
      }
      if isUnique(view, finding.start, finding.end, isPassword: tables.rules[finding.rule].isPassword) {
        memory.remember(view, finding.start, finding.end, rule: finding.rule, at: at)
      }
    }
  }

  /// Whether nothing but the secret looks so: `ssh-ed25519` behind `key` may be hidden once, its copies not.
  private func isUnique(_ view: ByteView, _ start: Int, _ end: Int, isPassword: Bool) -> Bool {
    guard end - start >= SecretMemory.valueBytesMin, !isUUID(view, start, end), !isMail(view, start, end) else {
      return false
    }
    if isPassword, isPassphrase(view, start, end) { return true }
    let (digits, uppers, lowers) = view.kinds(start, end)
    let marks = end - start - digits - uppers - lowers
    if digits == 0, isPassword, isMarked(view, start, end) { return true }
    if digits == 0 || digits == end - start || marks * 3 > end - start { return false }
    // A product, a path, an address: `python-requests/2.34.2`.
    if view.next(UInt8(ascii: "/"), from: start, to: end) < end, !isByChance(view, start, end) { return false }
    if end - start >= 20, isByChance(view, start, end) { return true }
    return isPassword ? digits > 1 || uppers > 0 || marks > 1 : end - start >= 16 && digits >= 3
  }

  /// Whether a value is no everyday word, so that its copies can be hidden without harm.
  private func isTelling(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let (digits, uppers, lowers) = view.kinds(start, end)
    let others = end - start - digits - uppers - lowers
    if digits > 0 && (uppers + lowers > 0 || end - start >= 10) { return true }
    return lowers > 0 && uppers > 1 || (others > 0 && lowers + uppers > 0 && end - start >= 12)
  }

  // MARK: - Entering text

  /// Index of the first hit at or after `offset`.
  @inline(__always)
  func firstHit(_ depth: Int, _ offset: Int) -> Int { frames[depth].firstHit(offset) }

  @inline(__always)
  func hasHit(_ depth: Int, _ start: Int, _ end: Int) -> Bool {
    let frame = frames[depth]
    let index = frame.firstHit(start)
    return index < frame.hits.count && frame.hits[index].position < end
  }

  /// Enters `start ..< end` of frame `depth`, decoded one level.
  ///
  /// - Returns: whether it was entered; too deep is hidden whole instead.
  func enter(_ depth: Int, _ start: Int, _ end: Int, as coding: Frame.Coding, _ body: (Int) -> Void) {
    guard depth + 1 < Self.depthMax else {
      emit(depth, start, end, .tooDeep)
      return
    }
    frames[depth + 1].decode(frames[depth].view, start, end, as: coding)
    if depth == 0 { textPassages.forget() }
    noteKubernetes(depth + 1)
    body(depth + 1)
  }

  /// Looks for secrets in a text: structures in it are walked, the rest is read word by word.
  func scan(_ depth: Int, _ low: Int, _ high: Int) {
    guard hasHit(depth, low, high) else { return }
    let view = frames[depth].view
    switch codingInside(depth, low, high) {
    case .html where depth + 1 < Self.depthMax:
      enter(depth, low, high, as: .html) { scan($0, 0, frames[$0].view.count) }
      return
    case .ansi where depth + 1 < Self.depthMax:
      // Names and values as they are shown; what spans lines is found in the text as it is.
      enter(depth, low, high, as: .ansi) { scan($0, 0, frames[$0].view.count) }
    default: break
    }
    var from = low
    var search = low
    while search < high {
      let brace = nextStructure(view, search, high)
      if brace == high { break }
      if !hasHit(depth, brace, high) { break }
      if from < brace { scanText(depth, from, brace, high) }
      if view.at(brace + 1) == UInt8(ascii: "\\") {
        // `"{\"name\": …}"`: JSON in a quoted text
        let end = closingQuoteOfText(view, brace, high)
        enter(depth, brace, end, as: .backslash) { scan($0, 0, frames[$0].view.count) }
        from = end
        search = max(end, brace + 1)
        continue
      }
      let end = walk(depth, brace, high)
      from = end
      search = max(end, brace + 1)
    }
    if from < high { scanText(depth, from, high, high) }
  }

  /// Kubernetes prints the kind of an object before or after its data, so it is looked for first.
  private func noteKubernetes(_ depth: Int) {
    guard !holdsKubernetesSecret else { return }
    let view = frames[depth].view
    let frame = frames[depth]
    for index in 0..<frame.hits.count {
      let hit = frame.hits[index]
      guard case .kubernetesSecret = tables.anchors[hit.literal] else { continue }
      var i = hit.position
      while i > 0, isBlank(view[i - 1]) || view[i - 1] == UInt8(ascii: ":") { i -= 1 }
      if i >= 6, view.has("\"kind\"", at: i - 6) || i >= 10 && view.has("\"resource\"", at: i - 10) {
        holdsKubernetesSecret = true
        return
      }
    }
  }

  /// How a text is written that must be decoded before it can be read.
  private func codingInside(_ depth: Int, _ low: Int, _ high: Int) -> Frame.Coding? {
    let frame = frames[depth]
    var index = frame.firstHit(low)
    var coding: Frame.Coding?
    while index < frame.hits.count, frame.hits[index].position < high {
      switch tables.anchors[frame.hits[index].literal] {
      case .html: return .html
      case .ansi: coding = .ansi
      default: break
      }
      index += 1
    }
    return coding
  }

  /// `["password"] = …` of Lua, `["password":protected]=>` of PHP, where the bracket holds a name.
  private func isIndex(_ view: ByteView, _ quote: Int, _ high: Int) -> Bool {
    let limit = min(high, quote + 64)
    let close = view.next(UInt8(ascii: "\""), from: quote + 1, to: limit)
    return close < limit
      && (view.has("\"] =", at: close) || view.has("\"]=", at: close) || view.has("\":", at: close))
  }

  /// Whether a comma or the end of a list follows the string at `quote`.
  private func isStringList(_ view: ByteView, _ quote: Int, _ high: Int) -> Bool {
    let limit = min(high, quote + 64)
    let close = view.next(UInt8(ascii: "'"), from: quote + 1, to: limit)
    return close < limit && view.at(close + 1) == UInt8(ascii: ",")
  }

  /// The first quote that no backslash precedes.
  private func closingQuoteOfText(_ view: ByteView, _ start: Int, _ high: Int) -> Int {
    var i = start
    while i < high, view[i] != UInt8(ascii: "\"") || view[i - 1] == UInt8(ascii: "\\") { i += 1 }
    return i
  }

  /// The next `{` or `[` that begins what looks like JSON or a printed dictionary, or `high`.
  func nextStructure(_ view: ByteView, _ low: Int, _ high: Int) -> Int {
    var i = low
    while true {
      i = view.next(UInt8(ascii: "{"), or: UInt8(ascii: "["), from: i, to: high)
      guard i < high else { return high }
      let byte = view[i]
      var j = i + 1
      while j < high, j < i + 16, isBlank(view[j]) { j += 1 }
      if j < high {
        let next = view[j]
        if next == UInt8(ascii: "\""), byte == UInt8(ascii: "{") || !isIndex(view, j, high) { return i }
        if next == UInt8(ascii: "'"), byte == UInt8(ascii: "{") { return i }
        // ['--password', '…'] of Python; not row['password']
        if next == UInt8(ascii: "'"), j == i + 1 || view.at(j + 1) == UInt8(ascii: "-"),
          i == 0 || !isAlphanumeric(view[i - 1]) && !isAmong("])_", view[i - 1]),
          isStringList(view, j, high)
        {
          return i
        }
        if next == UInt8(ascii: "\\"), byte == UInt8(ascii: "{"), j == i + 1, view.at(j + 1) == UInt8(ascii: "\"") {
          return i
        }
        if byte == UInt8(ascii: "["), next == UInt8(ascii: "{") || next == UInt8(ascii: "[") { return i }
      }
      i += 1
    }
  }
}
