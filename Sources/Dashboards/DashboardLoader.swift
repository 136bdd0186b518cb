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
