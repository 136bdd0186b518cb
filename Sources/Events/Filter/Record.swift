/// What a ``Filter`` looks at: an event, or any flat or nested JSON object.
public protocol Record {
  func presence(of field: Field) -> Presence
  /// Whether one of the field's values that are not null passes; false if there is none.
  ///
  /// A call back for each value, because a list of them would cost an allocation for every test.
  func contains(_ field: Field, where test: (RecordValue) -> Bool) -> Bool
  /// Whether one of the record's texts passes, for keywords.
  func containsText(where test: (RecordValue) -> Bool) -> Bool
}

public enum Presence: Hashable, Sendable { case absent, null, present }

public enum RecordValue: Hashable, Sendable {
  case text(String)
  case integer(Int64)
  /// A JSON number as it was written, so that `18446744073709551615` stays itself.
  case number(spelling: String)
  case bool(Bool)

  /// The value as text: numbers as written, booleans as `true` and `false`.
  public var text: String {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .number(let spelling): spelling
    case .bool(let value): value ? "true" : "false"
    }
  }
}

/// A field name, resolved once: a column of events, or a path into nested objects.
///
/// Names compare without ASCII case. At each object the longest literal key wins (`a.b` before `a`
/// then `b`), a step over an array goes into every member, and a key with spaces also answers to its
/// name without them, as the Sigma specification asks.
public struct Field: Hashable, Sendable {
  public let name: String
  /// Set if the name is a column of events or an alias of one.
  public let column: Column?
  /// `keys[i]`: the literal keys that may start at the i-th part, the longest first, each with the
  /// index of the part after it.
  let keys: [[Key]]

  struct Key: Hashable, Sendable {
    let folded: [UInt8]
    let next: Int
  }

  public init(_ name: String) {
    self.name = name
    let lowered = name.lowercased()
    column = Self.columns[lowered]
    var parts = lowered.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if column == nil, parts.count > 1, parts[0] == "attrs" { parts.removeFirst() }
    keys = parts.indices.map { start in
      (start + 1...parts.count).reversed().map { end in
        Key(folded: CaseFolding.fold(parts[start..<end].joined(separator: ".")), next: end)
      }
    }
  }

  private static let columns: [String: Column] = {
    var names: [String: Column] = Column.aliases
    for column in Column.allCases { names[column.rawValue] = column }
    return names
  }()
}
