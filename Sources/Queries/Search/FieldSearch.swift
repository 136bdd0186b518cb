import Events
import Storage

/// What a person types to find events: words, and `field=value` conditions.
///
///     203.0.113.9 outcome=failure actor~*@example.com severity>=high http_status!=404
public struct FieldSearch: Sendable {
  /// Must all be found, each as it is written.
  public private(set) var texts: [String] = []
  public private(set) var filter: Filter

  /// - Parameters:
  ///   - terms: one command-line argument each.
  ///   - now, zone: for fields that hold times.
  /// - Throws: ``Problem`` (`usage`): an unknown field with what was probably meant, or a value that
  ///   does not fit it.
  public init(_ terms: [String], now: Int64, zone: TimeExpression.Zone) throws {
    var filters: [Filter] = []
    for term in terms {
      if let condition = Condition(term) {
        filters.append(try condition.filter(now: now, zone: zone))
      } else if !term.isEmpty {
        texts.append(term)
      }
    }
    filter = filters.isEmpty ? .constant(true) : filters.count == 1 ? filters[0] : .all(filters)
  }

  /// Further texts, whatever they look like.
  public mutating func find(_ more: [String]) { texts += more.filter { !$0.isEmpty } }

  /// A further condition.
  public mutating func require(_ condition: Filter) {
    if case .constant(true) = filter { filter = condition } else { filter = .all([filter, condition]) }
  }

  /// `actor` or `target` is the user.
  public static func user(_ name: String) -> Filter {
    .any([text("actor", name), text("target", name)])
  }

  /// A value with `*` or `?` is a pattern, every other one must be equal, without case.
  public static func text(_ field: String, _ value: String) -> Filter {
    value.contains { $0 == "*" || $0 == "?" }
      ? .test(field: field, .like(pattern(value))) : .test(field: field, .equals(value))
  }

  static func pattern(_ text: String) -> Filter.Pattern {
    var pieces: [Filter.Pattern.Piece] = []
    var run = ""
    var rest = Substring(text)
    while let character = rest.popFirst() {
      switch character {
      case "\\" where rest.first.map({ "*?\\".contains($0) }) == true: run.append(rest.removeFirst())
      case "*", "?":
        if !run.isEmpty { pieces.append(.text(run)) }
        run = ""
        pieces.append(character == "*" ? .anyRun : .anyOne)
      default: run.append(character)
      }
    }
    if !run.isEmpty || pieces.isEmpty { pieces.append(.text(run)) }
    return Filter.Pattern(pieces: pieces)
  }
}

/// `field`, operator, value.
private struct Condition {
  let field: String
  let sign: String
  let value: String

  private static let signs = ["!=", "!~", ">=", "<=", "=", "~", ">", "<"]

  /// `nil` for a plain text. A field name is letters, digits, `_` and `.` only and begins with a
  /// letter, so `C:/x`, `10.0.0.1` and `a@b=c` are texts; so is `key =value` with its blank.
  init?(_ term: String) {
    let name = term.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "-") }
    guard let first = name.first, first.isLetter, name.count <= 64 else { return nil }
    let rest = term.dropFirst(name.count)
    guard let sign = Self.signs.first(where: rest.hasPrefix) else { return nil }
    field = String(name).replacing("-", with: "_")
    self.sign = sign
    value = String(rest.dropFirst(sign.count))
  }

  func filter(now: Int64, zone: TimeExpression.Zone) throws -> Filter {
    let filter = try test(now: now, zone: zone)
    return sign.hasPrefix("!") ? .not(filter) : filter
  }

  private func test(now: Int64, zone: TimeExpression.Zone) throws -> Filter {
    if field.lowercased() == "user" {
      guard ["=", "!=", "~", "!~"].contains(sign) else { throw mismatch("a text; use = or ~.") }
      return sign.hasSuffix("~")
        ? .any([like("actor"), like("target")])
        : .any([FieldSearch.text("actor", value), FieldSearch.text("target", value)])
    }
    guard let column = Field(field).column else {
      // Other fields of the record live in `attrs` under their own names.
      guard field.lowercased().hasPrefix("attrs.") else { throw unknown }
      return try attribute()
    }
    switch column.kind {
    case .time:
      guard sign != "~", sign != "!~" else { throw mismatch("a time; use =, <, >, <= or >=.") }
      guard let time = TimeExpression.microseconds(value, now: now, zone: zone) else {
        throw Problem(.usage, at: "\(field)\(sign)\(value)", "'\(value)' is not a time.", next: TimeExpression.examples)
      }
      return number(column, Double(time), String(time))
    case .integer:
      guard sign != "~", sign != "!~" else { throw mismatch("a number; use =, <, >, <= or >=.") }
      let number = column == .severity ? Severity.value(value) : Int64(value)
      guard let number else {
        throw mismatch(
          column == .severity ? "one of \(Severity.names.dropFirst().joined(separator: ", "))." : "a number.")
      }
      return self.number(column, Double(number), String(number))
    case .text, .json:
      switch sign {
      case "=", "!=":
        if value.isEmpty { return .test(field: column.rawValue, .null) }
        if column == .sourceIP, value.contains("/") { return .test(field: column.rawValue, .network(value)) }
        return FieldSearch.text(column.rawValue, value)
      case "~", "!~": return like(column.rawValue)
      default: throw mismatch("a text; use =, != or ~.")
      }
    }
  }

  /// `~`: somewhere in the text, unless wildcards say where.
  private func like(_ field: String) -> Filter {
    let hasWildcard = value.contains { $0 == "*" || $0 == "?" }
    return .test(field: field, .like(hasWildcard ? FieldSearch.pattern(value) : Filter.Pattern(value, at: .anywhere)))
  }

  private func number(_ column: Column, _ value: Double, _ spelling: String) -> Filter {
    switch sign {
    case "=", "!=": .test(field: column.rawValue, .number(value, spelling: spelling))
    default: .test(field: column.rawValue, .compare(Filter.Comparison(rawValue: sign)!, value))
    }
  }

  private func attribute() throws -> Filter {
    switch sign {
    case "=", "!=": return value.isEmpty ? .test(field: field, .null) : FieldSearch.text(field, value)
    case "~", "!~": return like(field)
    default:
      guard let number = Double(value) else { throw mismatch("compared as a number, and '\(value)' is none.") }
      return .test(field: field, .compare(Filter.Comparison(rawValue: sign)!, number))
    }
  }

  private func mismatch(_ what: String) -> Problem {
    Problem(
      .usage, at: "\(field)\(sign)\(value)", "field '\(field)' is \(what)", next: "All fields: seclog query columns")
  }

  private var unknown: Problem {
    let names = Column.allCases.map(\.rawValue) + Array(Column.aliases.keys) + ["user"]
    return Problem(
      .usage, at: "\(field)\(sign)\(value)",
      "unknown field '\(field)'.\(Suggestion.sentence(for: field, among: names.sorted()))",
      next:
        "All fields: seclog query columns. A field of the record: attrs.\(field)\(sign)…\nTo find the text itself: --text '\(field)\(sign)…'"
    )
  }
}
