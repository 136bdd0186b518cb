import Events
import StrictYAML
import Yams

extension Dashboard {
  /// Reads a dashboard file; its faults are collected in `file`.
  ///
  /// - Parameter name: of the file, without its ending.
  /// - Parameter base: gives the dashboard that `like` names; its rows come first.
  /// - Returns: `nil` if the text is no mapping at all.
  public init?(name: String, file: YAMLFile, base: (String) -> Dashboard? = { _ in nil }) {
    guard let top = file.fields() else { return nil }
    self.init(name: name, title: top.string("title") ?? name)
    about = top.string("about") ?? ""
    range = top.age("range") ?? range
    refresh = top.age("refresh") ?? refresh
    app = top.string("app") ?? ""
    if let like = top.string("like") {
      if let base = base(like) { rows = base.rows } else { top.refuse("like", "there is no dashboard '\(like)'") }
    }
    if let node = top.node("rows") {
      guard case .sequence(let sequence) = node else {
        top.refuse("rows", "'rows' is a list of rows, and a row is a list of panels")
        return
      }
      for (index, row) in sequence.enumerated() {
        if let panels = Self.panels(of: row, index: index, in: top) { rows.append(panels) }
      }
    } else if rows.isEmpty, !top.keys.contains("like") {
      top.refuse("a dashboard needs 'rows'", next: "docs/reference/dashboards.md shows one.")
    }
    top.finish()
  }

  /// A row is a list of panels, or one panel alone.
  private static func panels(of row: Node, index: Int, in top: YAMLFields) -> [Panel]? {
    switch row {
    case .mapping:
      return top.fields(row, path: "rows[\(index)]").flatMap(Panel.init).map { [$0] }
    case .sequence(let panels):
      return panels.enumerated().compactMap { number, node in
        top.fields(node, path: "rows[\(index)][\(number)]").flatMap(Panel.init)
      }
    default:
      top.file.fault(at: row, "a row is a list of panels", width: 1)
      return nil
    }
  }
}

extension Dashboard.Panel {
  init?(_ fields: YAMLFields) {
    guard let kind = fields.choice("show", of: Kind.self) else {
      if !fields.keys.contains("show") {
        let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        fields.refuse("a panel needs 'show'", next: "One of \(kinds).")
      }
      return nil
    }
    self.init(kind: kind, title: fields.string("title") ?? kind.standardTitle)
    query = fields.string("query") ?? ""
    if kind.needsQuery && query.isEmpty {
      fields.refuse("a panel of kind '\(kind.rawValue)' needs 'query'", next: "All queries: seclog query list")
    }
    if let given = fields.mapping("params") {
      for key in given.keys { parameters[key] = given.string(key) }
      given.finish()
    }
    if let node = fields.node("columns") { readColumns(node, fields) }
    x = fields.string("x") ?? x
    series = fields.strings("series") ?? series
    harm = Set(fields.strings("harm") ?? [])
    if let text = fields.string("value") {
      switch text {
      case "first": value = .first
      case "rows": value = .rows
      case _ where text.hasPrefix("sum "): value = .sum(String(text.dropFirst(4)))
      default: fields.refuse("value", "'value' is first, rows, or sum COLUMN")
      }
    }
    if let text = fields.string("compare") {
      if text == "previous" { comparesPrevious = true } else { fields.refuse("compare", "'compare' is previous") }
    }
    warnAbove = fields.integer("warn_above").map(Int64.init)
    alarmAbove = fields.integer("alarm_above").map(Int64.init)
    limit = fields.integer("limit", in: 1...1000) ?? limit
    empty = fields.string("empty") ?? empty
    if let marked = fields.mapping("highlight") {
      for key in marked.keys { highlight[key] = marked.string(key) }
      marked.finish()
    }
    fields.finish()
    if kind == .columns || kind == .line || kind == .bars, series.isEmpty {
      fields.refuse("a panel of kind '\(kind.rawValue)' needs 'series'", next: "The columns that are drawn.")
    }
  }

  /// `columns: [a, b]` or `columns: {a: Title, b: Title}`.
  private mutating func readColumns(_ node: Node, _ fields: YAMLFields) {
    switch node {
    case .sequence: columns = (fields.strings("columns") ?? []).map { Shown(column: $0, title: Self.title(of: $0)) }
    case .mapping(let mapping):
      columns = mapping.compactMap { key, value in
        guard let column = key.string, let title = value.scalar?.string else {
          fields.file.fault(at: value, "a column's title is one text", width: 1)
          return nil
        }
        return Shown(column: column, title: title)
      }
    default: fields.refuse("columns", "'columns' is a list of columns, or a mapping of column to title")
    }
  }

  /// `source_ip` → `source ip`, `last_ts` → `last`.
  static func title(of column: String) -> String {
    let name = column.hasSuffix("_ts") ? String(column.dropLast(3)) : column == "ts" ? "time" : column
    return String(name.map { $0 == "_" ? " " : $0 })
  }
}

extension Dashboard.Panel.Kind {
  var needsQuery: Bool { self != .attention && self != .health }

  var standardTitle: String {
    switch self {
    case .attention: "Needs attention"
    case .health: "Pipeline health"
    default: ""
    }
  }
}
