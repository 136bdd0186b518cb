import ArgumentParser
import Collector
import Events
import Foundation
import Queries
import Storage

struct Probe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Look for yourself at what no log tells.", subcommands: [ProbeCertificates.self])
}

struct ProbeCertificates: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cert",
    abstract: "When certificates end, from a TLS handshake or a file, for the alerts.",
    discussion: """
      Examples:
        seclog probe cert api.example.com:443 10.0.0.5:8443
        seclog probe cert /etc/ssl/private/api.pem
        seclog probe cert --dry-run mail.example.com:993

      Each certificate is stored as an event with its end, which seclog alert run compares with the
      clock: 30, 14, 7, 3, 1 and 0 days before. Run this from cron once a day; a renewal ends the
      alert. Nothing is sent to a server but the handshake. STARTTLS is not spoken.
      Exit code: 0 all are good, 1 one has ended, is not valid yet or is for another name,
      2 a target could not be looked at (69 if it was the only one).
      """)

  @Argument(
    help: ArgumentHelp("host:port of TLS servers, and files in PEM or DER; - is standard input.", valueName: "targets"))
  var targets: [String]

  @OptionGroup var store: StoreOptions
  @OptionGroup var clock: ClockOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "Name of the application that the certificates belong to.")
  var app: String?

  @Option(help: "How long one server may take.")
  var timeout: Age = .seconds(10)

  @Flag(help: "Show times in UTC instead of local time.")
  var utc = false

  @Flag(help: "Show what was found and store nothing.")
  var dryRun = false

  func run() async throws {
    let now = try clock.now()
    let targets = try self.targets.map { (text) throws(Problem) in try ProbeTarget(text) }
    let settings = try store.configuration.load()
    let redactor = try Redactor(settings.readerConfiguration.redaction)
    let record = CertificateRecord(app: app ?? "", host: settings.host)
    // Before the servers are asked: what cannot be stored need not be waited for.
    let opened = dryRun ? nil : try store.openForWriting()

    let answers = await CertificateProbe(timeout: timeout).facts(at: targets, now: now) {
      [UInt8](FileHandle.standardInput.readDataToEndOfFile())
    }
    let rows = ProbeRows(for: output.chosen)
    let zone: TimeExpression.Zone = utc ? .utc : .local
    var renderer = output.renderer(rows.columns, style: output.style(zone: zone, now: now))
    var problems: [Problem] = []
    var hasFault = false
    for (target, answer) in zip(targets, answers) {
      switch answer {
      case .failure(let problem): problems.append(problem)
      case .success(let facts):
        let commit = record.commit(
          of: facts, at: target, now: now, since: try opened?.positions() ?? [], redactor: redactor)
        try opened?.commit(commit)
        for row in rows.rows(facts, commit, at: target, now: now) { renderer.add(row) }
        hasFault = hasFault || facts.contains { !CertificateRecord.faults($0, now: now).isEmpty }
      }
    }
    if problems.count < targets.count || output.chosen == .json { renderer.finish() }
    for problem in problems { Terminal.note(problem.description) }
    if let problem = problems.first {
      throw ExitCode(targets.count == 1 ? problem.code.rawValue : Problem.Code.failed.rawValue)
    }
    if hasFault { throw ExitCode(Problem.Code.nothing.rawValue) }
  }
}

/// Certificates as rows: the events for programs, a sentence's worth for people.
private struct ProbeRows {
  let columns: [String]
  private let events: EventRows?

  init(for format: OutputFormat) {
    switch format {
    case .table, .markdown, .tsv:
      events = nil
      columns = ["place", "cert_subject", "cert_not_after", "left", "remark"]
    default:
      let rows = EventRows(for: format)
      events = rows
      columns = rows.columns.map(\.rawValue)
    }
  }

  func rows(_ facts: [CertificateFact], _ commit: Commit, at target: ProbeTarget, now: Int64) -> [[SQLValue]] {
    if let events { return commit.changes.map { events.row($0.event) } }
    return facts.map { fact in
      var remarks = CertificateRecord.faults(fact, now: now)
      if fact.isTrusted == false { remarks.append("no root of this machine vouches for it") }
      let left = fact.notAfter <= now ? "" : Duration.spoken(fact.notAfter - now)
      return [
        .text(target.name), .text(fact.subject), .integer(fact.notAfter), .text(left),
        .text(remarks.joined(separator: ", ")),
      ]
    }
  }
}
