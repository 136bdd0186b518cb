import Events

/// One generation of a file: what was consumed of it, and what to do when it looks different.
///
/// Pure: it takes what was seen and returns what to do; ``FileFollower`` does it.
struct TailState {
  /// Everything before it was read: always the start of a line.
  private(set) var offset: Int64
  private(set) var trail: Trail
  /// The file as it was when it was last looked at.
  private(set) var seen: FileStatus
  /// Steady time of the last change, or of the last byte that was read.
  private(set) var activeAt: Int64
  /// Whether a pattern still leads to this file.
  var isNamed = true
  /// Bytes after ``offset`` that are no whole line yet.
  private(set) var unfinishedBytes: Int64 = 0
  private(set) var isAtEnd = false

  init(offset: Int64 = 0, trail: Trail = Trail(), seen: FileStatus, at now: Int64) {
    self.offset = offset
    self.trail = trail
    self.seen = seen
    activeAt = now
  }

  enum Action: Equatable {
    /// Nothing new.
    case wait
    /// It changed: check the bytes before the offset, then read on.
    case verify
    /// It is shorter than what was read: other bytes are in it now.
    case startOver
  }

  /// Takes a look at the file.
  mutating func saw(_ status: FileStatus, at now: Int64) -> Action {
    let isUnchanged = status.isUnchanged(since: seen)
    seen = status
    if status.size < offset { return .startOver }
    if isUnchanged && isAtEnd { return .wait }
    if !isUnchanged {
      activeAt = now
      // Until it was read; a read that fails is tried again.
      isAtEnd = false
    }
    // A rename or a new link changes `changed` too; verifying costs one small read.
    return offset == status.size && isUnchanged ? .wait : .verify
  }

  /// Takes a look at a gzip file, whose size says nothing about offsets.
  ///
  /// - Returns: whether there may be something to read.
  mutating func sawCompressed(_ status: FileStatus, at now: Int64) -> Bool {
    let isSame = status.size == seen.size && status.modified == seen.modified
    seen = status
    if !isSame {
      activeAt = now
      isAtEnd = false
    }
    return !isAtEnd
  }

  /// Whole lines were read.
  mutating func consumed(_ bytes: UnsafeRawBufferPointer, at now: Int64) {
    offset += Int64(bytes.count)
    trail.consume(bytes)
    unfinishedBytes = 0
    isAtEnd = false
    activeAt = now
  }

  /// Bytes were passed over: a hole, or what a copy holds of a file that was read.
  mutating func skipped(to newOffset: Int64, trail newTrail: Trail, at now: Int64) {
    offset = newOffset
    trail = newTrail
    unfinishedBytes = 0
    isAtEnd = false
    activeAt = now
  }

  /// No further whole line is there.
  mutating func reachedEnd(leaving unfinished: Int64) {
    unfinishedBytes = unfinished
    isAtEnd = true
  }

  /// The same bytes are in another file now: the copy that `copytruncate` made, the gzipped file,
  /// or the same file under another device number.
  mutating func moved(to status: FileStatus, at now: Int64) {
    seen = status
    activeAt = now
    isAtEnd = false
    unfinishedBytes = 0
  }

  /// Forgets that the end was reached, so that the next look reads.
  mutating func expectsMore() { isAtEnd = false }

  /// How an unfinished last line is to be taken after this much silence.
  func ending(at now: Int64) -> EventReader.Ending {
    guard unfinishedBytes > 0 else { return .more }
    let idle = now - activeAt
    if !isNamed || seen.links == 0 {
      if idle >= CollectorLimits.rotatedTextTailMicroseconds { return .final }
      if seen.links == 0 && idle >= CollectorLimits.unlinkedIdleMicroseconds { return .final }
      if idle >= CollectorLimits.rotatedTailMicroseconds { return .endOfInput }
      return .more
    }
    return idle >= CollectorLimits.liveTailMicroseconds ? .endOfInput : .more
  }

  /// Whether the descriptor can go: everything is read and nothing more is to be expected.
  func canClose(at now: Int64) -> Bool {
    guard isAtEnd else { return false }
    let idle = now - activeAt
    if seen.links == 0 { return idle >= CollectorLimits.unlinkedIdleMicroseconds && unfinishedBytes == 0 }
    return !isNamed && idle >= CollectorLimits.renamedIdleMicroseconds
  }
}
