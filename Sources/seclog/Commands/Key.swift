import ArgumentParser
import Events
import Foundation

struct Key: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Look after the key of the pseudonyms.",
    discussion: """
      A pseudonym h:<key id>:<16 hex> stands for a session or the like: the same value has the same one, as long as the
      key is the same.
      """,
    subcommands: [KeyList.self, KeyRotate.self, KeyPseudonym.self, KeyPrune.self])
}

/// Which key file a command works on.
struct KeyOptions: ParsableArguments {
  @OptionGroup var store: StoreOptions

  @Option(
    help: ArgumentHelp(
      "The key file. Default: where collect finds it: key_file of the configuration, /etc/seclog/hmac.key, hmac.key beside the store.",
      valueName: "file"),
    completion: .file())
  var keyFile: String?

  /// The file that the others share; it must be there.
  func load() throws -> (ring: KeyRing, path: String) {
    if let path = try keyFile ?? store.configuration.load().keyFile, let ring = try KeyRing.read(path) {
      return (ring, path)
    }
    let directory = (try store.path() as NSString).deletingLastPathComponent
    for path in PseudonymKey.candidates(explicit: nil, besideStore: directory) {
      if let ring = try KeyRing.read(path, isRequired: false) { return (ring, path) }
    }
    throw Problem(
      .failed, "there is no key yet.", next: "The first collect makes one; or name it with --key-file.")
  }
}

struct KeyList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The ids of the current key and of those before it, never the keys.")

  @OptionGroup var key: KeyOptions
  @OptionGroup var clock: ClockOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let ring = try key.load().ring
    var renderer = output.renderer(
      ["key", "state", "since_ts", "until_ts"], style: output.style(zone: .local, now: try clock.now()))
    for entry in ring.entries {
      renderer.add([
        .text(entry.id), .text(entry.until == nil ? "current" : "earlier"),
        entry.since == 0 ? .null : .integer(entry.since), entry.until.map { .integer($0) } ?? .null,
      ])
    }
    renderer.finish()
  }
}

struct KeyRotate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "Make a new key; the one before is kept for a while, then destroyed.",
    discussion: """
      Examples:
        seclog key rotate && systemctl reload seclog-collect
        seclog key rotate --grace 7d

      While the key before is kept, `seclog key pseudonym` tells what a value is called under both. Files that were
      read are still known: what they are recognised by is not rotated.
      """)

  @OptionGroup var key: KeyOptions
  @OptionGroup var clock: ClockOptions

  @Option(help: "How long the key before is kept, such as 30d.")
  var grace: Age = .days(30)

  @Flag(name: .shortAndLong, help: "No remarks, only errors.")
  var quiet = false

  func run() throws {
    let path = try key.load().path
    let now = try clock.now()
    let ring = try KeyRing.update(path) {
      try $0.rotated(to: PseudonymKey.fresh(), at: now, grace: grace.microseconds)
    }
    guard !quiet else { return }
    let kept = ring.entries.dropFirst().first.map {
      ", \($0.id) is kept until \(Timestamp.rfc3339($0.until!).prefix(10))"
    }
    Terminal.note(
      "the key is \(ring.entries[0].id) now\(kept ?? "").\n"
        + "Collectors that run take it with SIGHUP:  systemctl reload seclog-collect")
  }
}

struct KeyPseudonym: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pseudonym",
    abstract: "What a value is called in the store, under the current key and those before it.",
    discussion: """
      The value is the first line of standard input, so that no list of processes shows it.
      Examples:
        seclog key pseudonym < session.txt
        for name in $(seclog key pseudonym < session.txt); do seclog search "$name"; done
      """)

  @OptionGroup var key: KeyOptions

  func run() throws {
    let ring = try key.load().ring
    guard let line = readLine(strippingNewline: true), !line.isEmpty else {
      throw Problem(.usage, "no value on standard input.", next: "seclog key pseudonym < file")
    }
    let names = ring.pseudonyms(of: Array(line.utf8))
    if names.isEmpty {
      throw Problem(.nothing, "a value as short as that has no pseudonym: it is masked.")
    }
    for name in names { Terminal.writeLine(name.text) }
  }
}

struct KeyPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Destroy earlier keys whose time is over; collect does it, too, where it may.")

  @OptionGroup var key: KeyOptions
  @OptionGroup var clock: ClockOptions

  @Flag(help: "Earlier keys whose time is not over, too.")
  var all = false

  @Flag(name: .shortAndLong, help: "No remarks, only errors.")
  var quiet = false

  func run() throws {
    let path = try key.load().path
    let now = try clock.now()
    var gone = 0
    try KeyRing.update(path) { ring in
      let kept = ring.pruned(at: now, all: all)
      gone = ring.entries.count - kept.entries.count
      return kept
    }
    if !quiet { Terminal.note("\(gone) \(gone == 1 ? "key" : "keys") destroyed.") }
  }
}
