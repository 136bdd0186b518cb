import Events
import Foundation

/// Writes redacted lines to standard output.
struct RedactedOutput: RedactStream.Sink {
  let redactor: Redactor
  var state = RedactionState()
  var redactions: [String: Int64] = [:]
  private var output: [UInt8] = []

  init(redactor: Redactor) {
    self.redactor = redactor
    output.reserveCapacity(2 << 20)
  }

  mutating func take(block: UnsafeRawBufferPointer, ending: Redactor.Ending) -> Int {
    output.removeAll(keepingCapacity: true)
    let count = redactor.redact(block: block, state: &state, ending: ending, onto: &output)
    flush()
    return count
  }

  mutating func take(last line: UnsafeRawBufferPointer) {
    output.removeAll(keepingCapacity: true)
    _ = redactor.redact(line: line, state: &state, onto: &output)
    flush()
  }

  mutating func takeTooLong(bytes: Int, offset: Int64, isTerminated: Bool) {
    Terminal.write(Redactor.stub(reason: "too_long", bytes: bytes, offset: offset) + (isTerminated ? "\n" : ""))
    redactions["line", default: 0] += 1
  }

  private func flush() {
    output.withUnsafeBytes { Terminal.write($0, to: STDOUT_FILENO) }
  }
}

/// Prints where secrets are, one line for each, and never the secret.
struct RedactionReport: RedactStream.Sink {
  let redactor: Redactor
  let source: String
  /// Rule, column and length too.
  let isDetailed: Bool
  private(set) var found = 0
  private var state = RedactionState()
  private var line = 0
  private var output: [UInt8] = []

  init(redactor: Redactor, source: String, isDetailed: Bool) {
    self.redactor = redactor
    self.source = source
    self.isDetailed = isDetailed
    redactor.wantsFindings = true
  }

  mutating func take(block: UnsafeRawBufferPointer, ending: Redactor.Ending) -> Int {
    var start = 0
    while let newline = block[start...].firstIndex(of: 0x0A) {
      take(last: UnsafeRawBufferPointer(rebasing: block[start..<newline]))
      start = newline + 1
    }
    return start
  }

  mutating func take(last bytes: UnsafeRawBufferPointer) {
    line += 1
    output.removeAll(keepingCapacity: true)
    guard redactor.redact(line: bytes, state: &state, onto: &output) > 0 else { return }
    for finding in redactor.findings {
      found += 1
      Terminal.writeLine(
        isDetailed
          ? "\(source):\(line):\(finding.column): \(finding.rule) (\(finding.kind)), \(finding.bytes) bytes in \(finding.place)"
          : "\(source):\(line): \(finding.kind) in \(finding.place)")
    }
  }

  mutating func takeTooLong(bytes: Int, offset: Int64, isTerminated: Bool) {
    line += 1
    found += 1
    Terminal.writeLine("\(source):\(line): line of \(bytes) bytes, too long to read")
  }
}
