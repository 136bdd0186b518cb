/// Any JSON object as a record: for `rules match` and for tests beside rules.
///
/// An array stands for its members, at any depth; an object reached by a field is its minified text.
extension JSONValue: Record {
  public func presence(of field: Field) -> Presence {
    var found = false
    let present = find(field.keys, from: 0) { value in
      found = true
      return value != .null
    }
    return present ? .present : found ? .null : .absent
  }

  public func contains(_ field: Field, where test: (RecordValue) -> Bool) -> Bool {
    find(field.keys, from: 0) { $0.containsMember(where: test) }
  }

  public func containsText(where test: (RecordValue) -> Bool) -> Bool {
    switch self {
    case .array(let items): items.contains { $0.containsText(where: test) }
    case .object(let members): members.contains { $0.value.containsText(where: test) }
    default: scalar.map(test) ?? false
    }
  }

  /// The values found under a field, for group keys and counted fields; arrays are opened.
  public func values(of field: Field) -> [RecordValue] {
    var values: [RecordValue] = []
    _ = contains(field) {
      values.append($0)
      return false
    }
    return values
  }

  private var scalar: RecordValue? {
    switch self {
    case .null, .array: nil
    case .bool(let value): .bool(value)
    case .number(let spelling): .number(spelling: spelling)
    case .string(let text): .text(text)
    case .object: .text(minified)
    }
  }

  private func containsMember(where test: (RecordValue) -> Bool) -> Bool {
    if case .array(let items) = self { return items.contains { $0.containsMember(where: test) } }
    return scalar.map(test) ?? false
  }

  /// Calls `body` with each value at the path until it returns true.
  private func find(_ keys: [[Field.Key]], from part: Int, _ body: (JSONValue) -> Bool) -> Bool {
    switch self {
    case .array(let items):
      return items.contains { $0.find(keys, from: part, body) }
    case .object(let members):
      for key in keys[part] {
        guard let value = Self.member(key.folded, of: members) else { continue }
        if key.next == keys.count { return body(value) }
        var found = false
        if value.find(
          keys, from: key.next,
          {
            found = true; return body($0)
          })
        {
          return true
        }
        if found { return false }  // The longest literal key wins; a shorter one is no second chance.
      }
      return false
    default:
      return false
    }
  }

  private static func member(_ key: [UInt8], of members: [Member]) -> JSONValue? {
    for member in members where member.folded == key { return member.value }
    for member in members where member.squeezed == key { return member.value }
    return nil
  }
}
