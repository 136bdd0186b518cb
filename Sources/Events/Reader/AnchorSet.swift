/// What a raw line must hold to be parsed at all (decision 9), as one scan of a block finds it.
struct AnchorSet {
  /// What a hit says about its line.
  enum Meaning: Sendable {
    /// The classifier may name an event.
    case classifier
    /// The classifier may name an event if the line holds more: a place in ``conditions``.
    case conditional(Int)
    /// A rule may match an event that no classifier names.
    case rule(Int)
    /// A container runtime may have cut the line.
    case part
    /// A private key begins, whose lines must be read in order to be hidden.
    case key
  }

  let literals: LiteralSet
  private let meanings: [Meaning]
  /// `false` if some part of the program gave no literals: then every line is parsed.
  let isComplete: Bool

  private let conditions: [[AnchorNeeds]]
  /// For each literal whether it is a status behind a mark, such as `:401`: no digit follows one.
  private let isStatus: [Bool]

  init(classifier: [Anchor], rules: [RuleFilter]) {
    var literals: [Literal] = []
    var meanings: [Meaning] = []
    var isStatus: [Bool] = []
    var conditions: [[AnchorNeeds]] = []
    for anchor in classifier {
      literals.append(Literal(words: anchor.text))
      isStatus.append(Self.isStatus(anchor.text))
      if anchor.needs.isEmpty {
        meanings.append(.classifier)
      } else {
        meanings.append(.conditional(conditions.count))
        conditions.append(anchor.needs)
      }
    }
    self.conditions = conditions
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
    self.literals = LiteralSet(literals)
    self.meanings = meanings
    isComplete = !classifier.isEmpty
  }

  /// The texts that hold no other, each with the longer ones that hold it: where `failed login`
  /// stands, `failed` has been found already. In lower case, each once.
  static func shortest(_ texts: [String]) -> [(text: String, longer: [String])] {
    let sorted = texts.filter { !$0.isEmpty }.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    var kept: [(text: String, longer: [String])] = []
    var index: [UInt16: [(bytes: [UInt8], place: Int)]] = [:]
    for text in sorted {
      let bytes = Array(text.utf8)
      var shorter: Int?
      for start in bytes.indices where shorter == nil {
        let key = UInt16(bytes[start]) << 8 | UInt16(start + 1 < bytes.count ? bytes[start + 1] : 0)
        shorter = index[key]?.first { bytes[start...].starts(with: $0.bytes) }?.place
      }
      if let shorter {
        kept[shorter].longer.append(text)
        continue
      }
      if bytes.count > 1 {
        index[UInt16(bytes[0]) << 8 | UInt16(bytes[1]), default: []].append((bytes, kept.count))
      }
      kept.append((text, []))
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

  /// Whether a line that is a record by itself holds what the anchor of that condition asks for.
  func holds(_ condition: Int, on line: UnsafeRawBufferPointer) -> Bool {
    conditions[condition].contains { $0.hold(on: line) }
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
    case .classifier, .conditional: isAnchored = true
    case .rule(let index):
      isAnchored = true
      if !rules.contains(index) { rules.append(index) }
    case .part: mayBePart = true
    case .key: mayOpenKey = true
    }
  }
}
