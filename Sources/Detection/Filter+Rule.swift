import Crypto
import Events

extension Filter {
  /// Names the condition for matches: equal for equal filters, on every machine and build.
  public var hash: String {
    let digest = SHA256.hash(data: Array(canonical.utf8))
    return digest.prefix(16).map { byte in
      let hex = String(byte, radix: 16)
      return hex.count == 1 ? "0" + hex : hex
    }.joined()
  }

  /// The filter as text, without ambiguity: texts carry their length.
  private var canonical: String {
    func text(_ text: String) -> String { "\(text.utf8.count):\(text)" }
    func pattern(_ pattern: Pattern) -> String {
      pattern.pieces.map { piece in
        switch piece {
        case .text(let value): text(value)
        case .anyRun: "*"
        case .anyOne: "?"
        }
      }.joined()
    }
    func test(_ test: Test) -> String {
      switch test {
      case .equals(let value, let caseSensitive): "=\(caseSensitive)\(text(value))"
      case .number(let number, let spelling): "#\(number)\(text(spelling))"
      case .like(let value, let caseSensitive): "~\(caseSensitive)\(pattern(value))"
      case .regex(let value): "r\(text(value))"
      case .network(let value): "n\(text(value))"
      case .compare(let comparison, let number): "c\(comparison.rawValue)\(number)"
      case .exists(let wanted): "e\(wanted)"
      case .null: "0"
      case .sameAs(let field, let position): "f\(position)\(text(field))"
      case .datePart(let part, let number): "d\(part.rawValue)\(number)"
      }
    }
    switch self {
    case .constant(let value): return "K\(value)"
    case .all(let filters): return "A(" + filters.map(\.canonical).joined() + ")"
    case .any(let filters): return "O(" + filters.map(\.canonical).joined() + ")"
    case .not(let filter): return "N(" + filter.canonical + ")"
    case .test(let field, let value): return "T\(text(field))\(test(value));"
    case .keyword(let value): return "W\(test(value));"
    }
  }

  /// Every field that the filter looks at.
  public var fields: [String] {
    switch self {
    case .constant, .keyword: []
    case .all(let filters), .any(let filters): filters.flatMap(\.fields)
    case .not(let filter): filter.fields
    case .test(let field, .sameAs(let other, _)): [field, other]
    case .test(let field, _): [field]
    }
  }

  /// Event names of which a match must bear one; `nil` if any name will do.
  public var eventNames: Set<String>? {
    switch self {
    case .constant(let value): return value ? nil : []
    case .all(let filters):
      return filters.compactMap(\.eventNames).reduce(nil as Set<String>?) { $0?.intersection($1) ?? $1 }
    case .any(let filters):
      var names: Set<String> = []
      for filter in filters {
        guard let some = filter.eventNames else { return nil }
        names.formUnion(some)
      }
      return names
    case .test(let field, .equals(let name, _)) where Field(field).column == .event: return [name.lowercased()]
    case .test, .not, .keyword: return nil
    }
  }

  /// Literals of which a raw line must hold one for the filter to match what no classifier names;
  /// lower case, ASCII, free of characters that JSON may write in other ways. Empty: there is none.
  public var requiredLiterals: [String] {
    // A line that no classifier names becomes one of these; rules on other names need no anchor.
    if let names = eventNames, names.isDisjoint(with: ["app_log", "http_request"]) { return [] }
    return (literals ?? []).sorted()
  }

  private var literals: Set<String>? {
    switch self {
    case .constant, .not: return nil
    case .all(let filters):
      // The one whose weakest literal is the longest lets the fewest lines through.
      return filters.compactMap(\.literals).max { a, b in
        (a.map(\.utf8.count).min() ?? 0) < (b.map(\.utf8.count).min() ?? 0)
      }
    case .any(let filters):
      var sum: Set<String> = []
      for filter in filters {
        guard let some = filter.literals else { return nil }
        sum.formUnion(some)
      }
      return sum
    case .keyword(let test): return test.literal.map { [$0] }
    case .test(let field, let test):
      guard let column = Field(field).column else { return test.literal.map { [$0] } }
      return column.isCopied ? test.literal.map { [$0] } : nil
    }
  }
}

extension Filter.Test {
  /// The longest stretch that must stand in the raw line as it is.
  fileprivate var literal: String? {
    let texts: [String]
    switch self {
    case .equals(let text, _): texts = [text]
    case .like(let pattern, _): texts = pattern.pieces.compactMap { if case .text(let text) = $0 { text } else { nil } }
    default: return nil
    }
    func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C && byte != 0x2F }
    let stretches = texts.flatMap { $0.lowercased().utf8.split(whereSeparator: { !isPlain($0) }) }
    guard let longest = stretches.max(by: { $0.count < $1.count }), longest.count >= 3 else { return nil }
    return String(decoding: longest, as: UTF8.self)
  }
}

extension Column {
  /// Whether the column's text stands in the log line as it is, so that a literal of it must, too.
  fileprivate var isCopied: Bool {
    switch self {
    case .message, .logger, .actor, .target, .objectID, .reason, .userAgent, .requestID, .traceID, .spanID, .httpPath,
      .vulnID, .package, .certSubject, .attrs:
      true
    default: false
    }
  }
}
