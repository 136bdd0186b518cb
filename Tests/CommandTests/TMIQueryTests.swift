import Foundation
import Testing

/// The saved queries that stand for TMI's `jq` one-liners, against the `jq` itself on the public corpus.
struct TMIQueryTests {
  @Test(
    arguments: [
      ("tmi-auth-monitor", #"select(.msg | test("auth|login|token"))"#),
      ("tmi-authz-changes", #"select(.msg | test("authorization|ownership|transfer"))"#),
      ("tmi-failed-auth", #"select(.msg | test("Failed|failed|error")) | select(.msg | test("auth|token|login"))"#),
    ])
  func `every line that jq selects is found, and more`(query: String, selection: String) throws {
    let program = try Program()
    let corpus = "\(Program.checkout)/Tests/EventsTests/Corpus/tmi.jsonl"
    try #require(program.run(["collect", "--keep", "all", "--db", "e.db", corpus]).status == 0)
    let range = ["--db", "e.db", "--since", "2020-01-01", "--until", "2035-01-01", "--json"]
    let found = Set(try rows(program.run(["query", query] + range).output).flatMap(Self.lines))

    // The log holds text between its JSON lines, on which jq alone would stop.
    let filter = "input_line_number as $n | fromjson? | select(.msg?) | \(selection) | $n"
    let jq = try program.run(executable: "/usr/bin/env", ["jq", "-R", "-c", filter, corpus], input: Data())
    try #require(jq.status == 0, "\(jq.errors)")
    let offsets = try Self.offsets(of: corpus)
    let wanted = jq.output.split(separator: "\n").compactMap { Int($0) }.map { offsets[$0 - 1] }
    try #require(!wanted.isEmpty)
    #expect(wanted.filter { !found.contains($0) } == [])
    #expect(found.count > wanted.count)
  }

  /// Where the lines of a file begin.
  private static func offsets(of file: String) throws -> [Int] {
    var offsets = [0]
    for (i, byte) in try Data(contentsOf: URL(fileURLWithPath: file)).enumerated() where byte == 10 {
      offsets.append(i + 1)
    }
    return offsets
  }

  private func rows(_ output: String) throws -> [[String: Any]] {
    try output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// Where the lines of an event begin in the file.
  private static func lines(_ row: [String: Any]) -> [Int] {
    if let lines = row["lines"] as? [Int] { return lines }
    guard let text = row["lines"] as? String else { return [] }
    return (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Int]) ?? []
  }
}
