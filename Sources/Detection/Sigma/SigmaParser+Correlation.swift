import Events
import StrictYAML
import Yams

extension SigmaParser {
  /// - Parameter generate: the key as some write it, outside of `correlation`.
  func correlation(_ fields: YAMLFields, generate: Bool?) -> Correlation? {
    let faults = file.problems.count
    guard let kind = fields.choice("type", of: Correlation.Kind.self) else {
      if file.problems.count == faults {
        fields.refuse(
          "a correlation needs a 'type'",
          next: "One of: \(Correlation.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return nil
    }
    let rules = fields.strings("rules") ?? []
    let groupBy = fields.strings("group-by") ?? []
    let timespan = self.timespan(fields)
    let inner = fields.bool("generate")
    var aliases: [String: [String: String]] = [:]
    if let mapping = fields.mapping("aliases") {
      for alias in mapping.keys {
        guard let names = mapping.mapping(alias) else { continue }
        aliases[alias] = Dictionary(
          names.keys.compactMap { key in names.string(key).map { (key, $0) } }, uniquingKeysWith: { $1 })
      }
    }
    var bounds: [Correlation.Bound] = []
    var text: SigmaCondition?
    var counted: [String] = []
    var percentile = 50.0
    switch fields.node("condition") {
    case .scalar(let scalar):
      guard kind.isTemporal else {
        fields.refuse(
          "condition", "a condition in words is for temporal correlations",
          next: "Write a bound, such as: condition: {gte: 5}")
        break
      }
      do throws(SigmaCondition.Fault) { text = try SigmaCondition(scalar.string) } catch {
        fields.refuse("condition", error.what)
      }
    case .mapping(let mapping):
      guard let condition = fields.mapping("condition") else { break }
      for comparison in Correlation.Bound.Comparison.allCases {
        guard let value = condition.string(comparison.rawValue) else { continue }
        guard let number = Double(value) else {
          condition.refuse(comparison.rawValue, "'\(comparison.rawValue)' wants a number")
          continue
        }
        bounds.append(Correlation.Bound(comparison: comparison, value: number))
      }
      counted = condition.strings("field") ?? []
      if let value = condition.string("percentile") {
        guard let number = Double(value), (0...100).contains(number) else {
          condition.refuse("percentile", "'percentile' is a number from 0 to 100")
          break
        }
        percentile = number
      } else if kind == .valuePercentile {
        condition.refuse("'value_percentile' needs a 'percentile' from 0 to 100")
      }
      condition.finish()
      if bounds.isEmpty, !mapping.isEmpty {
        condition.refuse("a condition needs a bound", next: "One or two of: gt, gte, lt, lte, eq, neq")
      }
    case nil:
      if kind.isTemporal { break }
      fields.refuse("'\(kind.rawValue)' needs a 'condition'", next: "Such as: condition: {gte: 5}")
    default: fields.refuse("condition", "'condition' is a mapping of bounds")
    }
    fields.finish()
    if rules.isEmpty, text == nil { fields.refuse("a correlation names the 'rules' it watches") }
    if kind.needsField, counted.isEmpty { fields.refuse("'\(kind.rawValue)' needs a 'field' in its condition") }
    if kind.isTemporal, bounds.isEmpty, text == nil {
      bounds = [Correlation.Bound(comparison: .gte, value: Double(rules.count))]
    }
    guard file.problems.count == faults, let timespan else { return nil }
    return Correlation(
      kind: kind, rules: rules, groupBy: groupBy, timespan: timespan, condition: .bounds(bounds), field: counted,
      percentile: percentile, aliases: aliases, generate: inner ?? generate ?? false, conditionText: text)
  }

  private func timespan(_ fields: YAMLFields) -> Int64? {
    let key = fields.keys.contains("timeframe") && !fields.keys.contains("timespan") ? "timeframe" : "timespan"
    guard let text = fields.string(key) else {
      fields.refuse("a correlation needs a 'timespan'", next: "Such as: timespan: 10m")
      return nil
    }
    guard let span = Self.microseconds(text), span > 0 else {
      fields.refuse(key, "'\(key)' is a number and one of s, m, h, d, w, M, y")
      return nil
    }
    return span
  }

  /// - Parameter text: a number and a unit; `M` is a month and `y` a year of the mean length.
  static func microseconds(_ text: String) -> Int64? {
    let units: [Character: Int64] = [
      "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952,
    ]
    guard let last = text.last, let unit = units[last], let number = Int64(text.dropLast()), number >= 0,
      number < 1_000_000
    else { return nil }
    return number * unit * 1_000_000
  }

  // MARK: x-alert

  func alertOptions(_ rule: YAMLFields) -> AlertOptions {
    var options = AlertOptions()
    guard let fields = rule.mapping("x-alert") else { return options }
    options.isGiven = true
    options.groupBy = fields.strings("group-by") ?? []
    options.mergeGap = span(fields, "merge_gap")
    options.resolveAfter = span(fields, "resolve_after")
    options.notifyAgeMax = span(fields, "notify_max_age")
    options.remindEvery = span(fields, "remind_every").map { $0 == .max ? 0 : $0 } ?? 0
    options.tellsResolved = fields.bool("notify_resolved") ?? false
    options.runbook = fields.string("runbook") ?? ""
    options.query = fields.string("query") ?? ""
    if let node = fields.node("resolve_when") { options.resolveWhen = detection(node) }
    if let levels = fields.mapping("levels") {
      for name in levels.keys {
        guard let level = Level(name: name) else {
          levels.refuse(
            name, "'\(name)' is no level", next: "Levels: \(Level.allCases.map(\.name).joined(separator: ", "))")
          continue
        }
        guard let number = levels.string(name).flatMap(Double.init) else {
          levels.refuse(name, "'\(name)' wants a number")
          continue
        }
        options.levels.append((level, number))
      }
      options.levels.sort { $0.level < $1.level }
    }
    if let deadline = fields.mapping("deadline") {
      let field = deadline.string("field") ?? ""
      if Column(rawValue: field)?.kind != .time {
        deadline.refuse("field", "'field' is a column that holds a time, such as cert_not_after")
      }
      var ladder: [(before: Int64, level: Level)] = []
      if let rungs = deadline.mapping("ladder") {
        for rung in rungs.keys {
          guard let before = Self.microseconds(rung), let level = rungs.string(rung).flatMap(Level.init(name:)) else {
            rungs.refuse(rung, "a rung is a time before the deadline and a level, such as '7d: medium'")
            continue
          }
          ladder.append((before, level))
        }
      }
      if ladder.isEmpty {
        deadline.refuse("a deadline needs a 'ladder'", next: "Such as: ladder: {30d: informational, 7d: medium}")
      }
      ladder.sort { ($0.before, $1.level) > ($1.before, $0.level) }
      deadline.finish()
      options.deadline = AlertOptions.Deadline(field: field, ladder: ladder)
    }
    if let silence = fields.mapping("silence") {
      options.silence = AlertOptions.Silence(
        after: span(silence, "after") ?? 3_600_000_000, times: silence.string("times").flatMap(Double.init) ?? 10)
      silence.finish()
    }
    fields.finish()
    return options
  }

  /// Microseconds; `.max` for `never`.
  private func span(_ fields: YAMLFields, _ key: String) -> Int64? {
    guard let text = fields.string(key) else { return nil }
    if text == "never" { return .max }
    guard let span = Self.microseconds(text) else {
      fields.refuse(key, "'\(key)' is a span of time such as 15m, 24h or 90d, or 'never'")
      return nil
    }
    return span
  }
}
