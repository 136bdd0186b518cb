/// What a file is when it is no log, told by its first bytes.
enum FileKind {
  private static let magics: [(bytes: [UInt8], name: String)] = [
    ([0x7F, 0x45, 0x4C, 0x46], "a program"), (Array("SQLite format 3".utf8), "a SQLite database"),
    ([0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed by xz"),
    (Array("BZh".utf8), "compressed by bzip2"), ([0x50, 0x4B, 0x03, 0x04], "a zip archive"),
    ([0x89, 0x50, 0x4E, 0x47], "an image"),
    ([0xFF, 0xD8, 0xFF], "an image"), (Array("%PDF-".utf8), "a PDF document"),
    (
      [0x4C, 0x50, 0x4B, 0x53, 0x48, 0x48, 0x52, 0x48],
      "a systemd journal; pipe it: journalctl -o json | seclog collect"
    ),
  ]

  /// - Parameter head: the first bytes of the file; leading NULs may be the hole of a truncation.
  /// - Returns: what the file is, or `nil` if it may be a log.
  static func unreadable(_ head: [UInt8]) -> String? {
    for (bytes, name) in magics where head.starts(with: bytes) { return name }
    if head.starts(with: [0x1F, 0x8B]) { return nil }
    let text = head.drop { $0 == 0 }
    guard text.count >= 32 else { return nil }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]),
      text.count(where: { $0 == 0 }) > text.count / 3
    {
      return "UTF-16 text"
    }
    let strange = text.count { $0 < 0x20 && $0 != 9 && $0 != 10 && $0 != 13 && $0 != 0x1B || $0 == 0x7F }
    return strange * 10 > text.count * 3 ? "a binary file" : nil
  }
}
