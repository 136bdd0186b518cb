import ArgumentParser
import Collector
import Events
import Foundation
import Storage

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Start an application and collect what it writes, without a pipe.",
    discussion: """
      Examples:
        seclog run -- ./portal --port 8080
        seclog run --app portal --stderr --tee -- node server.js

      The application gets a file in memory as its standard output. It is never held up, and goes on
      if seclog dies; the next run reads what was left. Signals are handed on, and the exit status is
      the application's.
      """)

  @OptionGroup var collecting: CollectingOptions

  @Flag(help: "Collect the application's standard error too.")
  var stderr = false

  @Option(
    help: "Directory for the output that is not stored yet. Default: one in memory, for this user only.",
    completion: .directory)
  var buffer: String?

  @Argument(parsing: .postTerminator, help: "The program and its arguments, behind `--`.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("Say what to run:  seclog run -- app --port 80") }
  }

  func run() throws {
    let settings = try collecting.store.configuration.load()
    let reader = try EventReader(collecting.readerConfiguration(settings))
    var collector = collecting.collectorConfiguration(settings, fileKey: reader.configuration.keys?.fileKey)
    let name = collecting.app ?? (command[0] as NSString).lastPathComponent
    collector.app = name
    // What an earlier run left is found by the store's path, from whatever directory.
    let store = try collecting.storeFile()
    let isAbsolute = store.path.hasPrefix("/")
    let absolute = isAbsolute ? store.path : FileManager.default.currentDirectoryPath + "/" + store.path
    var options = ApplicationCollector.Options(arguments: command, name: name)
    options.takesErrors = stderr
    options.buffer = buffer ?? ""
    Signals.ignoreClosedPipe()
    let (summary, status) = try ApplicationCollector(
      reader: reader, configuration: collector, options: options,
      store: StoreFile(path: absolute, durability: store.durability)
    ).run()
    if !collecting.quiet { Terminal.note(summary.line) }
    if status != 0 { throw ExitCode(status) }
    if summary.failures > 0 { throw ExitCode(Problem.Code.failed.rawValue) }
  }
}
