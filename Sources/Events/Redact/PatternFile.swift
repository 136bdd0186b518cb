/// The text of a file with secret patterns, and the name that errors show.
public struct PatternFile: Hashable, Sendable {
  public let name: String
  public let text: String

  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}
