/// A rule's condition on single events, as the reader needs it.
public struct RuleFilter: Sendable {
  /// The user's id of the rule, shown by `explain`.
  public let id: String
  /// Changes whenever the condition changes; matches are keyed by it (decision 23).
  public let hash: String
  public let filter: Filter
  /// The same filter, ready to run.
  public let compiled: CompiledFilter
  /// Lower-cased literals of which a raw line must hold at least one for the filter to be able to
  /// match an event that no classifier names; empty if the rule has none, in which case the rule
  /// sees classified events only (decision 9).
  public let requiredLiterals: [String]

  /// - Throws: ``Problem`` for an expression or a network that does not parse.
  public init(id: String, hash: String, filter: Filter, requiredLiterals: [String]) throws(Problem) {
    self.id = id
    self.hash = hash
    self.filter = filter
    compiled = try CompiledFilter(filter)
    self.requiredLiterals = requiredLiterals
  }
}
