import Events
import Glibc
import Storage

/// Runs an application whose standard output is a file, and collects that file.
///
/// A pipe loses what is in it when its reader dies, and stops the application when nobody reads. The
/// file does neither: after any death of ours the application writes on, and the next run with the
/// same application and store reads what was left, once.
public final class ApplicationCollector {
  private let reader: EventReader
  private let configuration: CollectorConfiguration
  private let options: Options
  private let store: StoreFile

  public struct Options: Sendable {
    /// The program and its arguments.
    public var arguments: [String]
    /// Its name: in column `app`, and of the files it gets.
    public var name: String
    /// Whether its standard error is collected too.
    public var takesErrors = false
    /// Where its output lies; empty = a directory in memory.
    public var buffer = ""

    public init(arguments: [String], name: String) {
      self.arguments = arguments
      self.name = name
    }
  }

  public init(
    reader: EventReader, configuration: CollectorConfiguration, options: Options,
    store: StoreFile
  ) {
    self.reader = reader
    self.configuration = configuration
    self.options = options
    self.store = store
  }

  /// Starts the application, and returns after its end, when all it wrote is stored.
  ///
  /// - Returns: what was collected, and the exit status of the application.
  /// - Throws: ``Events/Problem`` if there can be no store or no file for the output; the application was not started then.
  public func run() throws -> (summary: CollectSummary, exitStatus: Int32) {
    do {
      _ = try LastingStore(store, reader: reader.configuration, configuration)
    } catch let problem as Problem where problem.isPassing {
      configuration.note("\(problem)\nThe application is started; what it writes waits.")
    }
    let directory = try OutputFile.directory(app: options.name, store: store.path, given: options.buffer)
    let (own, left) = try OutputFile.open(in: directory)
    let output = try own.openForWriting()
    let process: ApplicationProcess
    do {
      process = try ApplicationProcess(options.arguments, output: output, takesErrors: options.takesErrors) {
        StopSignal.shared.stop()
      }
    } catch {
      close(output)
      unlink(own.path)
      throw error
    }
    close(output)
    if !left.isEmpty {
      configuration.note(
        "reading what \(left.count == 1 ? "an earlier run" : "\(left.count) earlier runs") of \(options.name) left.")
    }
    var configuration = configuration
    configuration.sourceName = "run:\(options.name)"
    configuration.takesUnfinished = true
    let files = Dictionary(uniqueKeysWithValues: (left + [own]).map { ($0.path, $0) })
    let collector = FileCollector(
      FileCollector.Plan(
        reader: reader, patterns: left.map(\.path) + [own.path], configuration: configuration),
      store: store)
    collector.output = OutputFiles(files: files, own: own)
    let summary = try collector.run(follow: true)
    for file in files.values { file.removeIfDone(storedUpTo: collector.output!.storedUpTo(file.path)) }
    return (summary, process.exitStatus ?? 0)
  }
}
