/// A part of what a commit adds to the archive.
public enum ArchivePiece: Sendable {
  /// As many lines as make a good member.
  case member(ArchivePress.Pending)
  /// Fewer lines than that.
  case text(ArchiveText)
  /// A member that is compressed.
  case pressed(ArchiveMember)
}

/// Cuts lines into texts of the size of a member.
public struct ArchiveCutter {
  private let press: ArchivePress
  private var pieces: [ArchivePiece] = []
  private var text = ArchiveText()

  public init(_ press: ArchivePress) {
    self.press = press
    text.bytes.reserveCapacity(StoreLimits.archiveTextBytes)
  }

  /// Adds whole lines of a source.
  ///
  /// - Parameter times: between which the lines are, as far as they were looked at.
  public mutating func take(_ lines: [UInt8], of source: String, times: ClosedRange<Int64>) {
    var at = 0
    while at < lines.count {
      let room = StoreLimits.archiveTextBytes - text.bytes.count
      if lines.count - at <= room {
        text.append(lines[at...], of: source, times: times)
        return
      }
      var end = at + room
      while end > at, lines[end - 1] != 0x0a { end -= 1 }
      if end == at, text.isEmpty {
        // One line longer than a member.
        end = lines[at...].firstIndex(of: 0x0a).map { $0 + 1 } ?? lines.count
      }
      if end > at { text.append(lines[at..<end], of: source, times: times) }
      at = end
      flush()
    }
  }

  private mutating func flush() {
    pieces.append(.member(press.press(text)))
    text = ArchiveText()
    text.bytes.reserveCapacity(StoreLimits.archiveTextBytes)
  }

  /// All that was taken since the last call.
  public mutating func finish() -> [ArchivePiece] {
    defer { pieces = [] }
    guard !text.isEmpty else { return pieces }
    pieces.append(.text(text))
    text = ArchiveText()
    return pieces
  }
}
