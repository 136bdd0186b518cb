import Events
import Foundation

/// Reads one descriptor to its end and writes each line on, redacted, as soon as it is whole.
///
/// Memory is bounded by the longest line (`Limits.lineBytesMax`); a longer one goes out as a stub.
struct RedactStream {
  /// How long an unfinished docker or CRI record, waiting for its next part, is held (decision 16).
  static let holdMilliseconds: Int32 = 250
  private static let chunkBytes = 256 << 10

  let redactor: Redactor
  /// Path as given, or `(standard input)`.
  let source: String
  private(set) var lines: Int64 = 0
  private(set) var bytes: Int64 = 0

  init(redactor: Redactor, source: String) {
    self.redactor = redactor
    self.source = source
  }

  /// What is done with the bytes that are whole.
  protocol Sink {
    /// - Returns: how many bytes were taken; see `Redactor.redact(block:)`.
    mutating func take(block: UnsafeRawBufferPointer, ending: Redactor.Ending) -> Int
    /// The unterminated end of the input.
    mutating func take(last line: UnsafeRawBufferPointer)
    /// A line that was too long, of which only the length is known.
    mutating func takeTooLong(bytes: Int, offset: Int64, isTerminated: Bool)
  }

  /// - Throws: ``Problem`` if reading fails.
  mutating func run(_ descriptor: Int32, into sink: inout some Sink) throws {
    var capacity = 4 * Self.chunkBytes
    var buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    defer { buffer.deallocate() }
    var head = 0
    var tail = 0
    var skipped = 0  // Bytes of a line that is too long and not over yet.
    while true {
      if head > 0 && (head == tail || capacity - tail < Self.chunkBytes) {
        memmove(buffer, buffer + head, tail - head)
        tail -= head
        head = 0
      }
      if capacity - tail < Self.chunkBytes {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2, alignment: 16)
        memcpy(larger, buffer + head, tail - head)
        buffer.deallocate()
        buffer = larger
        capacity *= 2
        tail -= head
        head = 0
      }
      let isHolding = tail > head && memchr(buffer + head, 0x0A, tail - head) != nil
      if isHolding {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&waiting, 1, Self.holdMilliseconds) == 0 {
          head += sink.take(block: UnsafeRawBufferPointer(start: buffer + head, count: tail - head), ending: .final)
          continue
        }
      }
      let count = read(descriptor, buffer + tail, capacity - tail)
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN {
          var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
          poll(&waiting, 1, -1)
          continue
        }
        throw Problem(.failed, at: source, "cannot read: \(String(cString: strerror(errno)))")
      }
      if count == 0 { break }
      bytes += Int64(count)
      lines += Int64(newlines(buffer + tail, count))
      tail += count
      if skipped > 0 {
        guard let newline = memchr(buffer + head, 0x0A, tail - head) else {
          skipped += tail - head
          head = tail
          continue
        }
        let length = (buffer + head).distance(to: newline)
        skipped += length
        sink.takeTooLong(
          bytes: skipped, offset: bytes - Int64(tail - head - length) - Int64(skipped), isTerminated: true)
        skipped = 0
        head += length + 1
      }
      head += sink.take(block: UnsafeRawBufferPointer(start: buffer + head, count: tail - head), ending: .more)
      if tail - head > Limits.lineBytesMax, memchr(buffer + head, 0x0A, tail - head) == nil {
        skipped = tail - head
        head = tail
      }
    }
    if skipped > 0 {
      sink.takeTooLong(bytes: skipped, offset: bytes - Int64(skipped), isTerminated: false)
      lines += 1
    } else if tail > head {
      head += sink.take(block: UnsafeRawBufferPointer(start: buffer + head, count: tail - head), ending: .final)
      if tail > head {
        sink.take(last: UnsafeRawBufferPointer(start: buffer + head, count: tail - head))
        lines += 1
      }
    }
  }

  private func newlines(_ start: UnsafeMutableRawPointer, _ count: Int) -> Int {
    LineCount.newlines(in: UnsafeRawBufferPointer(start: start, count: count))
  }
}
