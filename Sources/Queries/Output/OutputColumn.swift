import Events
import Storage

/// A column of results, and how its values are meant.
public struct OutputColumn: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case text
    case number
    /// Microseconds since 1970.
    case time
    case severity
    /// JSON text: an array or an object.
    case json
  }
  public let name: String
  public let kind: Kind

  /// By name, as queries and events agree: `ts`, `*_ts` and `*_not_after` are times (decision 21).
  public init(_ name: String) {
    self.name = name
    if let column = Column(rawValue: name) {
      switch column.kind {
      case .time: kind = .time
      case .integer: kind = column == .severity ? .severity : .number
      case .json: kind = .json
      case .text: kind = .text
      }
    } else {
      kind = name.hasSuffix("_ts") || name.hasSuffix("_not_after") ? .time : .text
    }
  }

  /// `SOURCE IP`, `LAST`, `TIME`.
  public var title: String {
    switch name {
    case "ts": return "TIME"
    case "severity": return "SEV"
    default:
      var words = name
      if name.hasSuffix("_ts") { words = String(name.dropLast(3)) }
      if name.hasSuffix("_not_after") { words = String(name.dropLast(10)) + " end" }
      return words.replacing("_", with: " ").uppercased()
    }
  }
}

public enum OutputFormat: String, CaseIterable, Sendable {
  /// `table` on a terminal, `tsv` in a pipe.
  case auto
  case table, jsonl, json, csv, tsv, markdown
}

public enum Severity {
  public static let names = ["unknown", "info", "low", "medium", "high", "critical", "fatal"]

  public static func name(_ value: Int64) -> String {
    names.indices.contains(Int(clamping: value)) ? names[Int(value)] : String(value)
  }

  /// A name or a number from 1 to 6.
  public static func value(_ text: String) -> Int64? {
    if let index = names.firstIndex(of: text.lowercased()) { return Int64(index) }
    return Int64(text).flatMap { (0...6).contains($0) ? $0 : nil }
  }
}
