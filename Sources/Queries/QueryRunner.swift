import Events
import Storage

/// Runs queries over a store: binds parameters, bounds time and rows, explains faults.
public struct QueryRunner: Sendable {
  public let store: EventStore
  /// What "now" is for spans such as `24h`.
  public var now: Int64
  public var zone: TimeExpression.Zone
  public var limits: ReadLimits

  public init(store: EventStore, now: Int64, zone: TimeExpression.Zone = .local, limits: ReadLimits = ReadLimits()) {
    self.store = store
    self.now = now
    self.zone = zone
    self.limits = limits
  }

  public struct Result: Sendable {
    public var rows: RowSet
    /// The range of time that the query looked at; `nil` where it has no such bound.
    public var since: Int64?
    public var until: Int64?
  }

  /// Runs a saved query.
  ///
  /// - Parameters:
  ///   - arguments: by parameter name, as a person writes them; the head's defaults fill the rest.
  ///   - since, until: win over the arguments of that name.
  /// - Throws: ``Problem``: an unknown or missing parameter, a value that does not fit, a fault in the
  ///   SQL (with place and excerpt), a limit of time.
  public func run(
    _ query: SavedQuery, arguments: [String: String] = [:], since: Int64? = nil, until: Int64? = nil
  ) throws -> Result {
    for name in arguments.keys.sorted() where query.parameter(name) == nil {
      let known = query.parameters.map(\.name)
      throw Problem(
        .usage, "query '\(query.name)' has no parameter '\(name)'.\(Suggestion.sentence(for: name, among: known))",
        next: known.isEmpty ? "It has none." : "It has: \(known.joined(separator: ", "))")
    }
    for (name, value) in [("since", since), ("until", until)] where value != nil && query.parameter(name) == nil {
      throw Problem(
        .usage, "query '\(query.name)' has no parameter '\(name)'; it looks at all there is.",
        next: "Leave out --\(name).")
    }
    var values: [String: SQLValue] = ["now": .integer(now)]
    for parameter in query.parameters {
      if parameter.name == "since", let since { values["since"] = .integer(since); continue }
      if parameter.name == "until", let until { values["until"] = .integer(until); continue }
      guard let text = arguments[parameter.name] ?? parameter.standard else {
        throw Problem(
          .usage, "query '\(query.name)' needs the parameter '\(parameter.name)'.",
          next: "Give it:  --param \(parameter.name)=…")
      }
      guard let value = parameter.value(of: text, now: now, zone: zone) else {
        throw Problem(
          .usage, at: "\(parameter.name) '\(text)'",
          "not what query '\(query.name)' takes here (\(parameter.kind.rawValue)).",
          next: parameter.hint)
      }
      values[parameter.name] = value
    }
    return try run(
      sql: query.sql, values: values, since: values["since"]?.int, until: values["until"]?.int,
      place: query.origin == SavedQuery.builtIn ? "query '\(query.name)'" : query.origin)
  }

  /// Runs SQL of the user's own. `events` shows the events of the range only, if one is given.
  ///
  /// - Parameter arguments: for `:name` in the SQL; whole numbers are bound as numbers. `:now`,
  ///   `:since` and `:until` are always there.
  public func run(
    sql: String, arguments: [String: String] = [:], since: Int64? = nil, until: Int64? = nil
  ) throws -> Result {
    var values: [String: SQLValue] = [
      "now": .integer(now), "since": .integer(since ?? 0), "until": .integer(until ?? Int64.max),
    ]
    for (name, text) in arguments { values[name] = Int64(text).map(SQLValue.integer) ?? .text(text) }
    return try run(sql: sql, values: values, since: since, until: until, place: "query")
  }

  private func run(
    sql: String, values: [String: SQLValue], since: Int64?, until: Int64?, place: String
  ) throws -> Result {
    let bounded = BoundedSQL(sql, since: since, until: until)
    do {
      let rows = try store.rows(sql: bounded.text, parameters: values, limits: limits)
      return Result(rows: rows, since: since, until: until)
    } catch let error as SQLError {
      throw QueryFault.problem(error, bounded: bounded, original: sql, place: place)
    }
  }
}

/// A query whose table `events` shows only the rows of a time range.
///
/// Shipped queries say `ts >= :since`, which runs on every store; SQLite finds such rows by row id
/// (there is no index on `ts`), so the table is narrowed by it before the query sees it.
struct BoundedSQL {
  let text: String
  /// Where the original text begins in ``text``; what stands before `splitAt` of the original keeps its place.
  let inserted: Int
  let splitAt: Int

  init(_ sql: String, since: Int64?, until: Int64?) {
    guard since != nil || until != nil else {
      (text, inserted, splitAt) = (sql, 0, 0)
      return
    }
    let range = RowID.range(since: since, until: until)
    var condition = "row_id BETWEEN \(range.lowerBound) AND \(range.upperBound)"
    if let since { condition += " AND ts >= \(since)" }
    if let until { condition += " AND ts < \(until)" }
    let view = "events AS NOT MATERIALIZED (SELECT * FROM main.events WHERE \(condition))"
    let start = Self.firstWord(sql)
    let first = sql.utf8.dropFirst(start).prefix { $0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z") }
    if first.elementsEqual("with".utf8, by: { $0 | 0x20 == $1 }) {
      var at = start + 4
      let rest = String(decoding: sql.utf8.dropFirst(at), as: UTF8.self)
      let blank = rest.utf8.prefix { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 || $0 == 0x0D }.count
      if rest.dropFirst(blank).lowercased().hasPrefix("recursive") { at += blank + 9 }
      let insertion = " \(view),"
      text =
        String(decoding: sql.utf8.prefix(at), as: UTF8.self) + insertion
        + String(decoding: sql.utf8.dropFirst(at), as: UTF8.self)
      (inserted, splitAt) = (insertion.utf8.count, at)
    } else {
      let insertion = "WITH \(view)\n"
      text = insertion + sql
      (inserted, splitAt) = (insertion.utf8.count, 0)
    }
  }

  /// A place in ``text`` as a place in the original; `nil` inside of what was added.
  func original(_ offset: Int) -> Int? {
    if offset < splitAt { return offset }
    return offset >= splitAt + inserted ? offset - inserted : nil
  }

  /// Offset of the first token: behind blanks and comments.
  private static func firstWord(_ sql: String) -> Int {
    let bytes = Array(sql.utf8)
    var at = 0
    while at < bytes.count {
      if bytes[at] <= 0x20 {
        at += 1
      } else if bytes[at...].starts(with: "--".utf8) {
        while at < bytes.count, bytes[at] != 0x0A { at += 1 }
      } else if bytes[at...].starts(with: "/*".utf8) {
        at += 2
        while at < bytes.count, !bytes[at...].starts(with: "*/".utf8) { at += 1 }
        at += 2
      } else {
        break
      }
    }
    return min(at, bytes.count)
  }
}
