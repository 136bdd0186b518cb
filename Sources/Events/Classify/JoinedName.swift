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
    guard let view = ByteView(text), view.count > 0, isLetter(view[0]) else { return nil }
    var isJoined = false
    var at = 1
    while at < view.count, isAlphanumeric(view[at]) || isMark(view[at]) {
      isJoined = isJoined || (isMark(view[at]) ? !isUnmarked : beginsWord(view, at))
      at += 1
      if at > bytesMax { return nil }
    }
    guard isJoined, at == view.count || isAmong(" \":{(,;\n\t[]", view[at]) else { return nil }
    return at
  }

  /// Adds the words of a name in lower case, blanks between them.
  static func append(_ name: UnsafeRawBufferPointer, to words: inout [UInt8]) {
    guard let view = ByteView(name) else { return }
    for at in 0..<view.count {
      if at > 0, beginsWord(view, at) { words.append(0x20) }
      words.append(isMark(view[at]) ? 0x20 : lower(view[at]))
    }
  }

  /// `OAuth2Login`: behind a digit, too.
  private static func beginsWord(_ view: ByteView, _ at: Int) -> Bool {
    guard isUpper(view[at]), !isMark(view[at - 1]) else { return false }
    return isDigit(view[at - 1]) || view.beginsWord(at, to: view.count)
  }

  private static func isMark(_ byte: UInt8) -> Bool { isAmong("_.-", byte) }
}
