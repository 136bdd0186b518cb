import ArgumentParser

/// The program. A new command is one file in `Commands/` and one line here.
@main
struct Seclog: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seclog",
    abstract: "Collect application logs without their secrets, search them, and be told when something is wrong.",
    discussion: "First steps: seclog demo",
    version: Version.current,
    groupedSubcommands: [
      CommandGroup(name: "Collect", subcommands: collect),
      CommandGroup(name: "Investigate", subcommands: investigate),
      CommandGroup(name: "Alert", subcommands: alert),
      CommandGroup(name: "Present", subcommands: present),
      CommandGroup(name: "Operate", subcommands: operate),
    ].filter { !$0.subcommands.isEmpty })

  static let collect: [ParsableCommand.Type] = [
    Collect.self,
    Run.self,
    Redact.self,
    Import.self,
    Probe.self,
  ]

  static let investigate: [ParsableCommand.Type] = [
    Tail.self,
    Search.self,
    Query.self,
    Show.self,
    Explain.self,
  ]

  static let alert: [ParsableCommand.Type] = [
    Alert.self, Rules.self,
  ]

  static let present: [ParsableCommand.Type] = [
    DashboardCommand.self,
    Serve.self,
  ]

  static let operate: [ParsableCommand.Type] = [
    Demo.self,
    Status.self,
    Check.self,
    Store.self,
    Key.self,
    ArchiveCommand.self,
    Completions.self,
  ]

  static func main() async {
    CoreDumps.disable()
    Signals.unblock()
    Signals.endSilentlyOnClosedPipe()
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      Terminal.flush()
    } catch {
      Failure.exit(error, arguments: arguments)
    }
  }
}

enum Version {
  static let current = "0.1.0"
}
