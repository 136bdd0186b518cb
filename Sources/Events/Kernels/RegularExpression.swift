import CRE2
import Synchronization

/// A regular expression of RE2: linear in the text, whatever the text, so no log line can stall it.
///
/// Compiled once, used from any thread.
final class RegularExpression: @unchecked Sendable {  // RE2 objects are immutable after construction.
  let pattern: String
  /// Names of the groups from 1 on; empty for a group without one.
  let groupNames: [String]
  private let ignoringCase: Bool
  /// What every match begins with, in lower case, as far as the pattern says it plainly: RE2 is asked only of texts
  /// that hold it.
  private let beginning: [UInt8]
  /// RE2's object, which does not change; none before it is needed.
  private let compiled: Atomic<OpaquePointer?>

  /// Memory that one compiled program may take.
  private static let memoryBytesMax = 8 << 20

  /// - Parameter isTested: the pattern is known to be sound, and is compiled when it is needed first: most
  ///   of the many that the program brings never are.
  /// - Throws: ``Problem`` with RE2's own message; `place` names where the pattern stands.
  init(_ pattern: String, ignoringCase: Bool = false, isTested: Bool = false, at place: String = "") throws(Problem) {
    self.pattern = pattern
    self.ignoringCase = ignoringCase
    let outline = Self.outline(of: pattern)
    groupNames = outline.groupNames
    beginning = outline.isChoice ? [] : Self.beginning(of: pattern)
    compiled = Atomic(isTested ? nil : try Self.compile(pattern, ignoringCase, at: place))
  }

  deinit {
    if let handle = compiled.load(ordering: .acquiring) { cre2_free(handle) }
  }

  private static func compile(_ pattern: String, _ ignoringCase: Bool, at place: String) throws(Problem)
    -> OpaquePointer
  {
    var error = [CChar](repeating: 0, count: 256)
    let handle = pattern.utf8.withContiguousStorage { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        cre2_new($0.baseAddress, $0.count, ignoringCase, true, memoryBytesMax, &error, error.count)
      }
    }
    if let handle { return handle }
    let text = String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    throw Problem(.config, at: place, "broken regular expression: \(text)", next: "Write it in RE2 syntax.")
  }

  private var handle: OpaquePointer {
    if let handle = compiled.load(ordering: .acquiring) { return handle }
    guard let fresh = try? Self.compile(pattern, ignoringCase, at: "") else {
      preconditionFailure("a regular expression of the program is broken: \(pattern)")
    }
    // Another thread may have been quicker.
    let (isFirst, first) = compiled.compareExchange(expected: nil, desired: fresh, ordering: .acquiringAndReleasing)
    if isFirst { return fresh }
    cre2_free(fresh)
    return first!
  }

  func matches(_ text: UnsafeRawBufferPointer) -> Bool {
    // An empty buffer may have no address, which RE2 must not be handed.
    guard let start = text.baseAddress else { return cre2_search(handle, "", 0) }
    return cre2_search(handle, start.assumingMemoryBound(to: CChar.self), text.count)
  }

  func matches(_ text: String) -> Bool {
    text.utf8.withContiguousStorage { matches(UnsafeRawBufferPointer($0)) }
  }

  /// Byte offsets of the whole match and of each group; `nil` where a group took no part.
  ///
  /// - Returns: `nil` if the expression does not occur.
  func groups(in text: some Collection<UInt8>) -> [Range<Int>?]? {
    let count = groupNames.count + 1
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * count) { spans in
      spans.initialize(repeating: -1)
      let found = text.withContiguousStorage { bytes in
        holdsBeginning(bytes)
          && bytes.withMemoryRebound(to: CChar.self) {
            cre2_match(handle, $0.baseAddress, $0.count, spans.baseAddress, Int32(count))
          }
      }
      guard found else { return nil }
      return (0..<count).map { spans[2 * $0] < 0 ? nil : spans[2 * $0]..<spans[2 * $0 + 1] }
    }
  }

  private func holdsBeginning(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard !beginning.isEmpty else { return true }
    guard let base = text.baseAddress else { return false }
    let view = ByteView(base: base, count: text.count)
    return beginning.withUnsafeBytes { view.findFolded($0, from: 0) } != view.count
  }

  /// The plain characters at the start of a pattern.
  private static func beginning(of pattern: String) -> [UInt8] {
    var rest = pattern.utf8[...]
    if rest.starts(with: "(?i)".utf8) { rest = rest.dropFirst(4) }
    var text: [UInt8] = []
    while let byte = rest.first, byte >= 0x20, byte < 0x7F, !#"\^$.|?*+()[]{}"#.utf8.contains(byte) {
      text.append(lower(byte))
      rest = rest.dropFirst()
    }
    // The last one may be there or not.
    if let mark = rest.first, "?*{".utf8.contains(mark) { text = text.dropLast() }
    return text
  }

  /// The names of the capturing groups, in order, which RE2's C door does not tell, and whether the pattern as a
  /// whole is a choice: `a|b`.
  private static func outline(of pattern: String) -> (groupNames: [String], isChoice: Bool) {
    let bytes = Array(pattern.utf8)
    var names: [String] = []
    var (depth, isChoice) = (0, false)
    var i = 0
    var inClass = false
    while i < bytes.count {
      switch bytes[i] {
      case UInt8(ascii: "\\"): i += 1
      case UInt8(ascii: "["):
        if !inClass {
          inClass = true
          // A `]` that stands first in a class is itself.
          if i + 1 < bytes.count, bytes[i + 1] == UInt8(ascii: "^") { i += 1 }
          if i + 1 < bytes.count, bytes[i + 1] == UInt8(ascii: "]") { i += 1 }
        }
      case UInt8(ascii: "]"): inClass = false
      case UInt8(ascii: "("):
        guard !inClass else { break }
        depth += 1
        guard i + 1 < bytes.count, bytes[i + 1] == UInt8(ascii: "?") else {
          names.append("")
          break
        }
        var start = i + 2
        if start < bytes.count, bytes[start] == UInt8(ascii: "P") { start += 1 }
        guard start < bytes.count, bytes[start] == UInt8(ascii: "<") else { break }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: ">")) ?? bytes.count
        names.append(String(decoding: bytes[(start + 1)..<end], as: UTF8.self))
      case UInt8(ascii: ")") where !inClass: depth -= 1
      case UInt8(ascii: "|") where !inClass && depth == 0: isChoice = true
      default: break
      }
      i += 1
    }
    return (names, isChoice)
  }
}

extension Collection<UInt8> {
  /// Calls the body with the bytes in one piece, copying them only if they do not lie so.
  func withContiguousStorage<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let result = withContiguousStorageIfAvailable(body) { return result }
    return Array(self).withUnsafeBufferPointer(body)
  }
}
