import Foundation

@testable import Events

/// What must hold for the redaction of any line.
final class RedactorProperties {
  private let fast: Redactor
  private let scalar: Redactor
  private let thorough: Redactor
  /// The state behind the first line of a source, which is read closely in any case.
  private var begun = RedactionState()

  init() throws {
    fast = try Redactor(RedactionOptions())
    scalar = try Redactor(RedactionOptions(), variant: .scalar)
    thorough = try Redactor(RedactionOptions())
    thorough.readsEveryLine = true
    var output: [UInt8] = []
    Array("listening on 8080".utf8).withUnsafeBytes { _ = fast.redact(line: $0, state: &begun, onto: &output) }
  }

  /// - Returns: the first property that does not hold, or nil.
  func fault(of bytes: UnsafeRawBufferPointer) -> String? {
    let line = Array(bytes.prefix { $0 != 0x0A })
    let redacted = redact(line, fast)
    if redact(line, scalar) != redacted { return "the scalar scan hides something else than the fastest one" }
    if redact(line, thorough) != redacted { return "a line that is skipped would be changed by reading it" }
    if redact(redacted, fast) != redacted { return "redacting once more changes what was redacted" }
    if redact(block: Array(bytes), fast) != redact(block: Array(bytes), thorough) {
      return "a line that is skipped in a block would be changed by reading it"
    }
    guard let before = Self.json(line) else { return nil }
    guard let after = Self.json(redacted) else { return "JSON became broken" }
    return Self.hasSameShape(before, after) ? nil : "JSON lost or gained a key or an element"
  }

  private func redact(_ line: [UInt8], _ redactor: Redactor) -> [UInt8] {
    var state = begun
    var output: [UInt8] = []
    line.withUnsafeBytes { _ = redactor.redact(line: $0, state: &state, onto: &output) }
    return output
  }

  /// All lines, the last one too.
  private func redact(block bytes: [UInt8], _ redactor: Redactor) -> [UInt8] {
    var state = begun
    var output: [UInt8] = []
    (bytes + [0x0A]).withUnsafeBytes {
      _ = redactor.redact(block: $0, state: &state, ending: .final, onto: &output)
    }
    return output
  }

  private static func json(_ bytes: [UInt8]) -> Any? {
    guard let first = bytes.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return nil }
    return try? JSONSerialization.jsonObject(with: Data(bytes))
  }

  private static func hasSameShape(_ before: Any, _ after: Any) -> Bool {
    switch (before, after) {
    case (let before as [String: Any], let after as [String: Any]):
      before.count == after.count
        && before.allSatisfy { key, value in after[key].map { hasSameShape(value, $0) } ?? false }
    case (let before as [Any], let after as [Any]):
      before.count == after.count && zip(before, after).allSatisfy(hasSameShape)
    case (_, is String): true  // A list of bytes becomes one marker.
    default: !(before is [String: Any]) && !(before is [Any]) && !(after is [String: Any]) && !(after is [Any])
    }
  }
}
