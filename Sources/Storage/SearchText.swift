import Events
import Glibc

/// The words under which an event is found by `search`.
///
/// A text that the message already says is not indexed twice. The result depends on the stored row
/// only, so a row's words can be made again when they must leave the index.
enum SearchText {
  /// The columns whose texts are indexed, in the order of ``append(_:to:)``.
  static let columns: [Column] = [
    .message, .event, .actor, .target, .objectID, .sourceIP, .reason, .vulnID, .package, .certSubject, .session,
  ]

  /// The message, then the fields that people type into a search box, a line each.
  static func append(_ shared: SharedEvent, to text: inout [UInt8]) {
    let start = text.count
    text.append(shared.event.message)
    let message = start..<text.count
    append(shared.event.event, unlessIn: message, to: &text)
    append(shared.event.actor, unlessIn: message, to: &text)
    append(shared.event.target, unlessIn: message, to: &text)
    append(shared.event.objectID, unlessIn: message, to: &text)
    append(shared.event.sourceIP, unlessIn: message, to: &text)
    append(shared.event.reason, unlessIn: message, to: &text)
    append(shared.event.vulnID, unlessIn: message, to: &text)
    append(shared.event.package, unlessIn: message, to: &text)
    append(shared.event.certSubject, unlessIn: message, to: &text)
    append(shared.event.session, unlessIn: message, to: &text)
  }

  private static func append(_ value: borrowing String, unlessIn message: Range<Int>, to text: inout [UInt8]) {
    if value.isEmpty { return }
    let from = text.count
    text.append(UInt8(ascii: "\n"))
    text.append(value)
    let isSaid = text.withUnsafeBytes { text in
      says(UnsafeRawBufferPointer(rebasing: text[message]), UnsafeRawBufferPointer(rebasing: text[(from + 1)...]))
    }
    if isSaid { text.removeSubrange(from...) }
  }

  /// The word that stands for an id: enough of it to be unique among billions.
  static func word(forID id: String) -> String { String(id.utf8.prefix(idWordLength)) ?? "" }
  static let idWordLength = 12

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

extension [UInt8] {
  mutating func append(_ text: borrowing String) {
    // Short texts lie in the value itself: for them `withContiguousStorageIfAvailable` has none.
    var text = copy text
    text.withUTF8 { append(contentsOf: $0) }
  }
}
