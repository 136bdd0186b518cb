/// A value that is no secret: whole, or its start or end with `*` for the rest.
struct AllowedValue: Hashable, Sendable {
  private let bytes: [UInt8]
  private let mayGoOn: Bool
  private let mayStartBefore: Bool

  /// - Returns: nil if it would allow everything.
  init?(_ text: String) {
    var rest = Substring(text)
    mayStartBefore = rest.hasPrefix("*")
    if mayStartBefore { rest = rest.dropFirst() }
    mayGoOn = rest.hasSuffix("*")
    if mayGoOn { rest = rest.dropLast() }
    guard !rest.isEmpty, !rest.contains("*") else { return nil }
    bytes = Array(rest.utf8)
  }

  func matches(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    let length = end - start
    guard length >= bytes.count, mayGoOn || mayStartBefore || length == bytes.count else { return false }
    var from = start
    let last = mayStartBefore ? end - bytes.count : start
    if mayStartBefore, !mayGoOn { from = last }
    while from <= last {
      var i = 0
      while i < bytes.count, view[from + i] == bytes[i] { i += 1 }
      if i == bytes.count { return true }
      from += 1
    }
    return false
  }
}
