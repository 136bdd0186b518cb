import ArgumentParser
import Events
import Queries

/// Which events: words and conditions, and flags for those that are asked for most.
struct EventOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Texts to find, and conditions: field=value, !=, ~ (contains, or * and ?), !~, <, <=, >, >=.", valueName: "terms")
  )
  var terms: [String] = []

  @Option(name: .long, help: "A text to find that looks like a condition, such as 'token=expired'.")
  var text: [String] = []

  @Option(help: "Only this application.")
  var app: String?
  @Option(help: "Only this host.")
  var host: String?
  @Option(help: ArgumentHelp("Only this event, such as authn_login_fail.", valueName: "name"))
  var event: String?
  @Option(help: "Only this category, such as authn.")
  var category: String?
  @Option(help: "success, failure or unknown.")
  var outcome: String?
  @Option(help: "Only where this user acts or is acted upon.")
  var user: String?
  @Option(help: ArgumentHelp("Only this address, or network such as 10.0.0.0/8.", valueName: "address"))
  var ip: String?
  @Flag(help: "Only lines kept as stubs or in part: too long, cut off, no text, or such as stopped the program.")
  var rejected = false
  @Option(help: "This severity or worse: info, low, medium, high, critical, fatal.")
  var severity: String?

  func search(now: Int64, zone: TimeExpression.Zone) throws -> FieldSearch {
    var search = try FieldSearch(terms, now: now, zone: zone)
    search.find(text)
    for (column, value) in [
      (Column.app, app), (.host, host), (.event, event), (.category, category), (.outcome, outcome),
    ] {
      if let value { search.require(FieldSearch.text(column.rawValue, value)) }
    }
    if rejected {
      search.require(
        .any([
          .test(field: "event", .equals("pipeline_line_rejected")), .test(field: "parse", .equals("rejected")),
          .test(field: "parse", .equals("truncated")),
        ]))
    }
    if let user { search.require(FieldSearch.user(user)) }
    if let ip {
      search.require(ip.contains("/") ? .test(field: "source_ip", .network(ip)) : FieldSearch.text("source_ip", ip))
    }
    if let severity {
      guard let level = Severity.value(severity) else {
        throw Problem(
          .usage, at: "--severity '\(severity)'",
          "not a severity.\(Suggestion.sentence(for: severity, among: Severity.names))",
          next: "Use \(Severity.names.dropFirst().joined(separator: ", ")).")
      }
      search.require(.test(field: "severity", .compare(.greaterOrEqual, Double(level))))
    }
    return search
  }
}
