import Dashboards
import Events
import Queries
import Storage

/// The pages over one store. Nothing here writes.
public struct StoreContent: WebContent {
  let store: EventStore
  let queryCatalogue: QueryCatalogue
  let dashboardCatalogue: DashboardCatalogue
  let clock: @Sendable () -> Int64
  /// Open incidents, and those that ended after a time.
  let incidents: @Sendable (Int64?) throws -> [DashboardPage.Attention]
  let version: String
  let zone: TimeExpression.Zone
  /// Searches and queries from the web end after this long, whatever they ask.
  let limits = ReadLimits(seconds: 5, rows: 10_000)

  public init(
    store: EventStore, queries: QueryCatalogue, dashboards: DashboardCatalogue, version: String,
    zone: TimeExpression.Zone = .local, clock: @escaping @Sendable () -> Int64,
    incidents: @escaping @Sendable (Int64?) throws -> [DashboardPage.Attention]
  ) {
    self.store = store
    queryCatalogue = queries
    dashboardCatalogue = dashboards
    self.version = version
    self.zone = zone
    self.clock = clock
    self.incidents = incidents
  }

  public var now: Int64 { clock() }

  private var runner: QueryRunner { QueryRunner(store: store, now: now, zone: zone, limits: limits) }

  public func dashboards() -> [(name: String, title: String)] {
    dashboardCatalogue.dashboards.map { ($0.name, $0.title) }
  }

  public func dashboard(_ name: String, since: String?, until: String?) throws -> DashboardPage {
    let dashboard = try dashboardCatalogue.dashboard(named: name)
    let loader = DashboardLoader(runner: runner, queries: queryCatalogue)
    var page = try loader.page(dashboard, since: try time(since, "since"), until: try time(until, "until"))
    page.attention = try incidents(page.since)
    return page
  }

  public func queries() throws -> RowSet {
    RowSet(
      columns: ["name", "title", "description"],
      rows: queryCatalogue.queries.map { [.text($0.name), .text($0.title), .text($0.about)] })
  }

  public func query(_ name: String, parameters: [String: String]) throws -> WebRows {
    let query = try queryCatalogue.query(named: name)
    // An empty field of the form means the default.
    let given = parameters.filter { !$0.value.isEmpty && query.parameter($0.key) != nil }
    if let unknown = parameters.keys.sorted().first(where: { query.parameter($0) == nil }) {
      throw Problem(.usage, "query '\(name)' has no parameter '\(unknown)'.")
    }
    var found = WebRows(title: query.title, rows: try runner.run(query, arguments: given).rows)
    found.about = query.about
    found.fields = query.parameters.map { parameter in
      .init(name: parameter.name, title: parameter.name, value: given[parameter.name] ?? parameter.standard ?? "")
    }
    let words = given.sorted { $0.key < $1.key }.map { name, value in
      ["since", "until"].contains(name) ? "--\(name) \(Self.shell(value))" : "--param \(Self.shell("\(name)=\(value)"))"
    }
    found.command = (["seclog query \(name)"] + words).joined(separator: " ")
    return found
  }

  public func search(_ text: String, since: String?, until: String?, limit: Int) throws -> WebRows {
    let columns: [Column] = [.ts, .host, .app, .severity, .event, .actor, .sourceIP, .message, .id]
    var search = EventSearch()
    var filters: [Filter] = []
    var words: [String] = []
    for word in text.split(separator: " ").map(String.init) {
      words.append(Self.shell(word))
      // `field=value`, where the field is one of ours; else a text.
      if let equals = word.firstIndex(of: "="), equals != word.startIndex {
        let name = String(word[..<equals])
        if let column = Column(rawValue: name) ?? Column.aliases[name] {
          filters.append(.test(field: column.rawValue, .equals(String(word[word.index(after: equals)...]))))
          continue
        }
      }
      search.texts.append(word)
    }
    search.filter = filters.isEmpty ? .constant(true) : .all(filters)
    search.since = try time(since, "since")
    search.until = try time(until, "until")
    search.limits = ReadLimits(seconds: limits.seconds, rows: limit)
    var rows = RowSet(columns: columns.map(\.rawValue), rows: [])
    rows.isCut = try store.forEachEvent(search) { stored in
      rows.rows.append(columns.map { Self.value(stored.event[$0]) })
      return true
    }
    var found = WebRows(title: "Events", rows: rows)
    found.about = "Words and field=value, such as 203.0.113.9 outcome=failure; newest first."
    found.fields = [
      .init(name: "q", title: "search", value: text), .init(name: "since", title: "since", value: since ?? ""),
      .init(name: "until", title: "until", value: until ?? ""),
    ]
    for (name, value) in [("--since", since), ("--until", until)] {
      if let value, !value.isEmpty { words.append("\(name) \(Self.shell(value))") }
    }
    found.command = (["seclog search"] + words + ["-n \(limit)"]).joined(separator: " ")
    return found
  }

  public func event(_ id: String) throws -> WebRows? {
    guard let stored = try store.events(idPrefix: id.lowercased(), limit: 1).first else { return nil }
    let rows = Column.allCases.compactMap { column -> [SQLValue]? in
      let text: String
      switch stored.event[column] {
      case .integer(0), .text(""), .text("{}"): return nil
      case .integer(let number): text = column.kind == .time ? Timestamp.rfc3339(number) : String(number)
      case .text(let value): text = value
      }
      return [.text(column.rawValue), .text(text)]
    }
    var found = WebRows(
      title: "Event \(stored.event.id.prefix(8))", rows: RowSet(columns: ["field", "value"], rows: rows))
    found.command = "seclog show \(stored.event.id)"
    return found
  }

  public func alerts(all: Bool) throws -> WebRows {
    let rows = try incidents(all ? 0 : nil).map { incident -> [SQLValue] in
      [
        .integer(incident.severity), .text(incident.title), .text(incident.detail), .integer(incident.start),
        .integer(incident.end), .text(incident.command),
      ]
    }
    var found = WebRows(
      title: all ? "Alerts" : "Firing alerts",
      rows: RowSet(columns: ["severity", "alert", "what", "start_ts", "end_ts", "see"], rows: rows))
    found.command = all ? "seclog alert list --all" : "seclog alert list"
    return found
  }

  public func ailments() -> [String] {
    do {
      return try PipelineHealth(store: store, now: now).ailments
    } catch let problem as Problem {
      return [problem.what]
    } catch {
      return ["the store cannot be read"]
    }
  }

  public func metrics() throws -> String {
    MetricsText.text(
      health: try PipelineHealth(store: store, now: now), firing: try incidents(nil), version: version)
  }

  private func time(_ text: String?, _ name: String) throws -> Int64? {
    guard let text, !text.isEmpty else { return nil }
    guard let time = TimeExpression.microseconds(text, now: now, zone: zone) else {
      throw Problem(.usage, at: "\(name) '\(text)'", "not a time.", next: TimeExpression.examples)
    }
    return time
  }

  private static func value(_ value: Event.Value) -> SQLValue {
    switch value {
    case .text(let text): .text(text)
    case .integer(let number): .integer(number)
    }
  }

  /// Quoted for a shell if it must be.
  private static func shell(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "=._-:/@,+".utf8.contains(byte)
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
