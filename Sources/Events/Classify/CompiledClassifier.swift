/// One entry of a classifier file, checked and ready to be asked.
///
/// A class, so that asking one costs no copies.
final class CompiledClassifier: Sendable {
  let id: String
  let name: EventName
  let outcome: String
  let severity: Int64
  let confidence: Int64
  let priority: Int
  let emitter: String
  let isTwice: Bool
  let requestStatuses: StatusSet
  let companions: [String]

  /// Ids in the index of literals: one of each list must occur.
  let literals: [[Int]]
  let forbidden: [Int]
  let starts: [[UInt8]]
  let regex: RegularExpression?
  let methods: [String]
  let paths: PathSet
  let notPaths: PathSet
  let queries: [[UInt8]]
  let statuses: StatusSet
  let wantsRequest: Bool
  let wantsUser: Bool
  /// (condition number for ``FieldTable/ask(for:condition:)``, accepted values)
  let fields: [(condition: Int, values: [ValuePattern])]
  let formats: [ValuePattern]
  let loggers: [ValuePattern]
  let levels: [String]

  let captures: [RegularExpression]
  let templates: [(column: Column, template: Template)]
  /// For the first look at a raw line (decision 9): lower case, at least one occurs if this matches.
  let anchors: [String]
  /// What such a line holds besides.
  let needs: AnchorNeeds

  /// Asked only if something in the line speaks for it: worth showing when it does not match after all.
  var isNear: Bool { !literals.isEmpty || !fields.isEmpty }

  /// Names a line by its request and nothing else.
  var isByRequest: Bool {
    wantsRequest && literals.isEmpty && starts.isEmpty && regex == nil
      && fields.allSatisfy { $0.values.contains(where: \.isAny) }
  }

  /// Source of ids while a set of classifiers is compiled.
  struct Compiler {
    private(set) var literals: [String] = []
    private var ids: [String: Int] = [:]
    private(set) var conditions: [(name: String, classifier: Int)] = []

    mutating func literal(_ text: String) -> Int {
      let key = String(decoding: text.utf8.map(FieldTable.fold), as: UTF8.self)
      if let id = ids[key] { return id }
      ids[key] = literals.count
      literals.append(key)
      return literals.count - 1
    }

    mutating func condition(_ name: String, of classifier: Int) -> Int {
      conditions.append((name, classifier))
      return conditions.count - 1
    }
  }

  init(
    _ entry: ClassifierFile.Entry, priority filePriority: Int?, index: Int, at place: String, isBuiltIn: Bool = false,
    with compiler: inout Compiler
  ) throws {
    let place = "\(place): \(entry.id)"
    func refuse(_ what: String, _ next: String) -> Problem { Problem(.config, at: place, what, next: next) }

    id = entry.id
    guard let name = EventName.named(entry.event) else {
      throw refuse(
        "`\(entry.event)` is no event name", Suggestion.sentence(for: entry.event, among: EventName.all.map(\.name)))
    }
    self.name = name
    if let outcome = entry.outcome {
      guard ["success", "failure", "unknown"].contains(outcome) else {
        throw refuse("outcome `\(outcome)` is unknown", "Use success, failure or unknown.")
      }
      self.outcome = outcome
    } else {
      outcome = name.category == "http" ? "" : name.outcome
    }
    severity = entry.severity ?? name.severity
    guard (1...6).contains(severity) else {
      throw refuse("severity \(severity) is out of range", "Use 1 (info) to 6 (fatal).")
    }
    confidence = entry.confidence ?? 80
    let when = entry.when
    self.priority = entry.priority ?? filePriority ?? 50
    emitter = entry.emitter ?? ""
    isTwice = entry.twice ?? false
    func statusSet(_ texts: [String]?) throws -> StatusSet {
      var set = StatusSet()
      for text in texts ?? [] {
        guard set.insert(text) else { throw refuse("`\(text)` is no HTTP status", "Write 401 or 4xx.") }
      }
      return set
    }
    requestStatuses = try statusSet(entry.request)
    companions = entry.with ?? []

    literals = ([when.text ?? []] + (when.and ?? [])).filter { !$0.isEmpty }.map { list in
      list.map { compiler.literal($0) }
    }
    forbidden = (when.not ?? []).map { compiler.literal($0) }
    starts = (when.starts ?? []).map { $0.utf8.map(FieldTable.fold) }
    regex = try when.regex.map { try RegularExpression($0, ignoringCase: true, isTested: isBuiltIn, at: place) }
    methods = (when.http?.method ?? []).map { $0 == "?" ? "" : $0.uppercased() }
    paths = PathSet(when.http?.path ?? [])
    notPaths = PathSet(when.http?.not_path ?? [])
    queries = (when.http?.query ?? []).map { $0.utf8.map(FieldTable.fold) }
    statuses = try statusSet(when.http?.status)
    wantsRequest = when.http != nil
    wantsUser = when.http?.user ?? false
    fields = (when.field ?? [:]).sorted { $0.key < $1.key }.map { name, values in
      (compiler.condition(name, of: index), values.map(ValuePattern.init))
    }
    formats = (when.format ?? []).map(ValuePattern.init)
    loggers = (when.logger ?? []).map(ValuePattern.init)
    levels = when.level ?? []
    guard !literals.isEmpty || !starts.isEmpty || wantsRequest || !fields.isEmpty else {
      throw refuse("has no condition on text, request or field", "Add `text`, `starts`, `http` or `field` to `when`.")
    }

    captures = try (entry.capture ?? []).map { try RegularExpression($0, isTested: isBuiltIn, at: place) }
    templates = try (entry.set ?? [:]).sorted { $0.key < $1.key }.map { name, text in
      guard let column = Column(rawValue: name), column.kind == .text || column == .certNotAfter else {
        throw refuse("`set` names no text column: `\(name)`", "Use columns such as actor, target, object_id or reason.")
      }
      return (column, Template(text))
    }
    for regex in captures {
      for group in regex.groupNames where !group.isEmpty {
        if let column = Column(rawValue: group), column.kind == .integer, column != .httpStatus {
          throw refuse("a group fills the number column `\(group)`", "Name the group otherwise.")
        }
      }
    }
    anchors = try Anchors.of(entry, paths: paths.patterns, statuses: statuses, at: place)
    needs = AnchorNeeds(methods: methods, statuses: statuses, texts: entry.needs ?? [])
  }
}

/// A value as a classifier's condition writes it: `abc`, or with `*` for any rest, `abc*`, `*abc`, `a*c`; without case.
struct ValuePattern: Sendable {
  /// What stands between the stars; empty at an end that is open.
  private let pieces: [[UInt8]]

  init(_ pattern: String) {
    pieces = pattern.utf8.map(FieldTable.fold).split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
      .map(Array.init)
  }

  /// Any value will do.
  var isAny: Bool { pieces.allSatisfy(\.isEmpty) && pieces.count > 1 }

  /// The longest part of the text that is fixed; empty if none is.
  var fixedText: String { String(decoding: pieces.max { $0.count < $1.count } ?? [], as: UTF8.self) }

  func matches(_ value: some RandomAccessCollection<UInt8>) -> Bool {
    guard let first = pieces.first, let last = pieces.last else { return value.isEmpty }
    guard pieces.count > 1 else { return value.count == first.count && Self.isEqual(value, first) }
    guard value.count >= first.count + last.count, Self.isEqual(value.prefix(first.count), first),
      Self.isEqual(value.suffix(last.count), last)
    else { return false }
    guard pieces.count > 2 else { return true }
    let folded = value.map(FieldTable.fold)
    var rest = folded[first.count..<(folded.count - last.count)]
    for piece in pieces[1..<(pieces.count - 1)] where !piece.isEmpty {
      guard let found = rest.firstRange(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }

  private static func isEqual(_ value: some Sequence<UInt8>, _ folded: [UInt8]) -> Bool {
    zip(value, folded).allSatisfy { FieldTable.fold($0) == $1 }
  }
}

/// Text with `{names}`: of fields, of groups, of columns; `{a|b}` takes the first that is there.
struct Template: Sendable {
  private enum Piece: Sendable {
    case text(String)
    case names([String])
  }
  private var pieces: [Piece] = []

  init(_ text: String) {
    var rest = text[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
      pieces.append(.names(rest[rest.index(after: open)..<close].split(separator: "|").map(String.init)))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
  }

  /// - Returns: `nil` if a name stands for nothing: then the column stays as it is.
  func text(_ value: (String) -> String?) -> String? {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let fixed): text += fixed
      case .names(let names):
        guard let found = names.lazy.compactMap(value).first(where: { !$0.isEmpty }) else { return nil }
        text += found
      }
    }
    return text
  }
}

/// A literal for the first look at a raw line, and what makes the line worth a second one.
struct Anchor: Sendable {
  /// A text of a classifier in which the literal stands, and what the classifier asks for besides.
  struct Sense: Sendable {
    let text: String
    /// Of the literal in the text.
    let offset: Int
    let needs: AnchorNeeds
  }

  let text: String
  /// On a line that is a record as a whole one of these must hold, if there are any.
  let senses: [Sense]
}

/// Texts that a record holds besides the anchor, without case: one of each group. Where the anchor is
/// the path of a health check, they spare reading every line that says all is well.
struct AnchorNeeds: Hashable, Sendable {
  private var groups: [[Kin]] = []

  /// Texts that begin alike: where the beginning is not, none of them is.
  private struct Kin: Hashable {
    var beginning: [UInt8]
    var texts: [[UInt8]]
  }

  private static let beginningBytes = 4

  private static func kin(_ texts: [[UInt8]]) -> [Kin] {
    var kin: [Kin] = []
    for text in texts.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let beginning = Array(text.prefix(beginningBytes))
      if beginning.count == beginningBytes, kin.last?.beginning == beginning {
        kin[kin.count - 1].texts.append(text)
      } else {
        kin.append(Kin(beginning: beginning, texts: [text]))
      }
    }
    for place in kin.indices where kin[place].texts.count == 1 { kin[place].beginning = kin[place].texts[0] }
    return kin
  }

  /// More texts than this are not worth looking for.
  private static let textsMax = 16

  init(methods: [String] = [], statuses: StatusSet = StatusSet(), texts: [String] = []) {
    if !methods.isEmpty, !methods.contains("") { groups.append(Self.kin(methods.map { $0.utf8.map(FieldTable.fold) })) }
    let codes = statuses.isEmpty ? [] : statuses.statuses
    if !codes.isEmpty, codes.count <= Self.textsMax {
      groups.append(Self.kin(codes.flatMap { code in [Array("\(code)".utf8)] + HTTPText.spellings(of: code) }))
    }
    if !texts.isEmpty { groups.append(Self.kin(texts.map { $0.utf8.map(FieldTable.fold) })) }
  }

  var isEmpty: Bool { groups.isEmpty }

  func hold(on line: UnsafeRawBufferPointer) -> Bool {
    guard let view = ByteView(line) else { return isEmpty }
    return groups.allSatisfy { kin in kin.contains { Self.holds($0, view) } }
  }

  /// One pass over the line, however often the beginning stands on it.
  private static func holds(_ kin: Kin, _ view: ByteView) -> Bool {
    var at = view.findFolded(kin.beginning, from: 0)
    while at != view.count {
      if kin.texts.contains(where: { stands($0, at: at, view) }) { return true }
      at = view.findFolded(kin.beginning, from: at + 1)
    }
    return false
  }

  private static func stands(_ text: [UInt8], at place: Int, _ view: ByteView) -> Bool {
    guard place + text.count <= view.count else { return false }
    for (offset, byte) in text.enumerated() where lower(view.at(place + offset)) != byte { return false }
    // A number must stand by itself: `503`, not `1503`.
    return !isDigit(text[0])
      || (!isAlphanumeric(view.at(place - 1)) && !isAlphanumeric(view.at(place + text.count)))
  }
}

/// Literals that a raw line must hold if a classifier is to match it.
enum Anchors {
  /// What JSON encoders may write in another way, so that a raw line need not hold it as it is.
  private static func isSafe(_ byte: UInt8) -> Bool {
    byte >= 32 && byte < 127 && !"\"\\/<>&'+=".utf8.contains(byte)
  }

  private static let bytesMin = 3

  static func of(
    _ entry: ClassifierFile.Entry, paths: [PathPattern], statuses: StatusSet, at place: String
  ) throws -> [String] {
    if let anchors = entry.anchors { return anchors.map { $0.lowercased() } }
    // The list of alternatives whose shortest member is longest tells most.
    var lists = [entry.when.text ?? [], entry.when.starts ?? []] + (entry.when.and ?? [])
    lists = lists.filter { !$0.isEmpty }.map { $0.map(safePart) }
    func shortest(_ list: [String]) -> Int { list.map(\.utf8.count).min() ?? 0 }
    if let best = lists.max(by: { shortest($0) < shortest($1) }), shortest(best) >= bytesMin { return best }
    let values = (entry.when.field ?? [:]).map { name, values in
      values.contains("*")
        ? name.split(separator: "|").map { safePart(String($0)) } : values.map { safePart(ValuePattern($0).fixedText) }
    }
    if let best = values.max(by: { shortest($0) < shortest($1) }), shortest(best) >= bytesMin { return best }
    if !paths.isEmpty {
      let segments = paths.map { $0.fixedSegment.map { "/" + $0 } ?? "" }
      if shortest(segments) > bytesMin { return segments }
    }
    let codes = statuses.isEmpty ? [] : statuses.statuses
    if !codes.isEmpty, codes.count <= 16 {
      // As loggers put a status: `" 401`, `:401`, `=401`, `"401"`, `> 401`.
      return codes.flatMap { [" \($0)", ":\($0)", "=\($0)", "\"\($0)"] }
    }
    throw Problem(
      .config, at: place, "no literal tells its lines apart from all others", next: "Give it `anchors`.")
  }

  /// The longest piece that every encoder writes as it is.
  private static func safePart(_ text: String) -> String {
    let pieces = Array(text.lowercased().utf8).split { !isSafe($0) }
    return String(decoding: pieces.max { $0.count < $1.count } ?? [], as: UTF8.self)
  }
}
