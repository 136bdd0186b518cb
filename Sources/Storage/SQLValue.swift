/// One value that goes into a query as a parameter or comes out as a result.
public enum SQLValue: Hashable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension SQLValue {
  /// The integer, or 0: the store holds no NULL (DESIGN, Store), so an aggregate over nothing is 0.
  public var int: Int64 {
    switch self {
    case .integer(let value): value
    case .real(let value): Int64(exactly: value.rounded()) ?? 0
    case .text(let value): Int64(value) ?? 0
    case .null, .blob: 0
    }
  }

  /// The text, or the digits of a number; empty for NULL.
  public var string: String {
    switch self {
    case .text(let value): value
    case .integer(let value): String(value)
    case .real(let value): String(value)
    case .null: ""
    case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}

/// What a query gave back.
public struct RowSet: Hashable, Sendable {
  public var columns: [String]
  public var rows: [[SQLValue]]
  /// More rows were there than the limit let through.
  public var isCut: Bool

  public init(columns: [String], rows: [[SQLValue]], isCut: Bool = false) {
    self.columns = columns
    self.rows = rows
    self.isCut = isCut
  }
}

/// Bounds of one query.
public struct ReadLimits: Hashable, Sendable {
  public var seconds: Double
  public var rows: Int

  public init(seconds: Double = 5, rows: Int = 10_000) {
    self.seconds = seconds
    self.rows = rows
  }

  public static let none = ReadLimits(seconds: .infinity, rows: .max)
}
