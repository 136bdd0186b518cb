import CRE2

/// A regular expression in RE2 syntax: linear in the text, so no log line can stall a rule.
///
/// - Source: https://github.com/google/re2/wiki/Syntax
public final class LinearRegex: @unchecked Sendable {  // RE2 objects may be used by many threads.
  /// Compiled programs larger than this are refused.
  static let memoryBytesMax = 8 << 20

  public let pattern: String
  private let handle: OpaquePointer

  /// - Throws: ``Problem`` with RE2's reason: look-around and back-references are not regular.
  public init(_ pattern: String, caseInsensitive: Bool = false, dotMatchesNewline: Bool = false) throws(Problem) {
    var error = [CChar](repeating: 0, count: 256)
    var text = pattern
    let made = text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { bytes in
        cre2_new(
          bytes.baseAddress, bytes.count, caseInsensitive, dotMatchesNewline, Self.memoryBytesMax, &error, error.count)
      }
    }
    guard let made else {
      let reason = String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw Problem(
        .config, "the regular expression does not compile: \(reason)",
        next:
          "Expressions are RE2: no look-around, no back-references. Syntax: https://github.com/google/re2/wiki/Syntax")
    }
    self.pattern = pattern
    handle = made
  }

  deinit { cre2_free(handle) }

  /// Whether the expression occurs anywhere in these bytes, UTF-8 or not.
  public func occurs(in bytes: UnsafeRawBufferPointer) -> Bool {
    // An empty buffer may have no address, which RE2 must not be handed.
    guard let base = bytes.baseAddress else { return occurs(in: "") }
    return cre2_search(handle, base.assumingMemoryBound(to: CChar.self), bytes.count)
  }

  /// Whether the expression occurs anywhere in `text`.
  public func occurs(in text: String) -> Bool {
    var text = text
    return text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { cre2_search(handle, $0.baseAddress, $0.count) }
    }
  }
}
