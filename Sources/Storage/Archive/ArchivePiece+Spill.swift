/// The form in which pieces wait in a spill file: redacted text and nothing else.
///
/// Private to one process, as ``Events/EventChange/spill(onto:)`` is.
extension ArchivePiece {
  public func spill(onto bytes: inout [UInt8]) {
    switch self {
    case .text(let text):
      bytes.append(0)
      Self.append(Int64(text.bytes.count), to: &bytes)
      bytes += text.bytes
      Self.append(text.runs, text.times ?? 0...0, to: &bytes)
    case .member(let pending): ArchivePiece.pressed(pending.result).spill(onto: &bytes)
    case .pressed(let member):
      bytes.append(1)
      Self.append(Int64(member.bytes.count), to: &bytes)
      bytes += member.bytes
      Self.append(member.runs, member.times, to: &bytes)
      Self.append(member.lines, to: &bytes)
      Self.append(member.textBytes, to: &bytes)
    }
  }

  /// Reads one piece that ``spill(onto:)`` wrote.
  ///
  /// - Parameter offset: where it begins; moved behind it.
  public init(spilled bytes: UnsafeRawBufferPointer, at offset: inout Int) {
    func integer() -> Int64 {
      defer { offset += 8 }
      return Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
    }
    func content() -> [UInt8] {
      let count = Int(integer())
      precondition(count >= 0 && count <= bytes.count - offset, "a spilled text lies within its commit")
      defer { offset += count }
      return Array(bytes[offset..<offset + count])
    }
    let isText = bytes[offset] == 0
    offset += 1
    var text = ArchiveText()
    text.bytes = content()
    text.runs = (0..<integer()).map { _ in
      let source = String(decoding: content(), as: UTF8.self)
      return ArchiveText.Run(source: source, bytes: Int(integer()))
    }
    let first = integer()
    let times = first...max(first, integer())
    text.times = times
    if isText {
      self = .text(text)
    } else {
      let lines = integer()
      self = .pressed(
        ArchiveMember(bytes: text.bytes, lines: lines, textBytes: integer(), runs: text.runs, times: times))
    }
  }

  private static func append(_ value: Int64, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private static func append(_ runs: [ArchiveText.Run], _ times: ClosedRange<Int64>, to bytes: inout [UInt8]) {
    append(Int64(runs.count), to: &bytes)
    for run in runs {
      append(Int64(run.source.utf8.count), to: &bytes)
      bytes += Array(run.source.utf8)
      append(Int64(run.bytes), to: &bytes)
    }
    append(times.lowerBound, to: &bytes)
    append(times.upperBound, to: &bytes)
  }
}
