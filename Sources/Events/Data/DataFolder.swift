import Foundation

/// The folders of data files that the user names: formats, and classifiers in files called `*.classify.json`.
enum DataFolder {
  private static let classifierEnding = ".classify.json"

  /// Paths of the format files, by name; none if there is no such folder.
  static func formats(in folder: String) -> [String] { paths(in: folder).filter { !$0.hasSuffix(classifierEnding) } }

  static func classifiers(in folder: String) -> [String] { paths(in: folder).filter { $0.hasSuffix(classifierEnding) } }

  private static func paths(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { folder + "/" + $0 }
  }

  static func read(_ path: String) throws(Problem) -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Problem(.permission, at: path, "cannot be read", next: "Check its permissions: ls -l '\(path)'")
    }
    guard let text = String(bytes: data, encoding: .utf8) else {
      throw Problem(.config, at: path, "is no text in UTF-8", next: "Save it as UTF-8.")
    }
    return text
  }
}
