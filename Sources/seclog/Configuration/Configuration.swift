import Collector
import Events
import Foundation
import StrictYAML

/// What the configuration file says. Flags and `SECLOG_*` variables win over it; absent values keep
/// the defaults written here.
///
/// One file is read, never several merged, and never one of the working directory: root may stand in
/// a hostile one (docs/decisions). Keys are read in `Configuration+YAML.swift`, documented in
/// docs/reference/configuration.md.
struct Configuration: Sendable {
  /// The file it came from; `nil` when there is none and all values are defaults.
  var file: String?

  /// The event store.
  var db: String?
  /// Name of this machine in events; the host name by default.
  var host = Configuration.hostName
  /// Deployment in events, such as `production`.
  var env = ""
  var keep = ReaderConfiguration.Keep.security
  /// 32 bytes for pseudonyms; see docs/OPERATING.md for the places looked at when absent.
  var keyFile: String?
  var sources: [Source] = []
  /// What happens to personal data that is no secret.
  var emails = RedactionOptions.Privacy.keep
  var users = RedactionOptions.Privacy.keep
  /// Files with further secret patterns, read with the configuration.
  var patternFiles: [PatternFile] = []
  /// Values that are no secrets here.
  var allowedValues: [String] = []
  /// Fields that are hidden, and fields that stay, whatever they hold.
  var hiddenFields: [String] = []
  var keptFields: [String] = []
  var trustedProxies = ReaderConfiguration.privateRanges
  var archive = Archive()
  var retention = Retention()
  var alerts = Alerts()
  var serve = Serve()
  var formatDirectories = ["/etc/seclog/formats.d"]
  var queryDirectories = ["/etc/seclog/queries.d"]
  var dashboardDirectories = ["/etc/seclog/dashboards.d"]

  /// Files that `collect` reads when none are named, and what is known of them.
  struct Source: Hashable, Sendable {
    /// Paths and globs.
    var paths: [String]
    var app: String?
    /// Zone of times that name none: `UTC`, `local`, or an IANA name.
    var zone: String?
    /// Forces a log format.
    var inputFormat: String?
    /// Units of the systemd journal, empty = all; `nil` = not the journal.
    var journal: [String]?
    /// Where syslog messages are waited for.
    var syslog: [SyslogAddress] = []
  }

  /// Files with every redacted line.
  struct Archive: Hashable, Sendable {
    /// `nil` = there is none.
    var directory: String?
    /// A file of this size, or of this age, is closed and the next begun.
    var segmentBytes: Int64 = 64 << 20
    var segmentAge = Age.hours(24)
    /// What `archive prune` keeps.
    var retention = Retention()
  }

  struct Retention: Hashable, Sendable {
    var age: Age?
    /// Bytes of the store's file, or of those of the archive.
    var size: Int64?
  }

  struct Alerts: Hashable, Sendable {
    var ruleDirectories = ["/etc/seclog/rules.d"]
    /// An `alert run` that meets a younger one leaves silently; an older holder is a fault (decision 24).
    var maxRun = Age.minutes(5)
    /// Incidents that ended longer ago are recorded but not sent.
    var notifyAgeMax = Age.hours(24)
  }

  struct Serve: Hashable, Sendable {
    var listen = "127.0.0.1:8470"
    /// Names under which the pages may be asked for, besides the address itself.
    var hosts: [String] = []
  }

  static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension Configuration {
  static let systemPath = "/etc/seclog/seclog.yaml"

  /// - Parameter path: of `--config`; it must exist.
  /// - Throws: `Problems` with every fault of the file.
  static func load(path: String?) throws -> Configuration {
    guard let found = find(path) else { return Configuration() }
    let (configuration, problems) = try read(found)
    if let problems = Problems(problems) { throw problems }
    return configuration
  }

  /// Where the configuration comes from; a path named by flag or variable is returned even if nothing is there.
  static func find(_ path: String?) -> String? {
    if let path { return path }
    if let path = ProcessInfo.processInfo.environment["SECLOG_CONFIG"], !path.isEmpty { return path }
    return [Directories.configuration + "/seclog.yaml", systemPath].first { access($0, F_OK) == 0 }
  }

  /// Reads one file; faults are returned, not thrown, so that `check` can go on.
  static func read(_ path: String) throws -> (Configuration, [Problem]) {
    let text: String
    do {
      text = try TextFile.read(path)
    } catch let problem as Problem {
      throw Problem(.config, at: problem.place, problem.what, next: problem.nextStep)
    }
    let file = YAMLFile(name: path, text: text)
    var configuration = Configuration(file: file)
    configuration.file = path
    var problems = file.problems
    for index in configuration.patternFiles.indices {
      let name = configuration.patternFiles[index].name
      do {
        configuration.patternFiles[index] = PatternFile(name: name, text: try TextFile.read(name))
      } catch let problem as Problem {
        problems.append(Problem(.config, at: problem.place, problem.what, next: problem.nextStep))
      }
    }
    configuration.patternFiles.removeAll { $0.text.isEmpty }
    return (configuration, problems)
  }

  /// What all sources of a run share, without rules and key: the collector adds those.
  var readerConfiguration: ReaderConfiguration {
    var reader = ReaderConfiguration()
    reader.keep = keep
    reader.host = host
    reader.env = env
    reader.trustedProxies = trustedProxies
    reader.extraFormats = formatDirectories.filter { access($0, F_OK) == 0 }
    reader.inputFormatsOfSources = Set(sources.compactMap(\.inputFormat))
    reader.redaction.emails = emails
    reader.redaction.users = users
    reader.redaction.extraPatterns = patternFiles
    reader.redaction.allowed = allowedValues
    reader.redaction.hiddenFields = hiddenFields
    reader.redaction.keptFields = keptFields
    return reader
  }
}
