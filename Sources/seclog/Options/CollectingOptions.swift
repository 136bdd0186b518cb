import ArgumentParser
import Collector
import Events
import Foundation
import Storage

/// What the commands that collect have in common: how lines are read, and where events go.
struct CollectingOptions: ParsableArguments {
  @OptionGroup var store: StoreOptions
  @OptionGroup var rules: RuleOptions

  @Option(help: "Name of the application. Default: its unit or container, else the file's or program's name.")
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

  @Flag(help: "Write the redacted lines on to standard output.")
  var tee = false

  @Option(
    help: ArgumentHelp(
      "Keep every redacted line in gzip files of this directory: zcat, or seclog archive search.",
      valueName: "directory"),
    completion: .directory)
  var archive: String?

  @Option(help: "Survive the death of any process (normal), or power cuts too (full, slower).")
  var durability: Durability = .normal

  @Flag(name: .shortAndLong, help: "No notes and no counts, only errors.")
  var quiet = false

  enum Durability: String, ExpressibleByArgument, CaseIterable { case normal, full }

  func readerConfiguration(_ settings: Configuration) throws -> ReaderConfiguration {
    var reader = settings.readerConfiguration
    if let keep { reader.keep = keep }
    reader.inputFormat = inputFormat
    if inputFormat == nil { reader.inputFormatsOfSources = Set(settings.sources.compactMap(\.inputFormat)) }
    reader.wantsText = tee || archive != nil || settings.archive.directory != nil
    reader.rules = try rules.load(settings).filters
    if let zone, !ZoneOption.isKnown(zone) {
      throw Problem(.usage, at: "--zone '\(zone)'", "not a zone.", next: ZoneOption.examples)
    }
    let keys = try Self.keys(keyFile ?? settings.keyFile, besides: store.pathForWriting())
    reader.redaction.key = keys?.current
    reader.keys = keys
    return reader
  }

  /// The keys of pseudonyms. Earlier ones whose time is over are destroyed.
  static func keys(_ file: String?, besides store: String) throws -> KeyRing? {
    let found: (ring: KeyRing, path: String)?
    if let file {
      found = try KeyRing.load(explicit: file, besideStore: nil)
    } else {
      // Without a key values are masked, which is safe; what is wrong with the directory, the store says.
      found = try? KeyRing.load(explicit: nil, besideStore: (store as NSString).deletingLastPathComponent)
    }
    guard let (ring, path) = found else { return nil }
    let now = ClockOptions.wallClock
    if ring.pruned(at: now) != ring {
      // Nothing depends on it: a file that may only be read is left to whoever writes it.
      _ = try? KeyRing.update(path) { $0.pruned(at: now) }
    }
    return ring
  }

  /// The archive's files are named in the store.
  private static func absolute(_ path: String) -> String {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    return absolute.count > 1 && absolute.hasSuffix("/") ? String(absolute.dropLast()) : absolute
  }

  /// - Parameter fileKey: of the keys, if there are any.
  func collectorConfiguration(_ settings: Configuration, fileKey: [UInt8]?) -> CollectorConfiguration {
    var collector = CollectorConfiguration()
    collector.app = app ?? ""
    collector.zone = zone ?? ""
    collector.sources = settings.sources.map {
      .init(patterns: $0.paths, app: $0.app ?? "", zone: $0.zone ?? "", inputFormat: $0.inputFormat)
    }
    collector.readsOneFormat = inputFormat != nil
    collector.tees = tee
    collector.archive = Self.archive(
      in: archive ?? settings.archive.directory, settings, durability: durability == .full ? .power : .process)
    if let fileKey { collector.identityKey = fileKey }
    collector.note = { Terminal.note($0) }
    return collector
  }

  static func archive(in directory: String?, _ settings: Configuration, durability: EventStore.Durability)
    -> ArchivedStore.Options?
  {
    guard let directory else { return nil }
    var archive = ArchivedStore.Options(directory: absolute(directory))
    archive.segmentBytesMax = settings.archive.segmentBytes
    archive.segmentMicrosecondsMax = settings.archive.segmentAge.microseconds
    archive.durability = durability
    return archive
  }

  /// Opened when it is needed: standard input is drained before that.
  func storeFile() throws -> StoreFile {
    StoreFile(path: try store.pathForWriting(), durability: durability == .full ? .power : .process)
  }
}

extension ReaderConfiguration.Keep: ExpressibleByArgument {}
