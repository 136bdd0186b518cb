import ArgumentParser
import Collector
import Events
import Foundation
import Storage

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take in the report of a vulnerability scanner.",
    discussion: """
      Example: grype myapp:latest -o json | seclog import grype -

      Each import is compared with the last one of the same scanner and target: what is new becomes
      vuln_found, what is gone becomes vuln_fixed, what is still there is not told again.
      """)

  @OptionGroup var store: StoreOptions

  @Argument(help: "Format of the report: grype, sarif or trivy.")
  var format: ScanFormat

  @Argument(help: "Reports; - is standard input.", completion: .file(extensions: ["json", "sarif"]))
  var files: [String]

  @Option(help: "Name of the application that the target belongs to.")
  var app: String?

  @Flag(name: .shortAndLong, help: "No counts, only errors.")
  var quiet = false

  func run() throws {
    let settings = try store.configuration.load()
    let redactor = try Redactor(settings.readerConfiguration.redaction)
    let opened = try store.openForWriting()
    var failed: Problem.Code?
    for file in files {
      do {
        for report in try ScanReport.parse(try TextFile.bytes(of: file), as: format, at: file) {
          try take(report, from: file, into: opened, redactor, settings)
        }
      } catch let problem as Problem {
        Terminal.note(problem.description)
        failed = failed ?? problem.code
      }
    }
    if let failed { throw ExitCode(files.count == 1 ? failed.rawValue : Problem.Code.failed.rawValue) }
  }

  private func take(
    _ report: ScanReport, from file: String, into opened: EventStore, _ redactor: Redactor, _ settings: Configuration
  ) throws {
    let scan = ScanImport(app: app ?? "", host: settings.host)
    let (commit, outcome) = try scan.changes(
      of: report, time: modified(file), since: try opened.positions(), redactor: redactor, at: file)
    try opened.commit(commit)
    if !quiet {
      Terminal.note("\(report.target): \(outcome.found) found, \(outcome.new) of them new; \(outcome.fixed) fixed")
    }
  }

  /// Microseconds since 1970.
  private func modified(_ file: String) -> Int64 {
    var status = stat()
    if file != "-", stat(file, &status) == 0 {
      return Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000
    }
    return Int64(Date().timeIntervalSince1970 * 1_000_000)
  }
}

extension ScanFormat: ExpressibleByArgument {}
