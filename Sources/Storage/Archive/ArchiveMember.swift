import CZlib
import Glibc

/// Some lines as one gzip member: it stands alone, so a file of members may be cut between any two,
/// and one can be read without those before it.
public struct ArchiveMember: Hashable, Sendable {
  /// The member as it lies in a segment.
  public let bytes: [UInt8]
  /// CRC-32 of ``bytes``.
  public let checksum: UInt32
  public let lines: Int64
  public let textBytes: Int64
  public let runs: [ArchiveText.Run]
  public let times: ClosedRange<Int64>

  init(
    bytes: [UInt8], lines: Int64, textBytes: Int64, runs: [ArchiveText.Run], times: ClosedRange<Int64>
  ) {
    self.bytes = bytes
    checksum = Self.checksum(bytes)
    self.lines = lines
    self.textBytes = textBytes
    self.runs = runs
    self.times = times
  }

  /// A member without text: every segment begins so, for `zcat` takes an empty file for a damaged one.
  static let nothing = GzipPress().member(of: ArchiveText())

  static func checksum(_ bytes: [UInt8]) -> UInt32 { UInt32(crc32(0, bytes, uInt(bytes.count))) }
}

/// Makes gzip members. One serves one thread: zlib's tables are a quarter of a megabyte, and are kept.
final class GzipPress {
  private var stream = z_stream()
  /// Where members are made: they are a quarter as long as the room that zlib asks for, and wait in memory.
  private var room: [UInt8] = []

  init() {
    // Level 1 makes 4.3 of 5.4 parts of what the best makes, in an eighth of the time (measured on logs).
    // A window of 15 bits, and 16 more for a gzip header. Memory level 8 is an eighth faster than 9 and makes the
    // same size; 7 loses matches. The other strategies are no faster (all measured on logs).
    let code = deflateInit2_(
      &stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "zlib has its tables")
  }

  deinit { deflateEnd(&stream) }

  /// The whole member of a text.
  func member(of text: ArchiveText) -> ArchiveMember {
    deflateReset(&stream)
    let most = Int(deflateBound(&stream, uLong(text.bytes.count)))
    if room.count < most || room.count > 4 * max(most, StoreLimits.archiveTextBytes) {
      room = [UInt8](repeating: 0, count: most)
    }
    text.bytes.withUnsafeBufferPointer { input in
      room.withUnsafeMutableBufferPointer { output in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = uInt(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = uInt(most)
        let code = deflate(&stream, Z_FINISH)
        precondition(code == Z_STREAM_END, "a member fits into the bound that zlib itself gave")
      }
    }
    let bytes = Array(room[..<(most - Int(stream.avail_out))])
    return ArchiveMember(
      bytes: bytes, lines: Self.lines(in: text.bytes), textBytes: Int64(text.bytes.count), runs: text.runs,
      times: text.times ?? 0...0)
  }

  private static func lines(in text: [UInt8]) -> Int64 {
    text.withUnsafeBytes { bytes in
      guard var at = bytes.baseAddress else { return 0 }
      let end = at + bytes.count
      var lines: Int64 = 0
      while at < end, let newline = memchr(at, 10, end - at) {
        lines += 1
        at = UnsafeRawPointer(newline) + 1
      }
      return lines
    }
  }
}

/// Takes gzip members apart.
enum Gunzipper {
  /// The text of one member; `nil` if it is damaged, or something follows it.
  ///
  /// - Parameter textBytes: how long the text is.
  static func text(of member: [UInt8], textBytes: Int) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var isWhole = false
    // One byte more, so that a longer text does not look whole.
    let text = [UInt8](unsafeUninitializedCapacity: textBytes + 1) { room, count in
      member.withUnsafeBufferPointer { input in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = uInt(input.count)
        stream.next_out = room.baseAddress
        stream.avail_out = uInt(textBytes + 1)
        isWhole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0
      }
      count = textBytes + 1 - Int(stream.avail_out)
    }
    return isWhole && text.count == textBytes ? text : nil
  }
}
