/// Names a field of a structure by the names above it: `ssn` at any depth, `user.ssn` wherever `ssn`
/// stands in `user`, `users.*.ssn` with any one name between. Lists have no name of their own. Case does
/// not matter.
struct FieldPath: Hashable, Sendable {
  /// The last name first; nil for `*`.
  let names: [[UInt8]?]

  /// - Returns: nil for a path with an empty name, or one that ends in `*`.
  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard !parts.contains(where: \.isEmpty), let last = parts.last, last != "*" else { return nil }
    names = parts.reversed().map { $0 == "*" ? nil : Array($0.utf8).map(lower) }
  }

  /// The last name: what the block scan looks for.
  var field: [UInt8] { names[0] ?? [] }
}
