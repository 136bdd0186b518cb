/// Dictionaries as Python prints them, `{'by': 'kim', 'count': 2, 'ok': True}`: what structlog gives to
/// a logger of the standard library when nobody chose a renderer.
enum PythonText {
  /// The same as JSON; `nil` if it holds anything but texts, numbers, truth values, lists and dictionaries.
  static func json(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(text.count + 16)
    var i = 0
    while i < text.count {
      let byte = text[i]
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""):
        guard let end = quoted(text, i, onto: &output) else { return nil }
        i = end
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
        var end = i
        while end < text.count, isAlphanumeric(text[end]) { end += 1 }
        guard let word = words.first(where: { $0.python.utf8.elementsEqual(text[i..<end]) }) else { return nil }
        output.append(contentsOf: word.json.utf8)
        i = end
      case UInt8(ascii: "("), UInt8(ascii: ")"): return nil
      default:
        output.append(byte)
        i += 1
      }
    }
    return output
  }

  private static let words = [("True", "true"), ("False", "false"), ("None", "null")].map { (python: $0.0, json: $0.1) }

  /// The text that begins at `start`, whose quote may be either, as one of JSON.
  ///
  /// - Returns: where it ends, behind its quote; `nil` if it does not.
  private static func quoted(_ text: UnsafeRawBufferPointer, _ start: Int, onto output: inout [UInt8]) -> Int? {
    let quote = text[start]
    output.append(UInt8(ascii: "\""))
    var i = start + 1
    while i < text.count, text[i] != quote {
      let byte = text[i]
      if byte == UInt8(ascii: "\\"), i + 1 < text.count {
        let next = text[i + 1]
        switch next {
        case UInt8(ascii: "'"): output.append(next)
        case UInt8(ascii: "x") where i + 3 < text.count:
          output.append(contentsOf: #"\u00"#.utf8)
          output.append(contentsOf: text[(i + 2)...(i + 3)])
          i += 2
        case UInt8(ascii: "U") where i + 9 < text.count: i += 8  // A plane that few texts need.
        default: output.append(contentsOf: [byte, next])
        }
        i += 2
        continue
      }
      if byte == UInt8(ascii: "\"") { output.append(UInt8(ascii: "\\")) }
      output.append(byte)
      i += 1
    }
    guard i < text.count else { return nil }
    output.append(UInt8(ascii: "\""))
    return i + 1
  }
}
