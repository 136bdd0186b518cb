import ArgumentParser
import Events
import Foundation
import Queries
import Storage

struct Query: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Ask a saved question, or one of your own in SQL.",
    discussion: """
      Examples:
        seclog query failed-logins-by-source --since 24h
        seclog query success-after-failures --param min=5 --json
        seclog query --sql "SELECT app, count(*) AS n FROM events GROUP BY app" --since 7d
        seclog query list

      Exit code: 0 rows, 1 no rows, 2 failed.
      """,
    subcommands: [RunQuery.self, ListQueries.self, ShowQuery.self, ListColumns.self], defaultSubcommand: RunQuery.self)
}

/// Where saved queries are looked for besides the built-in ones.
struct QueryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A directory of .sql files; they win over built-in queries of the same name.", valueName: "directory"),
    completion: .directory)
  var queries: [String] = []

  func catalogue(_ configuration: ConfigurationOptions) throws -> QueryCatalogue {
    for directory in queries where access(directory, R_OK | X_OK) != 0 {
      throw TextFile.problem(directory, errno)
    }
    let catalogue = QueryCatalogue(directories: queries + (try configuration.load().queryDirectories))
    for problem in catalogue.problems { Terminal.note(problem.description) }
    return catalogue
  }
}

struct RunQuery: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Run a saved query, or --sql.")

  @Argument(
    help: "Name of a saved query: seclog query list.",
    completion: .custom { _, _, _ in QueryCatalogue().queries.map(\.name) })
  var name: String?

  @Option(
    help: ArgumentHelp(
      "A SELECT of your own; :since, :until, :now and --param values may be used in it.", valueName: "select"))
  var sql: String?

  @Option(name: [.customShort("p"), .long], help: ArgumentHelp("A parameter of the query.", valueName: "name=value"))
  var param: [String] = []

  @Option(help: "Only this application, where the query has the parameter app.")
  var app: String?

  @Option(name: [.customShort("n"), .long], help: "At most so many rows: the query's parameter limit.")
  var limit: Int?

  @Option(help: ArgumentHelp("Give up after this time.", valueName: "span"))
  var timeout = "5s"

  @Option(help: ArgumentHelp("Stop after so many rows.", valueName: "count"))
  var maxRows = ReadLimits().rows

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var queries: QueryOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    var arguments = try parameters()
    let range = try reading.range()
    guard let limitTime = Age(timeout), limitTime.microseconds > 0, maxRows > 0 else {
      throw Problem(
        .usage, at: "--timeout '\(timeout)' --max-rows \(maxRows)", "not a span and a count.",
        next: "Use 30s, 5m; 100000.")
    }
    let limits = ReadLimits(seconds: Double(limitTime.microseconds) / 1e6, rows: maxRows)
    let started = ContinuousClock.now
    let result: QueryRunner.Result
    switch (name, sql) {
    case (let name?, nil):
      let query = try queries.catalogue(store.configuration).query(named: name)
      if let app { arguments["app"] = app }
      if let limit { arguments["limit"] = String(limit) }
      result = try runner(range.now, limits).run(query, arguments: arguments, since: range.since, until: range.until)
    case (nil, let sql?):
      guard app == nil, limit == nil else {
        throw Problem(
          .usage, at: "--app, --limit", "these are parameters of saved queries.",
          next: "Write WHERE and LIMIT into the SQL.")
      }
      result = try runner(range.now, limits).run(sql: sql, arguments: arguments, since: range.since, until: range.until)
    default:
      throw Problem(
        .usage, name == nil ? "no query named." : "a saved query and --sql at once.",
        next: "Name a saved query (seclog query list), or give one --sql.")
    }
    try show(result, took: ContinuousClock.now - started, now: range.now)
  }

  private func runner(_ now: Int64, _ limits: ReadLimits) throws -> QueryRunner {
    QueryRunner(store: try store.openForReading(), now: now, zone: reading.zone, limits: limits)
  }

  private func parameters() throws -> [String: String] {
    var arguments: [String: String] = [:]
    for text in param {
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw Problem(.usage, at: "--param '\(text)'", "not name=value.", next: "Such as:  --param min=5")
      }
      arguments[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    return arguments
  }

  private func show(_ result: QueryRunner.Result, took: Swift.Duration, now: Int64) throws {
    let rows = result.rows
    var renderer = output.renderer(rows.columns, style: output.style(zone: reading.zone, now: now))
    for row in rows.rows { renderer.add(row) }
    if !rows.rows.isEmpty || output.chosen == .json { renderer.finish() }
    if rows.isCut {
      output.remark("cut at \(rows.rows.count) rows; for more: --max-rows \(rows.rows.count * 10)")
    }
    guard !rows.rows.isEmpty else {
      output.remark("no rows.")
      throw ExitCode(Problem.Code.nothing.rawValue)
    }
    if output.isForPeople {
      let milliseconds = took.components.seconds * 1000 + took.components.attoseconds / 1_000_000_000_000_000
      var remark = "\(rows.rows.count) \(rows.rows.count == 1 ? "row" : "rows") · \(milliseconds) ms"
      if let since = result.since {
        let time = ShownTime(zone: reading.zone, now: now)
        remark += " · \(time.text(since)) to \(time.text(min(result.until ?? now, now))) \(time.zoneName)"
      }
      output.remark(remark)
    }
  }
}

struct ListQueries: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "All saved queries.")

  @OptionGroup var configuration: ConfigurationOptions
  @OptionGroup var queries: QueryOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let catalogue = try queries.catalogue(configuration)
    let isForPeople = [.table, .markdown].contains(output.chosen)
    let columns = isForPeople ? ["name", "title"] : ["name", "title", "description", "parameters", "origin"]
    var renderer = output.renderer(columns, style: output.style(zone: .local, now: 0))
    for query in catalogue.queries {
      let parameters = query.parameters.map { "\($0.name) \($0.kind.rawValue)\($0.standard.map { " \($0)" } ?? "")" }
      renderer.add(
        (isForPeople
          ? [query.name, query.title]
          : [query.name, query.title, query.about, parameters.joined(separator: "; "), query.origin])
          .map(SQLValue.text))
    }
    renderer.finish()
    if output.isForPeople { output.remark("\(catalogue.queries.count) queries · one of them: seclog query show NAME") }
  }
}

struct ShowQuery: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "The text of a saved query.")

  @Argument(help: "Name of a saved query.", completion: .custom { _, _, _ in QueryCatalogue().queries.map(\.name) })
  var name: String

  @OptionGroup var configuration: ConfigurationOptions
  @OptionGroup var queries: QueryOptions

  func run() throws {
    let query = try queries.catalogue(configuration).query(named: name)
    Terminal.write(query.sql.hasSuffix("\n") ? query.sql : query.sql + "\n")
  }
}

struct ListColumns: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "columns", abstract: "The columns of events, and other names they answer to.")

  @OptionGroup var output: OutputOptions

  func run() throws {
    var renderer = output.renderer(["column", "kind", "also"], style: output.style(zone: .local, now: 0))
    for column in Column.allCases {
      let aliases = Column.aliases.filter { $0.value == column }.keys.sorted().joined(separator: ", ")
      let kind =
        switch column.kind {
        case .text: "text"
        case .integer: "integer"
        case .time: "time, microseconds since 1970"
        case .json: "JSON"
        }
      renderer.add([.text(column.rawValue), .text(kind), .text(aliases)])
    }
    renderer.finish()
  }
}
