/// The columns of `events`: one table for every store, query, rule, and output format.
///
/// `rawValue` is the name that users type and see. The order is the order of output.
public enum Column: String, CaseIterable, Sendable {
  case id, ts, tsQuality = "ts_quality", observedTs = "observed_ts"
  case event, category, outcome, severity, level
  case app, env, host, source, sourceOffset = "source_offset", lines
  case logger, message, actor, actorType = "actor_type", target
  case objectType = "object_type", objectID = "object_id", fromValue = "from_value", toValue = "to_value"
  case reason, authMethod = "auth_method", sourceIP = "source_ip", userAgent = "user_agent", session
  case requestID = "request_id", traceID = "trace_id", spanID = "span_id"
  case httpMethod = "http_method", httpPath = "http_path", httpStatus = "http_status"
  case vulnID = "vuln_id", package, packageVersion = "package_version", fixedVersion = "fixed_version"
  case certSubject = "cert_subject", certNotAfter = "cert_not_after", dbSystem = "db_system"
  case repeatCount = "repeat_count", redactions, redactionKinds = "redaction_kinds"
  case classifier, confidence, parse, attrs

  public enum Kind: Sendable {
    case text
    case integer
    /// Microseconds since 1970, shown as RFC 3339 in UTC.
    case time
    /// JSON text: an array (`lines`) or an object (`attrs`).
    case json
  }

  public var kind: Kind {
    switch self {
    case .ts, .observedTs, .certNotAfter: .time
    case .severity, .sourceOffset, .httpStatus, .repeatCount, .redactions, .confidence: .integer
    case .lines, .attrs: .json
    default: .text
    }
  }

  /// What other tools and habits call this column: accepted in `search` and rules, never shown.
  public static let aliases: [String: Column] = [
    "ip": .sourceIP, "user": .actor, "time": .ts, "timestamp": .ts, "msg": .message, "sev": .severity,
    "status": .httpStatus, "path": .httpPath, "method": .httpMethod, "cve": .vulnID, "rule": .classifier,
  ]
}

extension Event {
  /// One field, without its Swift type. ``Event`` and ``Column`` meet here only.
  public enum Value: Hashable, Sendable {
    case text(String)
    case integer(Int64)
  }

  enum Storage: @unchecked Sendable {  // Key paths to stored properties hold no state of their own.
    case text(WritableKeyPath<Event, String>)
    case integer(WritableKeyPath<Event, Int64>)
    case lines
  }

  static func storage(of column: Column) -> Storage {
    switch column {
    case .id: .text(\.id)
    case .ts: .integer(\.ts)
    case .tsQuality: .text(\.tsQuality)
    case .observedTs: .integer(\.observedTs)
    case .event: .text(\.event)
    case .category: .text(\.category)
    case .outcome: .text(\.outcome)
    case .severity: .integer(\.severity)
    case .level: .text(\.level)
    case .app: .text(\.app)
    case .env: .text(\.env)
    case .host: .text(\.host)
    case .source: .text(\.source)
    case .sourceOffset: .integer(\.sourceOffset)
    case .lines: .lines
    case .logger: .text(\.logger)
    case .message: .text(\.message)
    case .actor: .text(\.actor)
    case .actorType: .text(\.actorType)
    case .target: .text(\.target)
    case .objectType: .text(\.objectType)
    case .objectID: .text(\.objectID)
    case .fromValue: .text(\.fromValue)
    case .toValue: .text(\.toValue)
    case .reason: .text(\.reason)
    case .authMethod: .text(\.authMethod)
    case .sourceIP: .text(\.sourceIP)
    case .userAgent: .text(\.userAgent)
    case .session: .text(\.session)
    case .requestID: .text(\.requestID)
    case .traceID: .text(\.traceID)
    case .spanID: .text(\.spanID)
    case .httpMethod: .text(\.httpMethod)
    case .httpPath: .text(\.httpPath)
    case .httpStatus: .integer(\.httpStatus)
    case .vulnID: .text(\.vulnID)
    case .package: .text(\.package)
    case .packageVersion: .text(\.packageVersion)
    case .fixedVersion: .text(\.fixedVersion)
    case .certSubject: .text(\.certSubject)
    case .certNotAfter: .integer(\.certNotAfter)
    case .dbSystem: .text(\.dbSystem)
    case .repeatCount: .integer(\.repeatCount)
    case .redactions: .integer(\.redactions)
    case .redactionKinds: .text(\.redactionKinds)
    case .classifier: .text(\.classifier)
    case .confidence: .integer(\.confidence)
    case .parse: .text(\.parse)
    case .attrs: .text(\.attrs)
    }
  }

  /// The value of one column; `lines` is a JSON array text such as `[0,412]`.
  public subscript(column: Column) -> Value {
    switch Self.storage(of: column) {
    case .text(let path): .text(self[keyPath: path])
    case .integer(let path): .integer(self[keyPath: path])
    case .lines: .text("[" + lines.map(String.init).joined(separator: ",") + "]")
    }
  }

  /// Sets one column. A value of the wrong type is a mistake of ours: text for an integer column is
  /// refused by precondition; an integer for a text column becomes its digits.
  mutating func set(_ column: Column, _ value: Value) {
    switch (Self.storage(of: column), value) {
    case (.text(let path), .text(let text)): self[keyPath: path] = text
    case (.text(let path), .integer(let number)): self[keyPath: path] = String(number)
    case (.integer(let path), .integer(let number)): self[keyPath: path] = number
    case (.integer, .text): preconditionFailure("column \(column.rawValue) holds an integer")
    case (.lines, .text(let json)):
      lines = json.split { !$0.isNumber }.compactMap { Int64($0) }
    case (.lines, .integer(let number)): lines = [number]
    }
  }
}
