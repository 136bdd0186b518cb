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
        seclog collect --once                    the sources of the configuration, from cron

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

  @Flag(
    help:
      "For cron: read the sources of the configuration to their end. Silent if all is well, or if a run still goes on."
  )
  var once = false

  @Flag(help: "Take an unterminated last line as it is; no more will be written.")
  var final = false

  enum Start: String, ExpressibleByArgument, CaseIterable { case start, end }

  func validate() throws {
    if once && follow { throw ValidationError("--once ends and --follow does not: choose one.") }
    if once && paths == ["-"] { throw ValidationError("--once reads files; leave it out for standard input.") }
  }

  func run() throws {
    let settings = try collecting.store.configuration.load()
    let isAsking = Terminal.isTerminal(STDIN_FILENO)
    let readsSources = paths.isEmpty && (follow || once || isAsking)
    let plan = try plan(settings, readsSources: readsSources)
    let hasSources = !plan.patterns.isEmpty || !plan.configuration.streams.isEmpty
    if !hasSources {
      if once || follow {
        throw Problem(
          .config, at: settings.file ?? "", "no sources to read.",
          next: "Name files, or give the configuration some:  sources: [{path: /var/log/myapp/*.log}]")
      }
      if isAsking {
        Terminal.note(Self.shortHelp)
        throw ExitCode(Problem.Code.usage.rawValue)
      }
    }
    StopSignal.shared.install()
    let readsFiles = hasSources && paths != ["-"]
    let lock =
      readsFiles
      ? SourcesLock.take(
        besides: try collecting.store.pathForWriting(), patterns: plan.patterns, isAll: readsSources) : nil
    if readsFiles && lock == nil {
      // The run before is not over yet, or a follower reads the same: it does the work.
      if once { return }
      throw Problem(
        .busy, "another seclog reads \(readsSources ? "the sources of" : "these files into") this store.",
        next: "Find it:  fuser \(SourcesLock.path(try collecting.store.pathForWriting()))")
    }
    defer { withExtendedLifetime(lock) {} }
    let summary: CollectSummary
    if !hasSources || paths == ["-"] {
      summary = try StandardInput(
        reader: plan.reader, configuration: plan.configuration, notifier: .fromEnvironment(),
        store: collecting.storeFile()
      ).run()
    } else {
      let collector = FileCollector(plan, notifier: .fromEnvironment(), store: try collecting.storeFile())
      let path = try collecting.store.pathForWriting()
      collector.replan = {
        let settings = try collecting.store.configuration.load()
        guard try collecting.store.pathForWriting() == path else {
          throw Problem(.config, at: settings.file ?? "", "'db' names another store.", next: "That takes a restart.")
        }
        return try self.plan(settings, readsSources: readsSources)
      }
      summary = try collector.run(follow: follow)
    }
    if !collecting.quiet && !(once && summary.failures == 0) { Terminal.note(summary.line) }
    if summary.failures > 0 { throw ExitCode(Problem.Code.failed.rawValue) }
  }

  /// What is read, and how, as the configuration says now.
  private func plan(_ settings: Configuration, readsSources: Bool) throws -> FileCollector.Plan {
    let patterns = readsSources ? settings.sources.flatMap(\.paths) : paths.map(Self.absolute)
    let reader = try EventReader(collecting.readerConfiguration(settings))
    var collector = collecting.collectorConfiguration(settings, fileKey: reader.configuration.keys?.fileKey)
    collector.takesUnfinished = final
    collector.startsAtEnd = from == .end
    if readsSources { collector.streams = settings.sources.flatMap(\.streams) }
    return FileCollector.Plan(reader: reader, patterns: patterns, configuration: collector)
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

extension Configuration.Source {
  /// What it is beside files.
  fileprivate var streams: [CollectorConfiguration.Stream] {
    let source = CollectorConfiguration.Source(
      patterns: [], app: app ?? "", zone: zone ?? "", inputFormat: inputFormat)
    return (journal.map { [.journal(units: $0)] } ?? []).map { .init($0, source) }
      + syslog.map { .init(.syslog($0), source) }
  }
}
