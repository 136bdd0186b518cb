import Events
import Storage

/// One match, or one window of a lower correlation, as it enters a window.
struct WindowMember {
  let ts: Int64
  /// Orders members of the same time, so that order never depends on how rows arrived.
  let id: EventID
  /// Number of the input it came from.
  let input: Int
  /// Values of the group as they were spelled.
  let group: [String]
  /// The counted values; empty if one is missing.
  let counted: [String]
  let weight: Int64
  let evidence: Evidence

  indirect enum Evidence {
    case event(row: Int64)
    /// Members of a group of the lower correlation.
    case members(WindowGroup, Range<Int>)
  }
}

/// A place where the condition held.
struct WindowAnchor: Hashable {
  /// The match at which the window ends, or begins if it looks ahead.
  let ts: Int64
  /// When the window ends.
  let end: Int64
  /// Members in the window.
  let members: Range<Int>
  let metric: Double
}

/// All members of one group, in order of time, and where the condition holds among them.
final class WindowGroup {
  let key: String
  let members: [WindowMember]
  private(set) var anchors: [WindowAnchor] = []

  /// - Parameter countsOnce: an event that several inputs matched is one member.
  init(key: String, members: [WindowMember], countsOnce: Bool) {
    self.key = key
    let sorted = members.sorted { ($0.ts, $0.id, $0.input) < ($1.ts, $1.id, $1.input) }
    guard countsOnce else {
      self.members = sorted
      return
    }
    self.members = sorted.indices.filter { index in
      index == 0 || (sorted[index].ts, sorted[index].id) != (sorted[index - 1].ts, sorted[index - 1].id)
    }.map { sorted[$0] }
  }

  /// The values as the earliest member spells them.
  var display: [String] { members.first?.group ?? [] }

  /// Finds the anchors.
  ///
  /// - Parameter horizon: time up to which all is known; windows that ask for absence must end by then.
  func evaluate(_ windows: Detector.Windows, horizon: Int64) {
    switch windows.condition {
    case .bounds(let bounds):
      var metric = WindowMetric(windows, inputs: windows.inputs.count)
      var low = 0
      var index = 0
      while index < members.count {
        let ts = members[index].ts
        var next = index
        while next < members.count, members[next].ts == ts {
          metric.add(members[next])
          next += 1
        }
        while members[low].ts < ts.saturatingSubtract(windows.span) {
          metric.remove(members[low])
          low += 1
        }
        let isKnown = !windows.isNegative || ts <= horizon
        if isKnown, let value = metric.value(members, low..<next), bounds.allSatisfy({ $0.holds(for: value) }),
          windows.kind != .temporalOrdered || inOrder(low..<next, atLeast: bounds, windows)
        {
          anchors.append(WindowAnchor(ts: ts, end: ts, members: low..<next, metric: value))
        }
        index = next
      }
    case .occurrences(let terms):
      for term in terms { evaluate(term, windows, horizon: horizon) }
      // Alternatives may find the same window.
      var seen: [Int64: WindowAnchor] = [:]
      for anchor in anchors {
        if let other = seen[anchor.ts] {
          seen[anchor.ts] = WindowAnchor(
            ts: anchor.ts, end: max(anchor.end, other.end),
            members: min(
              anchor.members.lowerBound, other.members.lowerBound)..<max(
                anchor.members.upperBound, other.members.upperBound),
            metric: max(anchor.metric, other.metric))
        } else {
          seen[anchor.ts] = anchor
        }
      }
      anchors = seen.values.sorted { $0.ts < $1.ts }
    }
  }

  private func evaluate(_ term: Correlation.Occurrence, _ windows: Detector.Windows, horizon: Int64) {
    let looksAhead = !term.absent.isEmpty
    var previous: Int64?
    for member in members {
      if looksAhead, !term.present.contains(member.input) { continue }
      if previous == member.ts { continue }
      previous = member.ts
      let from = looksAhead ? member.ts : member.ts.saturatingSubtract(windows.span)
      let to = looksAhead ? member.ts.saturatingAdd(windows.span) : member.ts
      if looksAhead, to > horizon { continue }
      let range = range(from, to)
      var present: Set<Int> = []
      for index in range { present.insert(members[index].input) }
      guard term.present.isSubset(of: present), term.absent.isDisjoint(with: present) else { continue }
      if windows.kind == .temporalOrdered, !inOrder(range, inputs: term.present.sorted()) { continue }
      anchors.append(WindowAnchor(ts: member.ts, end: to, members: range, metric: Double(present.count)))
    }
  }

  /// Whether as many inputs as the bounds ask for occur in the order in which the rule names them.
  private func inOrder(_ range: Range<Int>, atLeast bounds: [Correlation.Bound], _ windows: Detector.Windows) -> Bool {
    let all = Array(windows.inputs.indices)
    var needed = all.count
    for bound in bounds {
      if bound.comparison == .gte { needed = Int(bound.value.rounded(.up)) }
      if bound.comparison == .gt { needed = Int(bound.value.rounded(.down)) + 1 }
    }
    if needed >= all.count { return inOrder(range, inputs: all) }
    return longestOrder(range, inputs: all.count) >= needed
  }

  /// Earliest strictly later times, one input after the other.
  private func inOrder(_ range: Range<Int>, inputs: [Int]) -> Bool {
    var wanted = inputs[...]
    var after = Int64.min
    for index in range {
      guard let input = wanted.first else { return true }
      if members[index].input == input, members[index].ts > after {
        after = members[index].ts
        wanted.removeFirst()
      }
    }
    return wanted.isEmpty
  }

  /// The most inputs that occur at strictly later times in the order of their numbers.
  private func longestOrder(_ range: Range<Int>, inputs: Int) -> Int {
    // best[n]: the earliest time at which n inputs have occurred in order, with the last one's number.
    var best: [Int: Int64] = [:]  // subsets as bits; a rule names few
    best[0] = .min
    for index in range {
      let member = members[index]
      for (set, time) in best where set >> member.input == 0 && member.ts > time {
        let grown = set | 1 << member.input
        best[grown] = min(best[grown] ?? .max, member.ts)
      }
    }
    return best.keys.map(\.nonzeroBitCount).max() ?? 0
  }

  private func range(_ from: Int64, _ to: Int64) -> Range<Int> {
    let low = firstIndex { $0 >= from }
    return low..<max(low, firstIndex { $0 > to })
  }

  private func firstIndex(_ holds: (Int64) -> Bool) -> Int {
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      if holds(members[middle].ts) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// The metric of a window that slides: members enter at one end and leave at the other.
private struct WindowMetric {
  private let kind: Correlation.Kind
  private let percentile: Double
  private var weight: Int64 = 0
  private var counts: [String: Int] = [:]
  private var inputs: [Int]
  private var present = 0
  private var numbers = 0

  init(_ windows: Detector.Windows, inputs: Int) {
    kind = windows.kind
    percentile = windows.kind == .valueMedian ? 50 : windows.percentile
    self.inputs = Array(repeating: 0, count: inputs)
  }

  mutating func add(_ member: WindowMember) { change(member, by: 1) }
  mutating func remove(_ member: WindowMember) { change(member, by: -1) }

  private mutating func change(_ member: WindowMember, by sign: Int) {
    switch kind {
    case .eventCount: weight += Int64(sign) * member.weight
    case .valueCount:
      guard !member.counted.isEmpty else { return }
      let key = member.counted.count == 1 ? GroupKey.folded(member.counted[0]) : GroupKey.text(member.counted)
      let count = (counts[key] ?? 0) + sign
      counts[key] = count == 0 ? nil : count
    case .temporal, .temporalOrdered:
      let before = inputs[member.input]
      inputs[member.input] += sign
      if before == 0 || inputs[member.input] == 0 { present += sign }
    default: break
    }
  }

  /// `nil` if the window has no number to measure.
  func value(_ members: [WindowMember], _ range: Range<Int>) -> Double? {
    switch kind {
    case .eventCount: return Double(weight)
    case .valueCount: return Double(counts.count)
    case .temporal, .temporalOrdered: return Double(present)
    case .valueSum, .valueAverage, .valueMedian, .valuePercentile:
      // Summed anew for each window: floating point does not forget what leaves it.
      var numbers = range.compactMap { members[$0].counted.first.flatMap(Double.init) }.filter(\.isFinite)
      guard !numbers.isEmpty else { return nil }
      if kind == .valueSum { return numbers.sorted().reduce(0, +) }
      if kind == .valueAverage { return numbers.sorted().reduce(0, +) / Double(numbers.count) }
      numbers.sort()
      let position = Double(numbers.count - 1) * percentile / 100
      let below = Int(position)
      let share = position - Double(below)
      return below + 1 < numbers.count ? numbers[below] * (1 - share) + numbers[below + 1] * share : numbers[below]
    }
  }
}

extension Int64 {
  func saturatingAdd(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }

  func saturatingSubtract(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : difference
  }
}
