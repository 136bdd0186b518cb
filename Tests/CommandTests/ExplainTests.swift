import Foundation
import Testing

/// `explain` on what the store holds, and on what the program knows.
struct ExplainTests {
  private static let log = """
    {"time":"2026-11-21T06:00:00Z","level":"INFO","msg":"started"}
    {"time":"2026-11-21T06:00:01Z","level":"WARN","msg":"SAML login rejected at ACS: assertion expired"}
    {"time":"2026-11-21T06:00:01Z","level":"INFO","msg":"REQUEST_COMPLETE [1] POST /saml/acs -> 403 (3ms)","client_ip":"203.0.113.9"}

    """

  private func collected() throws -> (program: Program, id: String, log: String) {
    let program = try Program()
    let log = try program.write(Self.log, to: "app.log")
    try #require(program.run(["collect", "--db", "e.db", log]).status == 0)
    let row = try program.run(["search", "--db", "e.db", "--json", "SAML"]).output
    let object = try #require(try JSONSerialization.jsonObject(with: Data(row.utf8)) as? [String: Any])
    return (program, try #require(object["id"] as? String), log)
  }

  @Test func `a line that is taken for a file is not repeated`() throws {
    let program = try Program()
    let outcome = try program.run(["explain", #"{"msg":"login failed","password":"hunter2-prod"}"#])
    #expect(outcome.status == 64 && outcome.errors.contains("seclog explain --line '…'"))
    #expect(!outcome.errors.contains("hunter2"))
    #expect(try program.run(["explain", "gone.log"]).errors.contains("gone.log: no such file."))
  }

  @Test func `a stored event is explained with the lines that told it`() throws {
    let (program, id, log) = try collected()
    let text = try program.run(["explain", "--db", "e.db", "--id", String(id.prefix(8))]).output
    #expect(text.contains("told by 2 lines of \(log)"))
    #expect(text.contains("named by  saml-failed of authentication.json"))
    #expect(text.contains("where from: 203.0.113.9"))
    #expect(text.contains("\(log):@63\n"), "the first line is read again")
    let json = try program.run(["explain", "--db", "e.db", "--json", "--id", id]).output
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(object["id"] as? String == id)
    #expect(object["event"] as? String == "authn_login_fail")
    #expect(object["matches"] as? [String] == ["failed-login"])
  }

  @Test(arguments: [
    ("", "is not there any more"),
    // Another log under the same name, with a line where the old one stood.
    (
      log.replacingOccurrences(of: "SAML login", with: "Disk check").replacingOccurrences(of: "POST", with: "HEAD"),
      "is another line by now"
    ),
  ])
  func `a source that has changed since is not taken for the event's`(text: String, answer: String) throws {
    let (program, id, _) = try collected()
    try program.write(text, to: "app.log")
    #expect(try program.run(["explain", "--db", "e.db", "--id", id]).output.contains(answer))
  }

  @Test(arguments: [("zz", 64, "not an event id"), ("abcdabcd", 1, "no event has an id that begins with abcdabcd")])
  func `an id that names no event says so`(id: String, status: Int32, answer: String) throws {
    let (program, _, _) = try collected()
    let outcome = try program.run(["explain", "--db", "e.db", "--id", id])
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(answer))
  }

  @Test func `the classifiers are listed in the order in which they are asked, as their files say them`() throws {
    let program = try Program()
    let lines = try program.run(["explain", "--classifiers"]).output.split(separator: "\n")
    let priorities = lines.compactMap { Int($0.prefix { $0 != " " }) }
    #expect(priorities.count == lines.count && priorities == priorities.sorted(by: >))
    let json = try program.run(["explain", "--classifiers", "--json"]).output.split(separator: "\n")
    #expect(json.count == lines.count)
    let first = try #require(try JSONSerialization.jsonObject(with: Data(json[0].utf8)) as? [String: Any])
    #expect(first["when"] != nil && first["event"] != nil)
  }
}
