/// Dates inside messages: `expires on 2026-03-01T00:00:00Z`, `Sat, 21 Nov 2026 05:59:59 UTC`.
enum DateText {
  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  /// Reads the first date in a text, to the second; UTC unless the text gives an offset.
  static func microseconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    var i = 0
    while i < bytes.count {
      if let time = iso(bytes, i) ?? rfc1123(bytes, i) { return time }
      // Skip the rest of a number or word, so that a date never begins in its middle.
      while i < bytes.count, isWord(bytes[i]) { i += 1 }
      i += 1
    }
    return nil
  }

  private static func isWord(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 || byte | 32 >= 97 && byte | 32 <= 122 }

  private static func number(_ bytes: [UInt8], _ start: Int, _ digits: Int) -> Int64? {
    guard start >= 0, start + digits <= bytes.count else { return nil }
    var value: Int64 = 0
    for byte in bytes[start..<(start + digits)] {
      guard byte >= 48, byte <= 57 else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    return value
  }

  private static func time(_ bytes: [UInt8], _ start: Int) -> (seconds: Int64, end: Int)? {
    guard let hour = number(bytes, start, 2), start + 2 < bytes.count, bytes[start + 2] == UInt8(ascii: ":"),
      let minute = number(bytes, start + 3, 2)
    else { return nil }
    var second: Int64 = 0
    var end = start + 5
    if end < bytes.count, bytes[end] == UInt8(ascii: ":"), let given = number(bytes, end + 1, 2) {
      second = given
      end += 3
    }
    guard hour < 24, minute < 60, second < 61 else { return nil }
    return (hour * 3600 + minute * 60 + second, end)
  }

  private static func iso(_ bytes: [UInt8], _ i: Int) -> Int64? {
    guard let year = number(bytes, i, 4), i + 10 <= bytes.count, bytes[i + 4] == UInt8(ascii: "-"),
      bytes[i + 7] == UInt8(ascii: "-"), let month = number(bytes, i + 5, 2), let day = number(bytes, i + 8, 2),
      (1...12).contains(month), (1...31).contains(day), year >= 1970
    else { return nil }
    var seconds = Timestamp.days(year: year, month: month, day: day) * 86_400
    if i + 10 < bytes.count, bytes[i + 10] == UInt8(ascii: "T") || bytes[i + 10] == 32,
      let (clock, end) = time(bytes, i + 11)
    {
      seconds += clock - offset(bytes, end)
    }
    return seconds * 1_000_000
  }

  /// `+02:00` behind a time, in seconds; fractions are stepped over.
  private static func offset(_ bytes: [UInt8], _ start: Int) -> Int64 {
    var i = start
    if i < bytes.count, bytes[i] == UInt8(ascii: ".") {
      i += 1
      while i < bytes.count, bytes[i] >= 48, bytes[i] <= 57 { i += 1 }
    }
    if i < bytes.count, bytes[i] == 32 { i += 1 }
    guard i < bytes.count, bytes[i] == UInt8(ascii: "+") || bytes[i] == UInt8(ascii: "-"),
      let hours = number(bytes, i + 1, 2)
    else { return 0 }
    let minutes = number(bytes, i + 4, 2) ?? number(bytes, i + 3, 2) ?? 0
    return (bytes[i] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  /// `21 Nov 2026 05:59:59`, `Mar  1 23:59:59 2026 GMT`
  private static func rfc1123(_ bytes: [UInt8], _ i: Int) -> Int64? {
    func month(_ at: Int) -> Int64? {
      guard at + 3 <= bytes.count else { return nil }
      let name = String(decoding: bytes[at..<(at + 3)].map { $0 | 32 }, as: UTF8.self)
      return months.firstIndex(of: name).map { Int64($0 + 1) }
    }
    if let day = number(bytes, i, 2), i + 3 < bytes.count, bytes[i + 2] == 32, let month = month(i + 3),
      let year = number(bytes, i + 7, 4), let (clock, _) = time(bytes, i + 12)
    {
      return (Timestamp.days(year: year, month: month, day: day) * 86_400 + clock) * 1_000_000
    }
    if let month = month(i), i + 6 < bytes.count, bytes[i + 3] == 32,
      let day = number(bytes, i + 4, 2) ?? (bytes[i + 4] == 32 ? number(bytes, i + 5, 1) : nil),
      let (clock, end) = time(bytes, i + 7), let year = number(bytes, end + 1, 4)
    {
      return (Timestamp.days(year: year, month: month, day: day) * 86_400 + clock) * 1_000_000
    }
    return nil
  }
}
