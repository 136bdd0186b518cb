import Foundation
import Testing

/// `key …` beside `collect`.
struct KeyTests {
  private let program: Program
  private static let session = "abcdef0123456789abcdef"

  init() throws { program = try Program() }

  private static func line(_ number: Int) -> String {
    #"{"time":"2026-11-20T10:00:0\#(number)Z","level":"WARN","msg":"login failed","user":"u\#(number)","session_id":"\#(session)"}"#
      + "\n"
  }

  private func collect() throws {
    let outcome = try program.run(["collect", "--quiet", "--keep", "all", "--db", "e.db", "app.log"])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  private func actors(of name: String) throws -> [String] {
    let found = try program.run(["search", "--db", "e.db", "--json", name]).output
    return found.matches(of: /"actor":"([^"]+)"/).map { String($0.1) }.sorted()
  }

  private func key(_ arguments: String..., input: String = "") throws -> Program.Outcome {
    try program.run(["key"] + arguments + ["--db", "e.db"], input: input)
  }

  @Test func `a value is found under the key before and the key after, and no file is read again`() throws {
    try program.write(Self.line(1), to: "app.log")
    try collect()
    #expect(try key("rotate").status == 0)
    try program.write(Self.line(1) + Self.line(2), to: "app.log")
    try collect()
    let names = try key("pseudonym", input: Self.session + "\n").output.split(separator: "\n").map(String.init)
    try #require(names.count == 2)
    #expect(try actors(of: names[0]) == ["u2"])
    #expect(try actors(of: names[1]) == ["u1"])
    let count = try program.run([
      "query", "--db", "e.db", "--format", "csv", "--sql", "SELECT count(*) AS n FROM events",
    ]).output
    #expect(count.split(whereSeparator: \.isNewline).last == "2")
    #expect(try program.shell("cat e.db* | grep -c \(Self.session)").output == "0\n")
  }

  @Test func `after the grace period collect destroys the key before`() throws {
    try program.write(Self.line(1), to: "app.log")
    try collect()
    let before = try Data(contentsOf: URL(fileURLWithPath: "\(program.folder.path)/hmac.key"))
    #expect(try key("rotate", "--grace", "1d", "--now", "2020-01-01T00:00:00Z").status == 0)
    let hex = before.map { String(format: "%02x", $0) }.joined()
    func file() throws -> String { try String(contentsOfFile: "\(program.folder.path)/hmac.key", encoding: .utf8) }
    #expect(try file().contains(hex))
    try collect()
    #expect(try !file().contains(hex))
    #expect(try key("list", "--json").output.matches(of: /"state":"([a-z]+)"/).map { String($0.1) } == ["current"])
    let mode = try program.shell("stat -c %a hmac.key").output
    #expect(mode == "600\n")
  }

  @Test func `a key is never shown`() throws {
    try program.write(Self.line(1), to: "app.log")
    try collect()
    let outcomes = [
      try key("rotate"), try key("list"), try key("pseudonym", input: "x" + Self.session), try key("prune", "--all"),
    ]
    let text = try String(contentsOfFile: "\(program.folder.path)/hmac.key", encoding: .utf8)
    let keys = text.matches(of: /[0-9a-f]{64}/).map { String($0.output) }
    #expect(keys.count == 2)
    for outcome in outcomes {
      #expect(outcome.status == 0, "\(outcome.errors)")
      for key in keys { #expect(!(outcome.output + outcome.errors).contains(key.prefix(16))) }
    }
  }

  @Test func `without a key there is nothing to rotate, and without a value nothing to find`() throws {
    #expect(try key("rotate").errors.contains("there is no key yet"))
    try program.write(Self.line(1), to: "app.log")
    try collect()
    #expect(try key("pseudonym").status != 0)
    #expect(try key("pseudonym", input: "ab\n").errors.contains("it is masked"))
  }
}
