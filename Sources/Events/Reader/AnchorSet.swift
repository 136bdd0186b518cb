/// What a raw line must hold to be parsed at all (decision 9), as one scan of a block finds it.
struct AnchorSet: ~Copyable {
  /// What a hit says about its line.
  enum Meaning: BitwiseCopyable, Sendable {
    /// The classifier may name an event.
    case classifier
    /// The classifier may name an event if the line holds more: a number of a condition.
    case conditional(Int)
    /// A rule may match an event that no classifier names.
    case rule(Int)
    /// A container runtime may have cut the line.
    case part
    /// A private key begins, whose lines must be read in order to be hidden.
    case key
    /// The name of an event begins so many bytes on, in which words may follow one another without a mark.
    case name(Int)
  }

  /// What stands before the name of an event, such as `"event":"RoleChangeRefused"`.
  private static let beforeNames = JoinedName.keys.flatMap { [$0 + "\":\"", $0 + "\": \"", $0 + "="] }

  let literals: LiteralSet
  private let meanings: PlainArray<Meaning>
  /// `false` if some part of the program gave no literals: then every line is parsed.
  let isComplete: Bool

  /// A text that makes a hit count, and what its line must hold besides: a place in ``needs``, -1 for nothing.
  struct Sense: BitwiseCopyable {
    /// Where the text begins and ends in ``texts``, and the literal in it.
    let start: Int
    let literalStart: Int
    let literalEnd: Int
    let end: Int
    let needs: Int
  }
  /// Of all conditions, one behind the other: those of number n begin at `firstSense[n]`. All in plain memory, for
  /// they are looked at before a line is worth anything.
  private let senses: PlainArray<Sense>
  private let firstSense: PlainArray<Int>
  private let texts: PlainArray<UInt8>
  /// Each once, for many anchors ask for the same.
  private let needs: [AnchorNeeds]
  /// For each literal whether it is a status behind a mark, such as `:401`: no digit follows one.
  private let isStatus: PlainArray<Bool>

  init(classifier: [Anchor], rules: [RuleFilter]) {
    var literals: [Literal] = []
    var meanings = PlainArray<Meaning>()
    var isStatus = PlainArray<Bool>()
    var senses = PlainArray<Sense>()
    var firstSense = PlainArray<Int>()
    var texts = PlainArray<UInt8>()
    var needs: [AnchorNeeds] = []
    var places: [AnchorNeeds: Int] = [:]
    func place(of some: AnchorNeeds) -> Int {
      guard !some.isEmpty else { return -1 }
      if let place = places[some] { return place }
      places[some] = needs.count
      needs.append(some)
      return needs.count - 1
    }
    for anchor in classifier {
      literals.append(Literal(words: anchor.text))
      isStatus.append(Self.isStatus(anchor.text))
      if anchor.senses.isEmpty {
        meanings.append(.classifier)
      } else {
        meanings.append(.conditional(firstSense.count))
        firstSense.append(senses.count)
        for sense in anchor.senses {
          let start = texts.count
          for byte in sense.text.utf8 { texts.append(byte) }
          let literal = start + sense.offset
          senses.append(
            Sense(
              start: start, literalStart: literal, literalEnd: literal + anchor.text.utf8.count, end: texts.count,
              needs: place(of: sense.needs)))
        }
      }
    }
    firstSense.append(senses.count)
    self.senses = senses
    self.firstSense = firstSense
    self.texts = texts
    self.needs = needs
    self.isStatus = isStatus
    for (index, rule) in rules.enumerated() {
      for text in rule.requiredLiterals where !text.isEmpty {
        literals.append(Literal(text))
        meanings.append(.rule(index))
      }
    }
    for text in ["{\"log\":\"", " stdout P ", " stderr P "] {
      literals.append(Literal(text, caseSensitive: true))
      meanings.append(.part)
    }
    literals.append(Literal("-----BEGIN ", caseSensitive: true))
    meanings.append(.key)
    for text in Self.beforeNames {
      literals.append(Literal(text))
      meanings.append(.name(text.utf8.count))
    }
    self.literals = LiteralSet(literals)
    self.meanings = meanings
    isComplete = !classifier.isEmpty
  }

  /// The texts that hold no other, each with those that hold it, itself included, and where: where
  /// `failed login` stands, `failed` has been found already. In lower case, each once.
  static func shortest(_ texts: [String]) -> [(text: String, within: [(text: String, at: Int)])] {
    let sorted = texts.filter { !$0.isEmpty }.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    var kept: [(text: String, within: [(text: String, at: Int)])] = []
    var bytes: [UInt8] = []
    var places: [Range<Int>] = []
    // Those that are kept, by their first two bytes: the first of them, and for each the next.
    var first = [Int32](repeating: -1, count: 1 << 16)
    var next: [Int32] = []
    bytes.reserveCapacity(sorted.reduce(0) { $0 + $1.utf8.count })
    for text in sorted {
      let start = bytes.count
      bytes.append(contentsOf: text.utf8)
      let end = bytes.count
      var shorter = -1
      var at = start
      while shorter < 0, at + 1 < end {
        shorter = Int(first[Int(bytes[at]) << 8 | Int(bytes[at + 1])])
        while shorter >= 0, !bytes[at..<end].starts(with: bytes[places[shorter]]) { shorter = Int(next[shorter]) }
        at += 1
      }
      if shorter >= 0 {
        kept[shorter].within.append((text, at - 1 - start))
        bytes.removeLast(end - start)
        continue
      }
      if end - start > 1 {
        let pair = Int(bytes[start]) << 8 | Int(bytes[start + 1])
        if first[pair] < 0 {
          first[pair] = Int32(kept.count)
        } else {
          var last = Int(first[pair])
          while next[last] >= 0 { last = Int(next[last]) }
          next[last] = Int32(kept.count)
        }
      }
      kept.append((text, [(text, 0)]))
      places.append(start..<end)
      next.append(-1)
    }
    return kept
  }

  func meaning(of literal: Int) -> Meaning { meanings[literal] }

  private static func isStatus(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 4 && bytes[1...].allSatisfy(isDigit) && " :=\"".utf8.contains(bytes[0])
  }

  /// Whether a hit means nothing after all, because of what stands around it.
  @inline(__always)
  func isIdle(_ hit: LiteralScanner.Hit, in block: UnsafeRawBufferPointer) -> Bool {
    guard hit.literal < isStatus.count, isStatus[hit.literal] else { return false }
    let next = hit.position + 4
    return next < block.count && isDigit(block[next])
  }

  /// Whether a line that is a record by itself holds what the anchor of that condition asks for, where
  /// the anchor stands at `position`.
  ///
  /// - Parameter answers: what the line is known to hold; clear it before the next line.
  func holds(
    _ condition: Int, at position: Int, on line: UnsafeRawBufferPointer, knowing answers: inout AnchorAnswers
  ) -> Bool {
    for number in firstSense[condition]..<firstSense[condition + 1] {
      let sense = senses[number]
      guard stands(sense, at: position, on: line) else { continue }
      if sense.needs < 0 || answers.answer(sense.needs, { needs[sense.needs].hold(on: line) }) { return true }
    }
    return false
  }

  /// More backslashes than this before a byte are more than nested encoders write.
  private static let backslashesMax = 16

  /// Whether what stands around the literal is the rest of the text, but for backslashes, case and marks between words.
  private func stands(_ sense: Sense, at position: Int, on line: UnsafeRawBufferPointer) -> Bool {
    func isSame(_ byte: UInt8, _ wanted: UInt8) -> Bool {
      lower(byte) == wanted || (Literal.partsWords(wanted) && Literal.partsWords(byte))
    }
    let backslash = UInt8(ascii: "\\")
    var at = position - 1
    for place in (sense.start..<sense.literalStart).reversed() {
      let (start, wanted) = (at, texts[place])
      while at >= 0, line[at] == backslash, wanted != backslash, start - at < Self.backslashesMax { at -= 1 }
      guard at >= 0, isSame(line[at], wanted) else { return false }
      at -= 1
    }
    at = position + sense.literalEnd - sense.literalStart
    for place in sense.literalEnd..<sense.end {
      let (start, wanted) = (at, texts[place])
      while at < line.count, line[at] == backslash, wanted != backslash, at - start < Self.backslashesMax { at += 1 }
      guard at < line.count, isSame(line[at], wanted) else { return false }
      at += 1
    }
    return true
  }
}

/// What one line was found to hold or not to hold, so that nothing is looked for twice.
struct AnchorAnswers {
  private var known: [UInt8] = []
  private var given: [Int] = []

  mutating func answer(_ question: Int, _ find: () -> Bool) -> Bool {
    if question >= known.count { known += repeatElement(0, count: question + 1 - known.count) }
    if known[question] == 0 {
      known[question] = find() ? 1 : 2
      given.append(question)
    }
    return known[question] == 1
  }

  mutating func removeAll() {
    for question in given { known[question] = 0 }
    given.removeAll(keepingCapacity: true)
  }
}

/// What the scan found on one line.
struct LineAnchors {
  /// Some part of the program may say something about the line.
  var isAnchored = false
  /// The line may be cut by a container runtime.
  var mayBePart = false
  /// A private key may begin on the line.
  var mayOpenKey = false
  /// Rules of which a literal is on the line.
  var rules: [Int] = []

  mutating func add(_ meaning: AnchorSet.Meaning) {
    switch meaning {
    case .classifier, .conditional, .name: isAnchored = true
    case .rule(let index):
      isAnchored = true
      if !rules.contains(index) { rules.append(index) }
    case .part: mayBePart = true
    case .key: mayOpenKey = true
    }
  }
}
