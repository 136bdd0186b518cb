/// One hidden value: what it was and where it stood, never the value itself.
public struct RedactionFinding: Hashable, Sendable {
  /// Id of the rule or catalogue entry, such as `key-password`, `github-token`.
  public let rule: String
  /// As in the marker, such as `password`.
  public let kind: String
  /// Path of the field, such as `request.headers.authorization`, or `column 17`.
  public let place: String
  /// Of the value's first byte in the line, from 1.
  public let column: Int
  /// Length of the value as it stood in the line.
  public let bytes: Int
}
