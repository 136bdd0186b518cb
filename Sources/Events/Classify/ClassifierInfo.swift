import Foundation

/// One classifier as its file says it: for `explain --classifiers`.
public struct ClassifierInfo: Sendable {
  public let id: String
  public let event: String
  /// The higher one is asked first.
  public let priority: Int
  /// The file it stands in.
  public let place: String
  /// Why it is there; empty if the file does not say.
  public let about: String
  /// Its entry in the file, as one JSON object on one line.
  public let json: String

  /// All classifiers of a configuration, in the order in which they are asked.
  ///
  /// - Throws: ``Problem`` for a broken file.
  public static func all(_ configuration: ReaderConfiguration) throws -> [ClassifierInfo] {
    let order = try ClassifierSet(configuration).classifiers
    var entries: [String: (place: String, about: String, json: String)] = [:]
    for (place, text) in try ClassifierSet.sources(configuration.extraFormats) {
      guard let file = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
        let list = file["classifiers"] as? [[String: Any]]
      else { continue }
      for entry in list {
        guard let id = entry["id"] as? String,
          let json = try? JSONSerialization.data(
            withJSONObject: entry, options: [.sortedKeys, .withoutEscapingSlashes])
        else { continue }
        entries[id] = (place, entry["about"] as? String ?? "", String(decoding: json, as: UTF8.self))
      }
    }
    return order.compactMap { classifier in
      entries[classifier.id].map {
        ClassifierInfo(
          id: classifier.id, event: classifier.name.name, priority: classifier.priority, place: $0.place,
          about: $0.about, json: $0.json)
      }
    }
  }
}
