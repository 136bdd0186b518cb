/// A condition on one event: what a Sigma detection and a field search become.
///
/// `Events` evaluates it in memory over a ``Record``; `Storage` turns it into SQL; a property test
/// demands that both agree on every event.
public indirect enum Filter: Hashable, Sendable {
  /// Matches everything (`true`) or nothing (`false`).
  case constant(Bool)
  case all([Filter])
  case any([Filter])
  case not(Filter)
  case test(field: String, Test)
  /// A text anywhere in the record: in `message` and every other text field.
  case keyword(Test)

  /// What one field must satisfy. Text compares without case (ASCII folding) unless said otherwise.
  public enum Test: Hashable, Sendable {
    case equals(String, caseSensitive: Bool = false)
    /// Pieces between wildcards; see ``Pattern``.
    case like(Pattern, caseSensitive: Bool = false)
    /// RE2 syntax, unanchored; flags are part of the text, such as `(?i)`.
    case regex(String)
    /// CIDR notation; a value that is no address does not match.
    case network(String)
    case compare(Comparison, Double)
    case exists(Bool)
    /// The field is absent, or empty, or JSON null.
    case null
    /// Equals the value of another field of the same record.
    case sameAs(field: String)
  }

  public enum Comparison: String, Hashable, Sendable { case less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">=" }

  /// Wildcards: `*` any run of characters, `?` exactly one.
  public struct Pattern: Hashable, Sendable {
    public enum Piece: Hashable, Sendable { case text(String), anyRun, anyOne }
    public let pieces: [Piece]
    public init(pieces: [Piece]) { self.pieces = pieces }
  }
}

/// What a ``Filter`` looks at: an event, or any flat or nested JSON object.
public protocol Record {
  /// The values under a field name; several if the field is an array, none if it is absent.
  func values(of field: String) -> [RecordValue]
  /// Every text in the record, for keywords.
  var texts: [String] { get }
}

public enum RecordValue: Hashable, Sendable {
  case text(String)
  case integer(Int64)
  case double(Double)
  case bool(Bool)
  case null
}
