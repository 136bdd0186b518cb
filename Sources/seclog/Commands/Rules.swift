import ArgumentParser
import Detection
import Events
import Foundation

struct Rules: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Check, test and try alert rules (Sigma).",
    subcommands: [RulesList.self, RulesMatch.self, RulesCheck.self, RulesTest.self])
}

struct RulesList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the rules that 'alert run' evaluates.")

  @OptionGroup var configuration: ConfigurationOptions
  @OptionGroup var rules: RuleOptions

  @Flag(help: "One JSON object a line.")
  var json = false

  func run() throws {
    let set = try rules.load(configuration.load())
    let output = set.rules.filter { set.isOutput($0) }
    let width = output.map(\.label.count).max() ?? 0
    for rule in output {
      if json {
        Terminal.writeLine(
          JSONValue.object([
            JSONValue.Member(key: "rule", value: .string(rule.key)),
            JSONValue.Member(key: "name", value: .string(rule.label)),
            JSONValue.Member(key: "title", value: .string(rule.title)),
            JSONValue.Member(key: "level", value: .string(rule.level.name)),
            JSONValue.Member(key: "description", value: .string(rule.description)),
            JSONValue.Member(key: "place", value: .string(rule.place)),
          ]).minified)
      } else {
        let padding = String(repeating: " ", count: width - rule.label.count)
        let level = rule.level.name + String(repeating: " ", count: 13 - rule.level.name.count)
        Terminal.writeLine(IncidentText.visible("\(rule.label)\(padding)  \(level)  \(rule.title)"))
      }
    }
    try RuleFaults.report(set.problems)
  }
}

struct RulesMatch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match",
    abstract: "Match rules against events as they are: no store, nothing normalised.",
    discussion: """
      Example: seclog rules match --rules rules/ --json events.jsonl

      One JSON object a line for each rule that matched: {"rule": ID, "lines": [numbers from 1]}.
      Exit: 0, or 2 if a rule was refused (the others are matched).
      """)

  @Option(help: ArgumentHelp("A directory of rules, or one file.", valueName: "dir"), completion: .directory)
  var rules: String

  @Flag(help: "The events are JSON objects, one a line; this is the only shape there is.")
  var json = false

  @Argument(help: "A file of events, or - for standard input.", completion: .file())
  var events: String

  func run() throws {
    let set = try RuleSet.load(rules)
    let data: Data
    if events == "-" {
      data = try FileHandle.standardInput.readToEnd() ?? Data()
    } else {
      guard access(events, R_OK) == 0 else { throw TextFile.problem(events, errno) }
      data = try Data(contentsOf: URL(filePath: events), options: .alwaysMapped)
    }
    let result = RuleMatcher(set).match(data)
    for match in result.matches {
      let lines = JSONValue.array(match.lines.map { .number(String($0)) })
      Terminal.writeLine(
        "{\"rule\": \(JSONValue.quoted(match.rule)), \"lines\": \(lines.minified.replacing(",", with: ", "))}")
    }
    if !result.badLines.isEmpty {
      let shown = result.badLines.prefix(5).map(String.init).joined(separator: ", ")
      Terminal.note(
        "\(result.badLines.count) lines are no JSON objects and were left out: \(shown)\(result.badLines.count > 5 ? ", …" : "")"
      )
    }
    for problem in set.problems {
      let first = problem.description.split(separator: "\n").first.map(String.init) ?? ""
      Terminal.note(first)
    }
    if !set.problems.isEmpty { throw ExitCode(Problem.Code.failed.rawValue) }
  }
}

struct RulesCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Find every fault in rules: file, line, column, and what was meant.",
    discussion: "Example: seclog rules check /etc/seclog/rules.d")

  @OptionGroup var configuration: ConfigurationOptions

  @Argument(
    help: "A directory or a file. Default: the program's own rules and those of the configuration.",
    completion: .directory)
  var path: String?

  @Flag(help: "One JSON object for each fault or remark.")
  var json = false

  @Flag(name: .shortAndLong, help: "No remarks, only faults.")
  var quiet = false

  func run() throws {
    let set = try path.map(RuleSet.load) ?? RuleSet.standard(directories: configuration.load().alerts.ruleDirectories)
    if json {
      for (kind, problems) in [("fault", set.problems), ("remark", quiet ? [] : set.remarks + set.reachRemarks)] {
        for problem in problems {
          Terminal.writeLine(
            JSONValue.object([
              JSONValue.Member(key: "kind", value: .string(kind)),
              JSONValue.Member(key: "place", value: .string(problem.place)),
              JSONValue.Member(key: "what", value: .string(problem.what)),
              JSONValue.Member(key: "next", value: .string(problem.nextStep)),
            ]).minified)
        }
      }
    } else {
      if !quiet { for remark in set.remarks + set.reachRemarks { Terminal.note(remark.description) } }
      for problem in set.problems { Terminal.note(problem.description) }
      Terminal.writeLine(
        "\(set.rules.count) rule\(set.rules.count == 1 ? " is" : "s are") sound, \(set.problems.count) fault\(set.problems.count == 1 ? "" : "s")"
      )
    }
    if !set.problems.isEmpty { throw ExitCode(Problem.Code.nothing.rawValue) }
    if set.rules.isEmpty {
      throw Problem(
        .nothing, at: path ?? "", "no rules here", next: "Rules are .yml files; those that end in .test.yml are tests.")
    }
  }
}

struct RulesTest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run the tests that stand beside rules, in files that end in .test.yml.",
    discussion: """
      Example: seclog rules test /etc/seclog/rules.d

      Without a directory, the program's own rules are tested. Exit: 0 all passed, 1 one failed, 2 a file is broken.
      """)

  @Argument(help: "A directory of rules and their tests.", completion: .directory)
  var path: String?

  @Flag(help: "One JSON object for each test.")
  var json = false

  @Flag(help: "A JUnit report.")
  var junit = false

  @Flag(name: .shortAndLong, help: "Only what failed.")
  var quiet = false

  func run() throws {
    let report = try path.map(RuleTests.run) ?? RuleTests.runShipped()
    if junit {
      Terminal.write(report.junit)
    } else {
      for result in report.results {
        if json {
          Terminal.writeLine(result.json)
        } else if !result.passed {
          Terminal.writeLine(
            "FAILED  \(result.file): \(result.name)\n        " + result.why.replacing("\n", with: "\n        "))
        } else if !quiet {
          Terminal.writeLine("passed  \(result.file): \(result.name)")
        }
      }
      if !json {
        let failed = report.results.count { !$0.passed }
        Terminal.writeLine("\(report.results.count - failed) passed, \(failed) failed")
        if !report.untested.isEmpty {
          Terminal.note("rules without a test: \(report.untested.joined(separator: ", "))")
        }
      }
    }
    try RuleFaults.report(report.problems)
    if report.results.contains(where: { !$0.passed }) { throw ExitCode(Problem.Code.nothing.rawValue) }
    if report.results.isEmpty {
      throw Problem(
        .nothing, at: path ?? "", "no tests here", next: "Tests of a rule stand beside it, in <rule>.test.yml.")
    }
  }
}

enum RuleFaults {
  /// Prints what was refused; the command then ends with 2.
  static func report(_ problems: [Problem]) throws {
    for problem in problems { Terminal.note(problem.description) }
    if !problems.isEmpty { throw ExitCode(Problem.Code.failed.rawValue) }
  }
}
