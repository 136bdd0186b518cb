extension StringProtocol {
  /// The text as it may be shown to people: what would command a terminal or reorder a line is
  /// spelled out, such as `\x1b` for escape and `\u202e` for a right-to-left override.
  ///
  /// Newlines and tabs are spelled out too: a value is shown on one line. Log text is hostile.
  public var visible: String {
    guard unicodeScalars.contains(where: \.isInvisibleControl) else { return String(self) }
    var text = ""
    for scalar in unicodeScalars {
      guard scalar.isInvisibleControl else {
        text.unicodeScalars.append(scalar)
        continue
      }
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default:
        let digits = String(scalar.value, radix: 16)
        let width = scalar.value < 0x100 ? 2 : 4
        let zeros = String(repeating: "0", count: Swift.max(0, width - digits.count))
        text += (width == 2 ? "\\x" : "\\u") + zeros + digits
      }
    }
    return text
  }
}

extension Unicode.Scalar {
  /// C0, C1, delete, line and paragraph separators, and the controls that reorder or hide text.
  fileprivate var isInvisibleControl: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x00AD, 0x061C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
      0xFFF9...0xFFFB, 0xE0000...0xE007F:
      true
    default: false
    }
  }
}
