// Reading one hit by itself, with no more of its line than it needs: most names on a line of a log tell no
// secret, and the string they stand in or the value beside them shows it.

extension LineRedactor {
  /// Where on a line with a structure a hit stands.
  enum Place {
    /// In a key of an object: the inside of its quotes.
    case key(Range<Int>)
    /// In a string that is a value: the inside of its quotes.
    case string(Range<Int>)
  }

  /// What is left by an earlier line goes: `frames[0]` holds another one, of which parts are read.
  func beginReading() {
    levels.removeLast(levels.count)
    path.removeAll(keepingCapacity: true)
    holdsKubernetesSecret = false
    cutClass = .none
  }

  /// The start of the first structure of the line, or its length: what stands before is read as text.
  var structureStart: Int { nextStructure(frames[0].view, 0, frames[0].view.count) }

  /// The JSON string that `start ..< end` stands in, or nil if only the whole line tells.
  ///
  /// A string that is itself a name, `"name": "API token"`, says something about its neighbours.
  func place(_ start: Int, _ end: Int, structure: Int) -> Place? {
    let line = frames[0].view
    // What opens the string: a quote behind `:`, `,`, `[` or `{`.
    var low = start
    while true {
      low = line.last(UInt8(ascii: "\""), from: structure + 1, before: low)
      guard low >= 0 else { return nil }
      var slashes = 0
      while low - slashes > structure + 1, line[low - slashes - 1] == UInt8(ascii: "\\") { slashes += 1 }
      if slashes % 2 == 0 { break }
      low -= slashes
    }
    var before = low
    while before > structure, isBlank(line[before - 1]) { before -= 1 }
    guard before > structure else { return nil }
    let opener = line[before - 1]
    // What closes it: a quote before `,`, `}`, `]` or, of a key, `:`.
    let high = endOfString(line, low, line.count)
    guard high < line.count, end <= high else { return nil }
    low += 1
    var after = high + 1
    while after < line.count, isBlank(line[after]) { after += 1 }
    guard after < line.count else { return nil }
    switch line[after] {
    case UInt8(ascii: ":"):
      guard opener == UInt8(ascii: ",") || opener == UInt8(ascii: "{"), high - low <= Self.nameBytesMax else {
        return nil
      }
      return .key(low..<high)
    case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"):
      guard isAmong(":,[{", opener) else { return nil }
      if high - low <= Self.nameBytesMax, classOfKey(0, low, high).isSensitive { return nil }
      return .string(low..<high)
    default: return nil
    }
  }

  /// A longer string is no name.
  private static let nameBytesMax = 128

  /// Whether the value of a key hides something; nil if only the whole line tells, as of an object.
  func findsMember(_ key: Range<Int>) -> Bool? {
    let line = frames[0].view
    let facts = factsOfKey(0, key.lowerBound, key.upperBound)
    guard facts.class.isSensitive else { return false }
    var i = key.upperBound + 1
    while i < line.count, isBlank(line[i]) || line[i] == UInt8(ascii: ":") { i += 1 }
    guard i < line.count else { return nil }
    switch line[i] {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard let inherited = inherited(facts.class), i + 1 < line.count, !isDigit(line[i + 1]) else { return nil }
      return finds { _ = walk(0, i, line.count, inherited: inherited) }
    case UInt8(ascii: "\""): break
    default:
      for word in ["null", "true", "false"] as [StaticString] where line.has(word, at: i) {
        let next = line.at(i + word.utf8CodeUnitCount)
        return next == UInt8(ascii: ",") || next == UInt8(ascii: "}") ? false : nil
      }
      return nil
    }
    let end = endOfString(line, i, line.count)
    guard end < line.count else { return nil }
    return finds { named(0, i + 1, end, key, facts) }
  }

  /// Whether a string that is a value, of a key or in a list, hides something.
  func finds(inString string: Range<Int>) -> Bool {
    finds {
      levels.append(Level(isObject: true, close: UInt8(ascii: "}"), inherited: .none))
      plain(0, string.lowerBound, string.upperBound)
      levels.removeLast()
    }
  }

  /// Whether what `read` does hides something or leaves something open. All of it is forgotten: the line is
  /// read as a whole then.
  func finds(_ read: () -> Void) -> Bool {
    findings.removeAll(keepingCapacity: true)
    opens = nil
    isInsidePEM = false
    sawHeader = false
    walkBudget = 4 * frames[0].view.count
    read()
    return !findings.isEmpty || opens != nil || isInsidePEM
  }
}
