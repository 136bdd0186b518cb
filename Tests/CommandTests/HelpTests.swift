import Foundation
import Testing

/// What ArgumentParser knows of the commands, as JSON.
struct CommandInfo: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String
    }
    let kind: String
    let names: [Name]?
    let valueName: String?
    let abstract: String?
    let shouldDisplay: Bool
  }
  let commandName: String
  let abstract: String?
  let discussion: String?
  let subcommands: [CommandInfo]?
  let arguments: [Argument]?
  let shouldDisplay: Bool

  static func root() throws -> CommandInfo {
    struct Dump: Decodable {
      let command: CommandInfo
    }
    let dump = try Program().run(["--experimental-dump-help"])
    return try JSONDecoder().decode(Dump.self, from: Data(dump.output.utf8)).command
  }

  /// Every command under this one with the words that call it.
  func all(_ path: [String] = []) -> [(path: [String], command: CommandInfo)] {
    (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { command in
      [(path: path + [command.commandName], command: command)] + command.all(path + [command.commandName])
    }
  }
}

struct HelpTests {
  @Test func `every command says in one sentence what it does, and so does every option`() throws {
    for (path, command) in try CommandInfo.root().all() {
      let name = path.joined(separator: " ")
      #expect(command.abstract?.isEmpty == false, "\(name) has no abstract")
      for argument in command.arguments ?? [] where argument.shouldDisplay {
        let argumentName = argument.names?.first?.name ?? argument.valueName ?? "?"
        #expect(argument.abstract?.isEmpty == false, "\(name) \(argumentName) has no help")
      }
    }
  }

  @Test func `help of every command is printed with status 0`() throws {
    let program = try Program()
    for (path, command) in try CommandInfo.root().all() {
      let outcome = try program.run(path + ["--help"])
      #expect(outcome.status == 0, "\(path)")
      #expect(
        outcome.output.contains("USAGE: seclog \(path.joined(separator: " "))"),
        "\(path): \(outcome.output.prefix(200))")
      #expect(outcome.errors.isEmpty)
      _ = command
    }
  }

  @Test func `the interface document's commands are there`() throws {
    let names = Set(try CommandInfo.root().all().map { $0.path.joined(separator: " ") })
    for name in [
      "collect", "redact", "import", "probe cert", "search", "tail", "show", "query", "explain", "alert run",
      "alert list",
      "alert test", "alert ack", "alert silence", "rules match", "rules check", "rules test", "dashboard list",
      "dashboard show", "dashboard render", "serve", "status", "check", "demo", "store", "completions",
    ] {
      #expect(names.contains(name), "seclog \(name)")
    }
  }

  @Test(arguments: [
    (["quer"], "unknown command 'quer'. Did you mean 'query'?"),
    (["dashboard", "lst"], "unknown command 'lst'. Did you mean 'list'?"),
    (["xyzzy"], "unknown command 'xyzzy'."),
  ])
  func `a mistyped command is answered with the one meant`(arguments: [String], message: String) throws {
    let outcome = try Program().run(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.hasPrefix("seclog: \(message)\n"))
    #expect(outcome.errors.contains("--help"))
    #expect(outcome.output.isEmpty)
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `completions are a script of the shell`(shell: String) throws {
    let outcome = try Program().run(["completions", shell])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("dashboard") && outcome.output.contains("seclog"))
  }
}
