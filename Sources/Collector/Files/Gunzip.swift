import CZlib

/// The decompressed bytes of a gzip file, read forwards; several members follow each other as one.
///
/// A step back before the last read starts from the beginning again.
final class Gunzip {
  enum State: Equatable {
    case open
    /// The last trailer was valid and nothing follows it.
    case complete
    /// The file ends within a member: it is still being written, or was cut.
    case cut
    /// Not gzip, or its checksum is wrong.
    case damaged
  }

  private let files: any FileSystem
  private let handle: FileSystem.Handle
  private var stream = z_stream()
  private var isInflating = false
  private var input: UnsafeMutableRawBufferPointer
  private var inputOffset: Int64 = 0
  /// Decompressed bytes from `base` on.
  private var window: [UInt8] = []
  private var base: Int64 = 0
  private var isBetweenMembers = true
  private(set) var state = State.open

  init(files: any FileSystem, handle: FileSystem.Handle) {
    self.files = files
    self.handle = handle
    input = .allocate(byteCount: 128 << 10, alignment: 64)
  }

  deinit {
    if isInflating { inflateEnd(&stream) }
    input.deallocate()
  }

  /// Reads at a place in the decompressed bytes.
  ///
  /// - Returns: fewer bytes than asked for only at the end; ``state`` says which kind of end.
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    if offset < base { restart() }
    try advance(to: offset)
    while base + Int64(window.count) < offset + Int64(buffer.count), state == .open { try inflateMore() }
    let start = Int(offset - base)
    guard start < window.count else { return 0 }
    let count = min(buffer.count, window.count - start)
    window.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    return count
  }

  /// Reads to the end and says which kind it is; the bytes are not kept.
  func finish() throws(FileError) -> State {
    while state == .open {
      drop(window.count)
      try inflateMore()
    }
    return state
  }

  /// How many bytes were decompressed so far; all of them once ``state`` is not `open`.
  var length: Int64 { base + Int64(window.count) }

  private func restart() {
    if isInflating { inflateEnd(&stream) }
    isInflating = false
    inputOffset = 0
    stream = z_stream()
    window.removeAll(keepingCapacity: true)
    base = 0
    isBetweenMembers = true
    state = .open
  }

  private func advance(to offset: Int64) throws(FileError) {
    while true {
      let behind = min(Int64(window.count), offset - base)
      // Moving a few bytes on every call would cost more than keeping them.
      if behind > 0 && (behind == Int64(window.count) || behind > 256 << 10) { drop(Int(behind)) }
      if offset <= base + Int64(window.count) || state != .open { return }
      try inflateMore()
    }
  }

  private func drop(_ count: Int) {
    window.removeFirst(count)
    base += Int64(count)
  }

  private func inflateMore() throws(FileError) {
    if stream.avail_in == 0 {
      let count = try files.read(handle, at: inputOffset, into: input)
      guard count > 0 else {
        state = isBetweenMembers && inputOffset > 0 ? .complete : .cut
        return
      }
      inputOffset += Int64(count)
      stream.next_in = input.baseAddress!.assumingMemoryBound(to: Bytef.self)
      stream.avail_in = uInt(count)
    }
    if isBetweenMembers {
      // Tape and block padding: zeros may follow the last member.
      while stream.avail_in > 0, stream.next_in.pointee == 0 {
        stream.next_in += 1
        stream.avail_in -= 1
      }
      guard stream.avail_in > 0 else { return }
      if isInflating {
        inflateReset(&stream)
      } else {
        // 16 + 15: gzip header, largest window.
        guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
          state = .damaged
          return
        }
        isInflating = true
      }
      isBetweenMembers = false
    }
    let room = 256 << 10
    let before = window.count
    window.append(contentsOf: repeatElement(0, count: room))
    let (result, produced) = window.withUnsafeMutableBytes { bytes -> (Int32, Int) in
      stream.next_out = (bytes.baseAddress! + before).assumingMemoryBound(to: Bytef.self)
      stream.avail_out = uInt(room)
      let result = inflate(&stream, Z_NO_FLUSH)
      return (result, room - Int(stream.avail_out))
    }
    window.removeLast(room - produced)
    switch result {
    case Z_STREAM_END: isBetweenMembers = true
    case Z_OK, Z_BUF_ERROR: break
    default: state = .damaged
    }
  }
}
