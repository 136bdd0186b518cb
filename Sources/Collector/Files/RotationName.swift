/// Recognises the names that rotation gives to older generations of a file.
///
/// `app.log` becomes `app.log.1`, `app.log.2.gz`, `app-20261121.log`, `app.log.2026-11-21`, `app.log.old`,
/// `2026-11-21-app.log`; `current` of svlogd and multilog becomes `@400000006743b01a2f1c3e5a.s`.
enum RotationName {
  /// Whether `name` is `base` with rotation marks put in.
  static func isGeneration(_ name: String, of base: String) -> Bool {
    let parts = tokens(name)
    let wanted = tokens(base)
    guard parts.count > wanted.count else { return false }
    var next = 0
    for part in parts {
      if next < wanted.count && part == wanted[next] {
        next += 1
      } else if !isMark(part) {
        return false
      }
    }
    return next == wanted.count
  }

  /// The names of which this one may be an older generation, likely ones first: without the marks at
  /// its end, without each run of marks, without any.
  static func bases(of name: String) -> [String] {
    if isLabel(name) { return [current] }
    let bytes = Array(name.utf8)
    let parts = tokens(name)
    let marks = parts.map(isMark)
    // A date before the name is a mark; `1-app.log` is the log of the first of several.
    let lead = marks.prefix { $0 }.count
    if lead > 0, parts.count - lead > 1, !marks[lead...].contains(true),
      parts[..<lead].reduce(0, { $0 + $1.count(where: isDigit) }) >= 6
    {
      return [String(decoding: bytes[parts[lead].startIndex...], as: UTF8.self)]
    }
    guard parts.count > 1, marks.dropFirst().contains(true) else { return [] }
    // Each part with the separator before it, but for the first.
    func joined(_ kept: [Int]) -> String {
      var text: [UInt8] = []
      for index in kept {
        if !text.isEmpty { text += bytes[parts[index - 1].endIndex..<parts[index].startIndex] }
        text += parts[index]
      }
      return String(decoding: text, as: UTF8.self)
    }
    var found: [String] = []
    func add(_ kept: [Int]) {
      guard !kept.isEmpty, kept.count < parts.count else { return }
      let base = joined(kept)
      if !found.contains(base) { found.append(base) }
    }
    var end = parts.count
    while end > 1 && marks[end - 1] {
      end -= 1
      add(Array(0..<end))
    }
    var start = 1
    while start < end {
      guard marks[start] else { start += 1; continue }
      var stop = start
      while stop < end && marks[stop] { stop += 1 }
      for last in (start + 1...stop).reversed() {
        add(Array(0..<start) + Array(last..<end))
      }
      start = stop
    }
    add(parts.indices.filter { $0 == 0 || !marks[$0] })
    return found
  }

  /// Whether both names differ in numbers only, as the targets of a switched symbolic link do.
  static func isSuccessor(_ name: String, of other: String) -> Bool {
    let parts = tokens(name)
    let others = tokens(other)
    return name != other && parts.count == others.count
      && zip(parts, others).allSatisfy { $0 == $1 || ($0.allSatisfy(isDigit) && $1.allSatisfy(isDigit)) }
  }

  /// Whether two files may be generations of one log, so that equal content makes one a copy of the
  /// other. `node-1.log` and `node-2.log` are two logs; `app.log.1` and `app.log.2` are one.
  static func areRelated(_ name: String, _ other: String) -> Bool {
    if name == other { return true }
    let parts = tokens(name)
    let others = tokens(other)
    guard parts.filter({ !isMark($0) }) == others.filter({ !isMark($0) }) else { return false }
    guard parts.count == others.count else { return true }
    guard let different = parts.indices.last(where: { parts[$0] != others[$0] }) else { return true }
    return parts[(different + 1)...].allSatisfy(isMark)
  }

  /// Equal for all generations of a file; a key for looking them up.
  static func stem(_ name: String) -> String {
    let kept = tokens(name).filter { !isMark($0) }
    return String(decoding: Array(kept.joined(separator: [UInt8(ascii: ".")])), as: UTF8.self)
  }

  private static let current = "current"

  /// A time of TAI64N behind an `@`, as https://cr.yp.to/daemontools/multilog.html has it.
  private static func isLabel(_ name: String) -> Bool {
    let bytes = name.utf8
    guard bytes.first == UInt8(ascii: "@"), bytes.count >= 25 else { return false }
    let rest = bytes.dropFirst(25)
    return bytes.dropFirst().prefix(24).allSatisfy { isDigit($0) || $0 >= 0x61 && $0 <= 0x66 }
      && (rest.isEmpty || rest.first == UInt8(ascii: "."))
  }

  private static func tokens(_ name: String) -> [ArraySlice<UInt8>] {
    Array((isLabel(name) ? current + ".1" : name).utf8).split {
      $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "~")
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private static let words: Set<ArraySlice<UInt8>> = Set(
    ["gz", "xz", "zst", "bz2", "lz4", "old", "bak", "backup", "copy", "save", "prev", "rotated", "tmp"].map {
      Array($0.utf8)[...]
    })

  /// Numbers, dates with or without time (`20261121T0811Z`), and the words that rotation uses.
  private static func isMark(_ token: ArraySlice<UInt8>) -> Bool {
    guard let first = token.first else { return true }
    if isDigit(first) {
      return token.allSatisfy {
        isDigit($0) || $0 == UInt8(ascii: "T") || $0 == UInt8(ascii: "Z") || $0 == UInt8(ascii: ":")
      }
    }
    return words.contains(token)
  }
}
