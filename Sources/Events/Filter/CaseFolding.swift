/// Comparing text without case.
///
/// ASCII letters fold among themselves, and so do all other letters that have case; no other letter
/// ever folds to ASCII (the Kelvin sign stays apart from `k`). That keeps SQLite's ASCII-only `LIKE`
/// and `NOCASE` exact for ASCII needles. Composed and decomposed forms stay different texts.
enum CaseFolding {
  static func fold(_ text: String) -> [UInt8] {
    var text = text
    return text.withUTF8 { fold($0) }
  }

  static func fold(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    if bytes.allSatisfy({ $0 < 0x80 }) { return bytes.map(ascii) }
    var folded: [UInt8] = []
    folded.reserveCapacity(bytes.count)
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      if scalar.isASCII {
        folded.append(ascii(UInt8(scalar.value)))
      } else {
        let properties = scalar.properties
        // Upper case first, so that final sigma and sigma meet.
        let upper = properties.uppercaseMapping
        let lower = upper.unicodeScalars.map(\.properties.lowercaseMapping).joined()
        if lower.utf8.contains(where: { $0 < 0x80 }) {
          folded.append(contentsOf: String(Character(scalar)).utf8)
        } else {
          folded.append(contentsOf: lower.utf8)
        }
      }
    }
    return folded
  }

  @inline(__always)
  static func ascii(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
