import Events
import GRDBSQLite

/// As much of an event as windows need: when, which, how often, and the values of some fields.
public struct EventSample: Hashable, Sendable {
  public let rowID: Int64
  public let ts: Int64
  public let id: EventID
  /// Column `repeat_count`, at least 1: one line may tell of several occurrences.
  public let weight: Int64
  /// In the order that was asked for; empty where the event has no value.
  public let values: [String]

  public init(rowID: Int64, ts: Int64, id: EventID, weight: Int64, values: [String]) {
    self.rowID = rowID
    self.ts = ts
    self.id = id
    self.weight = weight
    self.values = values
  }

  public init(_ stored: StoredEvent, fields: [Field]) {
    self.init(stored.rowID, EventRecord(stored.event), fields: fields)
  }

  public init(_ rowID: Int64, _ record: EventRecord, fields: [Field]) {
    self.init(
      rowID: rowID, ts: record.event.ts, id: EventID(record.event.id), weight: max(1, record.event.repeatCount),
      values: fields.map { record.values(of: $0).first?.text ?? "" })
  }
}

/// The 128 bits of an event's id: 32 hex digits in 16 bytes.
public struct EventID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// - Parameter text: 32 hex digits; any other text gets bits of its own that do not lead back to it.
  public init(_ text: String) {
    let digits = Array(text.utf8)
    if digits.count == 32, let high = Self.word(digits[..<16]), let low = Self.word(digits[16...]) {
      self.init(high: high, low: low)
      return
    }
    var sum: (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x9E37_79B9_7F4A_7C15)
    for digit in digits {
      sum.0 = (sum.0 ^ UInt64(digit)) &* 0x100_0000_01B3
      sum.1 = (sum.1 &+ UInt64(digit)) &* 0xBF58_476D_1CE4_E5B9
    }
    self.init(high: sum.0, low: sum.1)
  }

  private static func word(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var word: UInt64 = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: word = word << 4 | UInt64(digit - 0x30)
      case 0x61...0x66: word = word << 4 | UInt64(digit - 0x57)
      default: return nil
      }
    }
    return word
  }

  public var description: String {
    [high, low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  public static func < (a: EventID, b: EventID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

extension EventStore {
  /// The events that pass a filter, in no order, as samples.
  ///
  /// Served by the index on (event, ts) if the filter names events; else every row is looked at.
  ///
  /// - Parameter times: closed range of event time.
  public func samples(
    _ filter: Filter, _ compiled: CompiledFilter, fields: [Field], times: ClosedRange<Int64>
  ) throws -> [EventSample] {
    let sql = FilterSQL(filter)
    var parameters = sql.parameters
    parameters["from"] = .integer(times.lowerBound)
    parameters["to"] = .integer(times.upperBound)
    let isShort = sql.isExact && fields.allSatisfy { $0.column != nil && $0.column != .lines }
    let columns =
      isShort ? "row_id, ts, id, repeat_count" + fields.map { ", " + $0.column!.rawValue }.joined() : Schema.selectList
    let text = "SELECT \(columns) FROM events WHERE (\(sql.condition)) AND ts BETWEEN :from AND :to"
    var samples: [EventSample] = []
    try read { connection in
      try connection.forEach(text, parameters) { row in
        if isShort {
          let values = fields.enumerated().map { index, field -> String in
            let text = row.text(Int32(4 + index))
            return text == "0" && field.column!.zeroIsAbsent ? "" : text
          }
          samples.append(
            EventSample(
              rowID: row.int(0), ts: row.int(1), id: EventID(row.text(2)), weight: max(1, row.int(3)), values: values))
        } else {
          let stored = StoredEvent(row)
          let record = EventRecord(stored.event)
          if compiled.matches(record) { samples.append(EventSample(stored.rowID, record, fields: fields)) }
        }
        return true
      }
    }
    return samples
  }
}
