import Events
import Foundation
import Storage

/// Turns a scan into events about what changed since the last scan of the same target.
///
/// What is still there is not told again, so a nightly scan does not flood. The open findings are
/// kept with the events' commit, as a position is.
public struct ScanImport: Sendable {
  /// What an import did.
  public struct Outcome: Hashable, Sendable {
    public var found = 0
    public var new = 0
    public var fixed = 0
  }

  /// What the last scan of a target left open.
  private struct Open: Codable {
    struct Entry: Codable {
      var key: ScanReport.Finding.Key
      var severity: Int64
    }
    var time: Int64
    var findings: [Entry]
  }

  private let app: String
  private let host: String

  public init(app: String, host: String) {
    self.app = app
    self.host = host
  }

  /// - Parameter time: of the scan, if the report does not say: when its file was written.
  /// - Returns: what to commit, and what it says.
  /// - Throws: ``Events/Problem`` (`data`) if a newer scan of the target was imported already.
  public func changes(
    of report: ScanReport, time fallback: Int64, since positions: [StoredPosition], redactor: Redactor, at place: String
  ) throws(Problem) -> (commit: Commit, outcome: Outcome) {
    let key = "scan:\(report.scanner):\(report.target)"
    let last = positions.first { $0.key == key }.flatMap {
      try? JSONDecoder().decode(Open.self, from: Data($0.identity.utf8))
    }
    // The time of a file says when it was copied, not when the scan was made.
    let time = report.time ?? max(fallback, last?.time ?? 0)
    if let last, time < last.time {
      throw Problem(
        .data, at: place,
        "is older than the last imported scan of \(report.target) (\(Timestamp.rfc3339(last.time))); nothing was changed.",
        next: "Import the newest report.")
    }
    var before = Dictionary(last?.findings.map { ($0.key, $0.severity) } ?? [], uniquingKeysWith: max)
    var commit = Commit()
    var outcome = Outcome()
    var open: [ScanReport.Finding.Key: Int64] = [:]
    for finding in report.findings.sorted(by: { $0.key < $1.key }) where !finding.key.id.isEmpty {
      if let known = open[finding.key], known >= finding.severity { continue }  // The package lies in several places.
      open[finding.key] = finding.severity
      outcome.found = open.count
      let known = before.removeValue(forKey: finding.key)
      if let known, known >= finding.severity { continue }
      outcome.new += 1
      commit.changes.append(
        .insert(event(of: finding, raisedFrom: known, in: report, at: time).event(redactedBy: redactor)))
    }
    for (gone, severity) in before.sorted(by: { $0.key < $1.key }) {
      outcome.fixed += 1
      let isSuppressed = report.suppressed.contains(gone)
      var draft = self.draft("vuln_fixed", gone, in: report, at: time)
      draft.fields[.message] = .text(
        "\(gone.id) is gone from \(gone.package) \(gone.version)".trimmingCharacters(in: .whitespaces))
      if isSuppressed {
        draft.fields[.message] = .text("\(gone.id) in \(gone.package) \(gone.version) is suppressed in the scanner")
        draft.fields[.reason] = .text("suppressed")
      }
      draft.fields[.fromValue] = .text(ScanReport.word(severity))
      commit.changes.append(.insert(draft.event(redactedBy: redactor)))
    }
    let entries = open.sorted { $0.key < $1.key }.map { Open.Entry(key: $0.key, severity: $0.value) }
    commit.positions = [
      StoredPosition(
        key: key, path: report.target, offset: 0, identity: encode(Open(time: time, findings: entries)), state: "{}")
    ]
    var counts = ReadCounts()
    counts.events = Int64(commit.changes.count)
    commit.counts[source(of: report)] = counts
    return (commit, outcome)
  }

  private func event(of finding: ScanReport.Finding, raisedFrom known: Int64?, in report: ScanReport, at time: Int64)
    -> EventDraft
  {
    var draft = self.draft("vuln_found", finding.key, in: report, at: time)
    let word = ScanReport.word(finding.severity)
    var message = "\(finding.key.id) (\(word)) in \(finding.key.package) \(finding.key.version)".trimmingCharacters(
      in: .whitespaces)
    message += finding.fixedVersion.isEmpty ? ", no fix yet" : ", fixed in \(finding.fixedVersion)"
    if finding.isExploited { message += ", known to be exploited" }
    draft.fields[.message] = .text(message)
    draft.fields[.severity] = .integer(finding.severity)
    draft.fields[.fixedVersion] = .text(finding.fixedVersion)
    if let known { draft.fields[.fromValue] = .text(ScanReport.word(known)) }
    draft.fields[.toValue] = .text(word)
    var attributes: [String: AttributeValue] = [:]
    if finding.score > 0 { attributes["cvss"] = .number(finding.score) }
    if finding.isExploited { attributes["known_exploited"] = .flag(true) }
    if !finding.purl.isEmpty { attributes["purl"] = .text(finding.purl) }
    if !finding.path.isEmpty { attributes["path"] = .text(finding.path) }
    if !finding.aliases.isEmpty { attributes["aliases"] = .text(finding.aliases.joined(separator: ",")) }
    draft.fields[.attrs] = .text(attributes.json)
    return draft
  }

  private func draft(_ name: String, _ key: ScanReport.Finding.Key, in report: ScanReport, at time: Int64) -> EventDraft
  {
    var draft = EventDraft(event: name, ts: time)
    draft.fields[.app] = .text(app)
    draft.fields[.host] = .text(host)
    draft.fields[.source] = .text(source(of: report))
    draft.fields[.objectType] = .text("image")
    draft.fields[.objectID] = .text(report.target)
    draft.fields[.vulnID] = .text(key.id)
    draft.fields[.package] = .text(key.package)
    draft.fields[.packageVersion] = .text(key.version)
    draft.fields[.classifier] = .text("import.\(report.scanner)")
    return draft
  }

  private func source(of report: ScanReport) -> String { "\(report.scanner):\(report.target)" }
}

/// A value in `attrs`.
enum AttributeValue: Encodable {
  case text(String)
  case number(Double)
  case flag(Bool)

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    }
  }
}

extension [String: AttributeValue] {
  /// Keys in order, so that equal attributes are equal texts.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { preconditionFailure("numbers of reports are finite") }
    return String(decoding: data, as: UTF8.self)
  }
}
