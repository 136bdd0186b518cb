/// Several faults found in one go, such as every mistake in one file.
public struct Problems: Error, Hashable, Sendable {
  /// At least one, in the order they were found.
  public let all: [Problem]

  /// - Returns: `nil` if there is nothing wrong.
  public init?(_ all: [Problem]) {
    if all.isEmpty { return nil }
    self.all = all
  }
}

extension Problems: CustomStringConvertible {
  public var description: String { all.map(\.description).joined(separator: "\n") }
}
