import Events
import Storage

/// One event as a page of text: every column that says something, and what to ask next.
public struct EventPage {
  public let text: String

  public init(_ stored: StoredEvent, time: ShownTime) {
    let event = stored.event
    var lines: [(String, String)] = []
    for column in Column.allCases where column != .attrs {
      guard let value = Self.shown(column, event, time) else { continue }
      lines.append((column.rawValue, value))
    }
    if case .object(let members)? = JSONValue(event.attrs) {
      for member in members {
        lines.append(("attrs.\(SafeText.visible(member.key))", SafeText.visible(Self.text(member.value))))
      }
    }
    let width = lines.map { SafeText.width($0.0) }.max() ?? 0
    var page = lines.map { name, value in
      name + String(repeating: " ", count: width - SafeText.width(name) + 2) + value + "\n"
    }.joined()
    let next = Self.next(event)
    if !next.isEmpty { page += "\n" + next.map { "See  \($0)\n" }.joined() }
    text = page
  }

  private static func shown(_ column: Column, _ event: Event, _ time: ShownTime) -> String? {
    switch event[column] {
    case .text(let text): return text.isEmpty ? nil : SafeText.visible(text)
    case .integer(let number):
      if column.kind == .time {
        return number == 0 ? nil : "\(Timestamp.rfc3339(number))  (\(time.text(number)) \(time.zoneName))"
      }
      if column == .severity { return "\(Severity.name(number)) (\(number))" }
      if number == 0, column != .sourceOffset { return nil }
      if column == .repeatCount, number == 1 { return nil }
      return String(number)
    }
  }

  private static func text(_ value: JSONValue) -> String {
    if case .string(let text) = value { return text }
    return value.minified
  }

  /// Commands that lead on from here; quoted, because the values are log text.
  private static func next(_ event: Event) -> [String] {
    var commands: [String] = []
    func search(_ column: Column, _ value: String) {
      if !value.isEmpty, !value.contains(where: { $0.isNewline || $0 == "\u{1b}" }) {
        commands.append("seclog search \(quoted("\(column.rawValue)=\(value)"))")
      }
    }
    search(.requestID, event.requestID)
    search(.session, event.session)
    if !event.actor.isEmpty { search(.actor, event.actor) }
    search(.sourceIP, event.sourceIP)
    return commands
  }

  private static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "="), UInt8(ascii: "."), UInt8(ascii: ":"),
        UInt8(ascii: "@"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "+"):
        true
      default: false
      }
    }
    return isPlain ? text : "'" + SafeText.visible(text).replacing("'", with: "'\\''") + "'"
  }
}
