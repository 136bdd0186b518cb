/// A condition on one event: what a Sigma detection and a field search become.
///
/// `Events` evaluates it in memory over a ``Record`` (``CompiledFilter``); `Storage` turns it into
/// SQL; a property test demands that both agree on every event.
///
/// A field may hold several values (an array); a test holds if one of them satisfies it. A test on an
/// absent field is false, and so its negation is true.
public indirect enum Filter: Hashable, Sendable {
  /// Matches everything (`true`) or nothing (`false`).
  case constant(Bool)
  case all([Filter])
  case any([Filter])
  case not(Filter)
  case test(field: String, Test)
  /// A text anywhere in the record: in `message` and every other text field.
  case keyword(Test)

  /// What one field must satisfy. Text compares without case unless said otherwise; ``CaseFolding``
  /// says what that means beyond ASCII.
  public enum Test: Hashable, Sendable {
    case equals(String, caseSensitive: Bool = false)
    /// A number: equal as a number to a number, and by its spelling to a text (`7` is not `"007"`).
    case number(Double, spelling: String)
    /// Pieces between wildcards; see ``Pattern``.
    case like(Pattern, caseSensitive: Bool = false)
    /// RE2 syntax, unanchored; flags are part of the text, such as `(?i)`.
    case regex(String)
    /// CIDR notation; a value that is no address does not match.
    case network(String)
    /// Numbers, and texts that are numbers; anything else is false.
    case compare(Comparison, Double)
    /// `true`: the field is there, even if JSON null. An empty column of an event is absent.
    case exists(Bool)
    /// The field is absent or JSON null. An empty column of an event is absent.
    case null
    /// Equals, contains, begins or ends with the value of another field of the same record.
    case sameAs(field: String, Position = .whole)
    /// One part of a time, in UTC; weeks are those of ISO 8601.
    case datePart(DatePart, Int)
  }

  public enum Comparison: String, Hashable, Sendable {
    case less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
  }

  public enum Position: Hashable, Sendable { case whole, start, end, anywhere }

  public enum DatePart: String, Hashable, Sendable, CaseIterable { case minute, hour, day, week, month, year }

  /// Wildcards: `*` any run of characters (newlines too), `?` exactly one Unicode scalar.
  public struct Pattern: Hashable, Sendable {
    public enum Piece: Hashable, Sendable { case text(String), anyRun, anyOne }
    public let pieces: [Piece]
    public init(pieces: [Piece]) { self.pieces = pieces }

    /// Matches texts that hold `text` at that position.
    public init(_ text: String, at position: Position) {
      pieces =
        switch position {
        case .whole: [.text(text)]
        case .start: [.text(text), .anyRun]
        case .end: [.anyRun, .text(text)]
        case .anywhere: [.anyRun, .text(text), .anyRun]
        }
    }
  }
}
