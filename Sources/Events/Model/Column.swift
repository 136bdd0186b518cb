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

  // A switch for each direction, not key paths: those copy the whole event to look at one field of it.

  /// The value of one column; `lines` is a JSON array text such as `[0,412]`.
  public subscript(column: Column) -> Value {
    switch column {
    case .id: .text(id)
    case .ts: .integer(ts)
    case .tsQuality: .text(tsQuality)
    case .observedTs: .integer(observedTs)
    case .event: .text(event)
    case .category: .text(category)
    case .outcome: .text(outcome)
    case .severity: .integer(severity)
    case .level: .text(level)
    case .app: .text(app)
    case .env: .text(env)
    case .host: .text(host)
    case .source: .text(source)
    case .sourceOffset: .integer(sourceOffset)
    case .logger: .text(logger)
    case .message: .text(message)
    case .actor: .text(actor)
    case .actorType: .text(actorType)
    case .target: .text(target)
    case .objectType: .text(objectType)
    case .objectID: .text(objectID)
    case .fromValue: .text(fromValue)
    case .toValue: .text(toValue)
    case .reason: .text(reason)
    case .authMethod: .text(authMethod)
    case .sourceIP: .text(sourceIP)
    case .userAgent: .text(userAgent)
    case .session: .text(session)
    case .requestID: .text(requestID)
    case .traceID: .text(traceID)
    case .spanID: .text(spanID)
    case .httpMethod: .text(httpMethod)
    case .httpPath: .text(httpPath)
    case .httpStatus: .integer(httpStatus)
    case .vulnID: .text(vulnID)
    case .package: .text(package)
    case .packageVersion: .text(packageVersion)
    case .fixedVersion: .text(fixedVersion)
    case .certSubject: .text(certSubject)
    case .certNotAfter: .integer(certNotAfter)
    case .dbSystem: .text(dbSystem)
    case .repeatCount: .integer(repeatCount)
    case .redactions: .integer(redactions)
    case .redactionKinds: .text(redactionKinds)
    case .classifier: .text(classifier)
    case .confidence: .integer(confidence)
    case .parse: .text(parse)
    case .attrs: .text(attrs)
    case .lines: .text("[" + lines.map(String.init).joined(separator: ",") + "]")
    }
  }

  /// Sets one column. A value of the wrong type is a mistake of ours: text for an integer column is
  /// refused by precondition; an integer for a text column becomes its digits.
  mutating func set(_ column: Column, _ value: Value) {
    switch (column.isInteger, value) {
    case (false, .text(let text)): set(column, text: text)
    case (false, .integer(let number)) where column == .lines: lines = [number]
    case (false, .integer(let number)): set(column, text: String(number))
    case (true, .integer(let number)): set(column, integer: number)
    case (true, .text): preconditionFailure("column \(column.rawValue) holds an integer")
    }
  }

  private mutating func set(_ column: Column, text: String) {
    switch column {
    case .id: id = text
    case .tsQuality: tsQuality = text
    case .event: event = text
    case .category: category = text
    case .outcome: outcome = text
    case .level: level = text
    case .app: app = text
    case .env: env = text
    case .host: host = text
    case .source: source = text
    case .logger: logger = text
    case .message: message = text
    case .actor: actor = text
    case .actorType: actorType = text
    case .target: target = text
    case .objectType: objectType = text
    case .objectID: objectID = text
    case .fromValue: fromValue = text
    case .toValue: toValue = text
    case .reason: reason = text
    case .authMethod: authMethod = text
    case .sourceIP: sourceIP = text
    case .userAgent: userAgent = text
    case .session: session = text
    case .requestID: requestID = text
    case .traceID: traceID = text
    case .spanID: spanID = text
    case .httpMethod: httpMethod = text
    case .httpPath: httpPath = text
    case .vulnID: vulnID = text
    case .package: package = text
    case .packageVersion: packageVersion = text
    case .fixedVersion: fixedVersion = text
    case .certSubject: certSubject = text
    case .dbSystem: dbSystem = text
    case .redactionKinds: redactionKinds = text
    case .classifier: classifier = text
    case .parse: parse = text
    case .attrs: attrs = text
    case .lines: lines = text.split { !$0.isNumber }.compactMap { Int64($0) }
    default: preconditionFailure("column \(column.rawValue) holds an integer")
    }
  }

  private mutating func set(_ column: Column, integer number: Int64) {
    switch column {
    case .ts: ts = number
    case .observedTs: observedTs = number
    case .severity: severity = number
    case .sourceOffset: sourceOffset = number
    case .httpStatus: httpStatus = number
    case .certNotAfter: certNotAfter = number
    case .repeatCount: repeatCount = number
    case .redactions: redactions = number
    case .confidence: confidence = number
    default: preconditionFailure("column \(column.rawValue) holds text")
    }
  }
}

extension Column {
  var isInteger: Bool { kind == .integer || kind == .time }
}
