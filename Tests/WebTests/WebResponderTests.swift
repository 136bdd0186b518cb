import Dashboards
import Events
import Foundation
import Storage
import Testing

@testable import Web

/// Content without a store: what is tested here is who may ask, and what every answer carries.
struct FakeContent: WebContent {
  var isIll = false
  var now: Int64 { 1_795_240_800_000_000 }

  func dashboards() -> [(name: String, title: String)] { [("overview", "Security overview")] }

  func dashboard(_ name: String, since: String?, until: String?) throws -> DashboardPage {
    guard name == "overview" else { throw Problem(.usage, "unknown dashboard '\(name)'.") }
    return DashboardPage(
      dashboard: Dashboard(name: name, title: "Security overview"), since: now - 1_000_000, until: now, now: now)
  }

  func queries() throws -> RowSet { RowSet(columns: ["name"], rows: [[.text("failed-logins")]]) }

  func query(_ name: String, parameters: [String: String]) throws -> WebRows {
    var rows = WebRows(
      title: "Failed <logins>",
      rows: RowSet(
        columns: ["last_ts", "actor", "failures"],
        rows: [[.integer(now), .text("=cmd|'/c calc'!A1"), .integer(3)], [.integer(0), .text("a\"b,c"), .integer(1)]]))
    rows.fields = [.init(name: "since", title: "since", value: parameters["since"] ?? "\"><script>")]
    return rows
  }

  func search(_ text: String, since: String?, until: String?, limit: Int) throws -> WebRows {
    WebRows(title: "Events", rows: RowSet(columns: ["id"], rows: [[.text("9f3c2ad1")]]))
  }

  func event(_ id: String) throws -> WebRows? { nil }
  func alerts(all: Bool) throws -> WebRows { WebRows(title: "Alerts", rows: RowSet(columns: [], rows: [])) }
  func ailments() -> [String] { isIll ? ["source app.log is silent"] : [] }
  func metrics() throws -> String { "seclog_build_info 1\n" }
}

struct WebResponderTests {
  let responder = WebResponder(content: FakeContent(), hosts: ["127.0.0.1:8470", "logs.example"])

  func get(_ path: String, _ query: [String: String] = [:], host: String = "127.0.0.1:8470") -> WebAnswer {
    responder.respond(to: WebRequest(path: path, query: query, host: host))
  }

  static let pages = [
    "/", "/d/overview", "/q", "/q/failed-logins", "/events", "/alerts", "/healthz", "/metrics", "/style.css",
    "/nowhere",
  ]

  @Test(arguments: pages)
  func `every answer carries every header of the policy, and no page a script`(path: String) {
    let answer = get(path)
    for (name, value) in WebResponder.headers { #expect(answer.header(name) == value) }
    #expect(answer.header("Server") == nil)
    #expect(!answer.body.lowercased().contains("<script"))
    #expect(!answer.body.contains(" style="))
    #expect(answer.status == (path == "/nowhere" ? 404 : 200))
  }

  @Test(arguments: ["evil.example", "127.0.0.1:9999", "", "127.0.0.1:8470.evil.example"])
  func `a name that was not allowed is not answered`(host: String) {
    for path in Self.pages { #expect(get(path, host: host).status == 421) }
  }

  @Test func `names are allowed whatever their case`() {
    #expect(get("/", host: "Logs.Example").status == 200)
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
  func `nothing can be changed`(method: String) {
    let answer = responder.respond(to: WebRequest(method: method, path: "/", host: "127.0.0.1:8470"))
    #expect(answer.status == 405)
    #expect(answer.header("Allow") == "GET, HEAD")
  }

  @Test func `HEAD is GET without a body`() {
    let answer = responder.respond(to: WebRequest(method: "HEAD", path: "/", host: "127.0.0.1:8470"))
    #expect(answer.status == 200 && answer.body.isEmpty)
  }

  @Test func `dashboards ask the browser to come again`() {
    #expect(get("/d/overview").header("Refresh") == "60")
    #expect(get("/q/failed-logins").header("Refresh") == nil)
  }

  @Test func `an unknown dashboard is the asker's mistake`() {
    #expect(get("/d/none").status == 400)
  }

  @Test func `values are escaped in cells, titles and forms`() {
    let body = get("/q/failed-logins").body
    #expect(body.contains("Failed &lt;logins&gt;"))
    #expect(body.contains("value=\"&quot;&gt;&lt;script&gt;\""))
  }

  @Test func `rows come as JSON lines with times as text`() {
    let answer = get("/q/failed-logins.json")
    #expect(answer.header("Content-Type") == "application/x-ndjson")
    #expect(
      answer.body == """
        {"last_ts":"2026-11-21T06:00:00.000000Z","actor":"=cmd|'/c calc'!A1","failures":3}
        {"last_ts":"","actor":"a\\"b,c","failures":1}

        """)
  }

  @Test func `a cell that a spreadsheet would run is made text`() {
    let body = get("/q/failed-logins.csv").body
    #expect(body.contains(",\"'=cmd|'/c calc'!A1\",3\r\n"))
    #expect(body.contains(",\"a\"\"b,c\",1\r\n"))
  }

  @Test func `illness is 503 with its reasons and nothing of the logs`() {
    let ill = WebResponder(content: FakeContent(isIll: true), hosts: ["h"])
    let answer = ill.respond(to: WebRequest(path: "/healthz", host: "h"))
    #expect(answer.status == 503)
    #expect(answer.body == "source app.log is silent\n")
  }

  @Test(arguments: [
    ("127.0.0.1:8470", "127.0.0.1", 8470, true), ("[::1]:80", "::1", 80, true), ("localhost:0", "localhost", 0, true),
    ("0.0.0.0:8470", "0.0.0.0", 8470, false), ("192.0.2.1:1", "192.0.2.1", 1, false),
  ])
  func `addresses know whether others can reach them`(text: String, host: String, port: Int, isLoopback: Bool) throws {
    let address = try #require(WebServer.Address(text))
    #expect(address.host == host && address.port == port && address.isLoopback == isLoopback)
  }

  @Test(arguments: ["8470", "127.0.0.1", "127.0.0.1:", ":8470", "127.0.0.1:99999", "http://127.0.0.1:1/x:2"])
  func `text that is no address is refused`(text: String) {
    #expect(WebServer.Address(text) == nil)
  }
}
