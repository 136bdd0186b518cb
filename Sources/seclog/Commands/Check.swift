import ArgumentParser
import Dashboards
import Detection
import Events
import Foundation
import Queries
import Storage

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check configuration, rules, queries, dashboards, formats and patterns.",
    discussion: """
      Shows every fault at once, each with file, line and column. Exit status: 0 sound, 1 faults.
      Example: seclog check --config /etc/seclog/seclog.yaml
      """)

  @OptionGroup var options: ConfigurationOptions

  @Flag(help: "One JSON object for each fault.")
  var json = false

  func run() throws {
    let report = try CheckReport(configurationPath: options.config)
    if json {
      for fault in report.faults {
        var object = JSONObject()
        object.set("place", fault.place)
        object.set("what", fault.what)
        object.set("next", fault.nextStep)
        Terminal.writeLine(object.text)
      }
    } else {
      for fault in report.faults { Terminal.note(fault.description) }
      for remark in report.remarks { Terminal.note(remark.description) }
      Terminal.writeLine(report.summary)
    }
    if !report.faults.isEmpty { throw ExitCode(Problem.Code.nothing.rawValue) }
  }
}

/// Everything that is read from files, read once more with every fault kept.
struct CheckReport {
  private(set) var faults: [Problem] = []
  /// Worth knowing, but nothing is broken.
  private(set) var remarks: [Problem] = []
  private var counts: [String] = []

  var summary: String {
    let looked = counts.joined(separator: " · ")
    return faults.isEmpty ? "\(looked): sound" : "\(looked): \(faults.count) \(faults.count == 1 ? "fault" : "faults")"
  }

  init(configurationPath: String?) throws {
    var settings = Configuration()
    if let path = Configuration.find(configurationPath) {
      let (read, problems) = try Configuration.read(path)
      settings = read
      faults += problems
      counts.append("configuration \(path)")
    } else {
      counts.append("no configuration")
    }
    checkReader(settings)
    try checkQueries(settings)
    checkRules(settings)
    checkSources(settings)
    checkStore(settings.db ?? StorePlace.standard)
  }

  /// Formats, classifiers and secret patterns are compiled as a reader would.
  private mutating func checkReader(_ settings: Configuration) {
    keep { _ = try EventReader(settings.readerConfiguration) }
    counts.append("formats")
    if let samples = try? Redactor.checkSamples(settings.readerConfiguration.redaction) { faults += samples }
    let files = SampleCheck.problems(settings.readerConfiguration)
    let known = Set(faults)
    faults += files.filter { !known.contains($0) }
  }

  /// Queries run against an empty store, dashboards are held against the queries.
  private mutating func checkQueries(_ settings: Configuration) throws {
    let queries = QueryCatalogue(directories: settings.queryDirectories)
    faults += queries.problems
    let folder = FileManager.default.temporaryDirectory.appending(path: "seclog-check-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try EventStore(path: folder.appending(path: "events.db").path, access: .readWrite)
    let runner = QueryRunner(store: store, now: 1_700_000_000_000_000)
    for query in queries.queries {
      keep {
        var arguments: [String: String] = [:]
        for parameter in query.parameters where parameter.standard == nil {
          arguments[parameter.name] = parameter.kind == .text ? "x" : parameter.kind == .int ? "1" : "1h"
        }
        _ = try runner.run(query, arguments: arguments)
      }
    }
    counts.append("\(queries.queries.count) queries")

    let dashboards = DashboardCatalogue(directories: settings.dashboardDirectories)
    faults += dashboards.problems
    let loader = DashboardLoader(runner: runner, queries: queries)
    for dashboard in dashboards.dashboards {
      keep { try loader.check(dashboard) }
    }
    counts.append("\(dashboards.dashboards.count) dashboards")
  }

  private mutating func checkRules(_ settings: Configuration) {
    let rules = RuleSet.standard(directories: settings.alerts.ruleDirectories)
    faults += rules.problems
    remarks += rules.remarks
    counts.append("\(rules.rules.count) rules")
  }

  /// What is wrong with the store is no fault of what is checked here, and worth knowing.
  private mutating func checkStore(_ path: String) {
    for damaged in DamagedStore.all(besides: path) {
      remarks.append(
        Problem(
          .failed, at: damaged, "a damaged store that was set aside.",
          next: "Take over its events, then move it away:  seclog store rescue '\(damaged)' --db '\(path)'"))
    }
    guard access(path, R_OK) == 0 else { return }
    do {
      _ = try EventStore(path: path, access: .readOnly)
    } catch {
      if let problem = error as? Problem { remarks.append(problem) }
    }
  }

  /// Sources that match nothing, and logrotate rules that lose lines whoever reads.
  private mutating func checkSources(_ settings: Configuration) {
    guard !settings.sources.isEmpty else { return }
    let directory = "/etc/logrotate.d"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    for name in names {
      guard let text = try? TextFile.read("\(directory)/\(name)") else { continue }
      for block in Logrotate.blocks(in: text) where block.copiesAndTruncates {
        let followed = settings.sources.flatMap(\.paths)
        guard block.patterns.contains(where: { pattern in followed.contains { $0 == pattern } }) else { continue }
        remarks.append(
          Problem(
            .config, at: "\(directory)/\(name):\(block.line)",
            "copytruncate loses lines written between the copy and the cut, with any reader.",
            next: "Use 'create' and let the application reopen its log: packaging/app.logrotate"))
      }
    }
    counts.append("\(settings.sources.count) sources")
  }

  private mutating func keep(_ body: () throws -> Void) {
    do {
      try body()
    } catch let problem as Problem {
      faults.append(problem)
    } catch let problems as Problems {
      faults += problems.all
    } catch {
      faults.append(Problem(.failed, "\(error)"))
    }
  }
}

/// As much of logrotate's language as tells which files are copied and cut.
enum Logrotate {
  struct Block: Hashable {
    var patterns: [String]
    var copiesAndTruncates: Bool
    /// Line of the opening brace.
    var line: Int
  }

  static func blocks(in text: String) -> [Block] {
    var blocks: [Block] = []
    var patterns: [String] = []
    var open: Block?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      if open != nil {
        if first == "}" {
          blocks.append(open!)
          open = nil
        } else if first == "copytruncate" {
          open!.copiesAndTruncates = true
        }
        continue
      }
      patterns += words.filter { $0.hasPrefix("/") || $0.hasPrefix("\"/") }.map { word in
        word.filter { $0 != "\"" && $0 != "{" }
      }
      if words.contains("{") || words.last?.hasSuffix("{") == true {
        open = Block(patterns: patterns, copiesAndTruncates: false, line: index + 1)
        patterns = []
      }
    }
    return blocks
  }
}
