import Foundation
import Testing

/// Messages name commands, options and pages as the next step: each must be there.
struct MessageTests {
  static func sources() throws -> [(path: String, text: String)] {
    let root = "\(Program.checkout)/Sources"
    return try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".swift") }.map {
      ($0, try String(contentsOfFile: "\(root)/\($0)", encoding: .utf8))
    }
  }

  /// Words that stand behind the program's name in sentences.
  static let prose: Set<String> = [
    "sees", "makes", "up", "on", "at", "a", "key", "file", "event", "read", "reads", "and", "packaging", "dies",
  ]

  struct Fault: CustomStringConvertible {
    let place: String
    let text: String
    var description: String { "\(place): \(text)" }
  }

  /// Commands and options that `text` names and `root` does not have.
  static func faults(in text: String, at place: String, root: CommandInfo) -> [Fault] {
    var faults: [Fault] = []
    let commands = Dictionary(
      root.all().map { ($0.path.joined(separator: " "), $0.command) }, uniquingKeysWith: { a, _ in a })
    for line in text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("//") {
      // A command ends with its sentence, its quotes, or where the next one begins.
      for match in line.matches(of: #/\bseclog ([a-z]+)(?: ([a-z]+))?([^"'`;|·)]*?)(?= {2}| or:|\. |["'`;|·)]|$)/#) {
        let word = String(match.1)
        if prose.contains(word) { continue }
        guard let command = commands[word] else {
          faults.append(Fault(place: place, text: "no command: seclog \(word)"))
          continue
        }
        var named = [command]
        if let second = match.2, let inner = commands["\(word) \(second)"] {
          named = [inner]
        } else if let inner = command.subcommands, !inner.isEmpty {
          // `seclog query NAME` stands for its default; "no seclog store yet" is a sentence.
          let isSentence = word == "store" && ["yet", "nor", "of", "is"].contains(match.2 ?? "")
          if match.2 != nil, word != "query", !isSentence {
            faults.append(Fault(place: place, text: "no command: seclog \(word) \(match.2!)"))
          }
          named += inner
        }
        let options = Set(named.flatMap { $0.arguments ?? [] }.flatMap { $0.names ?? [] }.map(\.name)).union(["help"])
        // Behind ` -- ` stands another program with options of its own.
        for option in match.0.split(separator: " -- ", maxSplits: 1)[0].matches(of: #/ --([a-z][a-z-]+)/#)
        where !options.contains(String(option.1)) {
          faults.append(Fault(place: place, text: "no option: \(match.0) has no --\(option.1)"))
        }
      }
    }
    return faults
  }

  @Test func `every command and option that a message names is there`() throws {
    let root = try CommandInfo.root()
    var count = 0
    for (path, text) in try Self.sources() {
      count += text.matches(of: #/\bseclog [a-z]/#).count
      for fault in Self.faults(in: text, at: path, root: root) { Issue.record("\(fault)") }
    }
    #expect(count >= 50, "the search finds nothing any more")
  }

  @Test(arguments: [
    ("next: \"See seclog storr stats\"", "no command: seclog storr"),
    ("\"Incidents: seclog alert lst --all\"", "no command: seclog alert lst"),
    ("\"All: seclog alert list --every\"", "has no --every"),
  ])
  func `what is not there is found`(text: String, fault: String) throws {
    let faults = Self.faults(in: text, at: "x.swift", root: try CommandInfo.root())
    #expect(faults.count == 1 && faults[0].text.contains(fault), "\(faults)")
  }

  @Test func `commands of the hand-written pages are there`() throws {
    let root = try CommandInfo.root()
    for page in ["README.md", "docs/OPERATING.md", "packaging/seclog.cron"] {
      let text = try String(contentsOfFile: "\(Program.checkout)/\(page)", encoding: .utf8)
      for fault in Self.faults(in: text, at: page, root: root) { Issue.record("\(fault)") }
    }
  }

  @Test func `every page that a source names is there`() throws {
    var count = 0
    for (path, text) in try Self.sources() {
      for match in text.matches(
        of: #/(?:^|[\s"'`(:])((?:docs|packaging)\/[A-Za-z0-9_\/-]+\.(?:md|yaml|logrotate|cron|service))/#)
      {
        count += 1
        #expect(FileManager.default.fileExists(atPath: "\(Program.checkout)/\(match.1)"), "\(path): \(match.1)")
      }
    }
    #expect(count >= 3)
  }
}
