/// A name of several words: `OwnershipTransferFailed`, `user.roleChanged`, `owner_swap_aborted`.
enum JoinedName {
  /// Under which fields it is looked for, by how their names end: the scan of a block looks there, too.
  static let keys = ["event", "event_name", "eventname", "type", "action", "evt", "operation", "activity"]
  private static let endings = keys.map { Array($0.utf8) }

  static func mayStand(under field: ArraySlice<UInt8>) -> Bool {
    endings.contains { ending in
      field.count >= ending.count && zip(field.suffix(ending.count), ending).allSatisfy { lower($0) == $1 }
    }
  }

  /// Longer than the name of any event.
  private static let bytesMax = 80

  /// How long the name is that a text begins with; `nil` if it begins with none.
  ///
  /// - Parameter isUnmarked: only one in which a word follows another without a mark between them.
  static func length(_ text: UnsafeRawBufferPointer, isUnmarked: Bool = false) -> Int? {
    guard let first = text.first, isLetter(first) else { return nil }
    var isJoined = false
    var at = 1
    while at < text.count, isAlphanumeric(text[at]) || isMark(text[at]) {
      if isMark(text[at]) {
        if !isUnmarked { isJoined = true }
      } else if isUpper(text[at]), !isMark(text[at - 1]), !isUpper(text[at - 1]) || beginsWord(text, at) {
        isJoined = true
      }
      at += 1
      if at > bytesMax { return nil }
    }
    guard isJoined, at == text.count || isAmong(" \":{(,;\n\t[]", text[at]) else { return nil }
    return at
  }

  /// A capital and small letters: behind other capitals another word, but in `IDs` none.
  private static func beginsWord(_ text: UnsafeRawBufferPointer, _ at: Int) -> Bool {
    at + 2 < text.count && (1...2).allSatisfy { isLetter(text[at + $0]) && !isUpper(text[at + $0]) }
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
  }

  /// Adds the words of a name in lower case, blanks between them: a word begins with a capital behind a small letter
  /// or a digit, and with the last of several capitals before a small letter (`MFARequired`).
  static func append(_ name: UnsafeRawBufferPointer, to words: inout [UInt8]) {
    for at in name.indices {
      let byte = name[at]
      if at > 0, isUpper(byte), isAlphanumeric(name[at - 1]) {
        if !isUpper(name[at - 1]) || beginsWord(name, at) { words.append(0x20) }
      }
      words.append(isMark(byte) ? 0x20 : lower(byte))
    }
  }
}
