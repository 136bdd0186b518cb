import Events
import Storage

extension Detector {
  /// Groups the matches of all leaves and finds where the rule's condition holds.
  ///
  /// - Parameters:
  ///   - samples: the matches of each leaf, in any order.
  ///   - only: keys of the groups that matter; `nil`: all.
  ///   - horizon: time up to which all is known.
  func evaluate(_ samples: [[EventSample]], only: Set<String>? = nil, horizon: Int64 = .max) -> [WindowGroup] {
    Self.evaluate(root, samples, only: only, horizon: horizon)
  }

  private static func evaluate(
    _ windows: Windows, _ samples: [[EventSample]], only: Set<String>?, horizon: Int64
  ) -> [WindowGroup] {
    var groups: [String: [WindowMember]] = [:]
    func add(_ member: WindowMember) {
      if windows.needsGroup, member.group.contains("") { return }
      let key = GroupKey.text(member.group)
      if let only, !only.contains(key) { return }
      groups[key, default: []].append(member)
    }
    for (number, input) in windows.inputs.enumerated() {
      let groupSlots = windows.groupSlots[number]
      let countedSlots = windows.countedSlots[number]
      func pick(_ slots: [Int], _ values: [String]) -> [String] { slots.map { $0 < 0 ? "" : values[$0] } }
      func counted(_ values: [String]) -> [String] {
        let picked = pick(countedSlots, values)
        return picked.contains("") ? [] : picked
      }
      switch input {
      case .leaf(let leaf):
        for sample in samples[leaf] {
          add(
            WindowMember(
              ts: sample.ts, id: sample.id, input: number, group: pick(groupSlots, sample.values),
              counted: counted(sample.values), weight: sample.weight, evidence: .event(row: sample.rowID)))
        }
      case .windows(let inner):
        for group in evaluate(inner, samples, only: nil, horizon: horizon) {
          let values = group.display
          for anchor in group.anchors {
            let last = group.members[anchor.members.upperBound - 1]
            add(
              WindowMember(
                ts: anchor.end, id: last.id, input: number, group: pick(groupSlots, values), counted: counted(values),
                weight: 1, evidence: .members(group, anchor.members)))
          }
        }
      }
    }
    return groups.map { key, members in
      let group = WindowGroup(
        key: key, members: members, countsOnce: !windows.kind.isTemporal && windows.inputs.count > 1)
      group.evaluate(windows, horizon: horizon)
      return group
    }
  }
}

extension WindowGroup {
  struct Reference: Hashable {
    let ts: Int64
    let id: EventID
    let row: Int64

    static func precedes(_ a: Reference, _ b: Reference) -> Bool { (a.ts, a.id) < (b.ts, b.id) }
  }

  /// The events behind some of the members, each once, in order of time.
  func events(_ ranges: [Range<Int>]) -> [Reference] {
    var found: [Reference] = []
    var lower: [ObjectIdentifier: (group: WindowGroup, ranges: [Range<Int>])] = [:]
    var isPlain = true
    for range in Self.merged(ranges) {
      for index in range {
        let member = members[index]
        switch member.evidence {
        case .event(let row): found.append(Reference(ts: member.ts, id: member.id, row: row))
        case .members(let group, let range):
          isPlain = false
          lower[ObjectIdentifier(group), default: (group, [])].ranges.append(range)
        }
        if member.input > 0 { isPlain = false }
      }
    }
    if isPlain { return found }
    for (group, ranges) in lower.values { found += group.events(ranges) }
    return Array(Set(found)).sorted(by: Reference.precedes)
  }

  static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var merged: [Range<Int>] = []
    for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      if let last = merged.last, range.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    return merged
  }
}
