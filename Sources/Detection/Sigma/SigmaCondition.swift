import Events

/// A condition over named parts: `selection and not 1 of filter_*`.
indirect enum SigmaCondition: Hashable, Sendable {
  case name(String)
  /// `1 of` (any) or `all of` a pattern; `them` is `*`.
  case quantified(all: Bool, pattern: String)
  case not(SigmaCondition)
  case all([SigmaCondition])
  case any([SigmaCondition])

  struct Fault: Error {
    let what: String
    /// In characters, from 0.
    let offset: Int
    var width = 1
  }

  init(_ text: String) throws(Fault) {
    var parser = Parser(tokens: try Parser.tokens(of: text), end: text.count)
    self = try parser.alternatives()
    if let token = parser.current {
      throw Fault(what: "'\(token.text)' is unexpected here", offset: token.offset, width: token.text.count)
    }
  }

  /// Every part that the condition names; patterns are left out.
  var names: [String] {
    switch self {
    case .name(let name): [name]
    case .quantified: []
    case .not(let part): part.names
    case .all(let parts), .any(let parts): parts.flatMap(\.names)
    }
  }

  /// Whether `pattern` stands for `name`. A leading underscore hides a name from patterns without one.
  static func matches(_ pattern: String, _ name: String) -> Bool {
    if name.hasPrefix("_"), !pattern.hasPrefix("_") { return false }
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 1 { return pattern == name }
    guard name.hasPrefix(parts[0]) else { return false }
    var rest = name.dropFirst(parts[0].count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(parts.last!)
  }

  private struct Token {
    let text: String
    let offset: Int
  }

  private struct Parser {
    let tokens: [Token]
    let end: Int
    var at = 0

    var current: Token? { at < tokens.count ? tokens[at] : nil }

    static func tokens(of text: String) throws(Fault) -> [Token] {
      var tokens: [Token] = []
      let characters = Array(text)
      var index = 0
      while index < characters.count {
        let character = characters[index]
        if character.isWhitespace {
          index += 1
        } else if character == "(" || character == ")" {
          tokens.append(Token(text: String(character), offset: index))
          index += 1
        } else if isName(character) {
          let start = index
          while index < characters.count, isName(characters[index]) { index += 1 }
          tokens.append(Token(text: String(characters[start..<index]), offset: start))
        } else if character == "|" {
          throw Fault(what: "aggregation behind '|' is no longer Sigma: write a correlation rule", offset: index)
        } else {
          throw Fault(what: "'\(character)' does not belong in a condition", offset: index)
        }
      }
      return tokens
    }

    private static func isName(_ character: Character) -> Bool {
      character.isLetter || character.isNumber || character == "_" || character == "-" || character == "*"
        || character == "."
    }

    private mutating func take(_ word: String) -> Bool {
      guard current?.text == word else { return false }
      at += 1
      return true
    }

    mutating func alternatives() throws(Fault) -> SigmaCondition {
      var parts = [try conjunction()]
      while take("or") { parts.append(try conjunction()) }
      return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(Fault) -> SigmaCondition {
      var parts = [try negation()]
      while take("and") { parts.append(try negation()) }
      return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func negation() throws(Fault) -> SigmaCondition {
      if take("not") { return .not(try negation()) }
      return try primary()
    }

    private mutating func primary() throws(Fault) -> SigmaCondition {
      guard let token = current else { throw Fault(what: "the condition ends too early", offset: max(end - 1, 0)) }
      at += 1
      switch token.text {
      case "(":
        let inner = try alternatives()
        guard take(")") else { throw Fault(what: "this '(' is never closed", offset: token.offset) }
        return inner
      case ")", "and", "or":
        throw Fault(what: "'\(token.text)' is unexpected here", offset: token.offset, width: token.text.count)
      case "AND", "OR", "NOT":
        throw Fault(what: "'\(token.text)' is written in lower case", offset: token.offset, width: token.text.count)
      default: break
      }
      if current?.text == "of" {
        at += 1
        guard ["1", "any", "all"].contains(token.text) else {
          throw Fault(
            what: "'\(token.text) of': only '1 of', 'any of' and 'all of' are Sigma", offset: token.offset,
            width: token.text.count)
        }
        guard let pattern = current, pattern.text != "(", pattern.text != ")" else {
          throw Fault(what: "'of' wants a name, a pattern or 'them'", offset: token.offset)
        }
        at += 1
        return .quantified(all: token.text == "all", pattern: pattern.text == "them" ? "*" : pattern.text)
      }
      if token.text.contains("*") {
        throw Fault(
          what: "a pattern stands behind '1 of' or 'all of' only", offset: token.offset, width: token.text.count)
      }
      return .name(token.text)
    }
  }
}
