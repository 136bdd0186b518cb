import Events

/// Cuts the bytes of one TCP connection into syslog messages, a line each.
///
/// - Source: RFC 6587 §3.4: a message is counted (`52 <34>1 …`) or ends with a newline. Senders mix
///   neither, but each message shows which it is: what is counted begins with `<` behind its count.
struct SyslogFramer {
  private var buffer: [UInt8] = []
  /// The rest of a message over the limit is passed over, up to its newline.
  private var isSkipping = false
  /// The count of a message was over the limit: nothing that follows can be trusted.
  private(set) var isBroken = false

  /// Takes what was received, and appends the messages that are whole.
  mutating func take(_ bytes: some Collection<UInt8>, onto lines: inout [UInt8]) {
    buffer.append(contentsOf: bytes)
    var at = 0
    while !isBroken, let next = message(from: at, onto: &lines) { at = next }
    buffer.removeFirst(at)
  }

  /// The sender is gone: what it wrote last counts, unless it said that more would come.
  mutating func finish(onto lines: inout [UInt8]) {
    defer { buffer = [] }
    let digits = buffer.prefix { Self.isDigit($0) }.count
    let isCounted =
      digits > 0 && (digits + 1 >= buffer.count || buffer[digits] == 0x20 && buffer[digits + 1] == Self.open)
    guard !isSkipping, !isBroken, !isCounted else { return }
    Self.append(buffer[...], to: &lines)
  }

  /// - Returns: where the next message begins; `nil` if this one is not whole.
  private mutating func message(from start: Int, onto lines: inout [UInt8]) -> Int? {
    guard start < buffer.count else { return nil }
    if !isSkipping, Self.isDigit(buffer[start]) {
      var length = 0
      var at = start
      while at < buffer.count, Self.isDigit(buffer[at]) {
        length = length * 10 + Int(buffer[at] - 0x30)
        guard length <= Limits.lineBytesMax else {
          isBroken = true
          return buffer.count
        }
        at += 1
      }
      guard at + 1 < buffer.count else { return nil }
      if buffer[at] == 0x20, buffer[at + 1] == Self.open {
        guard buffer.count - at - 1 >= length else { return nil }
        Self.append(buffer[(at + 1)..<(at + 1 + length)], to: &lines)
        return at + 1 + length
      }
    }
    guard let newline = buffer[start...].firstIndex(of: 0x0a) else {
      if buffer.count - start > Limits.lineBytesMax {
        // Long enough for the reader to refuse it, with a stub that says so.
        if !isSkipping { Self.append(buffer[start...], to: &lines) }
        isSkipping = true
        return buffer.count
      }
      return nil
    }
    if isSkipping { isSkipping = false } else { Self.append(buffer[start..<newline], to: &lines) }
    return newline + 1
  }

  private static let open = UInt8(ascii: "<")

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  /// One message, one line: newlines within are written as rsyslog writes them.
  static func append(_ message: ArraySlice<UInt8>, to lines: inout [UInt8]) {
    var message = message
    while let last = message.last, last == 0x0a || last == 0x0d || last == 0 { message.removeLast() }
    guard !message.isEmpty else { return }
    for byte in message {
      if byte == 0x0a { lines += Array("#012".utf8) } else { lines.append(byte) }
    }
    lines.append(0x0a)
  }
}
