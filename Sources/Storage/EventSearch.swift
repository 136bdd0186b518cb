import Events

/// Which events to read back: words, a condition, a range of time, an order.
public struct EventSearch: Sendable {
  public enum Order: Sendable { case newestFirst, oldestFirst }

  /// Texts that must all be in the event's words, each as it is written: `10.0.0.1`, `it's`,
  /// `NOT x`. A `*` at the end of one takes any ending.
  public var texts: [String] = []
  public var filter = Filter.constant(true)
  /// Microseconds since 1970; `until` itself is excluded.
  public var since: Int64?
  public var until: Int64?
  public var order = Order.newestFirst
  public var limits = ReadLimits.none

  public init() {}
}

extension EventStore {
  /// Hands over the events one at a time, in order of time.
  ///
  /// Cost: words and equalities on indexed texts (actor, address, …) come from the full-text index;
  /// the rest of the filter is tested row by row.
  ///
  /// - Parameter each: returns false to stop.
  /// - Returns: whether events were left because of the limit of rows.
  @discardableResult
  public func forEachEvent(_ search: EventSearch, each: (StoredEvent) throws -> Bool) throws -> Bool {
    let plan = try SearchPlan(search)
    return try query { connection in
      var count = 0
      var isCut = false
      let time = ReadLimits(seconds: search.limits.seconds, rows: .max)
      do {
        try connection.forEach(plan.sql, plan.parameters, limits: time) { row in
          let event = StoredEvent(row)
          guard plan.exact.matches(event.event) else { return true }
          if count == search.limits.rows {
            isCut = true
            return false
          }
          count += 1
          return try each(event)
        }
      } catch let error as SQLError {
        throw Problem(
          .failed, at: path, error.isTimeout ? "the search \(error.message)" : error.message,
          next: error.isTimeout ? "Narrow it with --since, a word, event=… or ip=…" : "")
      }
      return isCut
    }
  }

  public func events(_ search: EventSearch) throws -> [StoredEvent] {
    var events: [StoredEvent] = []
    try forEachEvent(search) {
      events.append($0)
      return true
    }
    return events
  }
}

/// SQL that finds a superset of the events searched for, and the exact condition for each.
struct SearchPlan {
  let sql: String
  let parameters: [String: SQLValue]
  let exact: CompiledFilter

  init(_ search: EventSearch) throws {
    var parameters: [String: SQLValue] = [:]
    var conditions: [String] = []
    var words: [String] = []
    var exact: [Filter] = [search.filter]
    for text in search.texts {
      let term = SearchTerm(text)
      if let phrase = term.phrase { words.append(phrase) }
      if !term.isPlainWord { exact.append(.keyword(.like(term.pattern))) }
    }
    if let expression = SearchTerm.expression(for: search.filter) { words.append(expression) }

    let direction = search.order == .newestFirst ? "DESC" : "ASC"
    let range = RowID.range(since: search.since, until: search.until)
    parameters["low"] = .integer(range.lowerBound)
    parameters["high"] = .integer(range.upperBound)
    // Overflow of a full microsecond, and events from the future, lie behind their time.
    if let since = search.since {
      conditions.append("ts >= :since")
      parameters["since"] = .integer(since)
    }
    if let until = search.until {
      conditions.append("ts < :until")
      parameters["until"] = .integer(until)
    }
    let filter = FilterSQL(search.filter)
    conditions.append(filter.condition)
    parameters.merge(filter.parameters) { _, new in new }
    if words.isEmpty {
      // An index on (event, ts) ends in the row id, so for one event it gives this order, too.
      let isOneEvent = Self.fixesEvent(search.filter)
      let inRange = isOneEvent ? [] : ["row_id BETWEEN :low AND :high"]
      if isOneEvent {
        parameters["low"] = nil
        parameters["high"] = nil
      }
      sql = """
        SELECT \(Schema.selectList) FROM events
        WHERE \((inRange + conditions).joined(separator: " AND "))
        ORDER BY \(isOneEvent ? "ts \(direction), " : "")row_id \(direction)
        """
    } else {
      parameters["words"] = .text("text : (\(words.joined(separator: " AND ")))")
      sql = """
        SELECT \(Schema.selectList)
        FROM events_text CROSS JOIN events ON row_id = events_text.rowid
        WHERE events_text MATCH :words AND events_text.rowid BETWEEN :low AND :high
          AND \(conditions.joined(separator: " AND "))
        ORDER BY events_text.rowid \(direction)
        """
    }
    self.parameters = parameters
    self.exact = try CompiledFilter(exact.count == 1 ? exact[0] : .all(exact))
  }

  /// Whether only events of one name pass.
  private static func fixesEvent(_ filter: Filter) -> Bool {
    switch filter {
    case .all(let filters): filters.contains(where: fixesEvent)
    case .test(let field, .equals(_, false)): Field(field).column == .event
    default: false
    }
  }
}

/// One text of a search as FTS5 sees it: always a quoted phrase, so that nothing in it is syntax.
struct SearchTerm {
  let text: String
  let isPrefix: Bool

  init(_ text: String) {
    isPrefix = text.count > 1 && text.hasSuffix("*") && text.dropLast().unicodeScalars.last.map(Self.isWord) == true
    self.text = isPrefix ? String(text.dropLast()) : text
  }

  /// `nil` if there is no letter or digit to look up; such a text is searched for by reading.
  var phrase: String? {
    guard text.unicodeScalars.contains(where: Self.isWord) else { return nil }
    return Self.quoted(text) + (isPrefix ? "*" : "")
  }

  /// Whether finding the word is all there is to prove; else the event must hold the very text.
  var isPlainWord: Bool { text.unicodeScalars.allSatisfy(Self.isWord) }

  var pattern: Filter.Pattern { Filter.Pattern(text, at: .anywhere) }

  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\"", with: "\"\"").replacing("\0", with: " ") + "\""
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) : scalar.properties.isAlphabetic
  }

  /// An FTS5 expression that holds for every event the filter lets pass; `nil` if there is none.
  /// Only equalities with ASCII texts are used: there both sides fold case alike.
  static func expression(for filter: Filter) -> String? {
    switch filter {
    case .all(let filters):
      let parts = filters.compactMap(expression(for:))
      return parts.isEmpty ? nil : "(" + parts.joined(separator: " AND ") + ")"
    case .any(let filters):
      let parts = filters.compactMap(expression(for:))
      return parts.isEmpty || parts.count < filters.count ? nil : "(" + parts.joined(separator: " OR ") + ")"
    case .test(let field, .equals(let text, _)):
      guard let column = Field(field).column, SearchText.columns.contains(column), text.utf8.allSatisfy({ $0 < 0x80 }),
        text.utf8.count <= 200
      else { return nil }
      return SearchTerm(text).phrase.map { _ in quoted(text) }
    default: return nil
    }
  }
}
