/// The messages of OTLP logs, as tables: what a field is called in JSON, and how its value is written there.
///
/// - Source: https://github.com/open-telemetry/opentelemetry-proto, `logs/v1`, `common/v1`, `resource/v1`; names and
///   forms in JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
indirect enum OTLPKind {
  case message(OTLPMessage)
  case text
  /// Ids are hexadecimal in OTLP, other bytes base64.
  case hex, base64
  /// 64-bit integers are strings in JSON, smaller ones numbers.
  case integer64, unsigned64, number, boolean, double
}

enum OTLPMessage {
  case request, resourceLogs, resource, scopeLogs, scope, record, keyValue, anyValue, array, keyValueList

  /// - Returns: `nil` for a field that this table does not know; it is left out.
  func field(_ number: UInt64) -> (name: StaticString, kind: OTLPKind, isRepeated: Bool)? {
    switch (self, number) {
    case (.request, 1): ("resourceLogs", .message(.resourceLogs), true)
    case (.resourceLogs, 1): ("resource", .message(.resource), false)
    case (.resourceLogs, 2): ("scopeLogs", .message(.scopeLogs), true)
    case (.resource, 1), (.scope, 3), (.record, 6): ("attributes", .message(.keyValue), true)
    case (.resourceLogs, 3), (.scopeLogs, 3): ("schemaUrl", .text, false)
    case (.scopeLogs, 1): ("scope", .message(.scope), false)
    case (.scopeLogs, 2): ("logRecords", .message(.record), true)
    case (.scope, 1): ("name", .text, false)
    case (.scope, 2): ("version", .text, false)
    case (.record, 1): ("timeUnixNano", .unsigned64, false)
    case (.record, 2): ("severityNumber", .number, false)
    case (.record, 3): ("severityText", .text, false)
    case (.record, 5): ("body", .message(.anyValue), false)
    case (.record, 8): ("flags", .number, false)
    case (.record, 9): ("traceId", .hex, false)
    case (.record, 10): ("spanId", .hex, false)
    case (.record, 11): ("observedTimeUnixNano", .unsigned64, false)
    case (.record, 12): ("eventName", .text, false)
    case (.keyValue, 1): ("key", .text, false)
    case (.keyValue, 2): ("value", .message(.anyValue), false)
    case (.anyValue, 1): ("stringValue", .text, false)
    case (.anyValue, 2): ("boolValue", .boolean, false)
    case (.anyValue, 3): ("intValue", .integer64, false)
    case (.anyValue, 4): ("doubleValue", .double, false)
    case (.anyValue, 5): ("arrayValue", .message(.array), false)
    case (.anyValue, 6): ("kvlistValue", .message(.keyValueList), false)
    case (.anyValue, 7): ("bytesValue", .base64, false)
    case (.array, 1): ("values", .message(.anyValue), true)
    case (.keyValueList, 1): ("values", .message(.keyValue), true)
    default: nil
    }
  }
}
