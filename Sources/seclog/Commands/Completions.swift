import ArgumentParser
import Events

struct Completions: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print a completion script for a shell.",
    discussion: """
      bash:  seclog completions bash > ~/.local/share/bash-completion/completions/seclog
      zsh:   seclog completions zsh > "${fpath[1]}/_seclog"
      fish:  seclog completions fish > ~/.config/fish/completions/seclog.fish
      """)

  enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() throws {
    Terminal.writeLine(Seclog.completionScript(for: CompletionShell(rawValue: shell.rawValue)!))
  }
}
