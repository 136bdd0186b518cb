import Events
import Glibc

/// Paths as text. Linux has bytes: those that are no UTF-8 become private characters, U+10FE80 to U+10FEFF, a byte
/// each, and become bytes again for the kernel. So a file is read whatever it is called.
enum PathText {
  private static let privateStart: UInt32 = 0x10_FE00

  static func text(_ bytes: UnsafePointer<CChar>) -> String {
    let raw = UnsafeBufferPointer(
      start: UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt8.self), count: strlen(bytes))
    // Of four bytes that are such a character already each is written as one, so that both ways give the same.
    if !raw.contains(where: { $0 == 0xF4 }), let text = String(validating: raw, as: UTF8.self) { return text }
    var scalars = String.UnicodeScalarView()
    var at = 0
    while at < raw.count {
      let (scalar, count) = character(raw[at...])
      scalars.append(scalar)
      at += count
    }
    return String(scalars)
  }

  /// The character that the bytes begin with, and how many it is long; a private one for a byte that begins none.
  private static func character(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> (Unicode.Scalar, Int) {
    for count in 1...4 where count <= bytes.count {
      if let text = String(validating: bytes.prefix(count), as: UTF8.self), let scalar = text.unicodeScalars.first,
        byte(scalar) == nil
      {
        return (scalar, count)
      }
    }
    return (Unicode.Scalar(privateStart + UInt32(bytes.first!))!, 1)
  }

  /// The byte that a private character stands for.
  private static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    scalar.value >= privateStart + 0x80 && scalar.value <= privateStart + 0xFF
      ? UInt8(scalar.value - privateStart) : nil
  }

  private static func hasPrivate(_ path: String) -> Bool {
    path.utf8.contains(0xF4) && path.unicodeScalars.contains { byte($0) != nil }
  }

  /// Calls with the bytes of a path, ended by a NUL.
  static func withBytes<Result>(_ path: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    guard hasPrivate(path) else { return path.withCString(body) }
    var bytes: [CChar] = []
    for scalar in path.unicodeScalars {
      if let byte = byte(scalar) {
        bytes.append(CChar(bitPattern: byte))
      } else {
        bytes += UTF8.encode(scalar)!.map { CChar(bitPattern: $0) }
      }
    }
    bytes.append(0)
    return bytes.withUnsafeBufferPointer { body($0.baseAddress!) }
  }

  /// For people: `\xHH` for bytes that are no text; what a terminal would obey is spelled out as in any text.
  static func shown(_ path: String) -> String {
    guard hasPrivate(path) else { return path.visible }
    return path.unicodeScalars.reduce(into: "") { shown, scalar in
      if let byte = byte(scalar) {
        shown += "\\x" + String(byte, radix: 16)
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }.visible
  }
}
