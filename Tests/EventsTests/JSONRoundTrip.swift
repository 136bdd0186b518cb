import Foundation

enum JSONRoundTrip {
  /// The value as it is after it was stored as JSON.
  static func value<Value: Codable>(_ value: Value) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
  }
}
