/// The form in which changes wait in a spill file: events that were redacted already, and nothing else.
///
/// Private to one process: it is neither documented nor stable, and nothing that was written by
/// another process may be read with it.
extension EventChange {
  /// Appends the change, length first.
  public func spill(onto bytes: inout [UInt8]) {
    let start = bytes.count
    Self.append(UInt32(0), to: &bytes)
    bytes.append(isRevision ? 1 : 0)
    let event = self.event
    for (index, column) in Column.allCases.enumerated() {
      switch event[column] {
      case .integer(0): continue
      case .text(""): continue
      case .integer(let value):
        bytes.append(UInt8(index))
        Self.append(UInt64(bitPattern: value), to: &bytes)
      case .text(let text):
        bytes.append(UInt8(index))
        Self.append(text, to: &bytes)
      }
    }
    bytes.append(0xFF)
    Self.append(UInt32(event.matches.count), to: &bytes)
    for match in event.matches { Self.append(match, to: &bytes) }
    let length = UInt32(bytes.count - start)
    withUnsafeBytes(of: length.littleEndian) { for (index, byte) in $0.enumerated() { bytes[start + index] = byte } }
  }

  /// Reads one change that ``spill(onto:)`` wrote.
  ///
  /// - Parameter offset: where it begins; moved behind it.
  /// - Returns: `nil` if the bytes end before the change does.
  public init?(spilled bytes: UnsafeRawBufferPointer, at offset: inout Int) {
    guard bytes.count - offset >= 4 else { return nil }
    let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    guard length >= 10, bytes.count - offset >= length else { return nil }
    let end = offset + length
    var place = offset + 4
    func integer<T: FixedWidthInteger>(_ type: T.Type) -> T {
      defer { place += MemoryLayout<T>.size }
      return T(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: T.self))
    }
    func text() -> String {
      let count = Int(integer(UInt32.self))
      precondition(count <= end - place, "a spilled text lies within its change")
      defer { place += count }
      return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[place..<place + count]), as: UTF8.self)
    }
    let isRevision = integer(UInt8.self) == 1
    var event = Event()
    // The spill leaves out empty texts and zeros, whatever the default of the column is.
    event.set(.repeatCount, .integer(0))
    event.set(.attrs, .text(""))
    while true {
      let index = integer(UInt8.self)
      if index == 0xFF { break }
      let column = Column.allCases[Int(index)]
      switch column.kind {
      case .text, .json: event.set(column, .text(text()))
      case .integer, .time: event.set(column, .integer(Int64(bitPattern: integer(UInt64.self))))
      }
    }
    event.matches = (0..<integer(UInt32.self)).map { _ in text() }
    offset = end
    self = isRevision ? .revise(event) : .insert(event)
  }

  private static func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    var text = text
    text.withUTF8 {
      append(UInt32($0.count), to: &bytes)
      bytes.append(contentsOf: UnsafeRawBufferPointer($0))
    }
  }
}
