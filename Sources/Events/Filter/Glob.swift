/// A wildcard pattern ready to run over UTF-8.
///
/// - Complexity: text length × pattern length at worst; no memory.
struct Glob: Sendable {
  private static let anyOne: UInt16 = 256
  private static let anyRun: UInt16 = 257

  private let tokens: [UInt16]
  private let fold: Fold

  enum Fold: Sendable {
    case none
    /// The pattern is ASCII: folding the text byte by byte is enough.
    case ascii
    case unicode
  }

  init(_ pattern: Filter.Pattern, caseSensitive: Bool) {
    var tokens: [UInt16] = []
    var isASCII = true
    for piece in pattern.pieces {
      switch piece {
      case .anyOne: tokens.append(Self.anyOne)
      case .anyRun: if tokens.last != Self.anyRun { tokens.append(Self.anyRun) }
      case .text(let text):
        let bytes = caseSensitive ? Array(text.utf8) : CaseFolding.fold(text)
        if bytes.contains(where: { $0 >= 0x80 }) { isASCII = false }
        tokens.append(contentsOf: bytes.map(UInt16.init))
      }
    }
    self.tokens = tokens
    fold = caseSensitive ? .none : isASCII ? .ascii : .unicode
  }

  func matches(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      switch fold {
      case .none: run(bytes, foldASCII: false)
      case .ascii: run(bytes, foldASCII: true)
      case .unicode: CaseFolding.fold(bytes).withUnsafeBufferPointer { run($0, foldASCII: false) }
      }
    }
  }

  private func run(_ text: UnsafeBufferPointer<UInt8>, foldASCII: Bool) -> Bool {
    tokens.withUnsafeBufferPointer { tokens in
      var at = 0
      var token = 0
      var afterRun = -1  // token behind the last `*`
      var mark = 0  // where that `*` ends for now
      while at < text.count {
        if token < tokens.count {
          let wanted = tokens[token]
          if wanted == Self.anyRun {
            token += 1
            if token == tokens.count { return true }
            afterRun = token
            mark = at
            continue
          }
          let byte = foldASCII ? CaseFolding.ascii(text[at]) : text[at]
          if wanted == UInt16(byte) {
            at += 1
            token += 1
            continue
          }
          if wanted == Self.anyOne {
            at = Self.nextScalar(text, after: at)
            token += 1
            continue
          }
        }
        guard afterRun >= 0 else { return false }
        mark = Self.nextScalar(text, after: mark)
        at = mark
        token = afterRun
      }
      while token < tokens.count, tokens[token] == Self.anyRun { token += 1 }
      return token == tokens.count
    }
  }

  @inline(__always)
  private static func nextScalar(_ text: UnsafeBufferPointer<UInt8>, after index: Int) -> Int {
    var next = index + 1
    while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
    return next
  }
}
