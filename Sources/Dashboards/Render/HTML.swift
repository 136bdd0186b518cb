import Events

/// Text of a page under construction. Only literals written in our source go in raw; every value is
/// escaped on its way in.
struct HTML {
  private(set) var text = ""

  /// Markup of ours.
  mutating func raw(_ markup: StaticString) {
    markup.withUTF8Buffer { text += String(decoding: $0, as: UTF8.self) }
  }

  /// A value between tags, or inside a quoted attribute.
  mutating func value(_ value: some StringProtocol) { text += HTML.escape(value) }

  mutating func value(_ value: Int64) { text += String(value) }
  mutating func value(_ value: Int) { text += String(value) }

  /// A coordinate, rounded to a tenth.
  mutating func value(_ value: Double) {
    let tenths = (value * 10).rounded()
    guard tenths.isFinite, abs(tenths) < 1e9 else {
      text += "0"
      return
    }
    let whole = Int(tenths)
    text += whole % 10 == 0 ? "\(whole / 10)" : "\(whole < 0 ? "-" : "")\(abs(whole) / 10).\(abs(whole) % 10)"
  }

  /// `0.42` for 42.
  mutating func value(percent: Double) { text += "\(percent.rounded() / 100)" }

  mutating func append(_ other: HTML) { text += other.text }

  /// The style sheet of the package, which is no value of a log.
  mutating func style(_ css: String) { text += css }

  /// Escapes markup, and spells out control characters: log text is hostile.
  static func escape(_ value: some StringProtocol) -> String {
    let visible = value.visible
    guard visible.utf8.contains(where: { "&<>\"'`".utf8.contains($0) }) else { return visible }
    var text = ""
    for character in visible.unicodeScalars {
      switch character {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      case "`": text += "&#96;"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
