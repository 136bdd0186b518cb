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
      let isFolded = text.utf8.allSatisfy { FieldTable.fold($0) == $0 }
      let key = isFolded ? text : String(decoding: text.utf8.map(FieldTable.fold), as: UTF8.self)
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
    let isThere = value.withContiguousStorageIfAvailable { bytes in
      guard let view = ByteView(UnsafeRawBufferPointer(bytes)) else { return false }
      var at = first.count
      for piece in pieces[1..<(pieces.count - 1)] where !piece.isEmpty {
        let found = piece.withUnsafeBytes { view.findFolded($0, from: at) }
        guard found + piece.count <= view.count - last.count else { return false }
        at = found + piece.count
      }
      return true
    }
    guard let isThere else { preconditionFailure("the bytes lie in one piece") }
    return isThere
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
