/// By what a value was hidden, and under which name it stood: for counts.
public struct RedactionPlace: Hashable, Sendable, Codable {
  /// The id of a rule, as `redact --explain` names it.
  public var rule: String
  /// The words of the name that the redactor knows, such as `client_secret`; `*` for all others, which may be anything
  /// that was logged: `*_token`. Empty if no name stood before the value, or if too many different ones did.
  public var field: String

  public init(rule: String, field: String) {
    self.rule = rule
    self.field = field
  }
}
