/// Recognises the names that rotation gives to older generations of a file.
///
/// `app.log` becomes `app.log.1`, `app.log.2.gz`, `app-20261121.log`, `app.log.2026-11-21`, `app.log.old`.
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

  private static func tokens(_ name: String) -> [ArraySlice<UInt8>] {
    Array(name.utf8).split {
      $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "~")
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private static let words: Set<ArraySlice<UInt8>> = Set(
    ["gz", "old", "bak", "backup", "copy", "save", "prev", "rotated", "tmp"].map { Array($0.utf8)[...] })

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
