import ArgumentParser
import Events
import Foundation
import Glibc
import Queries
import Storage

struct ArchiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "archive",
    abstract: "Look into the archive of all redacted lines.",
    discussion: """
      collect --archive DIR keeps every line, without its secrets, in gzip files that zcat reads.
      """,
    subcommands: [ArchiveSearchCommand.self, ArchiveList.self, ArchiveVerify.self, ArchivePrune.self])
}

/// Which archive: the store knows its files, so this is needed only after they were moved.
struct ArchiveOptions: ParsableArguments {
  @OptionGroup var store: StoreOptions

  @Option(
    help: ArgumentHelp("Where the files are now. Default: where they were written.", valueName: "directory"),
    completion: .directory)
  var archive: String?
}

struct ArchiveSearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find lines, whether they are events or not, in the order they came.",
    discussion: """
      Examples:
        seclog archive search 'upstream timed out' --since 2h
        seclog archive search -E 'user=(eve|mallory)' --source '/var/log/shop/*' --json

      Only blocks of the time asked for are read. Exit code: 0 found, 1 nothing found, 2 failed.
      """)

  @OptionGroup var archive: ArchiveOptions
  @OptionGroup var reading: ReadingOptions

  @Argument(help: "The text to find, as it stands in the line.")
  var pattern: String

  @Flag(name: [.customShort("E"), .customLong("regex")], help: "The pattern is a regular expression (RE2).")
  var isExpression = false

  @Flag(name: .shortAndLong, help: "Capital and small letters are the same.")
  var ignoreCase = false

  @Option(help: ArgumentHelp("Only lines of these sources: a path, or a quoted glob.", valueName: "glob"))
  var source: String?

  @Option(name: [.customShort("n"), .long], help: "At most so many lines; 0 = all.")
  var limit = 0

  @Flag(help: "One JSON object a line: ts, source, line.")
  var json = false

  @Flag(help: "Only how many lines there are.")
  var count = false

  @Flag(name: .shortAndLong, help: "No remarks on standard error, only errors.")
  var quiet = false

  func run() throws {
    let range = try reading.range()
    let settings = try archive.store.configuration.load()
    let opened = try archive.store.openForReading()
    var search = ArchiveSearch(try needle())
    search.since = range.since
    search.until = range.until
    search.wantsTimes = json
    if let source { search.takes = { fnmatch(source, $0, FNM_PATHNAME) == 0 } }
    let sources = settings.sources
    search.zone = { name in
      sources.first { $0.paths.contains { fnmatch($0, name, FNM_PATHNAME) == 0 } }?.zone ?? ""
    }
    var found: Int64 = 0
    var text: [UInt8] = []
    func flush() {
      text.withUnsafeBytes { Terminal.write($0, to: STDOUT_FILENO) }
      text.removeAll(keepingCapacity: true)
    }
    let isTerminal = Terminal.isTerminal(STDOUT_FILENO)
    let outcome = try opened.searchArchive(
      search, clock: try LineClock(settings.readerConfiguration), directory: archive.archive
    ) { line in
      found += 1
      if !count { show(line, isTerminal: isTerminal, onto: &text) }
      if text.count > 64 << 10 { flush() }
      return limit == 0 || found < Int64(limit)
    }
    flush()
    if count { Terminal.writeLine(String(found)) }
    for problem in outcome.problems { Terminal.note(problem.description) }
    if !quiet, isTerminal {
      Terminal.note(
        "\(found) \(found == 1 ? "line" : "lines"), \(outcome.blocksRead) of \(outcome.blocks) blocks read.")
    }
    if !outcome.problems.isEmpty { throw ExitCode(Problem.Code.failed.rawValue) }
    if found == 0 { throw ExitCode(Problem.Code.nothing.rawValue) }
  }

  private func needle() throws -> ArchiveSearch.Needle {
    guard isExpression || ignoreCase else { return .text(Array(pattern.utf8)) }
    do {
      return .expression(
        try LinearRegex(isExpression ? pattern : Self.quoted(pattern), caseInsensitive: ignoreCase))
    } catch {
      throw Problem(.usage, at: "'\(pattern)'", error.what, next: error.nextStep)
    }
  }

  /// A text as an expression that finds it: everything but letters and digits may be quoted in RE2.
  private static func quoted(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      scalar.isASCII && !scalar.properties.isAlphabetic && !("0"..."9").contains(scalar) ? "\\\(scalar)" : "\(scalar)"
    }.joined()
  }

  private func show(_ line: ArchiveLine, isTerminal: Bool, onto text: inout [UInt8]) {
    if json {
      var object = JSONObject()
      object.set("ts", time: line.time ?? 0)
      object.set("source", line.source)
      object.set("line", String(decoding: line.bytes, as: UTF8.self))
      text += Array(object.text.utf8)
    } else if isTerminal {
      // What a log holds must not steer the terminal.
      text += Array(String(decoding: line.bytes, as: UTF8.self).visible.utf8)
    } else {
      text.append(contentsOf: line.bytes)
    }
    text.append(0x0a)
  }
}

struct ArchiveList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The archive's files: what they hold, and of which time.")

  @OptionGroup var archive: ArchiveOptions
  @OptionGroup var clock: ClockOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let contents = try archive.store.openForReading().archive()
    guard !contents.segments.isEmpty else {
      output.remark("no archive yet. Start one with:  seclog collect --archive DIRECTORY")
      throw ExitCode(Problem.Code.nothing.rawValue)
    }
    var renderer = output.renderer(
      ["path", "state", "first_ts", "last_ts", "lines", "text_bytes", "bytes", "waiting_bytes"],
      style: output.style(zone: .local, now: try clock.now()))
    for segment in contents.segments {
      let waiting = contents.tails.filter { $0.segment == segment.id }.reduce(0) { $0 + $1.text.count }
      renderer.add([
        .text(segment.path), .text(segment.isClosed ? "closed" : "open"), .integer(segment.firstTs),
        .integer(segment.lastTs), .integer(segment.lines), .integer(segment.textBytes), .integer(segment.length),
        .integer(Int64(waiting)),
      ])
    }
    renderer.finish()
  }
}

struct ArchivePrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove the oldest files of the archive.",
    discussion: """
      Examples:
        seclog archive prune --older-than 180d
        seclog archive prune --max-size 50G --dry-run

      Whole files go, by their newest line; the one that is written stays. Without a bound, those of
      the configuration count (archive.retention). Collecting goes on meanwhile.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var clock: ClockOptions

  @OptionGroup var prune: PruneOptions

  func run() throws {
    let now = try clock.now()
    let bounds = try prune.bounds(store.configuration.load().archive.retention, "archive.retention", now: now)
    let path = try store.path()
    guard access(path, F_OK) == 0 else { throw StoreOptions.missing(path, isDefault: false) }
    let store = try EventStore(path: path, access: prune.dryRun ? .readOnly : .readWrite)
    let going =
      prune.dryRun
      ? try store.archiveToPrune(before: bounds.before, bytesMax: bounds.bytes, now: now)
      : try store.pruneArchive(before: bounds.before, bytesMax: bounds.bytes, now: now)
    if prune.dryRun { for segment in going { Terminal.writeLine(segment.path) } }
    guard !prune.quiet else { return }
    let bytes = going.reduce(0) { $0 + $1.length }
    Terminal.note(
      "\(going.count) \(going.count == 1 ? "file" : "files") of \(bytes) bytes \(prune.dryRun ? "would go" : "removed")."
    )
  }
}

struct ArchiveVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every block of the archive and compare it with what was written.",
    discussion: "Exit code: 0 intact, 1 damaged or incomplete, 2 failed.")

  @OptionGroup var archive: ArchiveOptions

  @Flag(name: .shortAndLong, help: "Only what is wrong.")
  var quiet = false

  func run() throws {
    let (blocks, problems) = try archive.store.openForReading().verifyArchive(directory: archive.archive)
    for problem in problems { Terminal.note(problem.description) }
    if !quiet {
      Terminal.writeLine(
        "\(blocks) \(blocks == 1 ? "block" : "blocks"): \(problems.isEmpty ? "intact" : "\(problems.count) damaged")")
    }
    if !problems.isEmpty { throw ExitCode(Problem.Code.nothing.rawValue) }
  }
}
