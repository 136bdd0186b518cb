import Foundation
import PackagePlugin

/// Turns the data files of a target into one Swift file of string literals.
@main
struct EmbedFiles: BuildToolPlugin {
  /// Where each target's data lies, relative to the package, and the file endings it takes.
  private static let data: [String: (folders: [String], endings: Set<String>)] = [
    "Events": (
      ["Sources/Events/Formats", "Sources/Events/Classifiers", "Sources/Events/Secrets", "Sources/Events/Words"],
      ["json"]
    ),
    "Queries": (["queries"], ["sql"]),
    "Detection": (["queries/rules"], ["yml"]),
    "Dashboards": (["dashboards"], ["yml", "css"]),
    "seclog": (["Sources/seclog/Samples"], ["log"]),
  ]

  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    guard let data = Self.data[target.name] else { return [] }
    let root = context.package.directoryURL
    var inputs: [URL] = []
    for folder in data.folders {
      let base = root.appending(path: folder)
      guard let walk = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil) else { continue }
      for case let file as URL in walk where data.endings.contains(file.pathExtension) { inputs.append(file) }
    }
    inputs.sort { $0.path < $1.path }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
    let list = context.pluginWorkDirectoryURL.appending(path: "inputs.txt")
    let names = inputs.map(\.path).joined(separator: "\n")
    if (try? String(contentsOf: list, encoding: .utf8)) != names {
      try names.write(to: list, atomically: true, encoding: .utf8)
    }
    return [
      .buildCommand(
        displayName: "Embedding the data files of \(target.name)",
        executable: try context.tool(named: "embed").url,
        arguments: [root.path, list.path, output.path],
        inputFiles: inputs + [list], outputFiles: [output])
    ]
  }
}
