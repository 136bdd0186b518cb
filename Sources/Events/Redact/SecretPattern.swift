import Foundation

/// A credential that its own text gives away: a fixed start, then bytes of known sets.
///
/// Patterns are data (`Secrets/secrets.json`). They are verified forward, without backtracking, each
/// byte at most once, so no line can make them slow.
final class SecretPattern: Sendable {
  /// One entry of the catalogue.
  struct Entry: Sendable {
    let id: String
    /// Kind in the marker; the id with `_` for `-` if absent.
    var kind: String?
    /// Fixed starts; may hold sets: `SK[0-9a-f]`.
    let starts: [String]
    /// What stands before the start and belongs to the secret, such as `[0-9]{8,10}`.
    var before: String?
    /// What follows the start: bytes, sets in brackets, and counts `{n}`, `{n,}`, `{n,m}`.
    let then: String
    /// The secret that follows `then`, when what was matched so far only announces it and stays:
    /// `Unseal Key 1: `. A value that says itself that it is none is left, as under a name.
    var value: String?
    /// The value must be the last word of its line or stand before a closing quote.
    var last: Bool?
    /// Refuse it if a letter or digit follows. For starts that are common in other words.
    var exact: Bool?
    /// Refuse it unless both letters and digits follow the start (or are in the value), or the case
    /// changes as often as in random text.
    var mixed: Bool?
    /// Words, in small letters, of which one must stand in the 256 bytes before `value`.
    var near: [String]?
    /// Replace by a pseudonym if there is a key, so that events stay joinable.
    var pseudonym: Bool?
    /// The part up to the first dot must be base64 of a JSON object.
    var jsonHead: Bool?
    /// The path after the start is the secret.
    var secretPath: Bool?
    /// The value of `secret=` in the URL is the secret.
    var secretQuery: Bool?
    var source: String?
    var matches: [String]?
    var ignores: [String]?

    init(_ fields: DataFields) throws(Problem) {
      id = try fields.required("id", try fields.text("id"))
      kind = try fields.text("kind")
      starts = try fields.required("starts", try fields.texts("starts"))
      before = try fields.text("before")
      then = try fields.required("then", try fields.text("then"))
      value = try fields.text("value")
      last = try fields.bool("last")
      exact = try fields.bool("exact")
      mixed = try fields.bool("mixed")
      near = try fields.texts("near")
      pseudonym = try fields.bool("pseudonym")
      jsonHead = try fields.bool("jsonHead")
      secretPath = try fields.bool("secretPath")
      secretQuery = try fields.bool("secretQuery")
      source = try fields.text("source")
      matches = try fields.texts("matches")
      ignores = try fields.texts("ignores")
      try fields.finish()
    }
  }

  struct Item: Hashable, Sendable {
    var set: ByteSet
    var min: Int
    var max: Int
  }

  let rule: Int
  let before: [Item]
  let items: [Item]
  /// What is hidden after `items`; empty if all of it is.
  let value: [Item]
  let near: [[UInt8]]
  let isLast: Bool
  let isExact: Bool
  let isMixed: Bool
  let hasJSONHead: Bool
  let isSecretPath: Bool
  let isSecretQuery: Bool

  /// Whether a letter or digit before its start says that it is none.
  var startsWord: Bool { before.isEmpty && !isSecretPath && !isSecretQuery }

  /// - Parameter place: of the entry, for errors.
  init(_ entry: Entry, rule: Int, at place: String) throws {
    func items(_ text: String) throws -> [Item] {
      guard let items = Self.parse(text) else {
        throw Problem(
          .config, at: place, "'\(entry.id)': cannot read the pattern \"\(text)\"",
          next: "Write bytes, sets such as [A-Z0-9] and counts such as {16} or {20,}.")
      }
      return items
    }
    self.rule = rule
    before = try items(entry.before ?? "").reversed()
    self.items = try items(entry.then)
    value = try items(entry.value ?? "")
    near = (entry.near ?? []).map { Array($0.utf8) }
    guard near.isEmpty || !value.isEmpty, near.allSatisfy({ $0.count > 2 && !$0.contains(where: isUpper) }) else {
      throw Problem(
        .config, at: place, "'\(entry.id)': \"near\" needs a \"value\" and words of small letters",
        next: "Such as \"near\": [\"signature\"].")
    }
    isLast = entry.last ?? false
    isExact = entry.exact ?? false
    isMixed = entry.mixed ?? false
    hasJSONHead = entry.jsonHead ?? false
    isSecretPath = entry.secretPath ?? false
    isSecretQuery = entry.secretQuery ?? false
  }

  /// The sets of the bytes that follow its start wherever it is found, up to four: so many has a token that is
  /// cut. A backslash may stand for any of them: `\/` is how JSON may write `/`.
  var next: [ByteSet] {
    var sets: [ByteSet] = []
    guard !isSecretPath, !isSecretQuery else { return [] }
    for item in items {
      sets += Array(repeating: item.set.union(ByteSet("\\")), count: min(item.min, 4))
      guard item.min == item.max, sets.count < 4 else { break }
    }
    return Array(sets.prefix(4))
  }

  var needsNear: Bool { !near.isEmpty }

  static func parse(_ text: String) -> [Item]? {
    var items: [Item] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      var item: Item
      switch byte {
      case UInt8(ascii: "["):
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")), let set = ByteSet(ranges: rest[..<end]) else {
          return nil
        }
        item = Item(set: set, min: 1, max: 1)
        rest = rest[(end + 1)...]
      case UInt8(ascii: "{"):
        guard !items.isEmpty, let end = rest.firstIndex(of: UInt8(ascii: "}")) else { return nil }
        let parts = rest[..<end].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        let numbers = parts.map { Int(String(decoding: $0, as: UTF8.self)) }
        guard let low = numbers[0], numbers.count <= 2 else { return nil }
        items[items.count - 1].min = low
        items[items.count - 1].max = numbers.count == 1 ? low : (parts[1].isEmpty ? .max : numbers[1] ?? -1)
        guard items[items.count - 1].max >= low else { return nil }
        rest = rest[(end + 1)...]
        continue
      case UInt8(ascii: "\\"):
        guard let next = rest.popFirst() else { return nil }
        item = Item(set: ByteSet([next]), min: 1, max: 1)
      default:
        item = Item(set: ByteSet([byte]), min: 1, max: 1)
      }
      items.append(item)
    }
    return items
  }

  /// The secret around a start found at `start ..< afterStart`, within `low ..< high`.
  func verify(_ view: ByteView, _ start: Int, _ afterStart: Int, _ low: Int, _ high: Int) -> (start: Int, end: Int)? {
    guard let from = begin(view, start, low) else { return nil }
    var end = afterStart
    for item in items {
      if Self.take(item, view, &end, high) { continue }
      // A cut token is a part of one: `ghp_b4dc0d...`
      guard afterStart - start >= 4, end - afterStart >= 4, end + 2 < high, view[end] == UInt8(ascii: "."),
        view[end + 1] == UInt8(ascii: "."), view[end + 2] == UInt8(ascii: ".")
      else { return nil }
      return (from, end)
    }
    if !value.isEmpty { return verifyValue(view, end, high) }
    if isMixed, !Self.hasDigitAndLetter(view, afterStart, end), !Self.changesCaseOften(view, afterStart, end) {
      return nil
    }
    if isExact, end < high, isAlphanumeric(view[end]) { return nil }
    while end > afterStart, view[end - 1] == UInt8(ascii: ".") { end -= 1 }
    return (from, end)
  }

  /// Goes on over the bytes that an item takes; `false` if there are too few.
  private static func take(_ item: Item, _ view: ByteView, _ end: inout Int, _ high: Int) -> Bool {
    let start = end
    while end - start < item.max, end < high, item.set.contains(view[end]) { end += 1 }
    return end - start >= item.min
  }

  private static func hasDigitAndLetter(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    (start..<end).contains { isDigit(view[$0]) } && (start..<end).contains { isLetter(view[$0]) }
  }

  /// Where what stands before a start begins; nil if that says that it is none.
  private func begin(_ view: ByteView, _ start: Int, _ low: Int) -> Int? {
    var from = start
    if before.isEmpty {
      // `$1$` behind a name is how Scala and Java number what has no name.
      if from > low, isAlphanumeric(view[from]) || view[from] == UInt8(ascii: "$"),
        !SecretPattern.isLeftBoundary(view, from, low)
      {
        return nil
      }
    } else {
      for item in before {
        var n = 0
        while n < item.max, from > low, item.set.contains(view[from - 1]) {
          from -= 1
          n += 1
        }
        if n < item.min { return nil }
      }
    }
    return from
  }

  /// Whether a byte that is escaped may be part of the secret: undecoded, ``verify(_:_:_:_:_:)`` cannot judge it.
  func meetsEscape(_ view: ByteView, _ start: Int, _ afterStart: Int, _ low: Int, _ high: Int) -> Bool {
    guard begin(view, start, low) != nil else { return false }
    var end = afterStart
    for number in 0..<items.count + value.count {
      let item = number < items.count ? items[number] : value[number - items.count]
      var n = 0
      while n < item.max, end < high, view[end] != UInt8(ascii: "\\"), item.set.contains(view[end]) {
        end += 1
        n += 1
      }
      if n < item.max, end < high, view[end] == UInt8(ascii: "\\"), Self.mayStandFor(item.set, view, end, high) {
        return true
      }
      if n < item.min { return false }
    }
    return false
  }

  /// Whether the escape at `index`, however deep it is nested, may stand for a byte of `set`.
  private static func mayStandFor(_ set: ByteSet, _ view: ByteView, _ index: Int, _ high: Int) -> Bool {
    if set.contains(UInt8(ascii: "\\")) { return true }
    var i = index
    while i < high, view[i] == UInt8(ascii: "\\") { i += 1 }
    guard i < high else { return false }
    switch view[i] {
    case UInt8(ascii: "u"), UInt8(ascii: "x"): return true
    case UInt8(ascii: "n"): return set.contains(0x0A)
    case UInt8(ascii: "r"): return set.contains(0x0D)
    case UInt8(ascii: "t"): return set.contains(0x09)
    case UInt8(ascii: "b"): return set.contains(0x08)
    case UInt8(ascii: "f"): return set.contains(0x0C)
    default: return set.contains(view[i])
    }
  }

  /// The value behind its announcement.
  private func verifyValue(_ view: ByteView, _ start: Int, _ high: Int) -> (start: Int, end: Int)? {
    var end = start
    for item in value { guard Self.take(item, view, &end, high) else { return nil } }
    if isMixed, !Self.hasDigitAndLetter(view, start, end) { return nil }
    if isLast, end < high {
      var next = end
      while next < high, view[next] == 0x20 || view[next] == UInt8(ascii: ".") { next += 1 }
      guard next == high || view[next] == 0x0A || view[next] == 0x0D || isAmong("\"'\\`)", view[next]) else {
        return nil
      }
    }
    return (start, end)
  }

  /// Random text changes between capitals and small letters at least every fourth letter; words do not.
  private static func changesCaseOften(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 20 else { return false }
    var changes = 0
    for i in (start + 1)..<end
    where isLetter(view[i]) && isLetter(view[i - 1]) && isUpper(view[i]) != isUpper(view[i - 1]) { changes += 1 }
    return changes * 4 >= end - start
  }

  /// What credentials are made of.
  @inline(__always)
  static func isOfWord(_ byte: UInt8) -> Bool {
    if isAlphanumeric(byte) { return true }
    switch byte {
    case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "="),
      UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "%"):
      return true
    default: return false
    }
  }

  /// Whether a word may start at `index`: after anything but a letter or digit, and after an escape
  /// (`\n`, `%3D`) whose last byte happens to be one.
  static func isLeftBoundary(_ view: ByteView, _ index: Int, _ low: Int) -> Bool {
    let previous = view[index - 1]
    if !isAlphanumeric(previous) { return true }
    if index - 2 >= low, view[index - 2] == UInt8(ascii: "\\") { return true }
    if index - 3 >= low, view[index - 3] == UInt8(ascii: "%"), isHex(view[index - 2]), isHex(previous) { return true }
    if index - 6 >= low, view[index - 6] == UInt8(ascii: "\\"), view[index - 5] == UInt8(ascii: "u") { return true }
    return false
  }
}
