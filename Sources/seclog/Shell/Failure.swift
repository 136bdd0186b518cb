import ArgumentParser
import Events
import Foundation

/// How a command ends when it cannot go on: one message that says what, where and the next step,
/// and an exit code of the table in docs/reference/exit-codes.md.
enum Failure {
  static func exit(_ error: any Error, arguments: [String]) -> Never {
    let (text, code) = describe(error, arguments: arguments)
    Terminal.flush()
    if code == 0 {
      Terminal.write(text.isEmpty ? "" : text + "\n")
    } else if !text.isEmpty {
      Terminal.note(text)
    }
    Foundation.exit(code)
  }

  static func describe(_ error: any Error, arguments: [String]) -> (text: String, code: Int32) {
    switch error {
    case let problem as Problem:
      return (problem.description, problem.code.rawValue)
    case let problems as Problems:
      let texts = problems.all.map { layout($0.description) }
      return (String(texts.joined(separator: "\n").dropFirst(prefix.count)), problems.all[0].code.rawValue)
    case let code as ExitCode:
      return ("", code.rawValue)
    case let error as CocoaError:
      let place = (error.userInfo[NSFilePathErrorKey] as? String) ?? ""
      let problem = Problem(.failed, at: place, error.localizedDescription)
      return (problem.description, problem.code.rawValue)
    default:
      break
    }
    let code = Seclog.exitCode(for: error).rawValue
    if code == 0 { return (Seclog.fullMessage(for: error), 0) }
    if code != ExitCode.validationFailure.rawValue { return (Seclog.message(for: error), 2) }
    if let problem = unknownCommand(in: arguments) { return (problem.description, problem.code.rawValue) }
    let help = helpCommand(for: arguments)
    return (Seclog.message(for: error) + "\nAll options: " + help, code)
  }

  private static let prefix = "seclog: "

  /// Puts `seclog:` before the first line and indents the others under it. A line that brings its
  /// own indent (an excerpt of a file) stays as it is.
  static func layout(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let rest = lines.dropFirst().map { line in
      line.hasPrefix(" ") || line.hasPrefix(prefix) ? String(line) : String(repeating: " ", count: prefix.count) + line
    }
    return ([prefix + (lines.first ?? "")] + rest).joined(separator: "\n")
  }

  /// ArgumentParser suggests options but not commands, and calls a wrong one an "unexpected argument".
  static func unknownCommand(in arguments: [String]) -> Problem? {
    var command: any ParsableCommand.Type = Seclog.self
    var path = "seclog"
    for argument in arguments {
      let names = command.configuration.allSubcommands
      if names.isEmpty || argument.hasPrefix("-") { return nil }
      guard let next = names.first(where: { $0.allNames.contains(argument) }) else {
        if argument == "help" || command.configuration.defaultSubcommand != nil { return nil }
        let known = names.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        let what = "unknown command '\(argument)'." + Suggestion.sentence(for: argument, among: known)
        return Problem(.usage, what, next: "All commands: \(path) --help")
      }
      command = next
      path += " " + argument
    }
    return nil
  }

  private static func helpCommand(for arguments: [String]) -> String {
    var command: any ParsableCommand.Type = Seclog.self
    var path = "seclog"
    for argument in arguments {
      guard let next = command.configuration.allSubcommands.first(where: { $0.allNames.contains(argument) }) else {
        break
      }
      command = next
      path += " " + argument
    }
    return path + " --help"
  }
}

extension CommandConfiguration {
  fileprivate var allSubcommands: [any ParsableCommand.Type] {
    ungroupedSubcommands + groupedSubcommands.flatMap(\.subcommands)
  }
}

extension ParsableCommand {
  fileprivate static var allNames: [String] { [_commandName] + configuration.aliases }
}
