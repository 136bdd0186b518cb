import Events
import Glibc
import Storage

/// Finds the files of some patterns, recognises them under any name, and reads each byte of them once.
///
/// It decides and reads; it neither waits nor commits. The shell (``FileCollector``) or a test calls
/// ``survey()`` and ``touch(_:)`` when something may have changed, ``work()`` while there is work,
/// and stores what ``takeCommit(force:)`` returns, in order. Positions and events are in one commit,
/// so a process that dies at any instant has stored both or neither.
final class FileFollower {
  struct Options {
    /// What is known of the file at a path.
    var settings: (String) -> SourceSettings = { _ in SourceSettings() }
    /// Column `source` of all files; empty = their paths.
    var sourceName = ""
    var startsAtEnd = false
    /// Whether it is remembered that the patterns were followed: older generations of files that
    /// appear later were not read then.
    var remembersPatterns = true
    /// Whether files may still grow; else everything is taken as it is now.
    var isFollowing = true
    /// Descriptors that may be held at the same time.
    var openFilesMax = CollectorLimits.openFilesMax
  }

  let patterns: [GlobPattern]
  let files: any FileSystem
  let reader: any BlockReading
  let hasher: IdentityHasher
  let clock: Clock
  let options: Options
  let notes: PipelineNotes?
  let note: (String) -> Void
  /// Called with the redacted lines of each block, if the reader makes them.
  var onText: (([UInt8]) -> Void)?

  var gathering = Gathering()
  var batch = EventBatch()
  var buffer: UnsafeMutableRawBufferPointer

  /// All generations that are known, by key.
  var tails: [String: Tail] = [:]
  /// The one that is behind an inode now.
  var byID: [InodeID: Tail] = [:]
  var index = ContentIndex()
  /// What each path of the patterns led to at the last look.
  var places: [String: InodeID] = [:]
  /// Where paths of the patterns that are symbolic links lead.
  var links: [String: String] = [:]
  /// Files beside the followed ones that are no business of ours: they lay there when we came.
  var bystanders: [InodeID: FileStatus] = [:]
  var unidentified: [Tail] = []
  var ready: [Tail] = []
  /// Files whose end or closing depends on time.
  var timed: [String: Tail] = [:]
  var searches: Set<String> = []
  var dirty: [Tail] = []
  var openHandles = 0
  /// What is being identified or read: its descriptor stays open meanwhile.
  var current: Tail?
  var problems: [String: Int32] = [:]
  /// Since when no file could be opened for want of descriptors.
  var lackingSince: Int64?
  var failures: Set<String> = []
  /// Directories whose changes are worth a look.
  var directories: Set<String> = []
  /// For each pattern: older generations that were written later, and are not known, were not read.
  var watchedSince: [String: Int64] = [:]
  /// The same as it was when this run began; siblings that are older lay there when we first came.
  var horizons: [String: Int64] = [:]
  /// The newest time of change that any file showed. Files are compared by the clock of the file
  /// system alone, so that a clock that jumps moves nothing.
  var fileTime: Int64 = 0
  /// Directories whose names were all looked at, and when the directory had changed then.
  var scanned: [String: Int64] = [:]
  /// Whether something could not be looked at since the last survey began.
  var hasBlindSpot = false
  /// Whether an earlier run followed these patterns.
  var isResumed = false
  var surveys = 0
  var hasWorked = false
  var hasSurveyed: Bool { surveys > 0 }
  var nextTimerAt: Int64 = 0

  init(
    patterns: [String], files: any FileSystem, reader: any BlockReading, hasher: IdentityHasher,
    positions: [StoredPosition], options: Options, notes: PipelineNotes?, clock: Clock = .system,
    note: @escaping (String) -> Void = { _ in }
  ) {
    // `app[1].log` may be the name of a file.
    self.patterns = patterns.map { GlobPattern($0, isPath: (try? files.status(at: $0))?.kind == .file) }
    self.files = files
    self.reader = reader
    self.hasher = hasher
    self.options = options
    self.notes = notes
    self.clock = clock
    self.note = note
    buffer = .allocate(byteCount: CollectorLimits.blockBytes + CollectorLimits.markBytesMax, alignment: 64)
    for position in positions { restore(position) }
    isResumed = self.patterns.contains { watchedSince[$0.text] != nil }
    horizons = watchedSince
  }

  deinit {
    for tail in tails.values { if let handle = tail.handle { files.close(handle) } }
    buffer.deallocate()
  }

  func restore(_ position: StoredPosition) {
    if position.key.hasPrefix(StoredWatch.keyPrefix) {
      if let watch = StoredWatch(json: position.identity) {
        watchedSince[position.path] = watch.since
        fileTime = max(fileTime, watch.since)
      }
      return
    }
    guard position.key.hasPrefix("file:"), let tail = Tail(position, at: clock.steady()) else { return }
    // What is said of the file now counts for its further lines.
    options.settings(tail.source.source).apply(to: &tail.source, app: SourceName.app(of: tail.source.source))
    tails[tail.key] = tail
    fileTime = max(fileTime, tail.state.seen.changed)
    if tail.phase == .dormant { claimInode(for: tail) }
    if let stored = tail.stored, stored.key == hasher.id {
      index.insert(tail, under: ContentIndex.Key(length: stored.startLength, hash: stored.start))
    }
  }

  /// Where no times of birth are told, two positions may name one inode: the file that showed the later time is in it.
  private func claimInode(for tail: Tail) {
    guard let other = byID[tail.id] else {
      byID[tail.id] = tail
      return
    }
    let isLater = tail.state.seen.changed > other.state.seen.changed
    byID[tail.id] = isLater ? tail : other
    loseDormant(isLater ? other : tail)
  }

  // MARK: Working

  func queue(_ tail: Tail) {
    guard !tail.isQueued else { return }
    tail.isQueued = true
    ready.append(tail)
  }

  var hasWork: Bool { !ready.isEmpty || !unidentified.isEmpty }

  /// When ``work()`` has something to do again without anything having changed, in steady time.
  var nextWorkAt: Int64? {
    if hasWork { return clock.steady() }
    if !searches.isEmpty || !timed.isEmpty { return max(nextTimerAt, clock.steady()) }
    return nil
  }

  /// Identifies what is new, and reads one block of each file that has something to read.
  func work() {
    hasWorked = true
    identifyAll()
    let now = clock.steady()
    if now >= nextTimerAt {
      nextTimerAt = now + 200_000
      searchSiblings()
      runTimers(at: now)
      identifyAll()
    }
    let batch = ready
    ready = []
    for tail in batch {
      tail.isQueued = false
      guard tail.phase == .live, tails[tail.key] === tail else { continue }
      if read(tail) { queue(tail) }
      if isCommitFull {
        // The rest waits until the commit was handed over.
        for rest in batch.drop(while: { $0 !== tail }).dropFirst() where rest.phase == .live && rest.isQueued {
          ready.append(rest)
        }
        break
      }
    }
    closeIdle()
  }

  func runTimers(at now: Int64) {
    for tail in timed.values {
      switch tail.phase {
      case .unidentified:
        if tail.mayBeLeft && now - tail.waitingSince > 10 * CollectorLimits.copyPatienceMicroseconds
          && tail.handle == nil
        {
          leave(tail); continue
        }
        if tail.state.seen.links == 0 && tail.names.isEmpty && tail.state.seen.size == 0 { forget(tail); continue }
        if tail.handle == nil && tail.names.isEmpty {
          if (try? files.status(at: tail.path))?.id == tail.id {
            tail.timesMissed = 0
          } else {
            if isGivenUp(tail) { forget(tail) }
            continue
          }
        }
        if tail.isEmpty {
          timed[tail.key] = nil
        } else if now - tail.waitingSince > 500_000 {
          queueIdentification(tail)
        }
      case .copy:
        if tail.names.isEmpty, (try? files.status(at: tail.path))?.id != tail.id {
          forget(tail)
        } else {
          timed[tail.key] = nil
        }
      case .live:
        if tail.handle == nil && tail.names.isEmpty {
          // Closed, and no pattern leads to it: it stays known while it exists.
          if (try? files.status(at: tail.path))?.id == tail.id {
            tail.timesMissed = 0
            // What could not be opened is tried again.
            if tail.state.isAtEnd { timed[tail.key] = nil } else { queue(tail) }
          } else if isGivenUp(tail) {
            retire(tail)
          }
          continue
        }
        let ending = tail.state.ending(at: now)
        if (ending != .more && ending != tail.triedEnding) || !tail.state.isAtEnd
          || (tail.holdsLines && tail.state.unfinishedBytes > 0)
        {
          queue(tail)
          continue
        }
        if tail.names.isEmpty { lookAtHandle(of: tail) }
        if tail.state.canClose(at: now) {
          if tail.state.seen.links > 0 {
            release(tail)
          } else if !mayBeWritten(tail, at: now) {
            retire(tail)
          }
        } else if !tail.names.isEmpty && tail.state.seen.links > 0 && tail.state.unfinishedBytes == 0 {
          timed[tail.key] = nil
        }
      case .lost:
        guard now - tail.state.activeAt > CollectorLimits.lostToldMicroseconds else { continue }
        timed[tail.key] = nil
        if tail.unreadBytes > 0 {
          tellGap(
            bytes: tail.unreadBytes, reason: "removed_unread",
            message: "\(tail.unreadBytes) bytes were removed before they were read", of: tail)
        }
        tail.unreadBytes = 0
      case .dormant: timed[tail.key] = nil
      }
    }
  }

  /// A file without a name lives on while a program has it open, and may be written for days.
  private func mayBeWritten(_ tail: Tail, at now: Int64) -> Bool {
    guard let handle = tail.handle else { return false }
    return files.isBeingWritten(handle) ?? (now - tail.state.activeAt < CollectorLimits.unlinkedUnsureMicroseconds)
  }

  /// Where it was it is no more: rotation may have moved it on, and one listing may miss it while names
  /// change. Until it was looked for several times it counts as unread.
  private func isGivenUp(_ tail: Tail) -> Bool {
    if tail.missedInSurvey != surveys {
      tail.missedInSurvey = surveys
      tail.timesMissed += 1
    }
    guard tail.timesMissed <= CollectorLimits.missedLooksMax else { return true }
    searches.insert(tail.path)
    return false
  }

  // MARK: Handing over

  func markDirty(_ tail: Tail) {
    gathering.begin(at: clock.steady())
    guard !tail.isDirty else { return }
    tail.isDirty = true
    dirty.append(tail)
  }

  private var isCommitFull: Bool {
    gathering.rows >= CollectorLimits.commitRowsMax || dirty.count >= CollectorLimits.commitFilesMax
  }

  /// The next commit, if it is due: events, and the positions up to which they were read.
  func takeCommit(force: Bool) -> Commit? {
    guard isCommitFull || gathering.isDue(at: clock.steady()) || (force && !gathering.isEmpty) else { return nil }
    for tail in dirty where tail.isDirty {
      tail.isDirty = false
      guard tail.state.offset > 0 else { continue }
      gathering.add(tail.position(by: hasher))
      tail.isStored = true
    }
    dirty.removeAll(keepingCapacity: true)
    for pattern in patterns where options.remembersPatterns {
      let watch = StoredWatch(since: watchedSince[pattern.text] ?? 0)
      gathering.add(
        StoredPosition(
          key: StoredWatch.keyPrefix + pattern.text, path: pattern.text, offset: 0, identity: encode(watch), state: "{}"
        ))
    }
    var commit = gathering.handOver()
    commit.readAt = clock.wall()
    return commit
  }

  /// Up to where the file at this path was read.
  func offset(at path: String) -> Int64 { places[path].flatMap { byID[$0] }?.state.offset ?? 0 }

  /// Bytes are gone for good, and an event says so.
  func tellGap(bytes: Int64, reason: String, message: String, of tail: Tail? = nil) {
    guard let notes else { return }
    let source = tail?.source.source ?? (options.sourceName.isEmpty ? "collector" : options.sourceName)
    gathering.insert(
      notes.gap(
        source: source, offset: tail?.state.offset ?? 0, message: message, reason: reason, at: clock.wall()))
    gathering.begin(at: clock.steady())
  }

  // MARK: One-shot end

  /// Takes what is left at the ends of all files, and says how many keep an unfinished line.
  func finish(_ ending: EventReader.Ending) -> Int {
    var unfinished = 0
    for tail in tails.values.sorted(by: { $0.key < $1.key }) where tail.phase == .live && tail.state.unfinishedBytes > 0
    {
      guard open(tail) else { continue }
      if tail.isGzip && tail.gunzip == nil { tail.gunzip = Gunzip(files: files, handle: tail.handle!) }
      let wanted = Int(tail.state.unfinishedBytes)
      guard wanted <= Limits.lineBytesMax else { unfinished += 1; continue }
      makeRoom(wanted)
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
      guard let count = try? content(of: tail, at: tail.state.offset, into: room), count == wanted else { continue }
      let left = wanted - consume(tail, UnsafeRawBufferPointer(room), ending)
      if left > 0 { unfinished += 1 }
    }
    return unfinished
  }

  var copies: Int { tails.values.count { if case .copy = $0.phase { true } else { false } } }
}
