import Foundation
import Testing

struct ServeTests {
  @Test func `pages are served over real HTTP, on loopback, with the policy of headers`() throws {
    let program = try Program()
    try program.run(["collect", "--db", "e.db", "--zone", "UTC"] + Program.samples)
    let server = try Server(program, ["--db", "e.db", "--now", "2026-11-20T12:00:00Z", "--utc"])
    defer { server.stop() }

    let overview = try server.get("/")
    #expect(overview.hasPrefix("HTTP/1.1 200"))
    #expect(overview.contains("frame-ancestors 'none'"))
    #expect(overview.contains("<h1>Security overview</h1>"))
    #expect(!overview.lowercased().contains("\r\nserver:"))
    #expect(try server.get("/q/failed-logins-by-source.json?since=24h").contains("\"source_ip\":\"203.0.113.9\""))
    #expect(try server.get("/q/failed-logins-by-source?since=24h").contains("203.0.113.9"))
    #expect(try server.get("/events?q=203.0.113.9").contains("/event/"))
    #expect(try server.get("/healthz").hasPrefix("HTTP/1.1 200"))
    #expect(try server.get("/metrics").contains("seclog_lines_read_total{source="))
    #expect(
      try server.get("/style.css").contains("Content-Type: text/css")
        || server.get("/style.css").contains("content-type: text/css"))
    #expect(try server.get("/q/nope").hasPrefix("HTTP/1.1 400"))
    #expect(try server.get("/", host: "evil.example").hasPrefix("HTTP/1.1 421"))
    #expect(server.stop() == 0)
  }

  @Test func `logs are brought over OTLP while a collector writes into the same store`() throws {
    let program = try Program()
    let server = try Server(program, ["--db", "e.db", "--otlp"])
    defer { server.stop() }
    func record(_ user: String) -> String {
      """
      {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"portal"}}]},
      "scopeLogs":[{"logRecords":[{"timeUnixNano":"1795240800000000000","severityText":"WARN",
      "body":{"stringValue":"login failed token=ghp_\(String(repeating: "a1B2", count: 9))"},
      "attributes":[{"key":"enduser.id","value":{"stringValue":"\(user)"}}]}]}]}]}
      """
    }
    for number in 0..<20 {
      let answer = try server.post("/v1/logs", record("u\(number)"))
      #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
      if number % 5 == 0 {
        try program.write(#"{"level":"WARN","msg":"login failed","user":"f\#(number)"}"# + "\n", to: "app\(number).log")
        try #require(try program.run(["collect", "app\(number).log", "--db", "e.db"]).status == 0)
      }
    }
    let rows = try program.run([
      "query", "--db", "e.db", "--format", "csv", "--sql",
      "SELECT app, count(*) AS n, count(DISTINCT actor) AS d FROM events GROUP BY app ORDER BY n DESC LIMIT 1",
    ])
    #expect(rows.output.contains("portal,20,20"), "\(rows.output)\(rows.errors)")
    #expect(try program.shell("grep -c ghp_ e.db e.db-wal").output.contains("e.db:0\ne.db-wal:0"))
    #expect(try server.get("/v1/logs").hasPrefix("HTTP/1.1 405"))
    #expect(try server.post("/v1/logs", record("x"), host: "evil.example").hasPrefix("HTTP/1.1 421"))
    #expect(try server.post("/v1/logs", record("x"), type: "text/plain").hasPrefix("HTTP/1.1 415"))
    #expect(try server.post("/v1/logs", "{").hasPrefix("HTTP/1.1 400"))
    #expect(try server.post("/v1/logs", String(repeating: " ", count: 17 << 20)).hasPrefix("HTTP/1.1 413"))
    #expect(try server.post("/events", "{}").hasPrefix("HTTP/1.1 405"))
    #expect(server.stop() == 0)
    let closed = try Server(program, ["--db", "e.db", "--no-otlp"])
    #expect(try closed.post("/v1/logs", record("x")).hasPrefix("HTTP/1.1 405"))
    #expect(closed.stop() == 0)
  }

  @Test func `an address that others can reach is refused`() throws {
    let outcome = try Program().run(["serve", "--listen", "0.0.0.0:0"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("not a loopback address"))
  }
}

/// `seclog serve` on a free port, asked over a plain socket.
final class Server {
  private let child: Child
  private var port: UInt16 = 0

  init(_ program: Program, _ arguments: [String]) throws {
    let errors = "\(program.folder.path)/serve.err"
    child = try Child(
      Program.path, ["serve", "--listen", "127.0.0.1:0"] + arguments, environment: program.environment,
      directory: program.folder.path, errors: errors)
    var said = ""
    for _ in 0..<3_000 where !said.contains("\n") {
      usleep(10_000)
      said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
    }
    // seclog: serving http://127.0.0.1:PORT/ until Ctrl-C
    let digits = said.split(separator: "127.0.0.1:").last?.prefix { $0.isNumber } ?? ""
    port = try #require(UInt16(digits), "serve said: \(said)")
  }

  @discardableResult
  func stop() -> Int32 {
    child.send(SIGTERM)
    return child.wait(limit: 30)
  }

  /// The whole answer, head and body.
  func get(_ path: String, host: String? = nil) throws -> String {
    try ask("GET \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\nConnection: close\r\n\r\n")
  }

  func post(_ path: String, _ body: String, type: String = "application/json", host: String? = nil) throws -> String {
    try ask(
      "POST \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\nConnection: close\r\n"
        + "Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  private func ask(_ request: String) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(connected == 0)
    // A server that has heard enough need not hear the rest.
    let bytes = Array(request.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { break }
      sent += count
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count <= 0 { break }
      answer += buffer[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
