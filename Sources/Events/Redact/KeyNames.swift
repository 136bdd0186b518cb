/// Decides the class of a field name by its words. The words are data: `Secrets/key-names.json`.
final class KeyNames: @unchecked Sendable {  // Nothing is written after `init`.
  private struct Word {
    var head = KeyClass.none
    var whole = KeyClass.none
    var isNeutralTail = false
    var isHashTail = false
    var isBenignTail = false
    /// Bit n: harmless before a head of the class with raw value n.
    var before: UInt32 = 0
  }

  /// A name is judged by its last words only.
  private static let wordsMax = 12

  private var words: [Word] = [Word()]  // 0 is every unknown word
  private var slots: [UInt32]  // open addressing: word numbers
  private var starts: [Int32] = [0]
  private var bytes: [UInt8] = []
  private var compounds: [UInt64: KeyClass] = [:]
  private var wholeCompounds: [UInt64: KeyClass] = [:]
  private var endings: [(bytes: [UInt8], class: KeyClass)] = []
  /// Marker kind of each class, by raw value.
  private(set) var kinds: [String] = Array(repeating: "secret", count: 32)
  /// Texts of which every sensitive name holds at least one: what the block scan looks for.
  private(set) var anchors: Set<String> = []

  /// - Throws: ``Problem`` if the file is not what it should be.
  init(json: String) throws {
    slots = Array(repeating: 0, count: 8192)
    let file = try DataFile(json, name: "key-names.json").fields()
    _ = try file.text("about")
    for entry in try file.required("classes", try file.objects("classes")) {
      let name = try entry.required("class", try entry.text("class"))
      guard let known = KeyClass(name: name) else { throw entry.problem(of: "class", "unknown class '\(name)'") }
      kinds[Int(known.rawValue)] = try entry.required("kind", try entry.text("kind"))
      let heads = try entry.texts("heads") ?? []
      let compounds = try entry.texts("compounds") ?? []
      let wholes = try entry.texts("wholes") ?? []
      let endings = try entry.texts("endings") ?? []
      for head in heads { words[number(of: head)].head = known }
      for before in try entry.texts("before") ?? [] {
        words[number(of: before)].before |= 1 << UInt32(known.rawValue)
      }
      try entry.finish()
      for whole in wholes {
        let parts = whole.split(separator: " ").map(String.init)
        if parts.count == 1 {
          words[number(of: whole)].whole = known
        } else {
          wholeCompounds[Self.key(parts.map { UInt64(number(of: $0)) })] = known
        }
      }
      for compound in compounds {
        let parts = compound.split(separator: " ").map(String.init)
        if parts.count == 1 {
          words[number(of: compound)].head = known
        } else {
          self.compounds[Self.key(parts.map { UInt64(number(of: $0)) })] = known
        }
      }
      for ending in endings { self.endings.append((Array(ending.utf8), known)) }
      guard known.isSensitive else { continue }
      for text in heads + endings { anchors.insert(text) }
      if known != .queryOnly {
        // The longest word of a compound finds it, unless a shorter anchor does already.
        for compound in compounds + wholes {
          anchors.insert(compound.split(separator: " ").map(String.init).max { $0.count < $1.count }!)
        }
      } else {
        for compound in compounds {
          anchors.insert(compound.split(separator: " ").map(String.init).first!)
        }
      }
    }
    for tail in try file.texts("tailsNeutral") ?? [] { words[number(of: tail)].isNeutralTail = true }
    for tail in try file.texts("tailsHash") ?? [] { words[number(of: tail)].isHashTail = true }
    for tail in try file.texts("tailsBenign") ?? [] { words[number(of: tail)].isBenignTail = true }
    try file.finish()
  }

  private static func key(_ parts: [UInt64]) -> UInt64 { parts.reduce(0) { $0 << 16 | $1 } }

  private static func hash(_ byte: UInt8, _ state: UInt32) -> UInt32 { (state ^ UInt32(byte)) &* 16_777_619 }

  private func number(of word: String) -> Int {
    let text = Array(word.utf8)
    let hash = text.reduce(UInt32(2_166_136_261)) { Self.hash($1, $0) }
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let found = Int(slots[slot])
      if Array(bytes[Int(starts[found - 1])..<Int(starts[found])]) == text { return found }
      slot = (slot + 1) & (slots.count - 1)
    }
    bytes += text
    starts.append(Int32(bytes.count))
    words.append(Word())
    slots[slot] = UInt32(words.count - 1)
    return words.count - 1
  }

  /// The number of the word `view[start ..< end]` in any case; 0 if it is unknown.
  private func lookUp(_ view: ByteView, _ start: Int, _ end: Int) -> Int {
    var hash: UInt32 = 2_166_136_261
    for i in start..<end { hash = Self.hash(lower(view[i]), hash) }
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let found = Int(slots[slot])
      let from = Int(starts[found - 1])
      if Int(starts[found]) - from == end - start {
        var i = 0
        while i < end - start, bytes[from + i] == lower(view[start + i]) { i += 1 }
        if i == end - start { return found }
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return 0
  }

  /// The class of the name `view[start ..< end]`: unescaped, any case, any separators.
  ///
  /// - Complexity: linear in the name, no allocation.
  func classify(_ view: ByteView, _ start: Int, _ end: Int) -> KeyClass {
    guard end > start, end - start <= 512 else { return .none }
    if tailIsUnknown(view, start, end) { return .none }
    var ids = InlineArray<12, Int>(repeating: 0)
    var ranges = InlineArray<12, (Int, Int)>(repeating: (0, 0))
    var count = 0
    forEachWord(of: view, start, end) { low, high, id in
      if count == Self.wordsMax {
        for i in 1..<count {
          ids[i - 1] = ids[i]
          ranges[i - 1] = ranges[i]
        }
        count -= 1
      }
      ids[count] = id
      ranges[count] = (low, high)
      count += 1
    }
    guard count > 0 else { return .none }

    if count == 1, words[ids[0]].whole != .none { return words[ids[0]].whole }
    if count <= 4 {
      var key: UInt64 = 0
      for i in 0..<count { key = key << 16 | UInt64(ids[i]) }
      if let whole = wholeCompounds[key] { return whole }
    }
    var isHash = false
    var rounds = 0
    while count > 0 {
      let last = ids[count - 1]
      if count == 1, rounds > 0, words[last].whole == .password { return .password }  // `pass_hash`
      if count >= 3, ids[count - 2] != 0, ids[count - 3] != 0, last != 0 {
        let key = UInt64(ids[count - 3]) << 32 | UInt64(ids[count - 2]) << 16 | UInt64(last)
        if let found = compounds[key] { return judged(found, ids, count, 3) }
      }
      if count >= 2, ids[count - 2] != 0, last != 0 {
        let key = UInt64(ids[count - 2]) << 16 | UInt64(last)
        if let found = compounds[key] { return judged(found, ids, count, 2) }
      }
      let word = words[last]
      if word.head != .none, !(isHash && word.head != .password && word.head != .secret) {
        return judged(word.head, ids, count, 1)
      }
      if last == 0 {
        let (low, high) = ranges[count - 1]
        let ending = self.ending(view, low, high)
        if ending != .none { return ending }
      }
      if count > 1, rounds < 3, word.isNeutralTail || word.isHashTail {
        isHash = isHash || word.isHashTail
        count -= 1
        rounds += 1
        continue
      }
      // A sensitive word with a harmless tail is known to be harmless; anything else says nothing.
      return word.isBenignTail ? .benign : .none
    }
    return .none
  }

  /// The name as far as its words are known: a name comes from the log, and what is shown of it must be ours. Of each
  /// run of other words `*` is left, of more than four words the last.
  func label(_ view: ByteView, _ start: Int, _ end: Int) -> String {
    var parts: [String] = []
    forEachWord(of: view, start, end) { _, _, id in
      if id != 0 {
        parts.append(String(decoding: bytes[Int(starts[id - 1])..<Int(starts[id])], as: UTF8.self))
      } else if parts.last != "*" {
        parts.append("*")
      }
    }
    return parts.suffix(4).joined(separator: "_")
  }

  /// Cuts a name into its words: `take` gets start, end and id of each, 0 for one that no list knows. Numbers are none.
  @inline(__always)
  private func forEachWord(of view: ByteView, _ start: Int, _ end: Int, _ take: (Int, Int, Int) -> Void) {
    func push(_ low: Int, _ high: Int) {
      guard high > low else { return }
      var id = lookUp(view, low, high)
      if id == 0 {
        // `password1`, `token2`: digits at the end are not part of the word.
        var cut = high
        while cut > low, isDigit(view[cut - 1]) { cut -= 1 }
        if cut > low, cut < high { id = lookUp(view, low, cut) }
        if cut == low { return }
      }
      take(low, high, id)
    }
    var from = start
    var i = start
    while i < end {
      let byte = view[i]
      if !isAlphanumeric(byte) && byte < 0x80 {
        push(from, i)
        from = i + 1
      } else if isUpper(byte), i > from, view.beginsWord(i, to: end) {
        push(from, i)
        from = i
      }
      i += 1
    }
    push(from, end)
  }

  /// Whether the last word is one that no list knows and that ends in none of the endings: then the words
  /// before it say nothing either. Most texts that are looked at as names are values and end so.
  private func tailIsUnknown(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    var high = end
    while high > start, !isAlphanumeric(view[high - 1]) && view[high - 1] < 0x80 { high -= 1 }
    // Digits alone are no word: those are left to the closer look.
    var low = high
    var hasLetter = false
    while low > start, isAlphanumeric(view[low - 1]) || view[low - 1] >= 0x80 {
      low -= 1
      hasLetter = hasLetter || !isDigit(view[low])
      if isUpper(view[low]), low > start, view.beginsWord(low, to: end) { break }
    }
    guard hasLetter else { return false }
    var cut = high
    while cut > low, isDigit(view[cut - 1]) { cut -= 1 }
    return lookUp(view, low, high) == 0 && (cut == high || lookUp(view, low, cut) == 0)
      && ending(view, low, high) == .none
  }

  private func judged(_ found: KeyClass, _ ids: InlineArray<12, Int>, _ count: Int, _ length: Int) -> KeyClass {
    guard count > length else { return found }
    return words[ids[count - length - 1]].before >> UInt32(found.rawValue) & 1 != 0 ? .benign : found
  }

  /// `userpassword`, `xsrftoken`: words written together.
  private func ending(_ view: ByteView, _ low: Int, _ high: Int) -> KeyClass {
    var end = high
    while end > low, isDigit(view[end - 1]) { end -= 1 }
    for (text, found) in endings where end - low >= text.count {
      var i = 0
      while i < text.count, lower(view[end - text.count + i]) == text[i] { i += 1 }
      if i == text.count { return found }
    }
    return .none
  }
}

/// Classes and uses of the names seen so far: all but a few lookups end here.
struct KeyCache {
  private struct Entry {
    var hash: UInt64 = 0
    var known = KeyFacts()
  }

  private var entries: [Entry]
  /// Differs in every process, so that nobody can prepare a harmless name that hides a sensitive one.
  private let seed: UInt64

  init(seed: UInt64) {
    entries = Array(repeating: Entry(), count: Self.size)
    self.seed = seed | 1
  }

  private static var size: Int { 4096 }

  @inline(__always)
  mutating func classify(_ view: ByteView, _ start: Int, _ end: Int, _ names: KeyNames) -> KeyFacts {
    // The high bits choose the place, and all of them must agree.
    let hash = view.hash(start, end, seed: seed) | 1
    let slot = Int(truncatingIfNeeded: hash >> 40) & (Self.size - 1)
    if entries[slot].hash == hash { return entries[slot].known }
    if entries[slot ^ 1].hash == hash { return entries[slot ^ 1].known }
    return add(hash, slot, view, start, end, names)
  }

  @inline(never)
  private mutating func add(
    _ hash: UInt64, _ slot: Int, _ view: ByteView, _ start: Int, _ end: Int, _ names: KeyNames
  ) -> KeyFacts {
    let known = KeyFacts(class: names.classify(view, start, end), use: KeyUse(view, start, end))
    // The older of two that share a place stays, so that what is seen once does not push out what is not.
    entries[slot ^ 1] = entries[slot]
    entries[slot] = Entry(hash: hash, known: known)
    return known
  }
}

/// What a name tells.
struct KeyFacts {
  var `class` = KeyClass.none
  var use = KeyUse()
}
