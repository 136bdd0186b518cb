import Events
import Glibc

/// The words under which an event is found by `search`.
///
/// A text that the message already says is not indexed twice. The result depends on the stored row
/// only, so a row's words can be made again when they must leave the index.
enum SearchText {
  /// The message, then the fields that people type into a search box, a line each.
  static func append(_ event: Event, to text: inout [UInt8]) {
    let start = text.count
    append(event.message, to: &text)
    let end = text.count
    for value in [
      event.event, event.actor, event.target, event.objectID, event.sourceIP, event.reason, event.vulnID,
      event.package, event.certSubject, event.session,
    ] where !value.isEmpty {
      var value = value
      let isSaid = value.withUTF8 { value in
        text.withUnsafeBytes { says(UnsafeRawBufferPointer(rebasing: $0[start..<end]), UnsafeRawBufferPointer(value)) }
      }
      if !isSaid {
        text.append(UInt8(ascii: "\n"))
        append(value, to: &text)
      }
    }
  }

  static func of(_ event: Event) -> [UInt8] {
    var text: [UInt8] = []
    append(event, to: &text)
    return text
  }

  /// The word that stands for an id: enough of it to be unique among billions.
  static func word(forID id: String) -> String { String(id.utf8.prefix(idWordLength)) ?? "" }
  static let idWordLength = 12

  private static func append(_ string: String, to text: inout [UInt8]) {
    var string = string
    string.withUTF8 { text.append(contentsOf: $0) }
  }

  /// Whether the message has the value as whole words: "malice" does not say "alice".
  private static func says(_ message: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    guard message.count >= value.count, let base = message.baseAddress, let first = value.first else { return false }
    var from = 0
    while from + value.count <= message.count,
      let hit = memchr(base + from, Int32(first), message.count - value.count + 1 - from)
    {
      from = UnsafeRawPointer(hit) - base
      let to = from + value.count
      if memcmp(hit, value.baseAddress!, value.count) == 0, from == 0 || !isWord(message[from - 1]),
        to == message.count || !isWord(message[to])
      {
        return true
      }
      from += 1
    }
    return false
  }

  /// Bytes that `unicode61` may take into a word.
  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...:
      true
    default: false
    }
  }
}
