/// What in a query would not run, or not mean the same, on SQLite and on ClickHouse.
enum PortableSQL {
  private static let functions: Set<String> = [
    "count", "sum", "min", "max", "avg", "coalesce", "substr", "replace", "lower", "abs",
  ]
  private static let keywords: Set<String> = [
    "select", "distinct", "from", "as", "where", "and", "or", "not", "in", "between", "like", "group", "by", "having",
    "order", "limit", "offset", "asc", "desc", "case", "when", "then", "else", "end", "union", "all", "inner", "left",
    "join", "on",
  ]
  private static let forbidden: Set<String> = [
    "with", "over", "filter", "exists", "null", "true", "false", "escape", "recursive", "window", "glob", "match",
    "collate", "cast", "except", "intersect", "using", "natural", "cross", "full", "right",
  ]

  static func faults(in sql: String) -> [String] {
    let tokens = tokens(sql)
    var faults: [String] = []
    for (index, token) in tokens.enumerated() {
      let next = index + 1 < tokens.count ? tokens[index + 1] : ""
      let word = token.lowercased()
      if token.first == "\"" { faults.append("\"quoted\"") }
      if ["/", "[", "]", "?", "->", "<<", ">>", "&", "|", "=="].contains(token) { faults.append(token) }
      if forbidden.contains(word) { faults.append(word.uppercased()) }
      if next == "(", word.first?.isLetter == true, !keywords.contains(word), !functions.contains(word),
        !forbidden.contains(word)
      {
        faults.append("\(word)()")
      }
      if word == "union", next.lowercased() != "all" { faults.append("UNION without ALL") }
      if word == "like", index < 1 || tokens[index - 1] != ")" { faults.append("LIKE without lower()") }
      if next == "(", word == "min" || word == "max", hasComma(tokens[(index + 2)...]) {
        faults.append("\(word)() of several values")
      }
    }
    return faults
  }

  private static func hasComma(_ tokens: ArraySlice<String>) -> Bool {
    var depth = 0
    for token in tokens {
      if token == "(" { depth += 1 }
      if token == ")" {
        if depth == 0 { return false }
        depth -= 1
      }
      if token == ",", depth == 0 { return true }
    }
    return false
  }

  private static func tokens(_ sql: String) -> [String] {
    var tokens: [String] = []
    var rest = Substring(sql)
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if rest.hasPrefix("--") {
        rest = rest.drop { !$0.isNewline }
      } else if first == "'" || first == "\"" {
        let body = rest.dropFirst().prefix { $0 != first }
        tokens.append(String(first) + body + String(first))
        rest = rest.dropFirst(body.count + 2)
      } else if first.isLetter || first == "_" || first == ":" {
        let word = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        tokens.append(String(first) + word)
        rest = rest.dropFirst(word.count + 1)
      } else if first.isNumber {
        let digits = rest.prefix { $0.isNumber || $0 == "." }
        tokens.append(String(digits))
        rest = rest.dropFirst(digits.count)
      } else if let two = ["<>", "<=", ">=", "||", "==", "->", "<<", ">>"].first(where: { rest.hasPrefix($0) }) {
        tokens.append(two)
        rest = rest.dropFirst(2)
      } else {
        tokens.append(String(first))
        rest.removeFirst()
      }
    }
    return tokens
  }
}
