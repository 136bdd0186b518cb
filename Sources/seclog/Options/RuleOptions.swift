import ArgumentParser
import Detection
import Events

/// `--rules`: which alert rules a command works with.
struct RuleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Rules of this directory or file only, instead of the program's own and those of the configuration.",
      valueName: "dir"),
    completion: .directory)
  var rules: String?

  /// - Parameter configuration: names further directories.
  func load(_ configuration: Configuration) throws -> RuleSet {
    if let rules { return try RuleSet.load(rules) }
    return RuleSet.standard(directories: configuration.alerts.ruleDirectories)
  }
}
