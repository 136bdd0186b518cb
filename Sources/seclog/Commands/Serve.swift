import ArgumentParser
import Dashboards
import Events
import Foundation
import Queries
import Storage
import Web

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve dashboards, queries and metrics to this machine, and take OTLP logs from it.",
    discussion: """
      Example: seclog serve --listen 127.0.0.1:8470

      Applications with an OpenTelemetry SDK send their logs to http://127.0.0.1:8470/v1/logs (OTLP/HTTP,
      protobuf or JSON): they are redacted, classified and stored as lines of a file would be.

      Pages are read only, run no script, and are answered on loopback only: whoever may use this
      machine may read them. From elsewhere use a tunnel, ssh -L 8470:127.0.0.1:8470 host, or a
      reverse proxy that asks who is there.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var rules: RuleOptions
  @OptionGroup var clock: ClockOptions

  @Option(
    help:
      "Address and port. Default: `serve.listen` of the configuration, else 127.0.0.1:8470; port 0 takes a free one.")
  var listen: String?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Take OTLP logs. Default: if there is a store; --otlp begins one if there is none.")
  var otlp: Bool?

  @Flag(help: "Show and read times in UTC instead of local time.")
  var utc = false

  func run() async throws {
    let settings = try store.configuration.load()
    let text = listen ?? settings.serve.listen
    guard let address = WebServer.Address(text) else {
      throw Problem(.usage, at: "--listen '\(text)'", "not an address with a port.", next: "Such as 127.0.0.1:8470.")
    }
    guard address.isLoopback else {
      throw Problem(
        .usage, at: "--listen '\(text)'", "not a loopback address, and the pages ask nobody who they are.",
        next: "Listen on 127.0.0.1 and use ssh -L, or a reverse proxy that asks.")
    }
    let fixed = clock.nowText == nil ? nil : try clock.now()
    let clock = clock
    let now: @Sendable () -> Int64 = { fixed ?? (try? clock.now()) ?? 0 }
    if otlp == true, access(try store.path(), F_OK) != 0 { _ = try store.openForWriting() }
    let intake = otlp == false ? nil : try LogIntake(settings, rules.load(settings), store: store.pathForWriting())
    let store = try store.openForReading()
    var attention = Attention(settings)
    attention.zone = utc ? .utc : .local
    let firing = attention
    let content = StoreContent(
      store: store, queries: QueryCatalogue(directories: settings.queryDirectories),
      dashboards: DashboardCatalogue(directories: settings.dashboardDirectories), version: Version.current,
      zone: utc ? .utc : .local, clock: now,
      incidents: { since in try firing.incidents(in: store, now: now(), endedSince: since) })
    Signals.ignoreClosedPipe()
    let server = WebServer(address: address, content: content, hosts: settings.serve.hosts, intake: intake)
    defer { intake?.finish() }
    try await server.run { port in
      let host = address.host.contains(":") ? "[\(address.host)]" : address.host
      Terminal.note("serving http://\(host):\(port)/ until Ctrl-C")
    }
  }
}
