import ArgumentParser

@main
struct Seclog: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seclog",
    abstract: "Collect application logs without their secrets, search them, and be told when something is wrong.",
    version: "0.1.0",
    groupedSubcommands: [])
}
