import Events
import Foundation

extension RuleSet {
  /// Rule files are small; a larger one is something else.
  static let fileBytesMax = 4 << 20
  static let filesMax = 20_000

  /// The rules that come with the program, and those of further directories. A file of the same name
  /// in a directory stands in for the program's own; an empty one switches it off.
  ///
  /// - Parameter directories: those that are not there are passed over.
  public static func standard(directories: [String]) -> RuleSet {
    var own = shipped
    var further: [Source] = []
    var problems: [Problem] = []
    for directory in directories where access(directory, F_OK) == 0 {
      let (sources, faults) = read(directory)
      problems += faults
      let names = Set(sources.map { fileName($0.name) })
      own.removeAll { names.contains(fileName($0.name)) }
      further += sources.filter { !$0.text.allSatisfy(\.isWhitespace) }
    }
    return RuleSet(own + further, problems: problems)
  }

  /// The rules of one directory, with what lies in it, or of one file.
  ///
  /// - Throws: ``Problem`` if there is no such directory or it cannot be read.
  public static func load(_ path: String) throws -> RuleSet {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw Problem(
        .failed, at: path, "no such directory or file", next: "Name a directory of rules, such as /etc/seclog/rules.d.")
    }
    if isDirectory.boolValue, access(path, R_OK | X_OK) != 0 {
      throw Problem(.permission, at: path, "permission denied")
    }
    let (sources, problems) = read(path)
    return RuleSet(sources, problems: problems)
  }

  /// The program's own rule files.
  public static var shipped: [Source] {
    embeddedFiles.filter { isRule($0.path) }.map { Source(name: $0.path, text: $0.text) }
  }

  /// The tests beside the program's own rules.
  public static var shippedTests: [Source] {
    embeddedFiles.filter { $0.path.hasSuffix(testSuffix) }.map { Source(name: $0.path, text: $0.text) }
  }

  static let testSuffix = ".test.yml"

  static func isRule(_ path: String) -> Bool {
    (path.hasSuffix(".yml") || path.hasSuffix(".yaml")) && !path.hasSuffix(testSuffix) && !path.hasSuffix(".test.yaml")
  }

  static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Rule files below a path, by name; hidden ones are left out.
  static func read(_ path: String, where isWanted: (String) -> Bool = isRule) -> ([Source], [Problem]) {
    var files: [String] = []
    var isDirectory: ObjCBool = false
    FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    if isDirectory.boolValue {
      let base = path.hasSuffix("/") ? String(path.dropLast()) : path
      let walk = FileManager.default.enumerator(atPath: base)
      while let name = walk?.nextObject() as? String {
        if name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) || !isWanted(name) { continue }
        files.append(base + "/" + name)
        if files.count == filesMax { break }
      }
      files.sort()
    } else {
      files = [path]
    }
    var sources: [Source] = []
    var problems: [Problem] = []
    for file in files {
      do {
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        guard size <= fileBytesMax else {
          problems.append(Problem(.config, at: file, "over \(fileBytesMax >> 20) MiB; this is no rule"))
          continue
        }
        let data = try Data(contentsOf: URL(filePath: file))
        guard let text = String(data: data, encoding: .utf8) else {
          problems.append(Problem(.config, at: file, "not UTF-8 text", next: "Convert it:  iconv -t UTF-8 \(file)"))
          continue
        }
        sources.append(Source(name: file, text: text))
      } catch {
        problems.append(
          Problem(.config, at: file, "cannot be read", next: "Check that it is a file and that you may read it."))
      }
    }
    return (sources, problems)
  }

  init(_ sources: [Source], problems: [Problem]) {
    self.init(sources)
    self.problems = problems + self.problems
  }
}
