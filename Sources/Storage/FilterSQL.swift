import Events

/// A ``Filter`` as a condition on rows of `events`.
///
/// Where SQL can say the same, it is exact. Where it cannot (regular expressions, networks, fields in
/// `attrs`, letters with case beyond ASCII), the condition lets through every row that the filter
/// would, and more; ``isExact`` tells, and the caller asks the filter about each row again.
/// A property test holds both against random filters and events.
public struct FilterSQL: Hashable, Sendable {
  /// Never NULL, so it may stand behind NOT.
  public let condition: String
  /// By name, without the colon.
  public let parameters: [String: SQLValue]
  /// Whether the condition alone decides.
  public let isExact: Bool

  /// - Parameters:
  ///   - prefix: begins the names of parameters, so that two conditions may stand in one statement.
  ///   - table: qualifies the columns, such as `e` for `e.message`.
  public init(_ filter: Filter, prefix: String = "f", table: String? = nil) {
    var writer = Writer(prefix: prefix, qualifier: table.map { $0 + "." } ?? "")
    condition = writer.write(filter, .above)
    parameters = writer.parameters
    isExact = writer.isExact
  }
}

/// From which side a condition that cannot be exact approaches the filter: under a negation, more
/// rows become fewer.
private enum Side {
  case above, below
  var opposite: Side { self == .above ? .below : .above }
}

private struct Writer {
  let prefix: String
  let qualifier: String
  var parameters: [String: SQLValue] = [:]
  var isExact = true

  /// SQLite refuses patterns of more than 50,000 bytes.
  private static let patternBytesMax = 40_000

  mutating func write(_ filter: Filter, _ side: Side) -> String {
    switch filter {
    case .constant(let value): return value ? "1" : "0"
    case .all(let filters): return join(filters, " AND ", empty: "1", side)
    case .any(let filters): return texts(filters, side) ?? join(filters, " OR ", empty: "0", side)
    case .not(let filter): return "NOT (\(write(filter, side.opposite)))"
    case .keyword(let test): return keyword(test, side)
    case .test(let name, let test):
      let field = Field(name)
      guard let column = field.column else { return attribute(name, test, side) }
      return self.test(column, test, side)
    }
  }

  private mutating func join(_ filters: [Filter], _ word: String, empty: String, _ side: Side) -> String {
    if filters.isEmpty { return empty }
    return "(" + filters.map { write($0, side) }.joined(separator: word) + ")"
  }

  /// Many names for one column of our own words become one IN, which the index on `event` serves.
  private mutating func texts(_ filters: [Filter], _ side: Side) -> String? {
    guard filters.count > 1 else { return nil }
    var column: Events.Column?
    var names: [String] = []
    for filter in filters {
      guard case .test(let field, .equals(let text, false)) = filter, let found = Field(field).column,
        found.isVocabulary, column == nil || column == found, !text.isEmpty, Self.isASCII(text)
      else { return nil }
      column = found
      names.append(bind(.text(text.lowercased())))
    }
    return "\(self.name(column!)) IN (\(names.joined(separator: ", ")))"
  }

  // MARK: Columns

  private mutating func test(_ column: Events.Column, _ test: Filter.Test, _ side: Side) -> String {
    let name = self.name(column)
    let isInteger = column.kind == .integer || column.kind == .time
    let text = isInteger ? "CAST(\(name) AS TEXT)" : name
    let present = presence(column)
    switch test {
    case .equals(let needle, let caseSensitive):
      // An empty column is an absent field, so nothing equals the empty text.
      if needle.isEmpty { return "0" }
      if !Self.isSafe(needle) { return rough(present, side) }
      if caseSensitive { return both(present, isInteger, "\(text) = \(bind(.text(needle)))") }
      guard Self.isASCII(needle) else {
        return rough("\(present) AND \(like(text, [.text(needle)]))", side)
      }
      if column.isVocabulary { return "\(name) = \(bind(.text(needle.lowercased())))" }
      return both(present, isInteger, "\(text) = \(bind(.text(needle))) COLLATE NOCASE")
    case .number(let number, let spelling):
      if !isInteger { return self.test(column, .equals(spelling), side) }
      if let integer = Int64(spelling) {
        return String(integer) == spelling ? both(present, true, "\(name) = \(bind(.integer(integer)))") : "0"
      }
      let digits = spelling.hasPrefix("-") ? spelling.dropFirst() : spelling[...]
      if !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }) { return "0" }  // too large for a column
      return both(present, true, "CAST(\(name) AS REAL) = \(bind(.real(number)))")
    case .like(let pattern, let caseSensitive):
      let texts = pattern.pieces.compactMap { if case .text(let text) = $0 { text } else { nil } }
      guard texts.allSatisfy(Self.isSafe), texts.reduce(0, { $0 + $1.utf8.count }) < Self.patternBytesMax else {
        return rough(present, side)
      }
      if caseSensitive { return "(\(present) AND \(glob(text, pattern.pieces)))" }
      let condition = "(\(present) AND \(like(text, pattern.pieces)))"
      return texts.allSatisfy(Self.isASCII) ? condition : rough(condition, side)
    case .regex: return rough(present, side)
    case .network: return isInteger ? "0" : rough(present, side)
    case .compare(let comparison, let limit):
      guard isInteger else { return rough(present, side) }
      return both(present, true, "CAST(\(name) AS REAL) \(comparison.rawValue) \(bind(.real(limit)))")
    case .exists(let wanted): return wanted ? present : "NOT (\(present))"
    case .null: return "NOT (\(present))"
    case .sameAs(let other, _):
      guard let second = Field(other).column else { return rough(present, side) }
      return rough("\(present) AND \(presence(second))", side)
    case .datePart: return rough(present, side)
    }
  }

  /// A text column that equals or resembles something is present already.
  private func both(_ present: String, _ isInteger: Bool, _ condition: String) -> String {
    isInteger && present != "1" ? "(\(present) AND \(condition))" : "(\(condition))"
  }

  private func presence(_ column: Events.Column) -> String {
    switch column.kind {
    case .text, .json: "\(name(column)) <> ''"
    case .integer, .time: column.zeroIsAbsent ? "\(name(column)) <> 0" : "1"
    }
  }

  // MARK: Fields of `attrs`, and keywords

  private mutating func attribute(_ name: String, _ test: Filter.Test, _ side: Side) -> String {
    switch test {
    case .null, .exists(false): return rough("1", side)
    default: return rough(mentions(key: name), side)
    }
  }

  /// Rows whose `attrs` may hold the key. Spaces in keys do not count, and a key may hide behind `\u`.
  private mutating func mentions(key: String) -> String {
    let attrs = name(.attrs)
    let last = key.split(separator: ".", omittingEmptySubsequences: false).last.map(String.init) ?? key
    guard !last.isEmpty, last.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && ![0x22, 0x2F, 0x5C].contains($0) }) else {
      return "\(attrs) <> '{}'"
    }
    let pattern = "%" + Self.escapedLike(last) + "\"%"
    return "(replace(\(attrs), ' ', '') LIKE \(bind(.text(pattern))) ESCAPE '!' OR instr(\(attrs), '\\u') > 0)"
  }

  private mutating func keyword(_ test: Filter.Test, _ side: Side) -> String {
    let isLike = if case .like = test { true } else { false }
    let isEquals = if case .equals = test { true } else { false }
    guard isLike || isEquals else { return rough("1", side) }
    let columns = Events.Column.searched.map { self.test($0, test, side) }.joined(separator: " OR ")
    isExact = false
    if side == .below { return "(\(columns))" }
    let attrs = name(.attrs)
    guard case .like(let pattern, false) = test, pattern.pieces.allSatisfy(Self.isPlainInJSON) else {
      return "(\(columns) OR \(attrs) <> '{}')"
    }
    // A pattern is anchored to the value's ends, not to those of `attrs`.
    let pieces = [.anyRun] + pattern.pieces + [.anyRun]
    return "(\(columns) OR \(like(attrs, pieces)) OR instr(\(attrs), '\\u') > 0)"
  }

  /// Whether JSON writes the text as it is, but for `\u`.
  private static func isPlainInJSON(_ piece: Filter.Pattern.Piece) -> Bool {
    guard case .text(let text) = piece else { return true }
    return text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && ![0x22, 0x2F, 0x5C].contains($0) }
  }

  // MARK: Pieces of SQL

  /// A condition that is true for more rows than it should be: as it is from above, nothing from below.
  private mutating func rough(_ condition: String, _ side: Side) -> String {
    isExact = false
    return side == .above ? "(\(condition))" : "0"
  }

  private func name(_ column: Events.Column) -> String { qualifier + column.rawValue }

  private mutating func bind(_ value: SQLValue) -> String {
    let name = "\(prefix)\(parameters.count)"
    parameters[name] = value
    return ":" + name
  }

  /// Letters beyond ASCII become a wildcard: SQLite folds ASCII only.
  private mutating func like(_ text: String, _ pieces: [Filter.Pattern.Piece]) -> String {
    var pattern = ""
    for piece in pieces {
      switch piece {
      case .anyRun: pattern += "%"
      case .anyOne: pattern += "_"
      case .text(let plain):
        for scalar in plain.unicodeScalars {
          if scalar.isASCII { pattern += Self.escapedLike(String(Character(scalar))) } else { pattern += "%" }
        }
      }
    }
    return "\(text) LIKE \(bind(.text(pattern))) ESCAPE '!'"
  }

  private static func escapedLike(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      if scalar == "%" || scalar == "_" || scalar == "!" { escaped += "!" }
      escaped.unicodeScalars.append(scalar)
    }
    return escaped
  }

  private mutating func glob(_ text: String, _ pieces: [Filter.Pattern.Piece]) -> String {
    var pattern = ""
    for piece in pieces {
      switch piece {
      case .anyRun: pattern += "*"
      case .anyOne: pattern += "?"
      case .text(let plain):
        for scalar in plain.unicodeScalars {
          if scalar == "*" || scalar == "?" || scalar == "[" {
            pattern += "[\(scalar)]"
          } else {
            pattern.unicodeScalars.append(scalar)
          }
        }
      }
    }
    return "\(text) GLOB \(bind(.text(pattern)))"
  }

  private static func isASCII(_ text: String) -> Bool { text.utf8.allSatisfy { $0 < 0x80 } }

  /// SQLite's LIKE, GLOB and bindings stop at NUL.
  private static func isSafe(_ text: String) -> Bool { !text.utf8.contains(0) }
}

extension Events.Column {
  /// Columns that hold our own words only, which are lower case; so `=` is exact and an index serves it.
  var isVocabulary: Bool {
    switch self {
    case .event, .category, .outcome, .level: true
    default: false
    }
  }
}
