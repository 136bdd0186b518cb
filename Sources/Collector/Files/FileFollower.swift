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
    /// Application and zone of a path; empty where nothing is known.
    var settings: (String) -> (app: String, zone: String) = { _ in ("", "") }
    var startsAtEnd = false
    /// Whether files may still grow; else everything is taken as it is now.
    var isFollowing = true
  }

  private let patterns: [GlobPattern]
  let files: any FileSystem
  private let reader: any BlockReading
  let hasher: IdentityHasher
  let clock: Clock
  private let options: Options
  private let notes: PipelineNotes?
  private let note: (String) -> Void
  /// Called with the redacted lines of each block, if the reader makes them.
  var onText: (([UInt8]) -> Void)?

  private(set) var gathering = Gathering()
  private var batch = EventBatch()
  private var buffer: UnsafeMutableRawBufferPointer

  /// All generations that are known, by key.
  private(set) var tails: [String: Tail] = [:]
  /// The one that is behind an inode now.
  private var byID: [InodeID: Tail] = [:]
  private var index = ContentIndex()
  /// What each path of the patterns led to at the last look.
  private var places: [String: InodeID] = [:]
  /// Files beside the followed ones that are no business of ours: they lay there when we came.
  private var bystanders: [InodeID: FileStatus] = [:]
  private var unidentified: [Tail] = []
  private var ready: [Tail] = []
  /// Files whose end or closing depends on time.
  private var timed: [String: Tail] = [:]
  private var searches: Set<String> = []
  private var dirty: [Tail] = []
  private var openHandles = 0
  private var problems: [String: Int32] = [:]
  private(set) var failures: Set<String> = []
  /// Directories whose changes are worth a look.
  private(set) var directories: Set<String> = []
  private var watchedSince: [String: Int64] = [:]
  /// Whether an earlier run followed these patterns.
  private var isResumed = false
  private var hasSurveyed = false
  private var surveys = 0
  private var nextTimerAt: Int64 = 0
  private var surveyStartedAt: Int64 = 0

  init(
    patterns: [String], files: any FileSystem, reader: any BlockReading, hasher: IdentityHasher,
    positions: [StoredPosition], options: Options, notes: PipelineNotes?, clock: Clock = .system,
    note: @escaping (String) -> Void = { _ in }
  ) {
    self.patterns = patterns.map(GlobPattern.init)
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
  }

  deinit {
    for tail in tails.values { if let handle = tail.handle { files.close(handle) } }
    buffer.deallocate()
  }

  private func restore(_ position: StoredPosition) {
    if position.key.hasPrefix(StoredWatch.keyPrefix) {
      if let watch = StoredWatch(json: position.identity) { watchedSince[position.path] = watch.since }
      return
    }
    guard position.key.hasPrefix("file:"), let tail = Tail(position, at: clock.steady()) else { return }
    tails[tail.key] = tail
    if tail.phase == .dormant { byID[tail.id] = tail }
    if let stored = tail.stored, stored.key == hasher.id {
      index.insert(tail, under: ContentIndex.Key(length: stored.startLength, hash: stored.start))
    }
  }

  // MARK: Looking

  /// Looks at everything: expands the patterns and looks at each file.
  func survey() {
    surveyStartedAt = clock.wall()
    surveys += 1
    var found: [(path: String, status: FileStatus)] = []
    var isThere: Set<String> = []
    var watched: Set<String> = []
    for pattern in patterns {
      let (paths, holding) = pattern.expand(in: files) { directory, error in report(directory, error) }
      watched.formUnion(holding)
      var count = 0
      for path in paths where isThere.insert(path).inserted {
        do {
          let status = try files.status(at: path)
          count += 1
          found.append((path, status))
        } catch {
          isThere.remove(path)
          if pattern.isLiteral || error.code != ENOENT { report(path, error) }
        }
      }
      if count == 0 && !pattern.isLiteral && !hasSurveyed { reportNoMatch(pattern.text) }
    }
    directories = watched
    // Oldest first, so that a rotated generation is read before the one that follows it.
    found.sort { ($0.status.modified, $1.path) < ($1.status.modified, $0.path) }
    for path in places.keys where !isThere.contains(path) { vanished(path) }
    for tail in tails.values where tail.handle != nil && tail.names.isEmpty { lookAtHandle(of: tail) }
    for (path, status) in found { observe(path, status) }
    if hasSurveyed {
      searchSiblings()
    } else {
      surveyNeighbours()
      hasSurveyed = true
    }
    for tail in tails.values where tail.phase == .dormant { expireDormant(tail) }
    expireLost()
    if bystanders.count > 100_000 { bystanders.removeAll() }
    for pattern in patterns where watchedSince[pattern.text] == nil { gathering.begin(at: clock.steady()) }
  }

  /// Looks at one path that may have changed.
  func touch(_ path: String) {
    let isOurs = patterns.contains { $0.matches(path: path) }
    do {
      let status = try files.status(at: path)
      if isOurs {
        observe(path, status)
      } else if let tail = byID[status.id] {
        tail.path = path
        look(tail, status)
      }
    } catch {
      guard isOurs else { return }
      if error.code == ENOENT || error.code == ENOTDIR { vanished(path) } else { report(path, error) }
    }
  }

  /// Takes note of what a path of the patterns leads to.
  private func observe(_ path: String, _ status: FileStatus) {
    guard status.kind == .file else {
      if patterns.contains(where: { $0.isLiteral && $0.text == path }) { reportKind(path, status.kind) }
      return
    }
    if places[path] != status.id {
      if let old = places[path], let tail = byID[old] { tail.names.remove(path); settle(tail) }
      places[path] = status.id
      if hasSurveyed { searches.insert(path) }
    }
    let tail = byID[status.id] ?? begin(path, status)
    if !tail.names.contains(path) { tail.names.insert(path) }
    if tail.phase != .dormant || tail.path != path { tail.path = path }
    look(tail, status)
  }

  private func vanished(_ path: String) {
    guard let old = places.removeValue(forKey: path) else { return }
    searches.insert(path)
    guard let tail = byID[old] else { return }
    tail.names.remove(path)
    settle(tail)
  }

  /// A file lost a name: it was renamed, deleted, or something else took its place.
  private func settle(_ tail: Tail) {
    if tail.handle != nil { lookAtHandle(of: tail) }
    timed[tail.key] = tail
  }

  private func lookAtHandle(of tail: Tail) {
    guard let handle = tail.handle else { return }
    do {
      look(tail, try files.status(of: handle))
    } catch {
      release(tail)
    }
  }

  private func look(_ tail: Tail, _ status: FileStatus) {
    tail.seenAt = clock.wall()
    let now = clock.steady()
    switch tail.phase {
    case .unidentified:
      _ = tail.state.saw(status, at: now)
      queueIdentification(tail)
    case .copy:
      let isSame = status.isUnchanged(since: tail.state.seen)
      _ = tail.state.saw(status, at: now)
      if !isSame { queueIdentification(tail) }
    case .dormant:
      let isUnchanged = status.isUnchanged(since: tail.state.seen)
      tail.phase = .live
      tail.knownSize = status.size
      _ = tail.isGzip ? tail.state.sawCompressed(status, at: now) : tail.state.saw(status, at: now) != .wait
      if isUnchanged && tail.wasAtEnd {
        // A held descriptor keeps the bytes that come and go before the next look.
        tail.state.reachedEnd(leaving: 0)
        if openHandles < CollectorLimits.openFilesMax / 2 && !tail.isGzip { _ = open(tail) }
      } else {
        queue(tail)
      }
    case .live:
      if tail.isGzip {
        let wasAtEnd = tail.state.isAtEnd
        guard tail.state.sawCompressed(status, at: now) else { break }
        if wasAtEnd {
          tail.gunzip = nil
          tail.needsHeadCheck = true
        }
        queue(tail)
        break
      }
      let action = tail.state.saw(status, at: now)
      switch action {
      case .wait: break
      case .verify:
        tail.knownSize = max(tail.knownSize, status.size)
        tail.needsHeadCheck = true
        queue(tail)
      case .startOver: lose(tail, reason: "truncated")
      }
    case .lost:
      break
    }
    if tail.names.isEmpty || status.links == 0 { timed[tail.key] = tail }
  }

  // MARK: Generations

  private func begin(_ path: String, _ status: FileStatus, as source: String? = nil) -> Tail {
    var number = 0
    var key: String
    repeat {
      key = "file:\(status.id.device):\(status.id.inode):\(number)"
      number += 1
    } while tails[key] != nil
    let name = source ?? path
    let (app, zone) = options.settings(name)
    var state = SourceState(
      source: name, app: app.isEmpty ? SourceName.app(of: name) : app, isAppGiven: !app.isEmpty)
    state.zone = zone
    state.modified = status.modified
    let tail = Tail(
      key: key, phase: .unidentified, path: path, state: TailState(seen: status, at: clock.steady()), source: state)
    tail.waitingSince = clock.steady()
    tail.state.isNamed = false
    tails[key] = tail
    byID[status.id] = tail
    bystanders[status.id] = nil
    return tail
  }

  /// Other bytes are in the file now, or it is gone: this generation ends, and the file starts over.
  private func lose(_ tail: Tail, reason: String) {
    tail.unreadBytes = max(0, tail.knownSize - tail.state.offset)
    tail.phase = .lost
    tail.lostAt = clock.wall()
    if byID[tail.id] === tail { byID[tail.id] = nil }
    markDirty(tail)
    let handle = tail.handle
    let names = tail.names
    tail.handle = nil
    tail.gunzip = nil
    timed[tail.key] = tail
    for other in tails.values where other.phase == .copy(of: tail.key) { queueIdentification(other) }
    tail.names = []
    let path = tail.path
    tail.path = tail.knownPath
    guard let status = handle.flatMap({ try? files.status(of: $0) }) ?? (try? files.status(at: path)),
      status.id == tail.id
    else {
      if let handle {
        files.close(handle)
        openHandles -= 1
      }
      return
    }
    let isSameLog = RotationName.areRelated(GlobPattern.name(of: path), GlobPattern.name(of: tail.source.source))
    let next = begin(path, status, as: isSameLog ? tail.source.source : baseName(of: path))
    next.handle = handle
    next.names = names
    queueIdentification(next)
  }

  /// The followed path whose older generation this one may be, else the path itself.
  private func baseName(of path: String) -> String {
    guard !patterns.contains(where: { $0.matches(path: path) }) else { return path }
    let name = GlobPattern.name(of: path)
    let directory = GlobPattern.directory(of: path)
    return places.keys.first {
      GlobPattern.directory(of: $0) == directory && RotationName.isGeneration(name, of: GlobPattern.name(of: $0))
    } ?? path
  }

  /// The file is gone, and everything that was in it was read.
  private func retire(_ tail: Tail) {
    release(tail)
    if byID[tail.id] === tail { byID[tail.id] = nil }
    timed[tail.key] = nil
    guard tail.state.offset > 0, tail.phase == .live else { return forget(tail) }
    tail.phase = .lost
    tail.hasVanished = true
    tail.lostAt = clock.wall()
    tail.unreadBytes = 0
    for other in tails.values where other.phase == .copy(of: tail.key) { queueIdentification(other) }
    markDirty(tail)
  }

  private func forget(_ tail: Tail) {
    release(tail)
    index.remove(tail)
    if byID[tail.id] === tail { byID[tail.id] = nil }
    tails[tail.key] = nil
    timed[tail.key] = nil
    if tail.isStored { gathering.forget(tail.key); gathering.begin(at: clock.steady()) }
    tail.isDirty = false
  }

  // MARK: Identifying

  private func queueIdentification(_ tail: Tail) {
    if tail.phase != .unidentified {
      tail.phase = .unidentified
      tail.waitingSince = clock.steady()
    }
    if !tail.isQueued {
      tail.isQueued = true
      unidentified.append(tail)
    }
  }

  private func identifyAll() {
    guard !unidentified.isEmpty else { return }
    var queue = unidentified
    queue.sort { ($0.state.seen.modified, $0.path) < ($1.state.seen.modified, $1.path) }
    // Not all at once: each takes a descriptor until it was read.
    unidentified = Array(queue.dropFirst(CollectorLimits.identifiedAtOnceMax))
    let now = clock.steady()
    for tail in queue.prefix(CollectorLimits.identifiedAtOnceMax) {
      tail.isQueued = false
      guard tail.phase == .unidentified, tails[tail.key] === tail else { continue }
      if now < tail.retryAt {
        timed[tail.key] = tail
        continue
      }
      guard open(tail) else { continue }
      do {
        try identify(tail)
      } catch {
        report(tail.path, error)
      }
    }
  }

  private func identify(_ tail: Tail) throws(FileError) {
    let handle = tail.handle!
    var head = [UInt8](repeating: 0, count: CollectorLimits.headBytesMax)
    try fill(&head) { buffer throws(FileError) in try files.read(handle, at: 0, into: buffer) }
    guard !head.isEmpty else {
      // Nothing to lose yet; the next look identifies it.
      if openHandles > CollectorLimits.openFilesMax / 2 && !tail.names.isEmpty { release(tail) }
      return
    }
    tail.isGzip = head.starts(with: [0x1F, 0x8B])
    if let kind = FileKind.unreadable(head) {
      reportUnreadable(tail.path, kind)
      return
    }
    if tail.isGzip {
      if tail.gunzip == nil { tail.gunzip = Gunzip(files: files, handle: handle) }
      let isYoung = clock.wall() - tail.state.seen.modified < CollectorLimits.gzipSettleMicroseconds
      let startedAt = clock.steady()
      if options.isFollowing && isYoung, try tail.gunzip!.finish() != .complete {
        // Being written. Looking costs its whole length, so the pauses grow with that.
        tail.retryAt = clock.steady() + 500_000 + 10 * (clock.steady() - startedAt)
        timed[tail.key] = tail
        return
      }
      head = [UInt8](repeating: 0, count: CollectorLimits.headBytesMax)
      let gunzip = tail.gunzip!
      try fill(&head) { buffer throws(FileError) in try gunzip.read(at: 0, into: buffer) }
      guard !head.isEmpty else {
        if gunzip.state == .damaged { reportUnreadable(tail.path, "a damaged gzip file") }
        return
      }
    }
    if options.isFollowing && head.count < Trail.startBytes && !head.contains(10),
      clock.steady() - tail.waitingSince < CollectorLimits.copyPatienceMicroseconds
    {
      timed[tail.key] = tail  // Too little to recognise it by, and no line to read either.
      return
    }
    switch try verdict(on: tail, head: head) {
    case .new:
      let start = head.prefix(Trail.startBytes)
      index.insert(tail, under: ContentIndex.Key(length: start.count, hash: hasher.hash(start)))
      self.start(tail)
    case .copy(let original):
      tail.phase = .copy(of: original.key)
      if tail.names.isEmpty { timed[tail.key] = tail }
      release(tail)
    case .continues(let lost, let shorter): takeOver(tail, from: lost, shorter: shorter)
    case .wait: timed[tail.key] = tail
    }
  }

  private enum Verdict {
    case new
    case copy(of: Tail)
    /// - shorter: it ends before the offset of the lost one: nothing in it is new.
    case continues(Tail, shorter: Bool)
    case wait
  }

  private func verdict(on tail: Tail, head: [UInt8]) throws(FileError) -> Verdict {
    var continued: Tail?
    var shorter: Tail?
    var isWaiting = false
    for known in index.candidates(head: head, by: hasher) where known !== tail {
      switch known.phase {
      case .unidentified, .copy: continue
      case .live:
        // It may have been truncated a moment ago; then the copy is to be read on.
        if open(known) { lookAtHandle(of: known) }
        if known.phase == .live, !known.isGzip, known.handle != nil { _ = verify(known) }
      case .dormant: if !isStillThere(known) { loseDormant(known) }
      case .lost: break
      }
      let isAlive = known.phase == .live || known.phase == .dormant
      switch try compare(tail, head: head, with: known, isAlive: isAlive) {
      case .different: continue
      case .same(let bytes):
        guard mayBeCopy(tail, of: known, agreeing: bytes) else { continue }
        if isAlive { return .copy(of: known) }
        if (continued?.state.offset ?? -1) < known.state.offset { continued = known }
      case .prefix(let bytes):
        guard mayBeCopy(tail, of: known, agreeing: bytes) else { continue }
        if isAlive { return .copy(of: known) }
        shorter = known
      case .unclear:
        guard mayBeCopy(tail, of: known, agreeing: 0) else { continue }
        isWaiting = true
      }
    }
    if let continued { return .continues(continued, shorter: false) }
    if let shorter { return .continues(shorter, shorter: true) }
    if isWaiting && options.isFollowing && clock.steady() - tail.waitingSince < CollectorLimits.copyPatienceMicroseconds
    {
      return .wait
    }
    return .new
  }

  private enum Likeness {
    case different
    /// All that was read of the known one is in this file too.
    case same(bytes: Int64)
    /// This file is shorter, and the known one begins with it.
    case prefix(bytes: Int64)
    /// This file is shorter, and nothing tells whether the known one began with it.
    case unclear
  }

  private func compare(_ tail: Tail, head: [UInt8], with known: Tail, isAlive: Bool) throws(FileError) -> Likeness {
    if isAlive, !known.isGzip, let likeness = try compareContents(tail, with: known) { return likeness }
    let trail = known.state.trail
    let knownOffset = known.state.offset
    let headLength = known.stored?.headLength ?? trail.head.count
    let markLength = known.stored.map { trail.mark.isEmpty ? $0.markLength : trail.mark.count } ?? trail.mark.count
    if head.count >= (trail.head.isEmpty ? headLength : trail.head.count) {
      if !trail.head.isEmpty {
        guard head.starts(with: trail.head) else { return .different }
      } else if let stored = known.stored, hasher.hash(head.prefix(headLength)) != stored.head {
        return .different
      }
      var mark = [UInt8](repeating: 0, count: markLength)
      try fill(&mark) { buffer throws(FileError) in
        try content(of: tail, at: knownOffset - Int64(markLength), into: buffer)
      }
      if mark.count == markLength {
        if !trail.mark.isEmpty { return mark == trail.mark ? .same(bytes: knownOffset) : .different }
        return known.stored.map { hasher.hash(mark) == $0.mark } ?? false ? .same(bytes: knownOffset) : .different
      }
    } else if !trail.head.isEmpty, !trail.head.starts(with: head) {
      return .different
    }
    // Shorter than what was read.
    if tail.isGzip, try tail.gunzip!.finish() == .cut { return .unclear }
    let size = tail.isGzip ? try lengthOfContent(tail) : tail.state.seen.size
    if isAlive, let same = try isPrefix(tail, size: size, of: known) { return same ? .prefix(bytes: size) : .different }
    guard let step = known.ladder.step(before: size) else { return .unclear }
    var mark = [UInt8](repeating: 0, count: CollectorLimits.markBytesMax)
    try fill(&mark) { buffer throws(FileError) in
      try content(of: tail, at: step - Int64(CollectorLimits.markBytesMax), into: buffer)
    }
    return known.ladder.accepts(mark: mark, at: step) ? .prefix(bytes: size) : .different
  }

  /// Compares start and end of what both files have; `nil` if the living one cannot be read.
  private func compareContents(_ tail: Tail, with known: Tail) throws(FileError) -> Likeness? {
    guard open(known), let status = try? files.status(of: known.handle!) else { return nil }
    var length = min(status.size, Int64(CollectorLimits.headBytesMax))
    let headLength = Int(length)
    var own = [UInt8](repeating: 0, count: headLength)
    var other = own
    try fill(&own) { buffer throws(FileError) in try content(of: tail, at: 0, into: buffer) }
    try fill(&other) { buffer throws(FileError) in try files.read(known.handle!, at: 0, into: buffer) }
    let common = min(own.count, other.count)
    guard common > 0, own.prefix(common) == other.prefix(common) else { return .different }
    var size = tail.state.seen.size
    if tail.isGzip {
      if options.isFollowing, try tail.gunzip!.finish() == .cut { return .unclear }
      size = try lengthOfContent(tail)
    }
    length = min(size, status.size)
    let markLength = Int(min(length, Int64(CollectorLimits.markBytesMax)))
    own = [UInt8](repeating: 0, count: markLength)
    other = own
    try fill(&own) { buffer throws(FileError) in try content(of: tail, at: length - Int64(markLength), into: buffer) }
    try fill(&other) { buffer throws(FileError) in
      try files.read(known.handle!, at: length - Int64(markLength), into: buffer)
    }
    guard own == other else { return .different }
    return size >= known.state.offset ? .same(bytes: length) : .prefix(bytes: length)
  }

  /// Compares the last bytes of the shorter file with the same place in the living one; `nil` if
  /// that one cannot be read.
  private func isPrefix(_ tail: Tail, size: Int64, of known: Tail) throws(FileError) -> Bool? {
    guard open(known) else { return nil }
    if known.isGzip && known.gunzip == nil { known.gunzip = Gunzip(files: files, handle: known.handle!) }
    let count = Int(min(size, Int64(CollectorLimits.markBytesMax)))
    var own = [UInt8](repeating: 0, count: count)
    var other = own
    try fill(&own) { buffer throws(FileError) in try content(of: tail, at: size - Int64(count), into: buffer) }
    try fill(&other) { buffer throws(FileError) in try content(of: known, at: size - Int64(count), into: buffer) }
    return own == other
  }

  /// Whether names and content together make one file the copy of the other.
  private func mayBeCopy(_ tail: Tail, of known: Tail, agreeing bytes: Int64) -> Bool {
    if tail.id == known.id && tail.isGzip == known.isGzip {
      // It was not found for a while, and is untouched: the same file under a name of its rotation.
      let (seen, last) = (tail.state.seen, known.state.seen)
      if known.hasVanished && seen.size == last.size && seen.modified == last.modified { return true }
      // The same inode with the same beginning: a log that always begins like this, unless much agrees.
      return bytes >= CollectorLimits.copyBytesMin
    }
    if RotationName.areRelated(GlobPattern.name(of: tail.path), GlobPattern.name(of: known.knownPath)) { return true }
    if bytes < CollectorLimits.copyBytesMin { return false }
    // A file that somebody named is read, whatever else holds the same.
    return !tail.names.contains { name in patterns.contains { $0.isLiteral && $0.text == name } }
  }

  private func start(_ tail: Tail) {
    tail.phase = .live
    tail.knownPath = tail.path
    tail.stored = nil
    clearProblem(tail.path)
    // The first files are identified after the first survey, before the second.
    if options.startsAtEnd && !isResumed && surveys < 2, !tail.isGzip { startAtEnd(tail) }
    queue(tail)
  }

  private func startAtEnd(_ tail: Tail) {
    let size = tail.state.seen.size
    let length = Int(min(size, 64 << 10))
    var bytes = [UInt8](repeating: 0, count: length)
    guard
      (try? fill(
        &bytes, { buffer throws(FileError) in try files.read(tail.handle!, at: size - Int64(length), into: buffer) }))
        != nil,
      let newline = bytes.lastIndex(of: 10)
    else { return }
    jump(tail, to: size - Int64(bytes.count) + Int64(newline) + 1)
  }

  /// A file holds the bytes of a lost one: reading goes on there.
  private func takeOver(_ tail: Tail, from lost: Tail, shorter: Bool) {
    index.remove(tail)
    tails[tail.key] = nil
    timed[tail.key] = nil
    if tail.isStored { gathering.forget(tail.key) }
    lost.handle = tail.handle
    lost.gunzip = tail.gunzip
    lost.isGzip = tail.isGzip
    lost.path = tail.path
    lost.knownPath = tail.path
    lost.phase = .live
    lost.lostAt = 0
    lost.hasVanished = false
    lost.timesMissed = 0
    lost.unreadBytes = 0
    lost.needsHeadCheck = true
    var status = tail.state.seen
    if tail.isGzip { status.size = max(status.size, lost.state.offset) }
    lost.state.moved(to: status, at: clock.steady())
    lost.names = tail.names
    byID[status.id] = lost
    tail.handle = nil
    tail.gunzip = nil
    if shorter {
      let size = lost.isGzip ? ((try? lengthOfContent(lost)) ?? lost.state.offset) : status.size
      jump(lost, to: size)
    }
    clearProblem(lost.path)
    markDirty(lost)
    queue(lost)
    if lost.names.isEmpty { timed[lost.key] = lost }
  }

  /// Moves the offset without reading; what lies before it counts as read.
  private func jump(_ tail: Tail, to offset: Int64) {
    var head = [UInt8](repeating: 0, count: Int(min(offset, Int64(CollectorLimits.headBytesMax))))
    var mark = [UInt8](repeating: 0, count: Int(min(offset, Int64(CollectorLimits.markBytesMax))))
    do {
      try fill(&head) { buffer throws(FileError) in try content(of: tail, at: 0, into: buffer) }
      let start = offset - Int64(mark.count)
      try fill(&mark) { buffer throws(FileError) in try content(of: tail, at: start, into: buffer) }
    } catch {
      return report(tail.path, error)
    }
    tail.state.skipped(to: offset, trail: Trail(head: head, mark: mark), at: clock.steady())
    tail.stored = nil
    tail.scannedBytes = 0
    reindex(tail)
    markDirty(tail)
  }

  private func isStillThere(_ tail: Tail) -> Bool {
    guard let status = try? files.status(at: tail.path), status.id == tail.id else { return false }
    return tail.isGzip || status.size >= tail.state.offset
  }

  private func loseDormant(_ tail: Tail) {
    tail.phase = .lost
    tail.hasVanished = true
    tail.lostAt = clock.wall()
    if byID[tail.id] === tail { byID[tail.id] = nil }
    markDirty(tail)
  }

  /// A file of ours that no path leads to any more was deleted, or renamed away, while we were down.
  private func expireDormant(_ tail: Tail) {
    let isOurs = patterns.contains { $0.matches(path: tail.path) }
    if isOurs {
      if !isStillThere(tail) { loseDormant(tail) }
    } else if clock.wall() - tail.seenAt > CollectorLimits.unseenKeptMicroseconds {
      forget(tail)
    }
  }

  private func expireLost() {
    let now = clock.wall()
    for tail in tails.values where tail.phase == .lost && now - tail.lostAt > CollectorLimits.lostKeptMicroseconds {
      forget(tail)
    }
  }

  // MARK: Siblings

  /// First survey: whatever lies beside our files and is no generation that we missed is left alone.
  private func surveyNeighbours() {
    let bases = Dictionary(grouping: Set(places.keys).union(tails.values.map(\.path)), by: GlobPattern.directory(of:))
    for directory in directories {
      guard let names = try? files.names(in: directory) else { continue }
      let own = bases[directory] ?? []
      let stems = Dictionary(grouping: own) { RotationName.stem(GlobPattern.name(of: $0)) }
      for name in names {
        let path = GlobPattern.join(directory, name)
        if places[path] != nil { continue }
        let pattern = patterns.first {
          GlobPattern.directory(of: $0.text) == directory || $0.text.contains("**") || !$0.isLiteral
        }
        guard let status = try? files.status(at: path), status.kind == .file else { continue }
        if let tail = byID[status.id] {
          tail.path = path
          look(tail, status)
          continue
        }
        let since = pattern.flatMap { watchedSince[$0.text] }
        let base = stems[RotationName.stem(name)]?.first {
          RotationName.isGeneration(name, of: GlobPattern.name(of: $0))
        }
        if let base, let since, status.modified >= since - CollectorLimits.modifiedSlackMicroseconds {
          observeSibling(path, status, of: base)
        } else {
          bystanders[status.id] = status
        }
      }
    }
  }

  /// Looks for generations that were renamed before they were ever seen: beside each path that
  /// leads elsewhere now.
  private func searchSiblings() {
    guard !searches.isEmpty else { return }
    let byDirectory = Dictionary(grouping: searches, by: GlobPattern.directory(of:))
    searches.removeAll()
    for (directory, paths) in byDirectory {
      guard let names = try? files.names(in: directory) else { continue }
      let stems = Dictionary(grouping: paths) { RotationName.stem(GlobPattern.name(of: $0)) }
      var found: [(path: String, status: FileStatus, base: String)] = []
      for name in names {
        guard let bases = stems[RotationName.stem(name)] else { continue }
        let path = GlobPattern.join(directory, name)
        if places[path] != nil && paths.contains(path) { continue }
        guard let status = try? files.status(at: path), status.kind == .file else { continue }
        if let tail = byID[status.id] {
          tail.path = path
          look(tail, status)
          continue
        }
        if patterns.contains(where: { $0.matches(path: path) }) {
          observe(path, status)
          continue
        }
        if let known = bystanders[status.id], known.modified == status.modified, known.size == status.size { continue }
        guard let base = bases.first(where: { RotationName.isGeneration(name, of: GlobPattern.name(of: $0)) }) else {
          continue
        }
        found.append((path, status, base))
      }
      found.sort { ($0.status.modified, $1.path) < ($1.status.modified, $0.path) }
      for (path, status, base) in found { observeSibling(path, status, of: base) }
    }
  }

  private func observeSibling(_ path: String, _ status: FileStatus, of base: String) {
    let tail = begin(path, status, as: base)
    timed[tail.key] = tail
    look(tail, status)
  }

  // MARK: Reading

  private func queue(_ tail: Tail) {
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
      if gathering.rows >= CollectorLimits.commitRowsMax {
        // The rest waits until the commit was handed over.
        for rest in batch.drop(while: { $0 !== tail }).dropFirst() where rest.phase == .live && rest.isQueued {
          ready.append(rest)
        }
        break
      }
    }
    closeIdle()
  }

  private func runTimers(at now: Int64) {
    for tail in timed.values {
      switch tail.phase {
      case .unidentified:
        if tail.state.seen.links == 0 && tail.names.isEmpty && tail.state.seen.size == 0 { forget(tail); continue }
        if tail.handle == nil && tail.names.isEmpty && (try? files.status(at: tail.path))?.id != tail.id {
          forget(tail); continue
        }
        if now - tail.waitingSince > 500_000 { queueIdentification(tail) }
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
          } else if tail.timesMissed < CollectorLimits.missedLooksMax {
            // Rotation may have moved it on; one listing may miss it while names change.
            tail.timesMissed += 1
            searches.insert(tail.path)
          } else {
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
          if tail.state.seen.links == 0 { retire(tail) } else { release(tail) }
        } else if !tail.names.isEmpty && tail.state.seen.links > 0 && tail.state.unfinishedBytes == 0 {
          timed[tail.key] = nil
        }
      case .lost:
        guard clock.wall() - tail.lostAt > 60_000_000 || clock.wall() < tail.lostAt else { continue }
        timed[tail.key] = nil
        if tail.unreadBytes > 0, let notes {
          gathering.insert(
            notes.gap(
              source: tail.source.source, offset: tail.state.offset,
              message: "\(tail.unreadBytes) bytes were removed before they were read", reason: "removed_unread",
              at: clock.wall()))
          gathering.begin(at: now)
        }
        tail.unreadBytes = 0
      case .dormant: timed[tail.key] = nil
      }
    }
  }

  /// Reads one block. - Returns: whether more is there.
  private func read(_ tail: Tail) -> Bool {
    guard open(tail) else { return false }
    if tail.isGzip && tail.gunzip == nil { tail.gunzip = Gunzip(files: files, handle: tail.handle!) }
    do {
      let isMore = try readBlock(tail)
      clearProblem(tail.path)
      return isMore
    } catch {
      report(tail.path, error)
      if error.code == ESTALE { release(tail) }
      return false
    }
  }

  private func readBlock(_ tail: Tail) throws(FileError) -> Bool {
    if tail.needsHeadCheck {
      guard verify(tail) else { return false }
      tail.needsHeadCheck = false
    }
    if try !mayHoldLine(tail) { return false }
    let marked = tail.state.trail.mark.count
    let wanted = marked + tail.blockBytes
    makeRoom(wanted)
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
    let count = try content(of: tail, at: tail.state.offset - Int64(marked), into: room)
    // One call reads the mark and what follows it, so the bytes are known to belong together.
    guard count >= marked,
      tail.state.trail.mark.withUnsafeBytes({
        memcmp($0.baseAddress ?? UnsafeRawPointer(buffer.baseAddress!), buffer.baseAddress!, marked)
      }) == 0
    else {
      lose(tail, reason: "overwritten")
      return false
    }
    let bytes = UnsafeRawBufferPointer(rebasing: room[marked..<count])
    let isFull = count == wanted
    if bytes.isEmpty {
      reachedEnd(tail, leaving: 0)
      return false
    }
    if bytes[0] == 0, !tail.isGzip, try skipNULs(tail, bytes) { return true }
    var consumed = consume(tail, bytes, .more)
    if consumed == 0 && !isFull {
      let ending = tail.state.ending(at: clock.steady())
      if ending != .more && tail.state.isAtEnd {
        consumed = consume(tail, bytes, ending)
        if consumed == 0 { tail.triedEnding = ending }
      }
    }
    if consumed > 0 {
      tail.blockBytes = CollectorLimits.blockBytes
      if !isFull {
        tail.holdsLines = hasNewline(UnsafeRawBufferPointer(rebasing: bytes[consumed...]))
        reachedEnd(tail, leaving: Int64(bytes.count - consumed))
      }
      return isFull
    }
    if isFull {
      // The reader takes parts of lines beyond its limit, so this ends.
      precondition(bytes.count <= 4 * Limits.lineBytesMax, "a reader consumes something of so many bytes")
      tail.blockBytes *= 2
      return true
    }
    tail.holdsLines = hasNewline(bytes)
    reachedEnd(tail, leaving: Int64(bytes.count))
    if !tail.holdsLines { tail.scannedBytes = Int64(bytes.count) }
    return false
  }

  /// Looks only at the new bytes of a long unfinished line, so that a line written in small pieces
  /// is not read anew with each.
  private func mayHoldLine(_ tail: Tail) throws(FileError) -> Bool {
    guard tail.scannedBytes > 64 << 10, !tail.isGzip, tail.state.ending(at: clock.steady()) == .more else {
      return true
    }
    makeRoom(CollectorLimits.blockBytes)
    while true {
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<CollectorLimits.blockBytes])
      let count = try files.read(tail.handle!, at: tail.state.offset + tail.scannedBytes, into: room)
      if count == 0 {
        reachedEnd(tail, leaving: tail.scannedBytes)
        return false
      }
      if memchr(room.baseAddress!, 10, count) != nil {
        tail.scannedBytes = 0
        return true
      }
      tail.scannedBytes += Int64(count)
      if tail.scannedBytes > Int64(Limits.lineBytesMax) { return true }
    }
  }

  private func consume(_ tail: Tail, _ bytes: UnsafeRawBufferPointer, _ ending: EventReader.Ending) -> Int {
    let consumed = reader.read(
      bytes, of: &tail.source, at: tail.state.offset, now: clock.wall(), ending: ending, into: &batch)
    precondition(consumed >= 0 && consumed <= bytes.count, "a reader consumes bytes that it was given")
    let now = clock.steady()
    if let onText { onText(batch.text) }
    gathering.take(&batch, of: tail.source.source, at: now)
    guard consumed > 0 else { return 0 }
    let wasShort = tail.state.trail.head.count < Trail.startBytes
    tail.state.consumed(UnsafeRawBufferPointer(rebasing: bytes[..<consumed]), at: now)
    tail.stored = nil
    tail.scannedBytes = 0
    tail.triedEnding = nil
    tail.ladder.add(tail.state.offset, mark: tail.state.trail.mark)
    if wasShort { reindex(tail) }
    markDirty(tail)
    return consumed
  }

  private func hasNewline(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 0 && memchr(bytes.baseAddress!, 10, bytes.count) != nil
  }

  private func reachedEnd(_ tail: Tail, leaving unfinished: Int64) {
    if unfinished != tail.state.unfinishedBytes { tail.triedEnding = nil }
    tail.state.reachedEnd(leaving: unfinished)
    if unfinished > 0 { timed[tail.key] = tail }
    if tail.isGzip {
      // All of it is read; the stream is not needed until the file changes.
      switch tail.gunzip?.state {
      case .damaged: reportDamage(tail.path, "is damaged; what could be decompressed was read.")
      case .cut:
        if !options.isFollowing { reportDamage(tail.path, "ends within its gzip stream; what is there was read.") }
      default: break
      }
      markDirty(tail)
      tail.gunzip = nil
      release(tail)
    }
  }

  /// Passes over NUL bytes at the start of a line: the hole that a writer without `O_APPEND` leaves
  /// after a truncation. NULs at the end of the file stay: something may still be written into them.
  private func skipNULs(_ tail: Tail, _ bytes: UnsafeRawBufferPointer) throws(FileError) -> Bool {
    let start = tail.state.offset
    if let first = bytes.firstIndex(where: { $0 != 0 }) {
      // A few NULs are a matter of the line, not of the file.
      guard first >= 16 || bytes[first] == UInt8(ascii: "{") else { return false }
      jump(tail, to: start + Int64(first))
      return true
    }
    var at = start + Int64(bytes.count)
    while true {
      guard let data = files.dataOffset(tail.handle!, from: at) else { break }
      at = data
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<CollectorLimits.blockBytes])
      let count = try files.read(tail.handle!, at: at, into: room)
      if count == 0 { break }
      if let first = room[..<count].firstIndex(where: { $0 != 0 }) {
        jump(tail, to: at + Int64(first))
        return true
      }
      at += Int64(count)
    }
    reachedEnd(tail, leaving: 0)
    return false
  }

  /// Compares head and mark with the file; if they differ the generation is lost.
  private func verify(_ tail: Tail) -> Bool {
    guard open(tail) else { return false }
    if tail.isGzip && tail.gunzip == nil { tail.gunzip = Gunzip(files: files, handle: tail.handle!) }
    let trail = tail.state.trail
    let isRestored = tail.stored != nil && trail.head.isEmpty
    let headLength =
      isRestored
      ? max(tail.stored!.headLength, Int(min(tail.state.offset, Int64(CollectorLimits.headBytesMax))))
      : trail.head.count
    let markLength = isRestored ? tail.stored!.markLength : trail.mark.count
    var head = [UInt8](repeating: 0, count: headLength)
    var mark = [UInt8](repeating: 0, count: markLength)
    do {
      try fill(&head) { buffer throws(FileError) in try content(of: tail, at: 0, into: buffer) }
      try fill(&mark) { buffer throws(FileError) in
        try content(of: tail, at: tail.state.offset - Int64(markLength), into: buffer)
      }
    } catch {
      report(tail.path, error)
      return false
    }
    if isRestored {
      guard mark.count == markLength, head.count == headLength, tail.stored!.accepts(head: head, mark: mark, by: hasher)
      else {
        lose(tail, reason: "overwritten")
        return false
      }
      tail.state.skipped(to: tail.state.offset, trail: Trail(head: head, mark: mark), at: clock.steady())
      tail.stored = nil
      tail.ladder.add(tail.state.offset, mark: mark)
      reindex(tail)
      tail.knownPath = tail.path
      return true
    }
    guard head == trail.head, mark == trail.mark else {
      lose(tail, reason: "overwritten")
      return false
    }
    tail.knownPath = tail.path
    return true
  }

  private func content(of tail: Tail, at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(FileError)
    -> Int
  {
    if let gunzip = tail.gunzip { return try gunzip.read(at: offset, into: room) }
    return try files.read(tail.handle!, at: offset, into: room)
  }

  private func lengthOfContent(_ tail: Tail) throws(FileError) -> Int64 {
    _ = try tail.gunzip!.finish()
    return tail.gunzip!.length
  }

  private func reindex(_ tail: Tail) {
    let start = tail.state.trail.start
    index.insert(tail, under: ContentIndex.Key(length: start.count, hash: hasher.hash(start)))
  }

  private func makeRoom(_ count: Int) {
    let normal = CollectorLimits.blockBytes + CollectorLimits.markBytesMax
    guard buffer.count < count || (buffer.count > normal && count <= normal) else { return }
    buffer.deallocate()
    buffer = .allocate(byteCount: max(count, normal), alignment: 64)
  }

  // MARK: Descriptors

  private func open(_ tail: Tail) -> Bool {
    if tail.handle != nil { return true }
    for path in [tail.path] + tail.names.filter({ $0 != tail.path }) {
      do {
        let handle = try files.open(path)
        let status = try files.status(of: handle)
        guard status.id == tail.id else {
          files.close(handle)
          continue
        }
        tail.handle = handle
        openHandles += 1
        tail.needsHeadCheck = true
        return true
      } catch {
        if error.code == EMFILE || error.code == ENFILE { closeLeastRecent() }
        if error.code != ENOENT { report(path, error) }
      }
    }
    return false
  }

  private func release(_ tail: Tail) {
    guard let handle = tail.handle else { return }
    files.close(handle)
    openHandles -= 1
    tail.handle = nil
    tail.gunzip = nil
  }

  private func closeIdle() {
    if openHandles > CollectorLimits.openFilesMax { closeLeastRecent() }
  }

  /// Closes files that can be opened again when they grow: read to the end, named, and not deleted.
  private func closeLeastRecent() {
    let closable = tails.values.filter {
      $0.handle != nil && !$0.isQueued && $0.state.isAtEnd && !$0.names.isEmpty && $0.state.seen.links > 0
    }.sorted { $0.state.activeAt < $1.state.activeAt }
    for tail in closable.prefix(max(16, openHandles - CollectorLimits.openFilesMax * 3 / 4)) { release(tail) }
  }

  // MARK: Handing over

  private func markDirty(_ tail: Tail) {
    gathering.begin(at: clock.steady())
    guard !tail.isDirty else { return }
    tail.isDirty = true
    dirty.append(tail)
  }

  /// The next commit, if it is due: events, and the positions up to which they were read.
  func takeCommit(force: Bool) -> Commit? {
    guard gathering.isDue(at: clock.steady()) || (force && !gathering.isEmpty) else { return nil }
    for tail in dirty where tail.isDirty {
      tail.isDirty = false
      guard tail.state.offset > 0 else { continue }
      gathering.add(tail.position(by: hasher))
      tail.isStored = true
    }
    dirty.removeAll(keepingCapacity: true)
    for pattern in patterns {
      let watch = StoredWatch(since: surveyStartedAt)
      watchedSince[pattern.text] = surveyStartedAt
      gathering.add(
        StoredPosition(
          key: StoredWatch.keyPrefix + pattern.text, path: pattern.text, offset: 0, identity: encode(watch), state: "{}"
        ))
    }
    var commit = gathering.handOver()
    commit.readAt = clock.wall()
    return commit
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

  // MARK: Problems

  private func report(_ path: String, _ error: FileError) {
    guard problems[path] != error.code else { return }
    problems[path] = error.code
    failures.insert(path)
    let problem =
      switch error.code {
      case ENOENT:
        options.isFollowing
          ? Problem(.failed, at: path, "no such file.", next: "It is read as soon as it appears.")
          : Problem(
            .failed, at: path, "no such file.",
            next: "Check the path; quote globs: '\(GlobPattern.directory(of: path))/*.log'")
      case EACCES, EPERM:
        Problem(
          .permission, at: path, "permission denied.",
          next: "Let the user that runs seclog read it:  setfacl -m u:$(id -un):r \(path)   or join its group.")
      default: Problem(.failed, at: path, "cannot be read: \(String(cString: strerror(error.code))).")
      }
    note(problem.description)
  }

  private func reportKind(_ path: String, _ kind: FileStatus.Kind) {
    guard problems[path] == nil else { return }
    problems[path] = EISDIR
    failures.insert(path)
    let problem =
      kind == .directory
      ? Problem(
        .failed, at: path, "is a directory.",
        next: "Name its files:  seclog collect '\(path.hasSuffix("/") ? path : path + "/")*.log'")
      : Problem(
        .failed, at: path, "is neither a file nor a pipe into standard input.",
        next: "Pipe it:  seclog collect < \(path)")
    note(problem.description)
  }

  private func reportUnreadable(_ path: String, _ kind: String) {
    guard problems[path] == nil else { return }
    problems[path] = ENOEXEC
    failures.insert(path)
    note(
      Problem(.data, at: path, "is \(kind), no log; nothing of it was read.", next: "Leave it out of the pattern.")
        .description)
  }

  private func reportDamage(_ path: String, _ what: String) {
    guard problems[path] == nil else { return }
    problems[path] = EILSEQ
    failures.insert(path)
    note(Problem(.data, at: path, what, next: "Compare with:  gzip -t \(path)").description)
  }

  private func reportNoMatch(_ pattern: String) {
    if !options.isFollowing { failures.insert(pattern) }
    note(
      Problem(
        .failed, at: pattern, "no file matches.",
        next: options.isFollowing ? "Files are read as soon as they appear." : "Check the path and the quotes."
      ).description)
  }

  private func clearProblem(_ path: String) {
    // What a file is does not change by reading it.
    guard let code = problems[path], code != ENOEXEC, code != EILSEQ else { return }
    problems[path] = nil
    failures.remove(path)
  }
}

/// Reads into an array and cuts it to what was there.
private func fill(
  _ bytes: inout [UInt8], _ read: (UnsafeMutableRawBufferPointer) throws(FileError) -> Int
) throws(FileError) {
  var failure: FileError?
  var count = 0
  bytes.withUnsafeMutableBytes { buffer in
    guard !buffer.isEmpty else { return }
    do {
      count = try read(buffer)
    } catch {
      failure = error as? FileError ?? FileError(code: EIO)
    }
  }
  if let failure { throw failure }
  bytes.removeLast(bytes.count - count)
}
