import Events
import Glibc
import Storage

/// Collects from files.
public final class FileCollector {
  private let reader: EventReader
  private let patterns: [String]
  private let configuration: CollectorConfiguration
  private let openStore: @Sendable () throws -> any CommitTarget

  public init(
    reader: EventReader, patterns: [String], configuration: CollectorConfiguration,
    openStore: @escaping @Sendable () throws -> EventStore
  ) throws {
    self.reader = reader
    self.patterns = patterns
    self.configuration = configuration
    self.openStore = openStore
  }

  public func run(follow: Bool) throws -> CollectSummary {
    var summary = CollectSummary()
    for path in patterns {
      let handle = open(path, O_RDONLY | O_CLOEXEC)
      guard handle >= 0 else {
        configuration.note("\(path): \(String(cString: strerror(errno))).")
        summary.failures += 1
        continue
      }
      defer { close(handle) }
      let one = try StandardInput(
        reading: reader, redaction: reader.configuration.redaction, host: reader.configuration.host,
        configuration: configuration, source: path, handle: handle, openStore: openStore
      ).run()
      summary.counts += one.counts
      summary.failures += one.failures
    }
    return summary
  }
}
