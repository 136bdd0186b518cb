// Reading one hit by itself, with no more of its line than it needs: most names on a line of a log tell no
// secret, and the string they stand in or the value beside them shows it.

extension LineRedactor {
  /// Where on a line with a structure a hit stands.
  enum Place {
    /// In a key of an object: the inside of its quotes.
    case key(Range<Int>)
    /// In the value of such a key, which is sensitive.
    case value(of: Range<Int>)
    /// In a string that is a value: the inside of its quotes.
    case string(Range<Int>)
    /// In a string that names another value of the object that begins there: `{"name": "API token", …`.
    case name(Int)
    /// In a string that is never read, and ends there: the value of an id.
    case identifier(Int)
  }

  /// What reading a hit by itself tells.
  enum Reading {
    case nothing
    /// What is hidden where it stands is among `Passages.findings`.
    case told
    /// Only reading the whole text can tell.
    case unclear
  }

  /// What was read by itself of a text, before all of it is read.
  final class Passages {
    /// A string, or the value of a name of a class.
    struct Passage {
      var start = -1
      var end = -1
      var `class` = KeyClass.none
    }

    /// Strings that end before it hide nothing.
    var harmlessEnd = 0
    /// What the passages hide.
    var findings: [Finding] = []
    /// One of them, and which of `findings` are of it.
    var known = Passage()
    var knownFindings = 0..<0
    /// The first one that is read, as long as that is noted.
    var noted = Passage()
    var isNoting = false

    /// What was read belongs to another text.
    func forget() {
      harmlessEnd = 0
      known.start = -1
      isNoting = false
      findings.removeAll(keepingCapacity: true)
    }
  }

  /// Whether `start ..< end` of frame 0 or 1 was read already; then what it hides is among the findings.
  func recall(_ depth: Int, _ start: Int, _ end: Int, _ class_: KeyClass) -> Bool {
    let passages = depth == 0 ? linePassages : textPassages
    if passages.isNoting {
      if passages.noted.start < 0 { passages.noted = .init(start: start, end: end, class: class_) }
      return false
    }
    if class_ == .none, end <= passages.harmlessEnd { return true }
    guard start == passages.known.start, end == passages.known.end, class_ == passages.known.class else {
      return false
    }
    findings.append(contentsOf: passages.findings[passages.knownFindings])
    return true
  }

  /// What is left by an earlier line goes: `frames[0]` holds another one, of which parts are read.
  func beginReading(_ seen: inout Seen) {
    levels.removeLast(levels.count)
    path.removeAll(keepingCapacity: true)
    holdsKubernetesSecret = false
    cutClass = .none
    cutsWebKey = false
    placeholders = (0, 0, 0)
    seen.structure = nextStructure(frames[0].view, 0, frames[0].view.count)
  }

  /// Reads a hit of frame `depth` with the string or the value it belongs to.
  func read(
    _ depth: Int, _ low: Int, _ high: Int, _ anchor: RedactionTables.Anchor, _ seen: inout Seen
  ) -> Reading {
    guard anchor.isOfText else { return .unclear }
    seen.readings += 1
    guard seen.readings <= Seen.readingsMax else { return .unclear }
    guard low > seen.structure else { return findsInText(depth, low, high, anchor, &seen) ? .unclear : .nothing }
    // Where the JSON is broken, or more follows it, the walk goes on as it can; only the whole text tells how.
    if seen.isSound == nil {
      seen.isSound =
        seen.isJSON == true || frames[depth].view.isStructure(seen.structure, frames[depth].view.count)
    }
    guard seen.isSound == true else { return .unclear }
    switch place(depth, low, high, structure: seen.structure) {
    case .key(let key):
      guard case .keyword = anchor else { return .unclear }
      let (reading, end) = readMember(depth, key)
      seen.strings = max(seen.strings, seen.start + end)
      return reading
    case .value(let key):
      let (reading, end) = readMember(depth, key)
      seen.strings = max(seen.strings, seen.start + end)
      return reading
    case .string(let string):
      let reading = readString(depth, string)
      seen.strings = max(seen.strings, seen.start + string.upperBound)
      return reading
    case .name(let brace):
      let (reading, end) = readObject(depth, brace)
      seen.strings = max(seen.strings, seen.start + end)
      return reading
    case .identifier(let end):
      seen.strings = max(seen.strings, seen.start + end)
      return .nothing
    case nil:
      return .unclear
    }
  }

  /// Whether a hit hides something if what it stands in is text.
  private func findsInText(
    _ depth: Int, _ low: Int, _ high: Int, _ anchor: RedactionTables.Anchor, _ seen: inout Seen
  ) -> Bool {
    seen.texts += 1
    guard seen.texts <= Seen.textsMax else { return true }
    let end = frames[depth].view.count
    switch anchor {
    case .keyword: return read(depth) { _ = keyword(depth, low, high, 0, end) } != .nothing
    case .url: return read(depth) { _ = url(depth, low, high, end) } != .nothing
    case .scheme(let rule): return read(depth) { _ = scheme(depth, low, high, end, rule) } != .nothing
    default: return true
    }
  }

  /// Where `start ..< end` stands in JSON, or nil if only the whole text tells.
  private func place(_ depth: Int, _ start: Int, _ end: Int, structure: Int) -> Place? {
    let line = frames[depth].view
    // What opens the string: a quote behind `:`, `,`, `[` or `{`.
    var low = start
    while true {
      low = line.last(UInt8(ascii: "\""), from: structure + 1, before: low)
      guard low >= 0 else { return nil }
      var slashes = 0
      while low - slashes > structure + 1, line[low - slashes - 1] == UInt8(ascii: "\\") { slashes += 1 }
      if slashes % 2 == 0 { break }
      low -= slashes
    }
    var before = low
    while before > structure, isBlank(line[before - 1]) { before -= 1 }
    guard before > structure else { return nil }
    let opener = line[before - 1]
    // What closes it: a quote before `,`, `}`, `]` or, of a key, `:`.
    let high = endOfString(line, low, line.count)
    guard high < line.count, end <= high else { return nil }
    low += 1
    var after = high + 1
    while after < line.count, isBlank(line[after]) { after += 1 }
    guard after < line.count else { return nil }
    switch line[after] {
    case UInt8(ascii: ":"):
      guard opener == UInt8(ascii: ",") || opener == UInt8(ascii: "{"), high - low <= Self.nameBytesMax else {
        return nil
      }
      return .key(low..<high)
    case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"):
      guard isAmong(":,[{", opener) else { return nil }
      if opener == UInt8(ascii: ":") {
        guard let key = keyBefore(line, before - 1, structure) else { return nil }
        let facts = factsOfKey(depth, key.lowerBound, key.upperBound)
        if facts.class == .identifier { return .identifier(high) }
        guard !facts.use.isDisjoint(with: [.name, .kind, .wrapped]), high - low <= Self.nameBytesMax,
          classOfKey(depth, low, high).isSensitive
        else { return facts.class.isSensitive ? .value(of: key) : .string(low..<high) }
        guard !facts.use.contains(.wrapped) else { return nil }
        var brace = key.lowerBound - 1
        while brace > structure, isBlank(line[brace - 1]) { brace -= 1 }
        return brace > structure && line[brace - 1] == UInt8(ascii: "{") ? .name(brace - 1) : nil
      }
      if high - low <= Self.nameBytesMax, classOfKey(depth, low, high).isSensitive { return nil }
      return .string(low..<high)
    default: return nil
    }
  }

  /// A longer string is no name.
  private static let nameBytesMax = 128

  /// The inside of the quotes of the key before the colon at `colon`.
  private func keyBefore(_ line: ByteView, _ colon: Int, _ structure: Int) -> Range<Int>? {
    var end = colon
    while end > structure, isBlank(line[end - 1]) { end -= 1 }
    guard end > structure + 2, line[end - 1] == UInt8(ascii: "\"") else { return nil }
    let open = line.last(UInt8(ascii: "\""), from: structure + 1, before: end - 1)
    return open >= 0 ? open + 1..<end - 1 : nil
  }

  /// Reads the value of a key, and tells where it ends.
  private func readMember(_ depth: Int, _ key: Range<Int>) -> (Reading, end: Int) {
    let line = frames[depth].view
    let facts = factsOfKey(depth, key.lowerBound, key.upperBound)
    guard facts.class.isSensitive, !facts.use.contains(.wrapped) else {
      return (facts.class.isSensitive ? .unclear : .nothing, key.upperBound)
    }
    var i = key.upperBound + 1
    while i < line.count, isBlank(line[i]) || line[i] == UInt8(ascii: ":") { i += 1 }
    guard i < line.count else { return (.unclear, i) }
    switch line[i] {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      // `[1, 2]` may be bytes, and `[]string{` is how Go prints a list.
      guard let inherited = inherited(facts.class), i + 1 < line.count, !isDigit(line[i + 1]),
        line[i + 1] != UInt8(ascii: "]")
      else { return (.unclear, i) }
      var end = i
      let reading = read(depth, tells: !facts.use.contains(.binding)) {
        end = walk(depth, i, line.count, inherited: inherited)
      }
      return (reading, end)
    case UInt8(ascii: "\""): break
    default:
      for word in ["null", "true", "false"] as [StaticString] where line.has(word, at: i) {
        let end = i + word.utf8CodeUnitCount
        let next = line.at(end)
        return (next == UInt8(ascii: ",") || next == UInt8(ascii: "}") ? .nothing : .unclear, end)
      }
      return (.unclear, i)
    }
    let end = endOfString(line, i, line.count)
    guard end < line.count else { return (.unclear, end) }
    let reading = read(depth, tells: true, isNoted: true) { named(depth, i + 1, end, key, facts) }
    // `"key": "…"` may name what stands beside it.
    let isName = !facts.use.isDisjoint(with: [.name, .kind])
    return (reading, reading == .nothing && isName ? key.upperBound : end)
  }

  /// Reads the object that begins at `brace`, and tells where it ends.
  private func readObject(_ depth: Int, _ brace: Int) -> (Reading, end: Int) {
    let line = frames[depth].view
    var end = brace
    let reading = read(depth, tells: true) { end = walk(depth, brace, line.count) }
    return (line[end - 1] == UInt8(ascii: "}") ? reading : .unclear, end)
  }

  /// Reads a string that is a value, of a key or in a list.
  private func readString(_ depth: Int, _ string: Range<Int>) -> Reading {
    let view = frames[depth].view
    // The same texts are logged again and again. What a string hides depends on its bytes and the few beside it.
    let isShort = string.count <= TextCache.bytesMax && !wantsPlaces
    if isShort, harmless.contains(view, string.lowerBound - 1, min(string.upperBound + 2, view.count)) {
      return .nothing
    }
    let reading = read(depth, tells: true, isNoted: true) {
      levels.append(Level(isObject: true, close: UInt8(ascii: "}"), inherited: .none))
      plain(depth, string.lowerBound, string.upperBound)
      levels.removeLast()
    }
    if isShort, reading == .nothing {
      harmless.insert(view, string.lowerBound - 1, min(string.upperBound + 2, view.count))
    }
    return reading
  }

  /// What `body` hides, or leaves open. A passage that it reads is noted for when the text is read as a whole;
  /// all else is forgotten.
  ///
  /// - Parameters:
  ///   - tells: whether reading the whole text would hide no more and no less there.
  ///   - isNoted: whether `body` reads one passage.
  private func read(_ depth: Int, tells: Bool = false, isNoted: Bool = false, _ body: () -> Void) -> Reading {
    if depth == 0 {
      findings.removeAll(keepingCapacity: true)
      opens = nil
      isInsidePEM = false
      sawHeader = false
      sawColumns = false
      placeholderEnd = -1
      walkBudget = 4 * frames[0].view.count
    }
    let known = findings.count
    let before = (isInsidePEM: isInsidePEM, budget: walkBudget, holdsKubernetesSecret: holdsKubernetesSecret)
    let passages = depth == 0 ? linePassages : textPassages
    passages.isNoting = isNoted
    passages.noted.start = -1
    isInsidePEM = false
    body()
    passages.isNoting = false
    let isOpen = isInsidePEM || depth == 0 && (opens != nil || cutClass != .none || cutsWebKey)
    var reading = isOpen || findings.count > known ? Reading.unclear : .nothing
    if reading == .unclear, !isOpen, tells, walkBudget == before.budget, !holdsKubernetesSecret, !wantsPlaces,
      depth > 0 || placeholderEnd < 0
    {
      reading = .told
      if isNoted, passages.known.start < 0 {
        passages.known = passages.noted
        passages.knownFindings = passages.findings.count..<passages.findings.count + findings.count - known
      }
      passages.findings.append(contentsOf: findings[known...])
    }
    findings.removeLast(findings.count - known)
    isInsidePEM = before.isInsidePEM
    walkBudget = before.budget
    holdsKubernetesSecret = before.holdsKubernetesSecret
    return reading
  }
}
