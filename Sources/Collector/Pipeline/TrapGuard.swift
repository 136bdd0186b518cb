import CLinux
import Events
import Glibc

/// Gets past a line that stops the program: whoever may write a log could end its collecting with one, for
/// every run after it would meet the line again.
///
/// A fault of the program while it reads leaves in a file which part of which source that was. The next run
/// reads that part line by line; if it is stopped again, the run after it passes over the very line, which
/// becomes a stub. So such a line costs two restarts.
///
/// Cost: two copies of a few words for each block.
final class TrapGuard: BlockReading {
  /// What earlier runs left, if the last of them did not end well.
  final class Notes {
    private let path: String
    fileprivate let notes: [cl_reading]

    /// From now on faults are noted.
    ///
    /// - Parameter store: path of the store; the file is beside it.
    init(besides store: String) {
      path = store + "-traps"
      notes = Self.read(path)
      cl_note_traps(path)
    }

    var isEmpty: Bool { notes.isEmpty }

    /// All that was read is stored: nothing must be read again.
    func clear() {
      cl_note_traps("")
      unlink(path)
    }

    private static func read(_ path: String) -> [cl_reading] {
      let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
      guard file >= 0 else { return [] }
      defer { close(file) }
      var notes = [cl_reading](repeating: cl_reading(), count: CollectorLimits.trapsMax)
      let size = MemoryLayout<cl_reading>.size
      // The last ones, if there are more.
      let end = lseek(file, 0, SEEK_END) / size * size
      let count = notes.withUnsafeMutableBytes { Glibc.pread(file, $0.baseAddress!, $0.count, max(0, end - $0.count)) }
      return Array(notes.prefix(max(0, count) / size)).filter {
        $0.offset >= 0 && $0.length > 0 && $0.length <= Int64.max - $0.offset && $0.source_length > 0
          && $0.source_length <= sourceBytesMax
      }
    }
  }

  private static let sourceBytesMax = MemoryLayout.size(ofValue: cl_reading().source)

  private let inner: any BlockReading
  private let notes: [cl_reading]
  private let hasher: IdentityHasher
  private let note: (String) -> Void

  init(_ inner: any BlockReading, _ notes: Notes, hasher: IdentityHasher, note: @escaping (String) -> Void) {
    self.inner = inner
    self.notes = notes.notes
    self.hasher = hasher
    self.note = note
  }

  func read(
    _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    ending: EventReader.Ending, into batch: inout EventBatch
  ) -> Int {
    var reading = cl_reading()
    Self.name(state.source, in: &reading)
    let suspicions = notes.isEmpty ? [] : notes.filter { Self.hasSameSource($0, reading) }
    var at = 0
    while at < bytes.count, suspicions.contains(where: { $0.overlaps(offset + Int64(at), bytes.count - at) }) {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
      if let length = lengthOfTrap(rest, at: offset + Int64(at), suspicions) {
        inner.skip(
          UnsafeRawBufferPointer(rebasing: rest[..<length]), of: &state, at: offset + Int64(at), now: now, into: &batch)
        note(
          "\(state.source): the line at byte \(offset + Int64(at)) stopped the program each time it was read, and is passed over. Please report it."
        )
        at += length
        continue
      }
      let taken = readLine(rest, &reading, of: &state, at: offset + Int64(at), now: now, ending: ending, into: &batch)
      guard taken > 0 else { return at }
      at += taken
    }
    guard at < bytes.count || bytes.isEmpty else { return at }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
    return at + read(rest, &reading, 0, of: &state, at: offset + Int64(at), now: now, ending: ending, into: &batch)
  }

  func skip(
    _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    into batch: inout EventBatch
  ) { inner.skip(bytes, of: &state, at: offset, now: now, into: &batch) }

  /// The first line. One that would be read with those behind it, as parts of a line and lines without a time are,
  /// is read alone: what stops the program must not take its neighbours with it.
  private func readLine(
    _ bytes: UnsafeRawBufferPointer, _ reading: inout cl_reading, of state: inout SourceState, at offset: Int64,
    now: Int64, ending: EventReader.Ending, into batch: inout EventBatch
  ) -> Int {
    let end = bytes.firstIndex(of: 10).map { $0 + 1 }
    let line = UnsafeRawBufferPointer(rebasing: bytes[..<(end ?? bytes.count)])
    let hash = hasher.number(line) | 1
    let taken = read(
      line, &reading, hash, of: &state, at: offset, now: now, ending: end == nil ? ending : .more, into: &batch)
    guard taken == 0, end != nil else { return taken }
    return read(line, &reading, hash, of: &state, at: offset, now: now, ending: .endOfInput, into: &batch)
  }

  private func read(
    _ bytes: UnsafeRawBufferPointer, _ reading: inout cl_reading, _ hash: UInt64, of state: inout SourceState,
    at offset: Int64, now: Int64, ending: EventReader.Ending, into batch: inout EventBatch
  ) -> Int {
    (reading.offset, reading.length, reading.hash) = (offset, Int64(bytes.count), hash)
    cl_begin_reading(&reading)
    defer { cl_end_reading() }
    return inner.read(bytes, of: &state, at: offset, now: now, ending: ending, into: &batch)
  }

  /// How many of the first bytes are what stopped an earlier run.
  private func lengthOfTrap(_ bytes: UnsafeRawBufferPointer, at offset: Int64, _ suspicions: [cl_reading]) -> Int? {
    suspicions.first {
      $0.hash != 0 && $0.offset == offset && $0.length <= bytes.count
        && hasher.number(bytes[..<Int($0.length)]) | 1 == $0.hash
    }.map { Int($0.length) }
  }

  private static func name(_ source: String, in reading: inout cl_reading) {
    withUnsafeMutableBytes(of: &reading.source) { room in
      let name = source.utf8.prefix(sourceBytesMax)
      room.copyBytes(from: name)
      reading.source_length = UInt32(name.count)
    }
  }

  private static func hasSameSource(_ a: cl_reading, _ b: cl_reading) -> Bool {
    a.source_length == b.source_length
      && withUnsafeBytes(of: a.source) { a in
        withUnsafeBytes(of: b.source) { b in memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0 }
      }
  }
}

extension cl_reading {
  fileprivate func overlaps(_ start: Int64, _ count: Int) -> Bool {
    offset < start + Int64(count) && start < offset + length
  }
}
