import ArgumentParser
import Collector
import Detection
import Events
import Foundation
import Storage

struct Collect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Read logs from files or standard input: redact, classify, store.",
    discussion: """
      Examples:
        myapp | seclog collect --app myapp
        seclog collect -f '/var/log/myapp/*.log'
        seclog collect /var/log/myapp/app.log*

      Files are read once, to their end; the next run reads only what is new. Rotation, truncation
      and gzipped generations are noticed. Quote globs, so that seclog sees files made later.
      """)

  @OptionGroup var collecting: CollectingOptions

  @Argument(
    help: "Files and quoted globs. Default: standard input; with -f, the sources of the configuration.",
    completion: .file())
  var paths: [String] = []

  @Flag(name: .shortAndLong, help: "Follow the files until SIGINT or SIGTERM.")
  var follow = false

  @Option(help: "Where to start files that were never read.")
  var from: Start = .start

  @Flag(help: "Take an unterminated last line as it is; no more will be written.")
  var final = false

  enum Start: String, ExpressibleByArgument, CaseIterable { case start, end }

  func run() throws {
    let settings = try collecting.store.configuration.load()
    let isAsking = Terminal.isTerminal(STDIN_FILENO)
    let patterns =
      paths.isEmpty && (follow || isAsking) ? settings.sources.flatMap(\.paths) : paths.map(Self.absolute)
    if patterns.isEmpty && isAsking {
      Terminal.note(Self.shortHelp)
      throw ExitCode(Problem.Code.usage.rawValue)
    }
    StopSignal.shared.install()
    let reader = try EventReader(collecting.readerConfiguration(settings))
    var collector = collecting.collectorConfiguration(settings, key: reader.configuration.redaction.key)
    collector.takesUnfinished = final
    collector.startsAtEnd = from == .end
    let summary =
      patterns.isEmpty || paths == ["-"]
      ? try StandardInput(reader: reader, configuration: collector, openStore: collecting.openStore()).run()
      : try FileCollector(
        reader: reader, patterns: patterns, configuration: collector, openStore: collecting.openStore()
      ).run(follow: follow)
    if !collecting.quiet { Terminal.note(summary.line) }
    if summary.failures > 0 { throw ExitCode(Problem.Code.failed.rawValue) }
  }

  /// The column `source` must mean the same file whatever directory the command ran in.
  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  private static let shortHelp = """
    collect reads standard input, and that is a terminal.
      myapp | seclog collect --app myapp            an application's output
      seclog collect app.log                        a file, once; again = only what is new
      seclog collect -f '/var/log/myapp/*.log'      files, and what is written to them
      docker compose logs -f --no-log-prefix | seclog collect
      seclog collect --help                         all options
    """
}
