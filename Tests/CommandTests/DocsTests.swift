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

  /// The page of secrets: how a pattern is written, and what the program knows.
  static func secrets() throws -> String {
    func object<T>(_ name: String, as type: T.Type) throws -> T {
      let path = "\(Program.checkout)/Sources/Events/Secrets/\(name).json"
      let data = try #require(FileManager.default.contents(atPath: path))
      return try #require(try JSONSerialization.jsonObject(with: data) as? T)
    }
    func code(_ text: String) -> String { "`\(text.replacing("|", with: "\\|"))`" }
    var text = """
      # Secrets

      Made from the catalogue: `SECLOG_RECORD=1 scripts/test --filter DocsTests`. What seclog hides, beyond this list:
      values under names such as `password` (below), what stands in places for credentials (URLs, headers, cookies,
      command lines, SQL, private keys), and further copies of such a value on its line and, if nothing
      else looks so, on the lines of its source that follow.

      ## Patterns of your own

      A file for `redaction.patterns` or `seclog redact --patterns` holds one object, or a list of them. `seclog check`
      compiles each, tries its samples and names the line of a broken one.

      ```json
      {"id": "acme-key", "starts": ["acme_live_", "acme_test_"], "then": "[A-Za-z0-9]{24}",
       "matches": ["key acme_live_0123456789abcdefABCDEFGH"], "ignores": ["acme_live_ is how it starts"]}
      ```

      | key | meaning |
      | --- | --- |
      | `id` | letters, digits, `-`; named by `redact --explain` |
      | `kind` | stands in the marker `[REDACTED:kind]`; the id with `_` if absent |
      | `starts` | fixed beginnings of at least two bytes; a set in brackets stands for one byte |
      | `then` | what follows: bytes, sets such as `[A-Z0-9]`, counts `{16}`, `{20,}`, `{1,8}`; `\\` makes a byte plain |
      | `before` | what stands before the start and belongs to the secret, in the same form |
      | `value` | what is hidden, if `starts` and `then` only announce it and stay |
      | `last` | the value must end its line or stand before a quote |
      | `exact` | no letter or digit may follow |
      | `mixed` | there must be both letters and digits |
      | `near` | words, of which one must stand in the 256 bytes before `value` |
      | `pseudonym` | replaced by a pseudonym if there is a key |
      | `matches`, `ignores` | texts in which something, or nothing, must be hidden |

      A pattern is tried once at each place where a start stands, forward, without backtracking.

      ## Names of fields

      | class | kind | words, some of them |
      | --- | --- | --- |

      """
    let names = try object("key-names", as: [String: Any].self)
    for entry in names["classes"] as? [[String: Any]] ?? [] where (entry["kind"] as? String)?.isEmpty == false {
      let words = ["heads", "wholes", "compounds"].flatMap { entry[$0] as? [String] ?? [] }.prefix(8)
      let shown = words.map(code).joined(separator: ", ")
      text += "| \(entry["class"] as? String ?? "") | `\(entry["kind"] as? String ?? "")` | \(shown) |\n"
    }
    text +=
      "\n## Credentials that their own text gives away\n\n| id | kind | starts, some of them |\n| --- | --- | --- |\n"
    for entry in try object("secrets", as: [[String: Any]].self) {
      let id = try #require(entry["id"] as? String)
      let starts = (entry["starts"] as? [String] ?? []).prefix(4).map(code).joined(separator: ", ")
      text += "| \(id) | `\(entry["kind"] as? String ?? id.replacing("-", with: "_"))` | \(starts) |\n"
    }
    return text
  }

  @Test func `the page of secrets is what the catalogue says`() throws {
    let text = try Self.secrets()
    let path = "\(Program.checkout)/docs/reference/secrets.md"
    if ProcessInfo.processInfo.environment["SECLOG_RECORD"] != nil {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    } else {
      #expect(try Self.page("reference/secrets.md") == text, "record anew with SECLOG_RECORD=1")
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
