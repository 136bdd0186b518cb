import Dashboards
import Events
import Storage

/// What the pages show. `serve` gives one that asks the store; tests give their own.
public protocol WebContent: Sendable {
  /// Name and title of every dashboard, the first is `/`.
  func dashboards() -> [(name: String, title: String)]

  /// - Throws: ``Problem``; code `usage` for an unknown name or a parameter that does not read.
  func dashboard(_ name: String, since: String?, until: String?) throws -> DashboardPage

  func queries() throws -> RowSet

  /// - Parameter parameters: `since`, `until`, and the query's own.
  func query(_ name: String, parameters: [String: String]) throws -> WebRows

  func search(_ text: String, since: String?, until: String?, limit: Int) throws -> WebRows

  /// Every column of one event; `nil` if there is none of that id.
  func event(_ id: String) throws -> WebRows?

  func alerts(all: Bool) throws -> WebRows

  /// What is wrong, one sentence each; empty = healthy.
  func ailments() -> [String]

  /// Text for Prometheus.
  func metrics() throws -> String

  /// Microseconds since 1970.
  var now: Int64 { get }
}

/// Rows with what a page needs to present them.
public struct WebRows: Sendable {
  public var title: String
  public var about = ""
  public var rows: RowSet
  public var fields: [TablePage.Field] = []
  public var columns: [Dashboard.Panel.Shown] = []
  /// Prints the same rows in a terminal.
  public var command = ""

  public init(title: String, rows: RowSet) {
    self.title = title
    self.rows = rows
  }
}
