import ArgumentParser
import Events
import Foundation
import Queries
import Storage

struct Store: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
    abstract: "Look after the event store.",
    subcommands: [StoreStats.self, StorePrune.self, StoreBackup.self, StoreRescue.self, StoreUpgrade.self])
}

struct StoreStats: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "stats", abstract: "What the store holds and weighs.")

  @OptionGroup var store: StoreOptions
  @OptionGroup var clock: ClockOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let store = try store.openForReading()
    let statistics = try store.statistics()
    var renderer = output.renderer(
      [
        "path", "events", "oldest_ts", "newest_ts", "used_bytes", "file_bytes", "wal_bytes", "free_bytes",
        "disk_free_bytes", "schema",
      ], style: output.style(zone: .local, now: try clock.now()))
    renderer.add([
      .text(store.path), .integer(statistics.events), .integer(statistics.oldestTs), .integer(statistics.newestTs),
      .integer(statistics.usedBytes), .integer(statistics.fileBytes), .integer(statistics.walBytes),
      .integer(statistics.freeBytes), .integer(statistics.diskFreeBytes), .integer(Int64(statistics.schema)),
    ])
    renderer.finish()
  }
}

struct StorePrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove the oldest events.",
    discussion: """
      Examples:
        seclog store prune --older-than 90d
        seclog store prune --max-size 10G --dry-run

      Without a bound, those of the configuration count (retention). Collecting goes on meanwhile.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var clock: ClockOptions

  @OptionGroup var prune: PruneOptions

  func run() throws {
    let (before, bytes) = try prune.bounds(store.configuration.load().retention, "retention", now: clock.now())
    let path = try store.path()
    guard access(path, F_OK) == 0 else { throw StoreOptions.missing(path, isDefault: false) }
    if prune.dryRun {
      let store = try EventStore(path: path, access: .readOnly)
      let statistics = try store.statistics()
      let old = try before.map { try store.eventCount(before: $0) } ?? 0
      var text = "\(old) of \(statistics.events) events are old enough to go."
      if let bytes, statistics.usedBytes > bytes {
        text += "\nThe store uses \(statistics.usedBytes) bytes, \(statistics.usedBytes - bytes) too many."
      }
      Terminal.writeLine(text)
      return
    }
    let removed = try EventStore(path: path, access: .readWrite).prune(before: before, bytesMax: bytes)
    if !prune.quiet { Terminal.note("\(removed) \(removed == 1 ? "event" : "events") removed.") }
  }
}

struct StoreBackup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Write a consistent copy while collecting goes on.",
    discussion: """
      Example:
        seclog store backup /backup/events-2026-11-21.db
      """)

  @OptionGroup var store: StoreOptions

  @Argument(help: "The copy; it must not be there yet.", completion: .file())
  var copy: String

  func run() throws {
    try store.openForReading().backUp(to: copy)
  }
}

struct StoreRescue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rescue", abstract: "Take over the events of a damaged store, as far as they can be read.",
    discussion: """
      Events that the store has already are left out; the damaged file stays as it is. Collecting goes on meanwhile.
      Example:
        seclog store rescue /var/lib/seclog/events.db-damaged-20261121T140211Z
      """)

  @OptionGroup var store: StoreOptions

  @Argument(help: "The damaged store; its -wal, if there is one, lies beside it.", completion: .file())
  var damaged: String

  func run() throws {
    let (found, added, isWhole) = try store.openForWriting().rescue(damaged)
    Terminal.note("\(found) \(found == 1 ? "event" : "events") found, \(added) of them new here.")
    if !isWhole { Terminal.note("Parts of the damaged store could not be read.") }
  }
}

struct StoreUpgrade: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upgrade", abstract: "Bring a store of an older seclog up to date; any writing command does it, too.")

  @OptionGroup var store: StoreOptions

  func run() throws {
    let path = try store.path()
    guard access(path, F_OK) == 0 else { throw StoreOptions.missing(path, isDefault: false) }
    _ = try EventStore(path: path, access: .readWrite)
  }
}
