import Events
import Foundation
import StrictYAML

/// The dashboards that are there: those the program brings, and those of directories, which win by
/// name, the first directory first. Never the working directory.
public struct DashboardCatalogue: Sendable {
  /// `overview` first, the others by name.
  public let dashboards: [Dashboard]
  /// Faults of files of directories, each with file, line and column; the other files work.
  public let problems: [Problem]

  /// - Parameter directories: the first wins; one that is not there is passed over.
  public init(directories: [String] = []) {
    var texts: [String: (place: String, text: String)] = [:]
    var problems: [Problem] = []
    for directory in directories {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      for file in names.sorted() where file.hasSuffix(".yml") && !file.hasPrefix(".") {
        let path = directory + "/" + file
        guard texts[String(file.dropLast(4))] == nil else { continue }
        do {
          texts[String(file.dropLast(4))] = (path, try String(contentsOfFile: path, encoding: .utf8))
        } catch {
          problems.append(Problem(.config, at: path, "cannot be read: \(error.localizedDescription)"))
        }
      }
    }
    for file in embeddedFiles where file.path.hasSuffix(".yml") {
      let name = String(file.path.split(separator: "/").last!.dropLast(4))
      if texts[name] == nil { texts[name] = (file.path, file.text) }
    }
    var found: [String: Dashboard] = [:]
    func load(_ name: String, _ path: [String]) -> Dashboard? {
      if let dashboard = found[name] { return dashboard }
      guard let (place, text) = texts[name], !path.contains(name) else { return nil }
      let file = YAMLFile(name: place, text: text)
      let dashboard = Dashboard(name: name, file: file, base: { load($0, path + [name]) })
      problems += file.problems
      if file.problems.isEmpty { found[name] = dashboard }
      return found[name]
    }
    for name in texts.keys.sorted() { _ = load(name, []) }
    dashboards = found.values.sorted { a, b in
      a.name == "overview" ? b.name != "overview" : b.name == "overview" ? false : a.name < b.name
    }
    self.problems = problems
  }

  /// - Throws: ``Problem`` (`usage`) with the closest name, or what is wrong with the file of that name.
  public func dashboard(named name: String) throws -> Dashboard {
    if let dashboard = dashboards.first(where: { $0.name == name }) { return dashboard }
    if let problem = problems.first(where: { $0.place.contains("/\(name).yml") }) { throw problem }
    throw Problem(
      .usage, "unknown dashboard '\(name)'.\(Suggestion.sentence(for: name, among: dashboards.map(\.name)))",
      next: "\(dashboards.count) dashboards are available: seclog dashboard list")
  }
}
