import Events

/// A file being followed, or known from earlier: its decisions, its descriptor and its place.
final class Tail {
  enum Phase: Equatable {
    /// Seen, but not yet compared with the files that are known.
    case unidentified
    case live
    /// Holds what the named tail holds, or the beginning of it: not read while that one lives.
    case copy(of: String)
    /// Known from an earlier run, and not looked at in this one.
    case dormant
    /// Truncated, overwritten or deleted. A copy of it may take over.
    case lost
  }

  /// Stable name of the generation in the store: `file:2049:1312:0`.
  let key: String
  var phase: Phase
  /// Where it was last seen.
  var path: String
  /// Where its bytes were last recognised: another file may have its inode number now.
  var knownPath: String { didSet { stem = RotationName.stem(GlobPattern.name(of: knownPath)) } }
  /// What its names have in common with those of its other generations.
  private(set) var stem = ""
  /// Paths of the patterns that lead to it now.
  var names: Set<String> = [] { didSet { state.isNamed = !names.isEmpty } }
  var state: TailState
  var source: SourceState
  var handle: FileSystem.Handle?
  /// Set for a gzip file: offsets count decompressed bytes.
  var gunzip: Gunzip?
  var isGzip = false
  /// What the store knows of it, until the bytes themselves were compared.
  var stored: Fingerprint?
  /// Where the bytes before some earlier offsets hash to; see ``Ladder``.
  var ladder = Ladder()

  /// Whether it is compressed and holds nothing: it is identified once it changes.
  var isEmpty = false
  /// Whether it lay there before anything was read.
  var wasThereFirst = false
  /// Whether an earlier run had read all of it.
  var wasAtEnd = false
  /// The ending that was tried on the unfinished line, in vain.
  var triedEnding: EventReader.Ending?
  /// Not identified before this steady time.
  var retryAt: Int64 = 0

  var isQueued = false
  var isDirty = false
  var isStored = false
  /// Whether the next block starts with a check of the head.
  var needsHeadCheck = true
  /// How much to read at once; grows with long lines.
  var blockBytes = CollectorLimits.blockBytes
  /// Whether the unfinished bytes hold whole lines, which the reader wants to see again a little later.
  var holdsLines = false
  /// Bytes after the offset in which there is no newline.
  var scannedBytes: Int64 = 0
  /// Largest size seen since the last read, for telling what was lost.
  var knownSize: Int64 = 0
  /// File time; 0 while it lives.
  var lostAt: Int64 = 0
  /// File time after which no copy of it can have been begun: it was deleted or truncated then; 0 = unknown.
  var endedAt: Int64 = 0
  /// When it was last written, as of the last time when nothing of it was unread; 0 = never.
  var readThrough: Int64 = 0
  /// Whether it is left alone unless it continues something that was read.
  var mayBeLeft = false
  /// Whether it was lost because no name led to it, not because other bytes are in it now.
  var hasVanished = false
  /// Looks in a row that did not find it where it was.
  var timesMissed = 0
  /// Number of the survey since which it was missed last.
  var missedInSurvey = -1
  /// Bytes that were there and are gone, as far as known; told once the copy does not come.
  var unreadBytes: Int64 = 0
  /// File time of the last look.
  var seenAt: Int64 = 0
  /// Steady time since when it waits to be identified.
  var waitingSince: Int64 = 0
  /// Key in the content index; `nil` = not in it.
  var startKey: ContentIndex.Key?

  init(key: String, phase: Phase, path: String, state: TailState, source: SourceState) {
    self.key = key
    self.phase = phase
    self.path = path
    knownPath = path
    stem = RotationName.stem(GlobPattern.name(of: path))
    self.state = state
    self.source = source
  }

  var id: InodeID { state.seen.id }

  /// Bytes of it that were not read were written at this file time or later; `nil` if all were read.
  var unreadSince: Int64? {
    switch phase {
    case .unidentified: if isEmpty { return nil }
    case .copy: if !names.isEmpty { return nil }
    case .live: if state.isAtEnd && state.unfinishedBytes == 0 { return nil }
    case .lost: if unreadBytes == 0 { return nil }
    case .dormant: if wasAtEnd { return nil }
    }
    return readThrough > 0 ? readThrough : source.modified
  }
}

/// Looks files up by their first bytes, so that a new one is not compared with all.
struct ContentIndex {
  struct Key: Hashable {
    let length: Int
    let hash: String
  }
  private var tails: [Key: [Tail]] = [:]
  private var lengths: [Int: Int] = [:]

  mutating func insert(_ tail: Tail, under key: Key) {
    remove(tail)
    guard key.length > 0 else { return }
    tails[key, default: []].append(tail)
    lengths[key.length, default: 0] += 1
    tail.startKey = key
  }

  mutating func remove(_ tail: Tail) {
    guard let key = tail.startKey else { return }
    tails[key]?.removeAll { $0 === tail }
    if tails[key]?.isEmpty == true { tails[key] = nil }
    lengths[key.length]! -= 1
    if lengths[key.length] == 0 { lengths[key.length] = nil }
    tail.startKey = nil
  }

  /// Files that begin like this one.
  func candidates(head: [UInt8], by hasher: IdentityHasher) -> [Tail] {
    var found: [Tail] = []
    for length in lengths.keys.sorted(by: >) where length <= head.count {
      found += tails[Key(length: length, hash: hasher.hash(head.prefix(length)))] ?? []
    }
    return found
  }
}
