import Events
import Storage

/// A page with one table and, where it helps, a form above it: a saved query, a search, a list.
public struct TablePage: Sendable {
  public struct Field: Hashable, Sendable {
    public var name: String
    public var title: String
    public var value: String

    public init(name: String, title: String, value: String) {
      self.name = name
      self.title = title
      self.value = value
    }
  }

  public var title: String
  public var about = ""
  /// Fields of a GET form; none = no form.
  public var form: [Field] = []
  public var rows: RowSet
  /// Columns and their titles; empty = all.
  public var columns: [Dashboard.Panel.Shown] = []
  /// A cell of this column links to the path followed by its value.
  public var links: [String: String] = [:]
  /// Further views of the same rows, such as JSON.
  public var others: [HTMLLink] = []
  public var command = ""
  public var empty = "No rows."
  public var now: Int64
  public var zone = TimeExpression.Zone.local

  public init(title: String, rows: RowSet, now: Int64) {
    self.title = title
    self.rows = rows
    self.now = now
  }

  public func html(navigation: [HTMLLink], current: String) -> String {
    let labels = Labels(zone: zone, now: now)
    var html = HTML()
    html.openPage(title: "\(title) · seclog", form: .served(navigation: navigation))
    html.navigation(navigation, current: current)
    html.raw("<header><h1>")
    html.value(title)
    html.raw("</h1><p class=\"meta\">")
    html.value(about)
    html.raw("</p></header><main>")
    if !form.isEmpty { html.form(form) }
    var panel = Dashboard.Panel(kind: .table, title: "")
    panel.columns = columns
    panel.limit = Int.max
    panel.empty = empty
    let count = "\(Labels.number(Int64(rows.rows.count))) \(rows.rows.count == 1 ? "row" : "rows")"
    html.raw("<div class=\"row\"><section class=\"p w12\"><h2>")
    html.value(rows.isCut ? "\(count), and more that the limit left out" : count)
    html.raw("</h2>")
    if rows.rows.isEmpty {
      html.raw("<p class=\"empty\">")
      html.value(empty)
      html.raw("</p>")
    } else {
      html.table(ShownTable(rows, panel: panel), panel: panel, labels: labels, links: links)
    }
    html.raw("<p class=\"meta\">")
    for other in others {
      html.raw("<a href=\"")
      html.value(other.path)
      html.raw("\">")
      html.value(other.title)
      html.raw("</a> ")
    }
    html.raw("</p>")
    if !command.isEmpty {
      html.raw("<p class=\"cmd\"><code>")
      html.value(command)
      html.raw("</code></p>")
    }
    html.raw("</section></div></main><footer><p>Times in ")
    html.value(labels.zoneName)
    html.raw(". This page runs no script.</p></footer></body></html>\n")
    return html.text
  }
}

/// A page that says one thing: a fault, or that there is no such page.
public struct MessagePage: Sendable {
  public var title: String
  public var text: String

  public init(title: String, text: String) {
    self.title = title
    self.text = text
  }

  public func html(navigation: [HTMLLink]) -> String {
    var html = HTML()
    html.openPage(title: "\(title) · seclog", form: .served(navigation: navigation))
    html.navigation(navigation, current: "")
    html.raw("<header><h1>")
    html.value(title)
    html.raw("</h1></header><main><div class=\"row\"><section class=\"p w12\">")
    for line in text.split(separator: "\n") {
      html.raw("<p>")
      html.value(line)
      html.raw("</p>")
    }
    html.raw("</section></div></main></body></html>\n")
    return html.text
  }
}

extension HTML {
  mutating func form(_ fields: [TablePage.Field]) {
    raw("<form method=\"get\">")
    for field in fields {
      raw("<label>")
      value(field.title)
      raw("<input name=\"")
      value(field.name)
      raw("\" value=\"")
      value(field.value)
      raw("\"></label>")
    }
    raw("<button>Show</button></form>")
  }
}
