import Foundation
import Testing

/// The reference pages say what the program does: those made from it are compared whole,
/// those written by hand for the names that must stand there.
struct DocsTests {
  static func page(_ name: String) throws -> String {
    try String(contentsOfFile: "\(Program.checkout)/docs/\(name)", encoding: .utf8)
  }

  static func reference(_ root: CommandInfo) -> String {
    var text = """
      # Commands

      Made from the program: `SECLOG_RECORD=1 scripts/test --filter DocsTests`. Every command takes `--help`.

      """
    for (path, command) in root.all() where command.shouldDisplay {
      text += "\n## seclog \(path.joined(separator: " "))\n\n\(command.abstract ?? "")\n"
      let arguments = (command.arguments ?? []).filter {
        $0.shouldDisplay && !["help", "version"].contains($0.names?.first?.name ?? "")
      }
      if !arguments.isEmpty { text += "\n" }
      for argument in arguments {
        let names = (argument.names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name }
        let value = argument.kind == "flag" ? "" : " <\(argument.valueName ?? "value")>"
        let name = names.isEmpty ? "<\(argument.valueName ?? "value")>" : names.joined(separator: ", ") + value
        text += "- `\(name)`: \((argument.abstract ?? "").replacing("\n", with: " "))\n"
      }
      if let discussion = command.discussion, !discussion.isEmpty {
        let lines = discussion.split(separator: "\n", omittingEmptySubsequences: false).map {
          $0.isEmpty ? "" : "    " + $0
        }
        text += "\n" + lines.joined(separator: "\n") + "\n"
      }
    }
    return text
  }

  @Test func `the page of commands is what the program says`() throws {
    let text = Self.reference(try CommandInfo.root())
    let path = "\(Program.checkout)/docs/reference/commands.md"
    if ProcessInfo.processInfo.environment["SECLOG_RECORD"] != nil {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    } else {
      let written = try Self.page("reference/commands.md")
      #expect(written == text, "record anew with SECLOG_RECORD=1 scripts/test --filter DocsTests")
    }
  }

  @Test func `every column, event name and exit code has its line`() throws {
    func names(_ pattern: Regex<(Substring, Substring)>, in file: String) throws -> [String] {
      let source = try String(contentsOfFile: "\(Program.checkout)/Sources/Events/Model/\(file)", encoding: .utf8)
      return source.matches(of: pattern).map { String($0.1) }
    }
    let events = try names(#/EventName\(name: "([a-z_0-9]+)"/#, in: "EventName.swift")
    try #require(events.count >= 60)
    let eventPage = try Self.page("reference/events.md")
    for event in events { #expect(eventPage.contains("| `\(event)` |"), "\(event)") }

    let columns = try Program().run(["query", "columns", "--format", "json"])
    #expect(columns.status == 0)
    let columnPage = try Self.page("reference/columns.md")
    for match in columns.output.matches(of: #/"(?:column|name)":"([a-z_]+)"/#) {
      #expect(columnPage.contains("`\(match.1)`"), "\(match.1)")
    }
    let codes = try names(#/case [a-z]+ = ([0-9]+)/#, in: "Problem.swift")
    let codePage = try Self.page("reference/exit-codes.md")
    for code in codes { #expect(codePage.contains(code), "\(code)") }
  }

  @Test func `links of the pages lead somewhere`() throws {
    let root = Program.checkout
    let pages = try FileManager.default.subpathsOfDirectory(atPath: "\(root)/docs").filter { $0.hasSuffix(".md") }
    for page in pages.map({ "docs/\($0)" }) + ["README.md", "CHANGELOG.md"] {
      let text = try String(contentsOfFile: "\(root)/\(page)", encoding: .utf8)
      let directory = (page as NSString).deletingLastPathComponent
      for match in text.matches(of: #/\]\(([^)#]+)(?:#[^)]*)?\)/#) where !match.1.contains("://") {
        let target = directory.isEmpty ? String(match.1) : "\(directory)/\(match.1)"
        #expect(FileManager.default.fileExists(atPath: "\(root)/\(target)"), "\(page) → \(match.1)")
      }
    }
  }
}
