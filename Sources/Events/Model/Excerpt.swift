/// A line of a configuration, rule or query file with a caret under the fault, for a ``Problem``'s
/// next step. Never for log text: that may hold secrets.
public enum Excerpt {
  /// ```
  ///    12 |     group_by: clientip
  ///       |               ^^^^^^^^ did you mean 'source_ip'?
  /// ```
  /// - Parameters:
  ///   - line: from 1.
  ///   - column: from 1, in characters.
  ///   - width: how many characters are wrong; at least one caret is drawn.
  /// - Returns: an empty text if there is no such line.
  public static func of(_ text: String, line: Int, column: Int, width: Int = 1, note: String = "") -> String {
    let lines = text.split(separator: "\n", maxSplits: max(line, 0), omittingEmptySubsequences: false)
    guard line >= 1, line <= lines.count else { return "" }
    let source = lines[line - 1].prefix(160).map { $0 == "\t" ? " " : $0 == "\r" ? " " : $0 }
    let number = String(line)
    let margin = String(repeating: " ", count: max(0, 5 - number.count))
    let room = max(0, source.count - column + 1)
    let carets = String(repeating: "^", count: max(1, min(width, room)))
    let head = "\(margin)\(number) | \(String(source))"
    let under = "      | \(String(repeating: " ", count: max(0, min(column, 161) - 1)))\(carets)"
    return head + "\n" + under + (note.isEmpty ? "" : " " + note)
  }
}
