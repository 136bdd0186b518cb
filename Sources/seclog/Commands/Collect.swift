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

  @OptionGroup var store: StoreOptions
  @OptionGroup var rules: RuleOptions

  @Argument(
    help: "Files and quoted globs. Default: standard input; with -f, the sources of the configuration.",
    completion: .file())
  var paths: [String] = []

  @Flag(name: .shortAndLong, help: "Follow the files until SIGINT or SIGTERM.")
  var follow = false

  @Option(help: "Name of the application. Default: its unit or container, else the file's name.")
  var app: String?

  @Option(help: "What to store: security events, or all lines.")
  var keep: ReaderConfiguration.Keep?

  @Option(help: ArgumentHelp("Read every line as this format instead of recognising it.", valueName: "format"))
  var inputFormat: String?

  @Option(help: ArgumentHelp("Zone of times that name none: UTC, local, Europe/Berlin.", valueName: "zone"))
  var zone: String?

  @Option(
    help: ArgumentHelp(
      "Key of the pseudonyms for session-like values. Default: hmac.key beside the store.", valueName: "file"),
    completion: .file())
  var keyFile: String?

  @Option(help: "Where to start files that were never read.")
  var from: Start = .start

  @Flag(help: "Take an unterminated last line as it is; no more will be written.")
  var final = false

  @Flag(help: "Write the redacted lines on to standard output.")
  var tee = false

  @Option(help: "Survive the death of any process (normal), or power cuts too (full, slower).")
  var durability: Durability = .normal

  @Flag(name: .shortAndLong, help: "No notes and no counts, only errors.")
  var quiet = false

  enum Start: String, ExpressibleByArgument, CaseIterable { case start, end }
  enum Durability: String, ExpressibleByArgument, CaseIterable { case normal, full }

  func run() throws {
    let settings = try store.configuration.load()
    let isAsking = Terminal.isTerminal(STDIN_FILENO)
    let patterns =
      paths.isEmpty && (follow || isAsking) ? settings.sources.flatMap(\.paths) : paths.map(Self.absolute)
    if patterns.isEmpty && isAsking {
      Terminal.note(Self.shortHelp)
      throw ExitCode(Problem.Code.usage.rawValue)
    }
    StopSignal.shared.install()
    let reader = try EventReader(readerConfiguration(settings))
    var collector = collectorConfiguration(settings)
    if let key = reader.configuration.redaction.key { collector.identityKey = key }
    let summary =
      patterns.isEmpty || paths == ["-"]
      ? try StandardInput(reader: reader, configuration: collector, openStore: openStore()).run()
      : try FileCollector(
        reader: reader, patterns: patterns, configuration: collector, openStore: openStore()
      ).run(follow: follow)
    if !quiet { Terminal.note(summary.line) }
    if summary.failures > 0 { throw ExitCode(Problem.Code.failed.rawValue) }
  }

  /// The column `source` must mean the same file whatever directory the command ran in.
  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  private func readerConfiguration(_ settings: Configuration) throws -> ReaderConfiguration {
    var reader = settings.readerConfiguration
    if let keep { reader.keep = keep }
    reader.inputFormat = inputFormat
    reader.wantsText = tee
    reader.rules = try rules.load(settings).filters
    if let zone, !ZoneOption.isKnown(zone) {
      throw Problem(.usage, at: "--zone '\(zone)'", "not a zone.", next: ZoneOption.examples)
    }
    let directory = (try store.pathForWriting() as NSString).deletingLastPathComponent
    if let file = keyFile ?? settings.keyFile {
      reader.redaction.key = try PseudonymKey.load(explicit: file, besideStore: nil)
    } else {
      // Without a key values are masked, which is safe; what is wrong with the directory, the store says.
      reader.redaction.key = try? PseudonymKey.load(explicit: nil, besideStore: directory)
    }
    return reader
  }

  private func collectorConfiguration(_ settings: Configuration) -> CollectorConfiguration {
    var collector = CollectorConfiguration()
    collector.app = app ?? ""
    collector.zone = zone ?? ""
    collector.sources = settings.sources.map { .init(patterns: $0.paths, app: $0.app ?? "", zone: $0.zone ?? "") }
    collector.takesUnfinished = final
    collector.startsAtEnd = from == .end
    collector.tees = tee
    collector.note = { Terminal.note($0) }
    return collector
  }

  /// Opens the store when it is needed: standard input is drained before that.
  private func openStore() throws -> @Sendable () throws -> EventStore {
    let path = try store.pathForWriting()
    let durability = durability == .full ? EventStore.Durability.power : .process
    return { try EventStore(path: path, access: .readWrite, durability: durability) }
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

extension ReaderConfiguration.Keep: ExpressibleByArgument {}
