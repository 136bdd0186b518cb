import Foundation

/// One log format as its data file says it (`Sources/Events/Formats/<name>.json`, or a file of the user's).
struct FormatFile: Decodable {
  enum Kind: String, Decodable { case json, text }

  struct Sample: Decodable {
    let line: String
    /// RFC 3339 in UTC; absent if the line has no time of its own.
    var time: String?
    var level: String?
    var message: String?
    var logger: String?
    var emitter: String?
    var fields: [String: String]?
  }

  /// Shown by `explain` and taken by `--input-format`.
  let name: String
  let kind: Kind
  /// One sentence: who writes it.
  let about: String
  /// Where the format is described.
  let source: String
  /// Formats of higher rank are tried first; 0 if absent.
  var rank: Int?

  /// JSON: keys that must all be there. `a|b` = one of them; `a.*` = some key below `a`.
  var keys: [String]?
  /// JSON: keys of which none may be there.
  var absent: [String]?
  /// JSON: values that keys must have; a `*` at the end stands for any rest.
  var values: [String: String]?
  /// JSON: keys whose value must be a `number`, a `text`, or a `bool`.
  var types: [String: String]?

  /// Keys of the time, in order of preference; so for the others.
  var time: [String]?
  var level: [String]?
  var message: [String]?
  var logger: [String]?
  var unit: [String]?
  var host: [String]?
  /// Keys whose values, joined by spaces, are the message of a line that has none.
  var compose: [String]?
  /// Key of a message template with holes like `{User}`.
  var template: String?
  /// Dialect of the level: ``LevelNames/Dialect``.
  var levels: String?
  /// What a line without a level means.
  var levelDefault: String?
  /// `local` for loggers known to write local time (decision 2); else UTC.
  var zone: String?
  /// Fixed emitter; absent = the logger, or the name of the format.
  var emitter: String?
  /// Prefixes taken off field names: what stands below them is as good as a top-level field.
  var lift: [String]?
  /// The client's address always has a port behind it: `2001:db8::1:0` ends in one.
  var portFollows: Bool?
  /// Path to the array whose elements are records (decision 5).
  var records: String?

  /// Text: templates, see ``TextPattern``.
  var patterns: [String]?
  /// Text: `pairs` reads `key=value` in the message, `nginx` reads `, key: value`.
  var tail: String?
  /// Text: levels of lines that belong to the line before them …
  var continuedBy: [String]?
  /// … those of them that only repeat what was asked for: whether it was done stands on the line before …
  var repeatedBy: [String]?
  /// … if this field has the same value in both.
  var continuedKey: String?

  var samples: [Sample]?

  static let knownKeys: Set<String> = [
    "name", "kind", "about", "source", "rank", "keys", "absent", "values", "types", "time", "level", "message",
    "logger",
    "unit", "host", "compose", "template", "levels", "levelDefault", "zone", "emitter", "lift", "portFollows",
    "records", "patterns",
    "tail", "continuedBy", "repeatedBy", "continuedKey", "samples",
  ]

  /// - Throws: ``Problem`` that names the file and the key.
  static func read(_ data: Data, at place: String) throws(Problem) -> FormatFile {
    do {
      guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        throw Problem(.config, at: place, "A format file holds one JSON object.")
      }
      if let unknown = object.keys.sorted().first(where: { !knownKeys.contains($0) }) {
        throw Problem(
          .config, at: place, "`\(unknown)` is no key of a format file.",
          next: "Keys are \(knownKeys.sorted().joined(separator: ", ")).")
      }
      return try JSONDecoder().decode(FormatFile.self, from: data)
    } catch let problem as Problem {
      throw problem
    } catch let error as DecodingError {
      throw Problem(.config, at: place, "The format file cannot be read: \(describe(error)).")
    } catch {
      throw Problem(.config, at: place, "The format file is not valid JSON.", next: "Check it with `jq . \(place)`.")
    }
  }

  private static func describe(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "key `\(key.stringValue)` is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "the value of `\(context.codingPath.map(\.stringValue).joined(separator: "."))` has the wrong type"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is not valid JSON"
        : "the value of `\(context.codingPath.map(\.stringValue).joined(separator: "."))` is not known"
    @unknown default: "it does not have the shape of a format file"
    }
  }
}
