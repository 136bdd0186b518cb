import Events
import Queries
import Storage

/// Runs the queries of a dashboard over a store.
public struct DashboardLoader: Sendable {
  public let runner: QueryRunner
  public let queries: QueryCatalogue
  /// Appended to each command so that it runs as printed, such as `--db /tmp/x/events.db`.
  public var commandOptions = ""

  public init(runner: QueryRunner, queries: QueryCatalogue) {
    self.runner = runner
    self.queries = queries
  }

  /// - Parameters:
  ///   - since: microseconds since 1970; `nil` = the dashboard's range before `until`.
  ///   - until: `nil` = now.
  public func page(_ dashboard: Dashboard, since: Int64? = nil, until: Int64? = nil) throws -> DashboardPage {
    let end = until ?? runner.now
    let start = since ?? end - dashboard.range.microseconds
    var page = DashboardPage(dashboard: dashboard, since: start, until: end, now: runner.now)
    page.zone = runner.zone
    page.commandOptions = commandOptions
    let bucket = DashboardPage.bucket(for: end - start)
    let range =
      until == nil
      ? "--since \(Age(microseconds: end - start))"
      : "--since \(Timestamp.rfc3339(start)) --until \(Timestamp.rfc3339(end))"
    page.panels = dashboard.rows.map { row in
      row.map { panel($0, of: page, bucket: bucket, range: range) }
    }
    page.health = try PipelineHealth(store: runner.store, now: runner.now).forPage
    return page
  }

  private func panel(
    _ panel: Dashboard.Panel, of page: DashboardPage, bucket: Int64, range: String
  ) -> DashboardPage.Panel {
    guard panel.kind.needsQuery else { return .init(panel: panel, result: .ofPage, command: "") }
    let fallback = "seclog query \(panel.query)"
    do {
      let query = try queries.query(named: panel.query)
      var arguments = panel.parameters
      if !page.dashboard.app.isEmpty, query.parameter("app") != nil { arguments["app"] = page.dashboard.app }
      if query.parameter("bucket") != nil, arguments["bucket"] == nil {
        arguments["bucket"] = Age(microseconds: bucket).description
      }
      let isBounded = query.parameter("since") != nil && panel.parameters["since"] == nil
      let ends = query.parameter("until") != nil
      let rows = try runner.run(
        query, arguments: arguments, since: isBounded ? page.since : nil, until: ends ? page.until : nil)
      var previous: RowSet?
      if panel.comparesPrevious, isBounded, ends {
        let before = page.since - (page.until - page.since)
        previous = try runner.run(query, arguments: arguments, since: before, until: page.since).rows
      }
      var words = [fallback]
      if isBounded { words.append(range) }
      words += arguments.sorted { $0.key < $1.key }.map { name, value in
        name == "since" ? "--since \(value)" : "--param \(name)=\(value)"
      }
      if !commandOptions.isEmpty { words.append(commandOptions) }
      return .init(
        panel: panel, result: .rows(rows.rows, previous: previous), command: words.joined(separator: " "),
        bucket: bucket)
    } catch let problem as Problem {
      return .init(panel: panel, result: .failed(problem.what), command: fallback)
    } catch {
      return .init(panel: panel, result: .failed("\(error)"), command: fallback)
    }
  }
}

extension DashboardLoader {
  /// Runs every panel once and holds its columns against what the query gives.
  ///
  /// - Throws: `Problems` with every panel that would not draw.
  public func check(_ dashboard: Dashboard) throws {
    var problems: [Problem] = []
    let page = try page(dashboard)
    for panel in page.panels.joined() {
      let place = "dashboard '\(dashboard.name)', panel '\(panel.panel.title)'"
      switch panel.result {
      case .ofPage: continue
      case .failed(let what):
        problems.append(Problem(.config, at: place, what, next: "All queries: seclog query list"))
      case .rows(let rows, _):
        let isOverTime = panel.panel.kind == .columns || panel.panel.kind == .line || panel.panel.kind == .heatmap
        var wanted =
          panel.panel.series + panel.panel.harm + panel.panel.highlight.keys + (isOverTime ? [panel.panel.x] : [])
        if case .sum(let column) = panel.panel.value { wanted.append(column) }
        wanted += panel.panel.columns.flatMap { ShownTable.names(in: $0.column) }
        for column in wanted where !rows.columns.contains(column) {
          let what = "query '\(panel.panel.query)' gives no column '\(column)'."
          problems.append(
            Problem(
              .config, at: place, what + Suggestion.sentence(for: column, among: rows.columns),
              next: "It gives: \(rows.columns.joined(separator: ", "))."))
        }
      }
    }
    if let problems = Problems(problems) { throw problems }
  }
}
