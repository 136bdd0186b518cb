import Dashboards
import Events
import Storage

/// Answers requests: which pages there are, who may ask, and what every answer carries.
///
/// No page runs a script, and none changes anything: there are only GET and HEAD. Free SQL is not
/// reachable from here. What ``WebIntake`` takes comes with POST at a path of its own, in types that a page of
/// somebody else cannot send without asking first, which nobody grants.
public struct WebResponder: Sendable {
  let content: any WebContent
  /// Values of `Host` that are answered; anything else may be a name that somebody else's page had
  /// point at this address (DNS rebinding).
  let hosts: Set<String>
  /// Seconds after which a browser asks for a dashboard again.
  let refreshSeconds: Int
  let intake: (any WebIntake)?

  public init(content: any WebContent, hosts: Set<String>, refreshSeconds: Int = 60, intake: (any WebIntake)? = nil) {
    self.content = content
    self.hosts = Set(hosts.map { $0.lowercased() })
    self.refreshSeconds = refreshSeconds
    self.intake = intake
  }

  /// Every header that an answer has, whatever it is.
  static let headers: [(name: String, value: String)] = [
    (
      "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-XSS-Protection", "0"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "geolocation=(), microphone=(), camera=()"),
    ("Cache-Control", "no-store, no-cache, must-revalidate"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
  ]

  /// - Parameter body: reads at most so many bytes; `nil` if there are more.
  func respond(to request: WebRequest, body: (Int) async throws -> [UInt8]?) async throws -> WebAnswer {
    guard let intake, request.path == intake.path, request.method == "POST", isNamed(request) else {
      return respond(to: request)
    }
    var answer = await intake.take(try await body(intake.bodyBytesMax), of: request)
    answer.headers += Self.headers
    return answer
  }

  private func isNamed(_ request: WebRequest) -> Bool { hosts.contains(request.host.lowercased()) }

  public func respond(to request: WebRequest) -> WebAnswer {
    var answer = route(request)
    answer.headers += Self.headers
    if request.method == "HEAD" { answer.body = "" }
    return answer
  }

  private func route(_ request: WebRequest) -> WebAnswer {
    guard isNamed(request) else {
      return WebAnswer(
        421, "text/plain; charset=utf-8",
        "This server does not answer to that name. Add it to 'serve.hosts' of the configuration.\n")
    }
    if let intake, request.path == intake.path {
      var answer = WebAnswer(405, "text/plain; charset=utf-8", "Records are brought here with POST.\n")
      answer.headers.append(("Allow", "POST"))
      return answer
    }
    guard request.method == "GET" || request.method == "HEAD" else {
      var answer = WebAnswer(405, "text/plain; charset=utf-8", "Pages are read only: GET or HEAD.\n")
      answer.headers.append(("Allow", "GET, HEAD"))
      return answer
    }
    do {
      return try page(request)
    } catch let problem as Problem {
      return failure(problem)
    } catch {
      return failure(Problem(.failed, "\(error)"))
    }
  }

  private func page(_ request: WebRequest) throws -> WebAnswer {
    let parts = request.path.split(separator: "/").map(String.init)
    switch (parts.first ?? "", parts.count) {
    case ("", 0):
      guard let first = content.dashboards().first else { return try queryList() }
      return try dashboard(first.name, request)
    case ("d", 2): return try dashboard(parts[1], request)
    case ("q", 1): return try queryList()
    case ("q", 2): return try query(parts[1], request)
    case ("events", 1): return try events(request)
    case ("event", 2):
      guard let event = try content.event(parts[1]) else {
        return notFound("There is no event '\(parts[1])' in this store.")
      }
      return table(event, links: [:], path: request.path)
    case ("alerts", 1):
      return table(try content.alerts(all: request.query["all"] != nil), links: [:], path: "/alerts")
    case ("healthz", 1):
      let ailments = content.ailments()
      let text = ailments.isEmpty ? "ok\n" : ailments.map { $0 + "\n" }.joined()
      return WebAnswer(ailments.isEmpty ? 200 : 503, "text/plain; charset=utf-8", text)
    case ("metrics", 1): return WebAnswer(200, "text/plain; version=0.0.4; charset=utf-8", try content.metrics())
    case ("style.css", 1): return WebAnswer(200, "text/css; charset=utf-8", StyleSheet.css)
    default: return notFound("There is no page '\(request.path)'.")
    }
  }

  private var navigation: [HTMLLink] {
    content.dashboards().map { HTMLLink(title: $0.title, path: "/d/\($0.name)") } + [
      HTMLLink(title: "Events", path: "/events"), HTMLLink(title: "Alerts", path: "/alerts"),
      HTMLLink(title: "Queries", path: "/q"),
    ]
  }

  private func dashboard(_ name: String, _ request: WebRequest) throws -> WebAnswer {
    let page = try content.dashboard(name, since: request.query["since"], until: request.query["until"])
    var answer = WebAnswer.html(page.html(.served(navigation: navigation)))
    answer.headers.append(("Refresh", String(refreshSeconds)))
    return answer
  }

  private func queryList() throws -> WebAnswer {
    var page = TablePage(title: "Queries", rows: try content.queries(), now: content.now)
    page.links = ["name": "/q/"]
    page.command = "seclog query list"
    return .html(page.html(navigation: navigation, current: "/q"))
  }

  /// `/q/NAME`, `/q/NAME.json`, `/q/NAME.csv`.
  private func query(_ path: String, _ request: WebRequest) throws -> WebAnswer {
    for (ending, format) in [(".json", WebFormat.json), (".csv", .csv)] where path.hasSuffix(ending) {
      let rows = try content.query(String(path.dropLast(ending.count)), parameters: request.query)
      return WebAnswer(200, format.contentType, format.text(rows.rows))
    }
    return table(try content.query(path, parameters: request.query), links: [:], path: "/q/\(path)", others: request)
  }

  private func events(_ request: WebRequest) throws -> WebAnswer {
    let limit = min(1000, Int(request.query["n"] ?? "") ?? 100)
    let found = try content.search(
      request.query["q"] ?? "", since: request.query["since"], until: request.query["until"], limit: max(1, limit))
    return table(found, links: ["id": "/event/"], path: "/events")
  }

  private func table(
    _ rows: WebRows, links: [String: String], path: String, others request: WebRequest? = nil
  ) -> WebAnswer {
    var page = TablePage(title: rows.title, rows: rows.rows, now: content.now)
    page.about = rows.about
    page.form = rows.fields
    page.columns = rows.columns
    page.links = links
    page.command = rows.command
    if let request {
      let query = request.query.sorted { $0.key < $1.key }.map { "\($0.key.urlEncoded)=\($0.value.urlEncoded)" }
      let suffix = query.isEmpty ? "" : "?" + query.joined(separator: "&")
      page.others = [
        HTMLLink(title: "JSON", path: path + ".json" + suffix), HTMLLink(title: "CSV", path: path + ".csv" + suffix),
      ]
    }
    return .html(page.html(navigation: navigation, current: path))
  }

  private func notFound(_ text: String) -> WebAnswer {
    .html(MessagePage(title: "Not found", text: text).html(navigation: navigation), status: 404)
  }

  private func failure(_ problem: Problem) -> WebAnswer {
    let status =
      switch problem.code {
      case .usage: 400
      case .nothing: 404
      case .busy, .unavailable: 503
      default: 500
      }
    let title = status == 400 ? "That does not read" : "This failed"
    return .html(MessagePage(title: title, text: problem.description).html(navigation: navigation), status: status)
  }
}
