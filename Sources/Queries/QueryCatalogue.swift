import Events
import Foundation

/// The saved queries that are there: those the program brings, and those of directories, which win
/// by name, the first directory first. Never the working directory (decision 26).
public struct QueryCatalogue: Sendable {
  public let queries: [SavedQuery]
  /// Files that could not be used, each with what is wrong; the others work.
  public let problems: [Problem]

  /// - Parameter directories: the first wins; one that is not there is passed over.
  public init(directories: [String] = []) {
    var found: [String: SavedQuery] = [:]
    var problems: [Problem] = []
    for directory in directories {
      for file in Self.files(in: directory) {
        let name = String(file.split(separator: "/").last!.dropLast(4))
        guard found[name] == nil else { continue }
        do {
          guard let text = String(data: try Data(contentsOf: URL(fileURLWithPath: file)), encoding: .utf8) else {
            throw Problem(.config, at: file, "not UTF-8 text.", next: "Convert it:  iconv -t UTF-8 \(file)")
          }
          found[name] = try SavedQuery(name: name, text: text, origin: file)
        } catch let problem as Problem {
          problems.append(problem)
        } catch {
          problems.append(Problem(.failed, at: file, "cannot be read: \(error.localizedDescription)"))
        }
      }
    }
    for query in Self.builtIn where found[query.name] == nil { found[query.name] = query }
    queries = found.values.sorted { $0.name < $1.name }
    self.problems = problems
  }

  /// - Throws: ``Problem`` (`usage`) with the closest name.
  public func query(named name: String) throws -> SavedQuery {
    if let query = queries.first(where: { $0.name == name }) { return query }
    if let problem = problems.first(where: { $0.place.contains("/\(name).sql") }) { throw problem }
    throw Problem(
      .usage, "unknown query '\(name)'.\(Suggestion.sentence(for: name, among: queries.map(\.name)))",
      next: "\(queries.count) queries are available: seclog query list")
  }

  /// The queries that the program brings. A fault in one is a mistake of ours that a test finds.
  static let builtIn: [SavedQuery] = embeddedFiles.compactMap { file in
    guard file.path.hasSuffix(".sql"), let name = file.path.split(separator: "/").last?.dropLast(4) else { return nil }
    return try? SavedQuery(name: String(name), text: file.text, origin: SavedQuery.builtIn)
  }

  private static func files(in directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
      .filter { $0.hasSuffix(".sql") && !$0.hasPrefix(".") }.sorted().map { "\(directory)/\($0)" }
  }
}
