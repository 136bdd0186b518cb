/// Log text made safe for where it is shown. Whoever writes a log line must not write to the
/// reader's terminal, spreadsheet or page.
public enum SafeText {
  /// Control characters, invisible direction marks and separators as `\x1b`, `\n`, `\u{202e}`;
  /// everything else as it is.
  public static func visible(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if isHidden(scalar) { shown += escape(scalar) } else { shown.unicodeScalars.append(scalar) }
    }
    return shown
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return "\\n"
    case "\t": return "\\t"
    case "\r": return "\\r"
    default:
      let hex = String(scalar.value, radix: 16)
      return scalar.value < 0x100 ? "\\x" + (hex.count == 1 ? "0" : "") + hex : "\\u{\(hex)}"
    }
  }

  /// C0, DEL, C1; bidirectional overrides and isolates; line and paragraph separators; invisible fillers.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: true
    case 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF: true
    case 0xE0000...0xE007F: true  // tags
    default: false
    }
  }

  /// One cell of RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe.
  public static func csv(_ text: String) -> String {
    var cell = text.split(separator: "\n", omittingEmptySubsequences: false).map { visible(String($0)) }.joined(
      separator: "\n")
    if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) { cell = "'" + cell }
    guard cell.contains(where: { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "'" }) || cell.hasPrefix(" ") else {
      return cell
    }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  /// One cell of a Markdown table: nothing in it is markup.
  public static func markdown(_ text: String) -> String {
    var cell = ""
    for character in visible(text) {
      if "\\`*_{}[]<>#|&~!".contains(character) { cell.append("\\") }
      cell.append(character)
    }
    return cell
  }

  /// A JSON string with its quotes; controls that a terminal obeys are escaped, C1 and DEL too.
  public static func json(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) { return "\"" + text + "\"" }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default: append(scalar, to: &quoted)
      }
    }
    return quoted + "\""
  }

  /// JSON text with what a terminal obeys escaped; in valid JSON such characters stand in strings only.
  static func escapedInStrings(_ json: String) -> String {
    guard json.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return json }
    return json.unicodeScalars.reduce(into: "") { text, scalar in
      if scalar != "\n", scalar != "\r", scalar != "\t" { append(scalar, to: &text) }
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to json: inout String) {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069:
      let hex = String(scalar.value, radix: 16)
      json += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: json.unicodeScalars.append(scalar)
    }
  }

  /// Columns that a text takes in a terminal: wide East Asian characters and emoji take two.
  public static func width(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { sum, character in sum + (isWide(character) ? 2 : 1) }
  }

  static func isWide(_ character: Character) -> Bool {
    guard let scalar = character.unicodeScalars.first else { return false }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return true
    default: return false
    }
  }
}
