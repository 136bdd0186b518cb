import Foundation
import Testing

/// The saved queries that stand for TMI's `jq` one-liners, against the `jq` itself on the public corpus.
struct TMIQueryTests {
  @Test(
    arguments: [
      ("tmi-auth-monitor", [["auth", "login", "token"]]),
      ("tmi-authz-changes", [["authorization", "ownership", "transfer"]]),
      ("tmi-failed-auth", [["Failed", "failed", "error"], ["auth", "token", "login"]]),
    ])
  func `every line that jq selects is found, unless the event it was joined into says otherwise`(
    query: String, patterns: [[String]]
  ) throws {
    let program = try Program()
    let corpus = "\(Program.checkout)/Tests/EventsTests/Corpus/tmi.jsonl"
    try #require(program.run(["collect", "--keep", "all", "--db", "e.db", corpus]).status == 0)
    let range = ["--db", "e.db", "--since", "2020-01-01", "--until", "2035-01-01", "--json"]
    let found = Set(try rows(program.run(["query", query] + range).output).flatMap(Self.lines))
    let all = try rows(program.run(["query", "--sql", "SELECT lines FROM events"] + range).output).map(Self.lines)
    let alone = Set(all.filter { $0.count == 1 }.joined())

    var offset = 0
    var wanted: [Int] = []
    for line in try Data(contentsOf: URL(fileURLWithPath: corpus)).split(
      separator: 0x0A, omittingEmptySubsequences: false)
    {
      let record = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
      if let text = record?["msg"] as? String, patterns.allSatisfy({ $0.contains { text.contains($0) } }) {
        wanted.append(offset)
      }
      offset += line.count + 1
    }
    try #require(!wanted.isEmpty)
    #expect(wanted.filter { alone.contains($0) && !found.contains($0) } == [])
    #expect(found.count > wanted.count)
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
