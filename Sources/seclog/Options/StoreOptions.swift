import ArgumentParser
import Events
import Foundation
import Storage

/// Which event store a command works on.
struct StoreOptions: ParsableArguments {
  @OptionGroup var configuration: ConfigurationOptions

  @Option(
    name: .long,
    help: "The event store. Default: `db` of the configuration, else /var/lib/seclog/events.db, else the user's own.",
    completion: .file(extensions: ["db"]))
  var db: String?

  /// Opens the store for reading; it is never created.
  func openForReading() throws -> EventStore {
    let path = try path()
    guard access(path, F_OK) == 0 || errno != ENOENT else { throw Self.missing(path, isDefault: db == nil) }
    return try EventStore(path: path, access: .readOnly)
  }

  /// Opens the store for writing, and creates it with its directory if there is none.
  func openForWriting() throws -> EventStore {
    try EventStore(path: pathForWriting(), access: .readWrite)
  }

  /// The path of a store that will be written; makes the directory of a default place.
  func pathForWriting() throws -> String {
    let path = try path()
    let directory = (path as NSString).deletingLastPathComponent
    if db == nil, !directory.isEmpty, access(directory, F_OK) != 0 {
      try? FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
    }
    return path
  }

  /// `--db`, else `$SECLOG_DB`, else the configuration, else the default place.
  func path() throws -> String {
    if let db { return db }
    if let path = ProcessInfo.processInfo.environment["SECLOG_DB"], !path.isEmpty { return path }
    return try configuration.load().db ?? StorePlace.standard
  }

  /// The options as they were typed, for commands that are printed: `--db /tmp/x/events.db`.
  var asTyped: String {
    [configuration.config.map { "--config \($0)" }, db.map { "--db \($0)" }].compactMap { $0 }.joined(separator: " ")
  }

  static func missing(_ path: String, isDefault: Bool) -> Problem {
    let elsewhere = isDefault && path != StorePlace.system ? "\(StorePlace.system) or \(path)" : path
    return Problem(
      .failed, "no event store yet at \(elsewhere).",
      next: "Start with:  seclog collect app.log        or:  seclog demo")
  }
}

enum StorePlace {
  static let system = "/var/lib/seclog/events.db"

  /// The system's store for root and for everybody once it exists; else one in the user's state directory.
  static var standard: String {
    if geteuid() == 0 || access(system, F_OK) == 0 { return system }
    return Directories.state + "/events.db"
  }
}

/// Directories of the XDG base directory specification.
enum Directories {
  static var state: String { directory("XDG_STATE_HOME", else: ".local/state") }
  static var configuration: String { directory("XDG_CONFIG_HOME", else: ".config") }
  static var cache: String { directory("XDG_CACHE_HOME", else: ".cache") }

  private static func directory(_ variable: String, else fallback: String) -> String {
    let environment = ProcessInfo.processInfo.environment
    // The specification wants relative paths ignored.
    if let path = environment[variable], path.hasPrefix("/") { return path + "/seclog" }
    let home = environment["HOME"] ?? NSHomeDirectory()
    return "\(home)/\(fallback)/seclog"
  }
}
