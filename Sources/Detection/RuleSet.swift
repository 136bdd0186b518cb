import Events
import StrictYAML

/// Rules as they were loaded together: references between them are resolved, broken ones are left out.
public struct RuleSet: Sendable {
  /// A rule file.
  public struct Source: Sendable {
    public let name: String
    public let text: String

    public init(name: String, text: String) {
      self.name = name
      self.text = text
    }
  }

  /// In the order of the files.
  public private(set) var rules: [Rule] = []
  /// Why rules were refused: file, line, column, next step.
  public internal(set) var problems: [Problem] = []
  /// What is odd but does not stop a rule.
  public private(set) var remarks: [Problem] = []
  private var index: [String: Int] = [:]
  /// Rules that only serve correlations.
  private var quiet: Set<String> = []

  public init(_ sources: [Source]) {
    var parsers: [SigmaParser] = []
    for source in sources { parsers.append(SigmaParser(name: source.name, text: source.text)) }
    var filters: [SigmaParser.SigmaFilter] = []
    var logsources: [String: [String: String]] = [:]
    var places: [String: Rule] = [:]
    for parser in parsers {
      problems += parser.file.problems
      remarks += parser.remarks
      logsources.merge(parser.logsources, uniquingKeysWith: { $1 })
      for document in parser.documents {
        switch document {
        case .filter(let filter): filters.append(filter)
        case .rule(let rule):
          if let other = places[rule.key] {
            problems.append(
              Problem(
                .config, at: rule.place, "two rules are called '\(rule.key)'", next: "The other one: \(other.place)"))
            continue
          }
          places[rule.key] = rule
          rules.append(rule)
        }
      }
    }
    apply(filters, logsources)
    resolve()
    check()
    for (position, rule) in rules.enumerated() { index[rule.key] = position }
  }

  /// The rule that a person means by `name`: key, id, name, title or file name.
  public func rule(_ name: String) -> Rule? {
    if let position = index[name] { return rules[position] }
    return rules.first { $0.aliases.contains(name) }
  }

  /// Whether the rule makes incidents itself, and not only serves correlations.
  public func isOutput(_ rule: Rule) -> Bool { !quiet.contains(rule.key) }

  /// The filters of all detections: what a reader matches while it reads (decision 23).
  ///
  /// The `id` is that of the rule; a correlation is matched through its detections.
  public var filters: [RuleFilter] {
    rules.flatMap { rule -> [RuleFilter] in
      var filters: [RuleFilter] = []
      if case .detection(let filter) = rule.body, rule.alert.silence == nil {
        filters.append(Self.filter(rule.key, filter))
      }
      if let filter = rule.alert.resolveWhen { filters.append(Self.filter(rule.key + "/resolve", filter)) }
      return filters
    }
  }

  static func filter(_ id: String, _ filter: Filter) -> RuleFilter {
    do {
      return try RuleFilter(id: id, hash: filter.hash, filter: filter, requiredLiterals: filter.requiredLiterals)
    } catch {
      preconditionFailure("a filter that did not compile passed the parser: \(error)")
    }
  }

  // MARK: Between rules

  private mutating func apply(_ filters: [SigmaParser.SigmaFilter], _ logsources: [String: [String: String]]) {
    for filter in filters {
      for name in filter.rules where !rules.contains(where: { $0.key == name || $0.aliases.contains(name) }) {
        filter.file.fault(at: filter.node, "the filter names a rule that is not here: '\(name)'", width: 1)
        problems.append(filter.file.problems.last!)
      }
      for position in rules.indices {
        let rule = rules[position]
        guard case .detection(let condition) = rule.body,
          filter.rules.isEmpty || filter.rules.contains(where: { rule.aliases.contains($0) }),
          filter.logsource.allSatisfy({ logsources[rule.key]?[$0.key] == $0.value })
        else { continue }
        rules[position] = rule.with(.detection(.all([condition, filter.condition])))
      }
    }
  }

  /// Turns references into keys, and refuses correlations that lead nowhere or in circles.
  private mutating func resolve() {
    var keys: [String: String] = [:]
    for rule in rules.reversed() { for alias in rule.aliases.reversed() { keys[alias] = rule.key } }
    for rule in rules { keys[rule.key] = rule.key }
    var broken: Set<String> = []
    for position in rules.indices {
      guard case .correlation(var correlation) = rules[position].body else { continue }
      let rule = rules[position]
      if let text = correlation.conditionText, correlation.rules.isEmpty {
        correlation.rules = text.names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
      }
      let names = correlation.rules
      for name in names where keys[name] == nil {
        let closest = Suggestion.sentence(for: name, among: keys.keys.sorted())
        problems.append(
          Problem(.config, at: rule.place, "the correlation names a rule that is not here: '\(name)'.\(closest)"))
        broken.insert(rule.key)
      }
      if broken.contains(rule.key) { continue }
      correlation.rules = names.map { keys[$0]! }
      for (alias, fields) in correlation.aliases {
        correlation.aliases[alias] = Dictionary(
          fields.map { (keys[$0.key] ?? $0.key, $0.value) }, uniquingKeysWith: { $1 })
      }
      if let text = correlation.conditionText {
        guard let occurrences = occurrences(text, names: names, keys: keys, correlation.rules, at: rule.place) else {
          broken.insert(rule.key)
          continue
        }
        correlation.condition = .occurrences(occurrences)
      }
      rules[position] = rule.with(.correlation(correlation))
    }
    // A correlation over a broken one is broken, too; so is every member of a circle.
    var sound = Set(rules.filter { if case .detection = $0.body { true } else { false } }.map(\.key))
    var grew = true
    while grew {
      grew = false
      for rule in rules where !sound.contains(rule.key) && !broken.contains(rule.key) {
        guard case .correlation(let correlation) = rule.body, correlation.rules.allSatisfy(sound.contains) else {
          continue
        }
        sound.insert(rule.key)
        grew = true
      }
    }
    for rule in rules where !sound.contains(rule.key) && !broken.contains(rule.key) {
      problems.append(
        Problem(.config, at: rule.place, "the correlation refers to itself, or to a rule that was refused"))
    }
    rules.removeAll { !sound.contains($0.key) }
    for rule in rules {
      if case .correlation(let correlation) = rule.body, !correlation.generate { quiet.formUnion(correlation.rules) }
    }
    // A rule that says how it alerts is meant to, whoever else refers to it.
    for rule in rules where rule.alert.isGiven { quiet.remove(rule.key) }
  }

  /// The condition in disjunctive normal form.
  private mutating func occurrences(
    _ condition: SigmaCondition, names: [String], keys: [String: String], _ rules: [String], at place: String
  ) -> [Correlation.Occurrence]? {
    func terms(_ condition: SigmaCondition, negated: Bool) -> [Correlation.Occurrence]? {
      switch condition {
      case .name(let name):
        guard let key = keys[name], let slot = rules.firstIndex(of: key) else { return nil }
        return [Correlation.Occurrence(present: negated ? [] : [slot], absent: negated ? [slot] : [])]
      case .quantified(let all, let pattern):
        let chosen = names.filter { SigmaCondition.matches(pattern, $0) }.map(SigmaCondition.name)
        return chosen.isEmpty ? nil : terms(all ? .all(chosen) : .any(chosen), negated: negated)
      case .not(let part): return terms(part, negated: !negated)
      case .all(let parts), .any(let parts):
        let isConjunction = if case .all = condition { !negated } else { negated }
        let children = parts.compactMap { terms($0, negated: negated) }
        guard children.count == parts.count else { return nil }
        guard isConjunction else { return children.flatMap { $0 } }
        return children.reduce([Correlation.Occurrence(present: [], absent: [])]) { product, child in
          product.flatMap { a in
            child.map {
              Correlation.Occurrence(present: a.present.union($0.present), absent: a.absent.union($0.absent))
            }
          }.filter { $0.present.isDisjoint(with: $0.absent) }
        }
      }
    }
    guard let found = terms(condition, negated: false) else {
      problems.append(
        Problem(.config, at: place, "the condition names a rule that is not among the correlation's 'rules'"))
      return nil
    }
    guard found.allSatisfy({ !$0.present.isEmpty }) else {
      problems.append(
        Problem(
          .config, at: place, "the condition holds when nothing happens",
          next: "Name at least one rule that must occur in each alternative."))
      return nil
    }
    return found
  }

  /// Looks for field names that no event has.
  private mutating func check() {
    let columns = Column.allCases.map(\.rawValue) + Array(Column.aliases.keys)
    for rule in rules {
      var fields = rule.alert.groupBy
      if case .detection(let filter) = rule.body { fields += filter.fields }
      if case .correlation(let correlation) = rule.body {
        fields += correlation.groupBy.filter { correlation.aliases[$0] == nil }
      }
      for field in Set(fields).sorted() where Field(field).column == nil && !field.contains(".") {
        guard let closest = Suggestion.closest(to: field, among: columns) else { continue }
        remarks.append(
          Problem(
            .config, at: rule.place, "'\(field)' is no column of events. Did you mean '\(closest)'?",
            next: "It is looked for in attrs."))
      }
    }
  }
}

extension Rule {
  func with(_ body: Body) -> Rule {
    Rule(
      key: key, id: id, name: name, title: title, description: description, author: author, level: level,
      references: references, falsePositives: falsePositives, tags: tags, body: body, alert: alert, place: place,
      file: file)
  }
}
