import Events
import Storage

/// A question asked often: one SELECT with a head that says what it answers and what may be changed.
///
/// The file stays plain SQL that `sqlite3` and editors understand. Its `WHERE` bounds are parameters;
/// the head gives their types and defaults:
///
///     -- title: Top sources of failed logins
///     -- description: Addresses with the most failed logins, and how many users they tried.
///     -- params: since duration 24h; until time now; min int 5; limit int 20
public struct SavedQuery: Hashable, Sendable {
  /// The file's name without its ending.
  public let name: String
  public let title: String
  /// One or two sentences; empty if the file has none.
  public let about: String
  public let parameters: [Parameter]
  /// The whole text, head included, so that places in error messages are those of the file.
  public let sql: String
  /// The file it came from; `built-in` if the program brought it.
  public let origin: String

  public struct Parameter: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
      /// A point in time, given as a span back from now (`24h`) or as any time (`yesterday`).
      case duration
      /// A point in time.
      case time
      /// A point in time ahead, given as a span (`30d`) or as any time.
      case ahead
      /// A length of time in microseconds: `5m`.
      case span
      case int
      case text
    }
    public let name: String
    public let kind: Kind
    /// As written; `nil` if the caller must give a value.
    public let standard: String?
  }

  public static let builtIn = "built-in"

  public func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }
}

extension SavedQuery {
  /// Reads one file.
  ///
  /// - Throws: ``Problem`` (`config`) at `file:line` for a head that does not say what it must.
  public init(name: String, text: String, origin: String) throws {
    var head: [String: (value: String, line: Int)] = [:]
    var last: String?
    let place = origin == Self.builtIn ? "queries/\(name).sql" : origin
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.drop { $0 == " " || $0 == "\t" }
      if line.isEmpty { continue }
      guard line.hasPrefix("--") else { break }
      let comment = line.dropFirst(2).drop { $0 == " " }
      let key = comment.prefix { $0.isLetter }
      let rest = comment.dropFirst(key.count)
      if rest.first == ":", ["title", "description", "params"].contains(key) {
        last = String(key)
        head[String(key)] = (rest.dropFirst().trimmed, index + 1)
      } else if rest.first == ":", !key.isEmpty, comment == line.dropFirst(3) {
        throw Problem(
          .config, at: "\(place):\(index + 1)",
          "unknown head '\(key)'.\(Suggestion.sentence(for: String(key), among: ["title", "description", "params"]))",
          next: "A head has title, description and params.")
      } else if let last {
        head[last]?.value += " " + comment.trimmed  // A long line goes on in the next comment.
      }
    }
    guard let title = head["title"]?.value, !title.isEmpty else {
      throw Problem(.config, at: "\(place):1", "no title.", next: "Begin the file with:  -- title: What it answers")
    }
    self.name = name
    self.title = title
    self.about = head["description"]?.value ?? ""
    self.parameters = try head["params"].map { try Self.parameters($0.value, at: "\(place):\($0.line)") } ?? []
    self.sql = text
    self.origin = origin
  }

  private static func parameters(_ text: String, at place: String) throws -> [Parameter] {
    var parameters: [Parameter] = []
    for part in text.split(separator: ";") where !part.trimmed.isEmpty {
      let words = part.trimmed.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
      func problem(_ what: String) -> Problem {
        Problem(
          .config, at: place, "parameter '\(part.trimmed)': \(what)",
          next: "Write  name kind default  such as:  since duration 24h; min int 5; app text ''")
      }
      guard words.count >= 2 else { throw problem("no kind.") }
      guard let kind = Parameter.Kind(rawValue: String(words[1])) else {
        throw problem(
          "'\(words[1])' is no kind; kinds are \(Parameter.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      var standard = words.count == 3 ? words[2].trimmed : nil
      if let text = standard, text.count >= 2, text.first == "'", text.last == "'" {
        standard = String(text.dropFirst().dropLast())
      }
      let parameter = Parameter(name: String(words[0]), kind: kind, standard: standard)
      guard parameter.name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
        throw problem("a name has letters, digits and _ only.")
      }
      guard !parameters.contains(where: { $0.name == parameter.name }) else { throw problem("given twice.") }
      if let standard, parameter.value(of: standard, now: 0, zone: .utc) == nil {
        throw problem("'\(standard)' is no \(kind.rawValue).")
      }
      parameters.append(parameter)
    }
    return parameters
  }
}

extension SavedQuery.Parameter {
  /// What is bound for a text; `nil` if the text does not fit the kind.
  func value(of text: String, now: Int64, zone: TimeExpression.Zone) -> SQLValue? {
    switch kind {
    case .duration, .time: TimeExpression.microseconds(text, now: now, zone: zone).map(SQLValue.integer)
    case .ahead:
      (Age(text).map { now + $0.microseconds } ?? TimeExpression.microseconds(text, now: now, zone: zone))
        .map(SQLValue.integer)
    case .span: Age(text).flatMap { $0.microseconds > 0 ? .integer($0.microseconds) : nil }
    case .int: Int64(text).map(SQLValue.integer)
    case .text: .text(text)
    }
  }

  /// How the kind is explained to a person.
  var hint: String {
    switch kind {
    case .duration, .time: TimeExpression.examples
    case .ahead: "Use a span ahead, such as 30d, or a date."
    case .span: "Use a span such as 5m, 1h or 1d."
    case .int: "Use a whole number."
    case .text: ""
    }
  }
}

extension StringProtocol {
  var trimmed: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
    let front = drop(while: isBlank)
    return String(front.reversed().drop(while: isBlank).reversed())
  }
}
