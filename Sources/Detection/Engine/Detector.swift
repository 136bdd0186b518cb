import Crypto
import Events
import Storage

/// A rule ready to make incidents: its detections with the fields they must deliver, and above them
/// the windows, which may stand on other windows.
///
/// A plain detection is a window of no width that one match fills.
struct Detector {
  /// A detection at the bottom.
  struct Leaf {
    let rule: String
    let filter: Filter
    let compiled: CompiledFilter
    /// Fields that a sample of this leaf carries, in this order.
    var names: [String]
    var fields: [Field] { names.map(Field.init) }

    mutating func slot(_ name: String) -> Int {
      if let slot = names.firstIndex(of: name) { return slot }
      names.append(name)
      return names.count - 1
    }
  }

  indirect enum Input {
    case leaf(Int)
    case windows(Windows)
  }

  /// One correlation.
  struct Windows {
    var kind: Correlation.Kind
    var condition: Correlation.Condition
    var span: Int64
    var percentile: Double
    var groupNames: [String]
    /// Whether a match without a value for the group is left out (Sigma) or counts as the empty value.
    var needsGroup: Bool
    var inputs: [Input]
    /// For each input, where its matches keep the group's values and the counted ones; -1 = nowhere.
    var groupSlots: [[Int]]
    var countedSlots: [[Int]]

    /// How far back an anchor's evidence may lie, and how far ahead.
    var reach: Int64 {
      span + (inputs.map { if case .windows(let inner) = $0 { inner.reach } else { 0 } }.max() ?? 0)
    }

    /// Whether it asks that something did not happen: then a window must be over before it is judged.
    var looksAhead: Bool {
      if case .occurrences(let terms) = condition { return terms.contains { !$0.absent.isEmpty } }
      return false
    }

    /// Whether fewer matches can make it true.
    var isNegative: Bool {
      switch condition {
      case .occurrences: looksAhead
      case .bounds(let bounds): bounds.contains { [.lt, .lte, .eq, .neq].contains($0.comparison) }
      }
    }
  }

  let rule: Rule
  /// Changes whenever the incidents could.
  let hash: String
  private(set) var leaves: [Leaf] = []
  let root: Windows
  let mergeGap: Int64
  let resolveAfter: Int64
  /// Of events that end an incident.
  private(set) var resolver: Leaf?

  /// - Returns: `nil` for rules that look at sources instead of events.
  init?(_ rule: Rule, in rules: RuleSet) {
    guard rule.alert.silence == nil else { return nil }
    self.rule = rule
    var leaves: [Leaf] = []
    var windows: Windows
    switch rule.body {
    case .detection:
      guard let leaf = Self.leaf(rule, in: &leaves) else { return nil }
      windows = Windows(
        kind: .eventCount, condition: .bounds([Correlation.Bound(comparison: .gte, value: 1)]), span: 0, percentile: 0,
        groupNames: rule.alert.groupBy, needsGroup: false, inputs: [.leaf(leaf)],
        groupSlots: [rule.alert.groupBy.map { leaves[leaf].slot($0) }], countedSlots: [[]])
      mergeGap = rule.alert.mergeGap ?? 3_600_000_000
    case .correlation(let correlation):
      guard let found = Self.windows(correlation, in: rules, &leaves) else { return nil }
      windows = found
      mergeGap = rule.alert.mergeGap ?? correlation.timespan
    }
    resolveAfter = rule.alert.resolveAfter ?? mergeGap
    if let deadline = rule.alert.deadline {
      guard case .leaf(let leaf)? = windows.inputs.first else { return nil }
      windows.countedSlots[0] = [leaves[leaf].slot(deadline.field)]
    }
    root = windows
    if let filter = rule.alert.resolveWhen, let compiled = try? CompiledFilter(filter) {
      resolver = Leaf(
        rule: rule.key, filter: filter, compiled: compiled,
        names: rule.alert.groupBy.isEmpty ? root.groupNames : rule.alert.groupBy)
    }
    self.leaves = leaves
    hash = Self.hash(rule, leaves, root, mergeGap, resolveAfter)
  }

  private static func leaf(_ rule: Rule, in leaves: inout [Leaf]) -> Int? {
    if let known = leaves.firstIndex(where: { $0.rule == rule.key }) { return known }
    guard case .detection(let filter) = rule.body, let compiled = try? CompiledFilter(filter) else { return nil }
    leaves.append(Leaf(rule: rule.key, filter: filter, compiled: compiled, names: []))
    return leaves.count - 1
  }

  private static func windows(_ correlation: Correlation, in rules: RuleSet, _ leaves: inout [Leaf]) -> Windows? {
    var inputs: [Input] = []
    var groupSlots: [[Int]] = []
    var countedSlots: [[Int]] = []
    for (index, key) in correlation.rules.enumerated() {
      guard let rule = rules.rule(key) else { return nil }
      let groups = correlation.groupBy.map { correlation.field($0, ofRule: index) }
      let counted = correlation.field.map { correlation.field($0, ofRule: index) }
      switch rule.body {
      case .detection:
        guard let leaf = leaf(rule, in: &leaves) else { return nil }
        inputs.append(.leaf(leaf))
        groupSlots.append(groups.map { leaves[leaf].slot($0) })
        countedSlots.append(counted.map { leaves[leaf].slot($0) })
      case .correlation(let inner):
        guard let windows = windows(inner, in: rules, &leaves) else { return nil }
        inputs.append(.windows(windows))
        let names = windows.groupNames
        groupSlots.append(groups.map { names.firstIndex(of: $0) ?? -1 })
        countedSlots.append(counted.map { names.firstIndex(of: $0) ?? -1 })
      }
    }
    return Windows(
      kind: correlation.kind, condition: correlation.condition, span: correlation.timespan,
      percentile: correlation.percentile,
      groupNames: correlation.groupBy, needsGroup: true, inputs: inputs, groupSlots: groupSlots,
      countedSlots: countedSlots)
  }

  private static func hash(_ rule: Rule, _ leaves: [Leaf], _ root: Windows, _ mergeGap: Int64, _ resolveAfter: Int64)
    -> String
  {
    // Only texts are put into texts: to print arrays and cases as they are, Swift looks through every
    // conformance of the program, and cron waits.
    func list(_ texts: [String]) -> String { "[" + texts.joined(separator: ", ") + "]" }
    func list(_ numbers: some Sequence<Int>) -> String { list(numbers.map(String.init)) }
    func text(_ windows: Windows) -> String {
      let condition =
        switch windows.condition {
        case .bounds(let bounds):
          bounds.map { $0.comparison.rawValue + $0.value.description }.sorted().joined(separator: ",")
        case .occurrences(let terms):
          terms.map { "+" + list($0.present.sorted()) + "-" + list($0.absent.sorted()) }.sorted().joined(separator: ",")
        }
      let inputs = windows.inputs.map { input in
        switch input {
        case .leaf(let leaf): String(leaf)
        case .windows(let inner): text(inner)
        }
      }
      let parts = [
        windows.kind.rawValue, condition, String(windows.span), windows.percentile.description,
        list(windows.groupNames.map(JSONValue.quoted)), list(inputs), list(windows.groupSlots.map(list)),
        list(windows.countedSlots.map(list)),
      ]
      return "(" + parts.joined(separator: " ") + ")"
    }
    let alert = rule.alert
    var parts = leaves.map { $0.filter.hash + " " + list($0.names.map(JSONValue.quoted)) }
    parts.append(text(root))
    let levels = alert.levels.map { $0.level.name + $0.atLeast.description }
    parts.append([String(mergeGap), String(resolveAfter), rule.level.name, list(levels)].joined(separator: " "))
    parts.append(alert.resolveWhen?.hash ?? "")
    parts.append(alert.deadline.map { $0.field + list($0.ladder.map { String($0.before) + $0.level.name }) } ?? "")
    let digest = SHA256.hash(data: Array(parts.joined(separator: "\n").utf8))
    return digest.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// The groups that a match of a leaf belongs to at the top, as keys; none if a value is missing.
  func groups(of sample: EventSample, leaf: Int) -> [String] {
    func values(_ windows: Windows) -> [[String]] {
      var found: [[String]] = []
      for (index, input) in windows.inputs.enumerated() {
        let rows: [[String]]
        switch input {
        case .leaf(let number): rows = number == leaf ? [sample.values] : []
        case .windows(let inner): rows = values(inner)
        }
        for row in rows {
          let group = windows.groupSlots[index].map { $0 < 0 ? "" : row[$0] }
          if windows.needsGroup, group.contains("") { continue }
          found.append(group)
        }
      }
      return found
    }
    return values(root).map(GroupKey.text)
  }

  /// The group that an event which resolves belongs to.
  func group(ofResolver sample: EventSample) -> String { GroupKey.text(sample.values) }
}

/// Values of a group as one text: equal for values that differ in case only.
enum GroupKey {
  static func text(_ values: [String]) -> String {
    "[" + values.map { JSONValue.quoted(folded($0)) }.joined(separator: ",") + "]"
  }

  static func folded(_ text: String) -> String {
    var bytes = Array(text.utf8)
    for index in bytes.indices where bytes[index] &- 0x41 < 26 { bytes[index] |= 0x20 }
    return String(decoding: bytes, as: UTF8.self)
  }
}
