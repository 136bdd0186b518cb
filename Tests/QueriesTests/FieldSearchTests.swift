import Events
import Testing

@testable import Queries

struct FieldSearchTests {
  private func filter(_ terms: String...) throws -> Filter {
    try FieldSearch(terms, now: 1_790_000_000_000_000, zone: .utc).filter
  }

  @Test(arguments: ["10.0.0.1", "a@b.c", "foo-bar", "C:/x", "it's", "NOT x", "(x=y", "1=2", "a b=c", "=x", "->"])
  func `what does not begin with a field name is a text`(term: String) throws {
    let search = try FieldSearch([term], now: 0, zone: .utc)
    #expect(search.texts == [term])
    #expect(search.filter == .constant(true))
  }

  @Test func `conditions become filters`() throws {
    #expect(try filter("ip=10.0.0.1") == .test(field: "source_ip", .equals("10.0.0.1")))
    #expect(try filter("source-ip=10.0.0.0/8") == .test(field: "source_ip", .network("10.0.0.0/8")))
    #expect(try filter("app!=tmi") == .not(.test(field: "app", .equals("tmi"))))
    #expect(try filter("severity>=high") == .test(field: "severity", .compare(.greaterOrEqual, 4)))
    #expect(try filter("http_status=401") == .test(field: "http_status", .number(401, spelling: "401")))
    #expect(try filter("reason=") == .test(field: "reason", .null))
    #expect(try filter("path~/admin") == .test(field: "http_path", .like(Filter.Pattern("/admin", at: .anywhere))))
    #expect(
      try filter("actor~*@x.org")
        == .test(field: "actor", .like(Filter.Pattern(pieces: [.anyRun, .text("@x.org")]))))
    #expect(
      try filter("user=al") == .any([.test(field: "actor", .equals("al")), .test(field: "target", .equals("al"))]))
    #expect(try filter("ts<1h") == .test(field: "ts", .compare(.less, Double(1_790_000_000_000_000 - 3_600_000_000))))
  }

  @Test(arguments: [
    ("sourceip=1", "unknown field 'sourceip'. Did you mean 'source_ip'?"),
    ("severity=bad", "field 'severity' is one of info, low, medium, high, critical, fatal."),
    ("http_status=x", "field 'http_status' is a number."), ("ts=soon", "'soon' is not a time."),
    ("actor>5", "field 'actor' is a text; use =, != or ~."),
  ])
  func `a condition that cannot be says why`(term: String, message: String) throws {
    let problem = #expect(throws: Problem.self) { try FieldSearch([term], now: 0, zone: .utc) }
    #expect(problem?.what == message)
    #expect(problem?.code == .usage)
  }
}
