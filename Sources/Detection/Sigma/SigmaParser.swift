import Events
import StrictYAML
import Yams

/// Reads the documents of one rule file.
struct SigmaParser {
  enum Document {
    case rule(Rule)
    case filter(SigmaFilter)
  }

  /// A Sigma filter: what it adds, by `and`, to the rules it names.
  struct SigmaFilter {
    /// Empty: every rule of the log source.
    let rules: [String]
    let condition: Filter
    let logsource: [String: String]
    let node: Node
    let file: YAMLFile
  }

  let file: YAMLFile
  private(set) var documents: [Document] = []
  /// Log source of each rule, by key: filters ask for it.
  private(set) var logsources: [String: [String: String]] = [:]
  /// What is odd but not wrong, for `rules check`.
  private(set) var remarks: [Problem] = []

  /// Keys of a rule in the specification; others are allowed, but a near miss of one is remarked upon.
  private static let known = [
    "title", "id", "name", "related", "status", "description", "author", "references", "date", "modified", "logsource",
    "detection", "falsepositives", "level", "tags", "fields", "scope", "license", "taxonomy", "correlation", "filter",
    "generate", "x-alert", "sigma-version", "custom", "simulation", "regression_tests_path",
  ]
  static let idCharacters = 200

  init(name: String, text: String) {
    file = YAMLFile(name: name, text: text)
    let nodes = file.documents()
    let stem = name.split(separator: "/").last.map(String.init) ?? name
    for (index, node) in nodes.enumerated() {
      guard let fields = file.fields(node, path: "") else { continue }
      let faults = file.problems.count
      let document = read(fields, node, fallback: nodes.count == 1 ? stem : "\(stem)#\(index + 1)")
      if let document, file.problems.count == faults { documents.append(document) }
    }
    if nodes.isEmpty, file.problems.isEmpty {
      file.fault(line: 1, column: 1, "the file holds no rule", next: "A rule has 'title', 'logsource' and 'detection'.")
    }
  }

  private mutating func read(_ fields: YAMLFields, _ node: Node, fallback: String) -> Document? {
    let title = fields.string("title") ?? ""
    let id = fields.string("id")
    let name = fields.string("name")
    var level = Level.medium
    if let text = fields.string("level") {
      if let known = Level(name: text) {
        level = known
      } else {
        let names = Level.allCases.map(\.name)
        fields.refuse(
          "level", "'level' is one of \(names.joined(separator: ", "))",
          note: Suggestion.closest(to: text, among: names).map { "did you mean '\($0)'?" } ?? "")
      }
    }
    let key = id ?? name ?? fallback
    let logsource =
      fields.mapping("logsource").map { source in
        Dictionary(source.keys.compactMap { key in source.string(key).map { (key, $0) } }, uniquingKeysWith: { $1 })
      } ?? [:]
    for unknown in fields.keys where !Self.known.contains(unknown) {
      if let closest = Suggestion.closest(to: unknown, among: Self.known) {
        remarks.append(Problem(.config, at: place(node), "unknown key '\(unknown)'. Did you mean '\(closest)'?"))
      }
    }
    let bodies = ["detection", "correlation", "filter"].filter { fields.keys.contains($0) }
    guard bodies.count == 1 else {
      fields.refuse(
        bodies.isEmpty
          ? "a rule has 'detection', 'correlation' or 'filter'"
          : "a rule has only one of \(bodies.joined(separator: " and "))",
        next: bodies.isEmpty ? Self.near(fields.keys) : "Put each into a document of its own, behind '---'.")
      return nil
    }
    var body: Rule.Body
    switch bodies[0] {
    case "filter":
      guard let mapping = fields.mapping("filter") else { return nil }
      return filter(mapping, logsource, node)
    case "correlation":
      guard let mapping = fields.mapping("correlation"),
        let correlation = correlation(mapping, generate: fields.bool("generate"))
      else { return nil }
      body = .correlation(correlation)
    default:
      guard let node = fields.node("detection"), let filter = detection(node) else { return nil }
      body = .detection(filter)
    }
    let options = fields.keys.contains("x-alert") ? alertOptions(fields) : AlertOptions()
    logsources[key] = logsource
    return .rule(
      Rule(
        key: key, id: id, name: name, title: title, description: fields.string("description") ?? "",
        author: fields.keys.contains("author") ? Self.text(fields.node("author")) : "", level: level,
        references: fields.strings("references") ?? [], falsePositives: Self.texts(fields.node("falsepositives")),
        tags: Self.texts(fields.node("tags")), body: body, alert: options, place: place(node), file: file.name))
  }

  private static func near(_ keys: [String]) -> String {
    for key in keys {
      if let closest = Suggestion.closest(to: key, among: ["detection", "correlation", "filter"]) {
        return "'\(key)': did you mean '\(closest)'?"
      }
    }
    return ""
  }

  private func place(_ node: Node) -> String { "\(file.name):\(node.mark?.line ?? 1)" }

  /// Texts of a list or of one value, whatever they are: for fields that are only shown.
  private static func texts(_ node: Node?) -> [String] {
    switch node {
    case .scalar(let scalar): [scalar.string]
    case .sequence(let items): items.compactMap { $0.scalar?.string }
    default: []
    }
  }

  private static func text(_ node: Node?) -> String { texts(node).joined(separator: ", ") }

  // MARK: Detections

  /// Reads named selections and their condition.
  func detection(_ node: Node, also extra: Set<String> = []) -> Filter? {
    guard case .mapping(let mapping) = node else {
      file.fault(at: node, "a detection is a mapping of named selections and a 'condition'", width: 1)
      return nil
    }
    var parts: [String: Filter] = [:]
    var conditions: Node?
    var isSound = true
    for (key, value) in mapping {
      guard let name = key.string else { continue }
      if extra.contains(name) { continue }
      if name == "condition" {
        conditions = value
      } else if name == "timeframe" {
        file.fault(at: key, "'timeframe' is no longer Sigma", next: "Write a correlation rule with a 'timespan'.")
        isSound = false
      } else if let filter = selection(value, name: name) {
        parts[name] = filter
      } else {
        isSound = false
      }
    }
    guard let conditions else {
      file.fault(at: node, "a detection needs a 'condition'", width: 1, next: "Such as: condition: selection")
      return nil
    }
    var texts: [Node] = []
    switch conditions {
    case .scalar: texts = [conditions]
    case .sequence(let items): texts = Array(items)
    default: break
    }
    guard !texts.isEmpty, texts.allSatisfy({ $0.scalar != nil }) else {
      file.fault(at: conditions, "'condition' is a text or a list of texts", width: 1)
      return nil
    }
    var filters: [Filter] = []
    for text in texts {
      guard let filter = condition(text, over: parts, isComplete: isSound) else {
        isSound = false
        continue
      }
      filters.append(filter)
    }
    guard isSound else { return nil }
    return filters.count == 1 ? filters[0] : .any(filters)
  }

  /// - Parameter isComplete: whether all selections could be read; if not, an unknown name may be one
  ///   that was reported already.
  private func condition(_ node: Node, over parts: [String: Filter], isComplete: Bool) -> Filter? {
    let text = node.scalar!.string
    do throws(SigmaCondition.Fault) {
      let condition = try SigmaCondition(text)
      return filter(of: condition, over: parts) { what, word, note in
        guard isComplete else { return }
        let offset = text.firstRange(of: word).map { text.distance(from: text.startIndex, to: $0.lowerBound) } ?? 0
        fault(in: node, offset: offset, width: word.count, what, note: note)
      }
    } catch {
      fault(in: node, offset: error.offset, width: error.width, error.what)
      return nil
    }
  }

  private func fault(in node: Node, offset: Int, width: Int, _ what: String, note: String = "") {
    let scalar = node.scalar!
    let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
    guard let mark = node.mark, !scalar.string.contains("\n") else { return file.fault(at: node, what, note: note) }
    file.fault(line: mark.line, column: mark.column + offset + (isQuoted ? 1 : 0), width: width, what, note: note)
  }

  private func filter(
    of condition: SigmaCondition, over parts: [String: Filter], fault: (String, String, String) -> Void
  ) -> Filter? {
    func several(_ conditions: [SigmaCondition]) -> [Filter]? {
      let filters = conditions.compactMap { filter(of: $0, over: parts, fault: fault) }
      return filters.count == conditions.count ? filters : nil
    }
    switch condition {
    case .name(let name):
      if let filter = parts[name] { return filter }
      fault(
        "no selection is called '\(name)'", name,
        Suggestion.closest(to: name, among: parts.keys.sorted()).map { "did you mean '\($0)'?" } ?? "")
      return nil
    case .quantified(let all, let pattern):
      let chosen = parts.keys.sorted().filter { SigmaCondition.matches(pattern, $0) }.map { parts[$0]! }
      guard !chosen.isEmpty else {
        fault("no selection fits '\(pattern)'", pattern, "")
        return nil
      }
      return all ? .all(chosen) : .any(chosen)
    case .not(let part): return filter(of: part, over: parts, fault: fault).map { .not($0) }
    case .all(let conditions): return several(conditions).map { .all($0) }
    case .any(let conditions): return several(conditions).map { .any($0) }
    }
  }

  /// A mapping (all of its items), a list of mappings (any of them), or keywords.
  private func selection(_ node: Node, name: String) -> Filter? {
    switch node {
    case .mapping(let mapping):
      guard !mapping.isEmpty else {
        file.fault(at: node, "selection '\(name)' is empty", width: 1)
        return nil
      }
      var filters: [Filter] = []
      for (key, value) in mapping {
        guard let filter = item(key, value) else { return nil }
        filters.append(filter)
      }
      return filters.count == 1 ? filters[0] : .all(filters)
    case .sequence(let items):
      guard !items.isEmpty else {
        file.fault(at: node, "selection '\(name)' is empty", width: 1)
        return nil
      }
      var filters: [Filter] = []
      for item in items {
        let filter: Filter?
        if case .scalar = item { filter = self.item(nil, item) } else { filter = selection(item, name: name) }
        guard let filter else { return nil }
        filters.append(filter)
      }
      return filters.count == 1 ? filters[0] : .any(filters)
    case .scalar(let scalar):
      guard SigmaScalar(scalar) != .null else {
        file.fault(at: node, "selection '\(name)' is empty", width: 1)
        return nil
      }
      return item(nil, node)
    default:
      file.fault(at: node, "selection '\(name)' is a mapping, a list of mappings, or keywords", width: 1)
      return nil
    }
  }

  private func item(_ key: Node?, _ node: Node) -> Filter? {
    let parts = (key?.string ?? "").split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    var nodes: [Node] = []
    switch node {
    case .scalar: nodes = [node]
    case .sequence(let items): nodes = Array(items)
    default: break
    }
    guard !nodes.isEmpty, nodes.allSatisfy({ $0.scalar != nil }) else {
      file.fault(at: node, "'\(parts[0])' wants a value or a list of values", width: 1)
      return nil
    }
    do throws(SigmaItem.Fault) {
      let values = nodes.map { SigmaScalar($0.scalar!).value }
      return try SigmaItem(field: parts.first ?? "", modifiers: Array(parts.dropFirst()), values: values).filter
    } catch {
      let place = error.value.map { nodes[min($0, nodes.count - 1)] } ?? key ?? node
      file.fault(at: place, error.what, note: error.note)
      return nil
    }
  }

  private func filter(_ fields: YAMLFields, _ logsource: [String: String], _ node: Node) -> Document? {
    var names: [String] = []
    if let rules = fields.node("rules") {
      names = Self.texts(rules)
      if rules.scalar?.string.lowercased() == "any" { names = [] }
    } else {
      fields.refuse("a filter needs 'rules': the ids or names of rules, or 'any'")
      return nil
    }
    guard let detection = mappingNode(node, "filter"), let condition = self.detection(detection, also: ["rules"]) else {
      return nil
    }
    return .filter(SigmaFilter(rules: names, condition: condition, logsource: logsource, node: node, file: file))
  }

  private func mappingNode(_ node: Node, _ key: String) -> Node? {
    guard case .mapping(let mapping) = node else { return nil }
    return mapping[Node(key)]
  }
}

/// A scalar of a rule with its YAML 1.2 type. `yes`, `no`, `on` and `off` are texts, and so are
/// numbers that begin with 0: in rules they are codes.
enum SigmaScalar: Equatable {
  case text(String)
  case number(Double, String)
  case bool(Bool)
  case null

  init(_ scalar: Node.Scalar) {
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any else {
      self = .text(text)
      return
    }
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    default:
      if Self.isNumber(text), let number = Double(text) { self = .number(number, text) } else { self = .text(text) }
    }
  }

  var value: SigmaItem.Value {
    switch self {
    case .text(let text): .text(SigmaText(text))
    case .number(let number, let spelling): .number(number, spelling: spelling)
    case .bool(let value): .bool(value)
    case .null: .null
    }
  }

  private static func isNumber(_ text: String) -> Bool {
    var digits = Array(text.utf8)[...]
    if digits.first == UInt8(ascii: "-") { digits.removeFirst() }
    guard let first = digits.first, first &- 0x30 < 10 else { return false }
    if first == 0x30, digits.count > 1, digits.dropFirst().first! &- 0x30 < 10 { return false }
    return digits.allSatisfy {
      $0 &- 0x30 < 10
        || [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-")].contains($0)
    }
      && digits.last! &- 0x30 < 10
  }
}
