import Events
import Yams

/// Reads one YAML file strictly and keeps every fault it meets, each with file, line and column.
///
/// Values are taken key by key through ``YAMLFields``; a key that nobody took is a fault, so a
/// misspelt key never passes silently. The text is shown in excerpts: do not use it for files that
/// may hold secrets.
///
/// Scalars stay texts, and whoever takes one says what it must be: to ask of each whether it looks like a
/// date or a number costs more than all the rest of reading.
public final class YAMLFile {
  public let name: String
  let text: String
  public private(set) var problems: [Problem] = []

  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  /// The top-level mapping; `nil` for a file that is empty or broken (see ``problems``).
  public func fields() -> YAMLFields? {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text, .basic, .default, .utf8)
    } catch let error as YamlError {
      problems.append(problem(error))
      return nil
    } catch {
      problems.append(Problem(.config, at: name, "not YAML: \(error)"))
      return nil
    }
    guard let node else { return nil }
    guard case .mapping(let mapping) = node else {
      if case .scalar(let scalar) = node, scalar.string.isEmpty { return nil }
      fault(at: node, "not a mapping of keys to values", note: "")
      return nil
    }
    return YAMLFields(mapping, in: self, path: "")
  }

  /// Every document of the file, empty ones left out; those before a fault if there is one.
  public func documents() -> [Node] {
    var documents: [Node] = []
    do {
      var nodes = try Yams.compose_all(yaml: text, .basic, .default, .utf8)
      while let node = nodes.next() {
        if case .scalar(let scalar) = node, scalar.string.isEmpty, scalar.style == .plain { continue }
        documents.append(node)
      }
      if let error = nodes.error { throw error }
    } catch let error as YamlError {
      problems.append(problem(error))
    } catch {
      problems.append(Problem(.config, at: name, "not YAML: \(error)"))
    }
    return documents
  }

  /// Reads a node as a mapping, or reports that it is none.
  public func fields(_ node: Node, path: String) -> YAMLFields? {
    guard case .mapping(let mapping) = node else {
      fault(
        at: node, path.isEmpty ? "not a mapping of keys to values" : "'\(path)' is a mapping of keys to values",
        width: 1)
      return nil
    }
    return YAMLFields(mapping, in: self, path: path)
  }

  /// Reports a fault at a place that is no node of its own, such as a word inside a condition.
  public func fault(line: Int, column: Int, width: Int = 1, _ what: String, note: String = "", next: String = "") {
    let excerpt = Excerpt.of(text, line: line, column: column, width: width, note: note)
    let nextStep = [excerpt, next].filter { !$0.isEmpty }.joined(separator: "\n")
    problems.append(Problem(.config, at: "\(name):\(line):\(column)", what, next: nextStep))
  }

  /// Reports a fault at a value.
  ///
  /// - Parameters:
  ///   - note: stands behind the carets, such as "did you mean 'x'?".
  ///   - width: how many characters the carets cover; the value's length by default.
  public func fault(at node: Node, _ what: String, note: String = "", width: Int? = nil, next: String = "") {
    let (line, column) = (node.mark?.line ?? 1, node.mark?.column ?? 1)
    let width = width ?? node.scalar?.string.count ?? 1
    let excerpt = Excerpt.of(text, line: line, column: column, width: width, note: note)
    let nextStep = [excerpt, next].filter { !$0.isEmpty }.joined(separator: "\n")
    problems.append(Problem(.config, at: "\(name):\(line):\(column)", what, next: nextStep))
  }

  private func problem(_ error: YamlError) -> Problem {
    switch error {
    case .scanner(_, let what, let mark, _), .parser(_, let what, let mark, _), .composer(_, let what, let mark, _):
      return Problem(
        .config, at: "\(name):\(mark.line):\(mark.column)", "not YAML: \(what)",
        next: Excerpt.of(text, line: mark.line, column: mark.column))
    case .duplicatedKeysInMapping(let duplicates, _):
      let keys = duplicates.map { "'\($0)'" }.sorted().joined(separator: ", ")
      return Problem(.config, at: name, "a key stands twice: \(keys)", next: "Keep one of them.")
    default:
      return Problem(.config, at: name, "not YAML: \(error)")
    }
  }
}
