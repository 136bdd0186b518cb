/// A text inside the line at one depth of unescaping: the line itself, a JSON string in it, a JSON
/// string in that. Offsets in it lead back to bytes of the line.
final class Frame {
  enum Coding {
    /// The bytes of the enclosing frame as they are.
    case plain
    /// `\n`, `\"`, `\u0041`, and `\x41` as Python prints it.
    case backslash
    /// `%41`
    case percent
    /// `&#34;`, `&quot;`
    case html
    /// Colours and other commands for a terminal, which are left out: `ESC [ 31 m` (ECMA-48 §5.4).
    case ansi
    /// `45 45 45` or `45,45,45`: bytes printed one by one.
    case decimal
    /// `2d 2d 2d`: the same in hexadecimal.
    case hex

    /// The byte before which all others stand for themselves.
    var escape: UInt8? {
      switch self {
      case .backslash: UInt8(ascii: "\\")
      case .percent: UInt8(ascii: "%")
      case .html: UInt8(ascii: "&")
      case .ansi: 0x1B
      case .plain, .decimal, .hex: nil
      }
    }
  }

  let scratch = Scratch()
  var scanner: LiteralScanner
  var view: ByteView
  /// Literals found in `view`, by position.
  private(set) var hits = PlainArray<LiteralScanner.Hit>()
  /// The hit that was asked for last: the next question is nearly always about one close to it.
  private var cursor = 0
  private(set) var coding = Coding.plain
  private var source: ByteView
  private var sourceStart = 0
  private var sourceEnd = 0
  /// The first unit at or after every 64th decoded byte: where it starts in the source, relative to
  /// `sourceStart`, and in the decoded text.
  private var marks = PlainArray<(source: Int32, decoded: Int32)>()
  private static let markEvery = 64

  init(_ set: LiteralSet, variant: LiteralScanner.Variant = .best) {
    scanner = LiteralScanner(set, variant: variant)
    view = scratch.view
    source = view
  }

  /// Decodes `source[start ..< end]` and finds the literals in it.
  func decode(_ source: ByteView, _ start: Int, _ end: Int, as coding: Coding) {
    self.coding = coding
    self.source = source
    sourceStart = start
    sourceEnd = end
    scratch.removeAll()
    marks.removeAll()
    scratch.reserve(end - start + 20)
    var at = start
    var next = 0
    func mark(_ at: Int, _ decoded: Int) {
      marks.append((Int32(truncatingIfNeeded: at - start), Int32(truncatingIfNeeded: decoded)))
      next += Self.markEvery
    }
    while at < end {
      // Bytes that stand for themselves are copied together.
      let before = scratch.count
      var plain = at
      if let escape = coding.escape {
        plain = scratch.append(source, at, end, until: escape)
      } else if coding == .plain {
        plain = end
        scratch.append(source.raw(at, end))
      }
      while next < before + plain - at { mark(at + max(0, next - before), max(next, before)) }
      at = plain
      guard at < end else { break }
      if scratch.count >= next { mark(at, scratch.count) }
      at = Self.step(source, at, end, coding) { scratch.append($0) }
    }
    view = scratch.view
    scan()
  }

  func scan() {
    removeHits()
    let count = scanner.scan(view.raw(0, view.count))
    hits.reserve(count)
    for i in 0..<count { hits.append(scanner[i]) }
  }

  func removeHits() {
    hits.removeAll()
    cursor = 0
  }

  func addHit(_ position: Int, _ literal: Int) { hits.append(.init(position: position, literal: literal)) }

  /// Index of the first hit at or after `offset`.
  func firstHit(_ offset: Int) -> Int {
    var low = cursor
    var high = hits.count
    if low > 0, hits[low - 1].position >= offset {
      (low, high) = (0, low - 1)
    } else {
      for _ in 0..<4 where low < high && hits[low].position < offset { low += 1 }
    }
    if low < high, hits[low].position < offset {
      while low < high {
        let middle = (low + high) / 2
        if hits[middle].position < offset { low = middle + 1 } else { high = middle }
      }
    }
    cursor = low
    return low
  }

  /// Where decoded byte `offset` starts in the source; the end of the source for the end.
  func sourceOffset(_ offset: Int) -> Int {
    if coding == .plain { return sourceStart + offset }
    if offset >= view.count { return sourceEnd }
    var mark = min(offset / Self.markEvery, marks.count - 1)
    if Int(marks[mark].decoded) > offset { mark -= 1 }
    var at = sourceStart + Int(marks[mark].source)
    var decoded = Int(marks[mark].decoded)
    while at < sourceEnd {
      if let escape = coding.escape {
        // Bytes that stand for themselves.
        let left = offset - decoded
        let plain = source.next(escape, from: at, to: min(sourceEnd, at + left + 1)) - at
        if plain > left { return at + left }
        at += plain
        decoded += plain
        guard at < sourceEnd else { break }
      }
      var width = 0
      let next = Self.step(source, at, sourceEnd, coding) { _ in width += 1 }
      if decoded + width > offset { return at }
      decoded += width
      at = next
    }
    return sourceEnd
  }

  /// Where the text before decoded byte `offset` ends in the source: what was left out behind it stays outside.
  func sourceEnd(_ offset: Int) -> Int {
    coding == .ansi && offset > 0 ? sourceOffset(offset - 1) + 1 : sourceOffset(offset)
  }

  /// Decodes one unit at `at` and returns where the next one starts. A broken escape stands for its bytes.
  @inline(__always)
  static func step(_ view: ByteView, _ at: Int, _ end: Int, _ coding: Coding, _ put: (UInt8) -> Void) -> Int {
    let byte = view[at]
    switch coding {
    case .plain:
      put(byte)
      return at + 1
    case .backslash:
      guard byte == UInt8(ascii: "\\"), at + 1 < end else {
        put(byte)
        return at + 1
      }
      switch view[at + 1] {
      case UInt8(ascii: "n"): put(0x0A)
      case UInt8(ascii: "t"): put(0x09)
      case UInt8(ascii: "r"): put(0x0D)
      case UInt8(ascii: "b"): put(0x08)
      case UInt8(ascii: "f"): put(0x0C)
      case UInt8(ascii: "x") where at + 3 < end && isHex(view[at + 2]) && isHex(view[at + 3]):
        put(UInt8(truncatingIfNeeded: hex(view, at + 2, 2)))
        return at + 4
      case UInt8(ascii: "u") where at + 5 < end && (2...5).allSatisfy { isHex(view[at + $0]) }:
        var scalar = hex(view, at + 2, 4)
        var next = at + 6
        if scalar & 0xFC00 == 0xD800, next + 5 < end, view[next] == UInt8(ascii: "\\"),
          view[next + 1] == UInt8(ascii: "u"),
          (2...5).allSatisfy({ isHex(view[next + $0]) })
        {
          let low = hex(view, next + 2, 4)
          if low & 0xFC00 == 0xDC00 {
            scalar = 0x10000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
            next += 6
          }
        }
        putScalar(scalar, put)
        return next
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "'"), UInt8(ascii: "`"):
        put(view[at + 1])
      default:
        // `\w`, as in `C:\windows`, is no escape; nor is `\_`, which would hide a word from the scan of the line.
        put(byte)
        put(view[at + 1])
      }
      return at + 2
    case .percent:
      guard byte == UInt8(ascii: "%"), at + 2 < end, isHex(view[at + 1]), isHex(view[at + 2]) else {
        put(byte)
        return at + 1
      }
      put(UInt8(truncatingIfNeeded: hex(view, at + 1, 2)))
      return at + 3
    case .decimal:
      var value = 0
      var i = at
      while i < end, i < at + 3, isDigit(view[i]) {
        value = value * 10 + Int(view[i] - 0x30)
        i += 1
      }
      if i > at { put(UInt8(truncatingIfNeeded: value)) } else { i += 1 }
      while i < end, view[i] == UInt8(ascii: ",") || isBlank(view[i]) { i += 1 }
      return i
    case .hex:
      guard isHex(byte), at + 1 < end, isHex(view[at + 1]) else { return at + 1 }
      put(UInt8(truncatingIfNeeded: hex(view, at, 2)))
      var i = at + 2
      while i < end, view[i] == 0x20 { i += 1 }
      return i
    case .ansi:
      guard byte == 0x1B, at + 1 < end, view[at + 1] == UInt8(ascii: "[") else {
        put(byte)
        return at + 1
      }
      var i = at + 2
      while i < end, view[i] >= 0x20, view[i] < 0x40 { i += 1 }
      return min(i + 1, end)
    case .html:
      guard byte == UInt8(ascii: "&") else {
        put(byte)
        return at + 1
      }
      for (text, value) in entities where view.has(text, at: at) && at + text.utf8CodeUnitCount <= end {
        put(value)
        return at + text.utf8CodeUnitCount
      }
      if view.at(at + 1) == UInt8(ascii: "#") {
        var value = 0
        var i = at + 2
        while i < end, i < at + 7, isDigit(view[i]) {
          value = value * 10 + Int(view[i] - 0x30)
          i += 1
        }
        if i > at + 2, i < end, view[i] == UInt8(ascii: ";"), value > 0 {
          putScalar(value, put)
          return i + 1
        }
      }
      put(byte)
      return at + 1
    }
  }

  private static let entities: [(StaticString, UInt8)] = [
    ("&quot;", 0x22), ("&amp;", 0x26), ("&lt;", 0x3C), ("&gt;", 0x3E), ("&apos;", 0x27), ("&#x27;", 0x27),
    ("&#x2F;", 0x2F), ("&#x22;", 0x22),
  ]

  private static func hex(_ view: ByteView, _ at: Int, _ digits: Int) -> Int {
    var value = 0
    for i in at..<(at + digits) { value = value << 4 | Int(hexValue(view[i]) ?? 0) }
    return value
  }

  @inline(__always)
  private static func putScalar(_ scalar: Int, _ put: (UInt8) -> Void) {
    let value = UInt32(truncatingIfNeeded: scalar)
    if value < 0x80 {
      put(UInt8(value))
    } else if value < 0x800 {
      put(UInt8(0xC0 | value >> 6))
      put(UInt8(0x80 | value & 0x3F))
    } else if value < 0x10000 {
      put(UInt8(0xE0 | value >> 12))
      put(UInt8(0x80 | value >> 6 & 0x3F))
      put(UInt8(0x80 | value & 0x3F))
    } else {
      put(UInt8(0xF0 | value >> 18 & 7))
      put(UInt8(0x80 | value >> 12 & 0x3F))
      put(UInt8(0x80 | value >> 6 & 0x3F))
      put(UInt8(0x80 | value & 0x3F))
    }
  }
}
