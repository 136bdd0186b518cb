/// How bad an incident is. Raw values are those of column `severity` (OCSF severity ids).
public enum Level: Int, Hashable, Sendable, CaseIterable, Comparable {
  case informational = 1, low, medium, high, critical

  public var name: String {
    switch self {
    case .informational: "informational"
    case .low: "low"
    case .medium: "medium"
    case .high: "high"
    case .critical: "critical"
    }
  }

  public init?(name: String) {
    guard let level = Self.allCases.first(where: { $0.name == name || (name == "info" && $0 == .informational) }) else {
      return nil
    }
    self = level
  }

  public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
}
