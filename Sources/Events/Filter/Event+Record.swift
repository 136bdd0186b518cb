/// An event as a filter sees it: its columns, and the fields of `attrs` under their own names.
///
/// An empty text is an absent field; so is 0 where 0 says nothing (``Column/zeroIsAbsent``).
extension Event: Record {
  public func presence(of field: Field) -> Presence {
    guard let column = field.column else { return EventRecord(self).presence(of: field) }
    return value(of: column) == nil ? .absent : .present
  }

  public func contains(_ field: Field, where test: (RecordValue) -> Bool) -> Bool {
    guard let column = field.column else { return EventRecord(self).contains(field, where: test) }
    return value(of: column).map(test) ?? false
  }

  public func containsText(where test: (RecordValue) -> Bool) -> Bool {
    EventRecord(self).containsText(where: test)
  }

  /// The value of a column, or `nil` if it is absent.
  public func value(of column: Column) -> RecordValue? {
    switch self[column] {
    case .text(let text): text.isEmpty ? nil : .text(text)
    case .integer(let number): number == 0 && column.zeroIsAbsent ? nil : .integer(number)
    }
  }
}

/// An event whose `attrs` are parsed at most once: for many filters over the same event.
public final class EventRecord: Record {
  public let event: Event
  private lazy var attrs: JSONValue = JSONValue(event.attrs) ?? .object([])

  public init(_ event: Event) { self.event = event }

  public func presence(of field: Field) -> Presence {
    if let column = field.column { return event.value(of: column) == nil ? .absent : .present }
    return attrs.presence(of: field)
  }

  public func contains(_ field: Field, where test: (RecordValue) -> Bool) -> Bool {
    if let column = field.column { return event.value(of: column).map(test) ?? false }
    return attrs.contains(field, where: test)
  }

  public func containsText(where test: (RecordValue) -> Bool) -> Bool {
    for column in Column.searched {
      if let value = event.value(of: column), test(value) { return true }
    }
    return event.attrs.utf8.count > 2 && attrs.containsText(where: test)
  }

  /// The values under a field, for group keys and counted fields.
  public func values(of field: Field) -> [RecordValue] {
    if let column = field.column { return event.value(of: column).map { [$0] } ?? [] }
    return attrs.values(of: field)
  }
}

extension Column {
  /// Whether 0 means that the column holds nothing; elsewhere 0 is a number like any other.
  public var zeroIsAbsent: Bool {
    switch self {
    case .severity, .httpStatus, .certNotAfter, .observedTs: true
    default: false
    }
  }

  /// The texts in which a keyword is looked for, besides the values of `attrs`: what the log line said,
  /// not what we concluded from it.
  public static let searched: [Column] = allCases.filter { column in
    switch column {
    case .id, .tsQuality, .redactionKinds, .classifier, .parse, .lines, .attrs: false
    default: column.kind == .text
    }
  }
}
