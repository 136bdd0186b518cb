import ArgumentParser
import Events

extension Age: ExpressibleByArgument {
  /// Such as `90m`, `24h` or `7d`.
  public init?(argument: String) { self.init(argument) }
}
