/// What a raw line must hold to be parsed at all (decision 9), as one scan of a block finds it.
struct AnchorSet {
  /// What a hit says about its line.
  enum Meaning: Sendable {
    /// The classifier may name an event.
    case classifier
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

  init(classifier: [String], rules: [RuleFilter]) {
    var literals: [Literal] = []
    var meanings: [Meaning] = []
    for text in Self.shortest(classifier) {
      literals.append(Literal(text))
      meanings.append(.classifier)
    }
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

  /// The literals that hold no other: where `failed login` stands, `failed` has been found already.
  static func shortest(_ texts: [String]) -> [String] {
    let sorted = Set(texts.map { $0.lowercased() }).filter { !$0.isEmpty }
      .sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    var kept: [String] = []
    var index: [UInt16: [[UInt8]]] = [:]
    for text in sorted {
      let bytes = Array(text.utf8)
      let holdsAnother = bytes.indices.contains { start in
        let key = UInt16(bytes[start]) << 8 | UInt16(start + 1 < bytes.count ? bytes[start + 1] : 0)
        return (index[key] ?? []).contains { bytes[start...].starts(with: $0) }
      }
      if holdsAnother { continue }
      kept.append(text)
      guard bytes.count > 1 else { continue }
      index[UInt16(bytes[0]) << 8 | UInt16(bytes[1]), default: []].append(bytes)
    }
    return kept
  }

  func meaning(of literal: Int) -> Meaning { meanings[literal] }
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
    case .classifier: isAnchored = true
    case .rule(let index):
      isAnchored = true
      if !rules.contains(index) { rules.append(index) }
    case .part: mayBePart = true
    case .key: mayOpenKey = true
    }
  }
}
