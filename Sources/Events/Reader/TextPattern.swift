/// A template for lines of text, such as `{time} - {logger} - {level} - {message:rest}`.
///
/// | piece | matches |
/// |---|---|
/// | a run of *n* spaces | *n* or more spaces and tabs |
/// | a tab | a tab |
/// | `{name}` | a word: up to the next literal, no blank in it, not empty |
/// | `{name:tag}` | a word that can be a logger's name: with dots in it if nothing but a blank follows |
/// | `{name:text}` | as little as possible up to the next literal, blanks allowed |
/// | `{name:last}` | as much as possible: up to the last place where the next literal stands |
/// | `{name:rest}` | all that is left |
/// | `{name:int}`, `{name:hex}`, `{name:letter}` | digits, hexadecimal digits, one letter or sign |
/// | `{name:level}` | a name of a level, see ``LevelNames`` |
/// | `{name:time}`, `{name:epoch}` | a time as ``TimeScanner`` reads it, a count since 1970 |
/// | `{name:quoted}` | inside of a quoted text; `\"` does not end it; the quotes belong to the piece |
/// | `{name:csv}` | a value of comma-separated ones, may be empty; in quotes `""` stands for `"` (RFC 4180) |
/// | `{?` … `?}` | the part between them, or nothing |
/// | `{{`, `}}` | a brace |
///
/// Names `time`, `level`, `logger`, `message`, `host`, `unit` fill the record; `_` is dropped; all
/// others become fields. Matching is bounded: no line can make it slow.
struct TextPattern: Sendable {
  enum Kind: String, Sendable {
    case word, tag, text, last, rest, int, hex, letter, level, time, epoch, quoted, csv
  }

  indirect enum Step: Sendable {
    case literal([UInt8])
    case blanks(Int)
    case capture(slot: Int, Kind)
    case optional([Step])
  }

  struct Mistake: Error { let what: String }

  /// The name of each capture, by slot.
  private(set) var names: [String] = []
  private(set) var kinds: [Kind] = []
  private var steps: [Step] = []
  /// It tells time and level and no more, as many programs write that name their loggers, too.
  private(set) var isAnonymous = false
  /// First bytes that can begin a match.
  private(set) var firstBytes = ByteSet()

  init(_ source: String) throws(Mistake) {
    var rest = Array(source.utf8)[...]
    steps = try compile(&rest, inside: false)
    isAnonymous =
      names.contains("time") && names.contains("level")
      && names.allSatisfy { ["time", "level", "remote_addr", "message"].contains($0) }
    firstBytes = Self.firstBytes(steps[...])
  }

  // MARK: - Compiling

  private mutating func compile(_ rest: inout ArraySlice<UInt8>, inside: Bool) throws(Mistake) -> [Step] {
    var steps: [Step] = []
    var literal: [UInt8] = []
    func flush() {
      if !literal.isEmpty { steps.append(.literal(literal)) }
      literal = []
    }
    while let byte = rest.popFirst() {
      switch byte {
      case 0x20:
        flush()
        var count = 1
        while rest.first == 0x20 {
          rest.removeFirst()
          count += 1
        }
        steps.append(.blanks(count))
      case UInt8(ascii: "{") where rest.first == UInt8(ascii: "{"):
        rest.removeFirst()
        literal.append(byte)
      case UInt8(ascii: "}") where rest.first == UInt8(ascii: "}"):
        rest.removeFirst()
        literal.append(byte)
      case UInt8(ascii: "{") where rest.first == UInt8(ascii: "?"):
        rest.removeFirst()
        flush()
        steps.append(.optional(try compile(&rest, inside: true)))
      case UInt8(ascii: "?") where inside && rest.first == UInt8(ascii: "}"):
        rest.removeFirst()
        flush()
        return steps
      case UInt8(ascii: "{"):
        flush()
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { throw Mistake(what: "a `{` is not closed") }
        let inner = String(decoding: rest[..<end], as: UTF8.self)
        rest = rest[(end + 1)...]
        let parts = inner.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0]
        let fallback = name == "time" ? "time" : name == "level" ? "level" : "word"
        let word = parts.count > 1 ? parts[1] : fallback
        guard let kind = Kind(rawValue: word) else { throw Mistake(what: "`\(word)` is no kind of capture") }
        steps.append(.capture(slot: names.count, kind))
        names.append(name)
        kinds.append(kind)
      default: literal.append(byte)
      }
    }
    guard !inside else { throw Mistake(what: "a `{?` is not closed") }
    flush()
    return steps
  }

  private static func firstBytes(_ steps: ArraySlice<Step>) -> ByteSet {
    guard let first = steps.first else { return ByteSet(0...255) }
    switch first {
    case .literal(let bytes): return ByteSet([bytes[0]])
    case .blanks: return ByteSet([0x20, 0x09])
    case .optional(let inner): return firstBytes(inner[...]).union(firstBytes(steps.dropFirst()))
    case .capture(_, let kind):
      switch kind {
      case .int, .epoch: return ByteSet(0x30...0x39)
      case .time: return ByteSet(Array(0x30...0x39) + Array(0x41...0x5a) + Array(0x61...0x7a))
      case .level: return ByteSet(Array(0x41...0x5a) + Array(0x61...0x7a))
      case .quoted: return ByteSet([0x22])
      case .word, .tag: return ByteSet(Array(0x21...0xff))
      default: return ByteSet(0...255)
      }
    }
  }

  // MARK: - Matching

  /// What a match found. Slots of optional parts that are absent hold `nil`.
  struct Match {
    var ranges: [Range<Int>?] = []
    var times: [WrittenTime?] = []

    mutating func reset(_ count: Int) {
      ranges.removeAll(keepingCapacity: true)
      times.removeAll(keepingCapacity: true)
      for _ in 0..<count {
        ranges.append(nil)
        times.append(nil)
      }
    }
  }

  /// Whether the whole of `bytes` fits.
  func matches(_ bytes: UnsafeRawBufferPointer, into match: inout Match) -> Bool {
    guard !bytes.isEmpty, firstBytes.contains(bytes[0]) else { return false }
    match.reset(names.count)
    var budget = 400
    return run(steps[...], bytes, 0, [], &match, &budget)
  }

  /// - Parameter after: what follows the steps once they are through: the rest of the enclosing parts.
  private func run(
    _ steps: ArraySlice<Step>, _ bytes: UnsafeRawBufferPointer, _ start: Int, _ after: [ArraySlice<Step>],
    _ match: inout Match, _ budget: inout Int
  ) -> Bool {
    budget -= 1
    guard budget > 0 else { return false }
    var steps = steps
    var at = start
    while let step = steps.first {
      steps = steps.dropFirst()
      switch step {
      case .literal(let literal):
        guard at + literal.count <= bytes.count else { return false }
        for i in 0..<literal.count where bytes[at + i] != literal[i] { return false }
        at += literal.count
      case .blanks(let least):
        var count = 0
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x09 {
          at += 1
          count += 1
        }
        guard count >= least else { return false }
      case .optional(let inner):
        let saved = match
        if run(inner[...], bytes, at, after + [steps], &match, &budget) { return true }
        match = saved
      case .capture(let slot, let kind):
        switch kind {
        case .word, .tag, .text, .last:
          return lazily(slot, kind, steps, bytes, at, after, &match, &budget)
        default:
          guard let end = fixed(kind, slot, bytes, at, &match) else { return false }
          at = end
        }
      }
    }
    if let next = after.last { return run(next, bytes, at, Array(after.dropLast()), &match, &budget) }
    return at == bytes.count
  }

  /// Captures whose end depends on what follows: tries the places where the next literal stands.
  private func lazily(
    _ slot: Int, _ kind: Kind, _ steps: ArraySlice<Step>, _ bytes: UnsafeRawBufferPointer, _ start: Int,
    _ after: [ArraySlice<Step>], _ match: inout Match, _ budget: inout Int
  ) -> Bool {
    var limit = start
    if kind == .word || kind == .tag {
      while limit < bytes.count, bytes[limit] != 0x20, bytes[limit] != 0x09 { limit += 1 }
      guard limit > start else { return false }
    } else {
      limit = bytes.count
    }
    // What may stand next: a literal of this part, or the first one of the parts around it.
    var needle: [UInt8] = []
    var isBlank = false
    switch steps.first ?? after.last?.first {
    case .literal(let literal): needle = literal
    case .blanks: isBlank = true
    default: break
    }
    func isTag(_ range: Range<Int>) -> Bool {
      guard LineHead.isTag(bytes[range]) else { return false }
      guard isBlank else { return true }
      return LineHead.isDotted(bytes[range]) && !LineHead.tellsEvent(bytes, range, next: range.upperBound + 1)
    }
    func fits(_ end: Int) -> Bool {
      if isBlank { return end < bytes.count && (bytes[end] == 0x20 || bytes[end] == 0x09) }
      guard !needle.isEmpty else { return end == limit }
      guard end + needle.count <= bytes.count else { return false }
      for i in 0..<needle.count where bytes[end + i] != needle[i] { return false }
      return true
    }
    let least = kind == .word || kind == .tag ? start + 1 : start
    guard least <= limit else { return false }
    var tries = 0
    if kind == .last {
      var end = limit
      while end >= least {
        if fits(end) {
          match.ranges[slot] = start..<end
          if run(steps, bytes, end, after, &match, &budget) { return true }
          tries += 1
          if tries > 16 { break }
        }
        end -= 1
      }
    } else {
      var end = least
      while end <= limit {
        if fits(end), kind != .tag || isTag(start..<end) {
          match.ranges[slot] = start..<end
          if run(steps, bytes, end, after, &match, &budget) { return true }
          tries += 1
          if tries > 16 { break }
        }
        end += 1
      }
    }
    match.ranges[slot] = nil
    return false
  }

  /// The text of a value of the kind `csv`.
  static func unquoted(_ value: UnsafeRawBufferPointer) -> [UInt8] {
    var text: [UInt8] = []
    var isSecond = false
    for byte in value {
      isSecond = byte == 0x22 && !isSecond && text.last == 0x22
      if !isSecond { text.append(byte) }
    }
    return text
  }

  private func fixed(
    _ kind: Kind, _ slot: Int, _ bytes: UnsafeRawBufferPointer, _ at: Int, _ match: inout Match
  ) -> Int? {
    var end = at
    switch kind {
    case .rest: end = bytes.count
    case .int:
      while end < bytes.count, (0x30...0x39).contains(bytes[end]) { end += 1 }
      guard end > at else { return nil }
    case .hex:
      while end < bytes.count, (0x30...0x39).contains(bytes[end]) || (0x61...0x66).contains(bytes[end] | 0x20) {
        end += 1
      }
      guard end > at else { return nil }
    case .letter:
      guard at < bytes.count else { return nil }
      end += 1
    case .level:
      while end < bytes.count,
        (0x41...0x5a).contains(bytes[end] & 0xdf) || (end > at && (0x30...0x39).contains(bytes[end]))
      {
        end += 1
      }
      guard end - at <= 13, LevelNames.level(inText: UnsafeRawBufferPointer(rebasing: bytes[at..<end])) != nil else {
        return nil
      }
    case .time:
      var scanner = TimeScanner(bytes, at: at)
      guard let time = scanner.next() else { return nil }
      match.times[slot] = time
      end = scanner.at
    case .epoch:
      while end < bytes.count, (0x30...0x39).contains(bytes[end]) || bytes[end] == UInt8(ascii: ".") { end += 1 }
      guard let epoch = WrittenTime.epoch(bytes[at..<end]) else { return nil }
      var time = WrittenTime()
      time.epoch = epoch
      match.times[slot] = time
    case .quoted:
      guard at < bytes.count, bytes[at] == 0x22 else { return nil }
      end += 1
      while end < bytes.count, bytes[end] != 0x22 { end += bytes[end] == 0x5c ? 2 : 1 }
      guard end < bytes.count else { return nil }
      match.ranges[slot] = at + 1..<end
      return end + 1
    case .csv:
      guard at < bytes.count, bytes[at] == 0x22 else {
        while end < bytes.count, bytes[end] != UInt8(ascii: ",") { end += 1 }
        break
      }
      end += 1
      while end < bytes.count, bytes[end] != 0x22 || (end + 1 < bytes.count && bytes[end + 1] == 0x22) {
        end += bytes[end] == 0x22 ? 2 : 1
      }
      // The value may go on with the next line.
      match.ranges[slot] = at + 1..<min(end, bytes.count)
      return min(end + 1, bytes.count)
    case .word, .tag, .text, .last: preconditionFailure("captures with an open end are matched elsewhere")
    }
    match.ranges[slot] = at..<end
    return end
  }
}
