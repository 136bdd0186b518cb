import CKernels

/// Lines that docker (16 KiB parts of json-file) and containerd (`P` parts) cut: found and put
/// together before redaction, for a secret may lie across the cut.
enum PartialLine {
  enum Kind: Equatable {
    /// Not a line of a container runtime, or one that is whole.
    case whole
    /// More of the same stream follows.
    case docker(stream: UInt8)
    case cri(stream: UInt8)
  }

  /// A docker line is a part if its text does not end in `\n`.
  static func kind(_ line: UnsafeRawBufferPointer) -> Kind {
    if line.count > 24, line[0] == UInt8(ascii: "{"), startsWith(line, "{\"log\":\"") {
      guard let text = dockerText(line) else { return .whole }
      let endsLine =
        text.count >= 2 && line[text.upperBound - 2] == UInt8(ascii: "\\")
        && line[text.upperBound - 1] == UInt8(ascii: "n")
        && !isEscaped(line, text.upperBound - 2, from: text.lowerBound)
      return endsLine ? .whole : .docker(stream: stream(line, after: text.upperBound))
    }
    if line.count > 34, line[10] == UInt8(ascii: "T"), let tag = criTag(line) {
      return line[tag] == UInt8(ascii: "P") ? .cri(stream: line[tag - 4]) : .whole
    }
    return .whole
  }

  /// Whether `line` carries on a part of this kind; and where its text lies.
  static func continues(_ kind: Kind, _ line: UnsafeRawBufferPointer) -> Range<Int>? {
    switch kind {
    case .whole: return nil
    case .docker(let wanted):
      guard startsWith(line, "{\"log\":\""), let text = dockerText(line), stream(line, after: text.upperBound) == wanted
      else {
        return nil
      }
      return text
    case .cri(let wanted):
      guard line.count > 30, line[10] == UInt8(ascii: "T"), let tag = criTag(line), line[tag - 4] == wanted else {
        return nil
      }
      return min(tag + 2, line.count)..<line.count
    }
  }

  /// Where the text of a part lies.
  static func text(_ kind: Kind, _ line: UnsafeRawBufferPointer) -> Range<Int>? { continues(kind, line) }

  /// The inside of the string of `"log"`, in JSON escapes.
  private static func dockerText(_ line: UnsafeRawBufferPointer) -> Range<Int>? {
    var cursor = JSONCursor(line, at: 7)
    return cursor.string()?.range
  }

  private static func isEscaped(_ line: UnsafeRawBufferPointer, _ at: Int, from start: Int) -> Bool {
    var slashes = 0
    var i = at - 1
    while i >= start, line[i] == UInt8(ascii: "\\") {
      slashes += 1
      i -= 1
    }
    return slashes % 2 == 1
  }

  /// `e` for stderr, `o` for stdout, 0 if none is named.
  private static func stream(_ line: UnsafeRawBufferPointer, after start: Int) -> UInt8 {
    var i = start
    while i + 6 < line.count {
      if line[i] == UInt8(ascii: "s"), startsWith(line, "std", at: i) { return line[i + 3] }
      i += 1
    }
    return 0
  }

  /// Place of `P` or `F`: behind the second blank.
  private static func criTag(_ line: UnsafeRawBufferPointer) -> Int? {
    var space = 19
    while space < min(line.count, 40), line[space] != 0x20 { space += 1 }
    guard space + 8 < line.count, startsWith(line, "std", at: space + 1), line[space + 7] == 0x20 else { return nil }
    let tag = line[space + 8]
    guard tag == UInt8(ascii: "F") || tag == UInt8(ascii: "P") else { return nil }
    return space + 8
  }

  static func startsWith(_ line: UnsafeRawBufferPointer, _ text: StaticString, at start: Int = 0) -> Bool {
    text.withUTF8Buffer { text in
      guard start + text.count <= line.count else { return false }
      for i in 0..<text.count where line[start + i] != text[i] { return false }
      return true
    }
  }
}
