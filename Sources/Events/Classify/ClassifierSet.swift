/// All classifiers of a run, compiled once and shared by threads.
struct ClassifierSet: Sendable {
  /// In the order in which they are asked: by priority, then as written.
  private(set) var classifiers: [CompiledClassifier] = []
  let literals: LiteralIndex
  /// Classifiers that one literal can start, by literal id.
  let byLiteral: NumberLists
  /// Lists of literal ids of which each must have a member in a line's words: those of the classifier at
  /// that place are ``firstList`` there up to that of the next.
  let literalLists: NumberLists
  let firstList: [Int]
  /// Literal ids that keep the classifier at that place from matching.
  let forbidden: NumberLists
  /// Conditions on fields that the classifier at that place sets.
  let conditions: NumberLists
  /// What a line's words may begin with for the classifier at that place; none = anything.
  let firstBytes: NumberLists
  /// Classifiers whose only ticket is a request.
  let byRequest: [Int]
  /// Those whose only ticket is a beginning, by ``startSlot(_:)`` of it.
  let byStart: NumberLists
  /// Requests whose paths differ in ids only may differ to some classifier.
  let tellsIDsApart: Bool
  /// Classifier by condition number.
  let byCondition: [Int]
  let normalizer: Normalizer
  let emitters: [(starts: [UInt8], name: String)]
  /// Literals of which a raw line must hold one to be named anything; ASCII, lower case.
  let anchors: [Anchor]

  /// Which field goes where: the same for every set.
  static let fieldTable = builtIn.filter { $0.place == "fields.json" }

  private static let builtIn = embeddedFiles.filter { $0.path.hasPrefix("Sources/Events/Classifiers/") }.map {
    (place: $0.path.split(separator: "/").last.map(String.init) ?? $0.path, text: $0.text)
  }

  /// The files built into the program, and those of the folders the user names.
  static func sources(_ folders: [String]) throws -> [(place: String, text: String)] {
    var files = builtIn
    for folder in folders {
      for path in DataFolder.classifiers(in: folder) { files.append((path, try DataFolder.read(path))) }
    }
    return files
  }

  private static let startBytes = 3
  private static let startSlots = 1024

  /// One of few numbers for the first bytes of some words; equal for equal ones.
  static func startSlot(_ words: [UInt8]) -> Int {
    guard words.count >= startBytes else { return 0 }
    return (Int(words[0]) &* 961 &+ Int(words[1]) &* 31 &+ Int(words[2])) & (startSlots - 1)
  }

  init(_ configuration: ReaderConfiguration) throws {
    try self.init(try Self.sources(configuration.extraFormats), trusting: configuration.trustedProxies)
  }

  init(_ files: [(place: String, text: String)], trusting proxies: [String]) throws {
    var table: FieldTable?
    var emitters: [(starts: [UInt8], name: String)] = []
    var entries: [(entry: ClassifierFile.Entry, priority: Int?, place: String)] = []
    for (place, text) in files {
      if place.hasSuffix("fields.json") {
        table = try FieldTable(text, at: place)
        continue
      }
      let file = try ClassifierFile(text, at: place)
      emitters += file.emitters.map { (Array($0.starts.utf8), $0.emitter) }
      entries += file.classifiers.map { ($0, $0.priority ?? file.priority, place) }
    }
    guard var table else { preconditionFailure("fields.json is built in") }

    // A stable sort: equal priorities keep the order of the files. By numbers, for an entry is copied to be compared.
    let priorities = entries.map { $0.priority ?? 50 }
    let order = entries.indices.sorted { (-priorities[$0], $0) < (-priorities[$1], $1) }
    var compiler = CompiledClassifier.Compiler()
    var ids = Set<String>()
    let builtIn = Set(Self.builtIn.map(\.place))
    for (index, i) in order.enumerated() {
      let (entry, priority, place) = entries[i]
      guard ids.insert(entry.id).inserted else {
        throw Problem(.config, at: place, "two classifiers are called `\(entry.id)`", next: "Rename one of them.")
      }
      classifiers.append(
        try CompiledClassifier(
          entry, priority: priority, index: index, at: place, isBuiltIn: builtIn.contains(place), with: &compiler))
    }
    for (number, condition) in compiler.conditions.enumerated() {
      for name in condition.name.split(separator: "|") { table.ask(for: String(name), condition: number) }
    }
    byCondition = compiler.conditions.map(\.classifier)
    guard let literals = LiteralIndex(compiler.literals) else {
      throw Problem(
        .config, at: "", "the classifiers look for too many words: \(compiler.literals.count)",
        next: "Remove some of the words.")
    }
    self.literals = literals

    func shortest(_ list: [Int]) -> Int { list.map { compiler.literals[$0].utf8.count }.min() ?? 0 }
    var byLiteral = [[Int]](repeating: [], count: compiler.literals.count)
    var byRequest: [Int] = []
    var byStart = [[Int]](repeating: [], count: Self.startSlots)
    for (index, classifier) in classifiers.enumerated() {
      // One of each list must occur: that of the longest words is the rarest ticket.
      let tickets = classifier.literals.max { shortest($0) < shortest($1) }
      if let tickets {
        for literal in tickets { byLiteral[literal].append(index) }
      } else if !classifier.fields.isEmpty {
        continue
      } else if !classifier.starts.isEmpty {
        // A beginning that says less than a slot holds may be that of any.
        for slot in 0..<Self.startSlots
        where classifier.starts.contains(where: { $0.count < Self.startBytes || Self.startSlot($0) == slot }) {
          byStart[slot].append(index)
        }
      } else {
        byRequest.append(index)
      }
    }
    self.byLiteral = NumberLists(byLiteral)
    literalLists = NumberLists(classifiers.flatMap(\.literals))
    firstList = classifiers.reduce(into: [0]) { $0.append($0.last! + $1.literals.count) }
    forbidden = NumberLists(classifiers.map(\.forbidden))
    conditions = NumberLists(classifiers.map { $0.fields.map(\.condition) })
    firstBytes = NumberLists(
      classifiers.map { $0.starts.contains([]) ? [] : Set($0.starts.map { Int($0[0]) }).sorted() })
    self.emitters = emitters
    self.byRequest = byRequest
    self.byStart = NumberLists(byStart)
    tellsIDsApart = classifiers.contains { $0.paths.tellsIDsApart || $0.notPaths.tellsIDsApart }
    normalizer = try Normalizer(table, trusting: proxies)

    // What is nothing special needs no look; a plain request does, for it may join others.
    var needs = [AnchorNeeds()]
    var numbers = [needs[0]: 0]
    var wanted: [String: [Int]] = [:]
    for classifier in classifiers where classifier.name.name != "app_log" {
      let number = numbers[classifier.needs] ?? needs.count
      if number == needs.count {
        numbers[classifier.needs] = number
        needs.append(classifier.needs)
      }
      for text in classifier.anchors where wanted[text]?.contains(number) != true {
        wanted[text, default: []].append(number)
      }
    }
    // Applications that speak the vocabulary themselves.
    for name in EventName.all where name.name != "app_log" && name.category != "http" { wanted[name.name] = [0] }
    anchors = AnchorSet.shortest(Array(wanted.keys)).map { text, within in
      // Where the literal itself is enough, nothing else is asked.
      if wanted[text]!.contains(0) { return Anchor(text: text, senses: []) }
      return Anchor(
        text: text,
        senses: within.flatMap { longer, offset in
          wanted[longer]!.map { Anchor.Sense(text: longer, offset: offset, needs: needs[$0]) }
        })
    }.sorted { $0.text < $1.text }
  }
}
