import Events
import Queries

/// One JSON object under construction; keys keep their order.
struct JSONObject {
  private var fields: [String] = []

  var text: String { "{" + fields.joined(separator: ",") + "}" }

  mutating func set(_ key: String, _ value: String) { fields.append("\(Self.quote(key)):\(Self.quote(value))") }
  mutating func set(_ key: String, _ value: Int64) { fields.append("\(Self.quote(key)):\(value)") }
  mutating func set(_ key: String, _ value: Bool) { fields.append("\(Self.quote(key)):\(value)") }

  mutating func set(_ key: String, _ values: [String]) {
    fields.append("\(Self.quote(key)):[\(values.map(Self.quote).joined(separator: ","))]")
  }

  mutating func set(_ key: String, object: JSONObject) { fields.append("\(Self.quote(key)):\(object.text)") }

  mutating func set(_ key: String, objects: [JSONObject]) {
    fields.append("\(Self.quote(key)):[\(objects.map(\.text).joined(separator: ","))]")
  }

  /// RFC 3339 UTC; an empty text for 0, which means absent.
  mutating func set(_ key: String, time: Int64) { set(key, time == 0 ? "" : Timestamp.rfc3339(time)) }

  static func quote(_ text: String) -> String { SafeText.json(text) }
}
