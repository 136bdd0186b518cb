import Events
import Glibc

/// Identifying: whether the bytes of a file are those of one that is known.
extension FileFollower {
  func queueIdentification(_ tail: Tail) {
    if tail.phase != .unidentified {
      tail.phase = .unidentified
      tail.waitingSince = clock.steady()
    }
    if !tail.isQueued {
      tail.isQueued = true
      unidentified.append(tail)
    }
  }

  func identifyAll() {
    guard !unidentified.isEmpty else { return }
    var queue = unidentified
    queue.sort { ($0.state.seen.modified, $0.path) < ($1.state.seen.modified, $1.path) }
    // Not all at once: each takes a descriptor until it was read.
    let countMax = min(CollectorLimits.identifiedAtOnceMax, max(1, options.openFilesMax / 2))
    unidentified = Array(queue.dropFirst(countMax))
    let now = clock.steady()
    defer { current = nil }
    for tail in queue.prefix(countMax) {
      tail.isQueued = false
      guard tail.phase == .unidentified, tails[tail.key] === tail else { continue }
      if now < tail.retryAt {
        timed[tail.key] = tail
        continue
      }
      current = tail
      guard open(tail) else { continue }
      do {
        try identify(tail)
      } catch {
        report(tail.path, error)
      }
    }
  }

  func identify(_ tail: Tail) throws(FileError) {
    let handle = tail.handle!
    // Since the look that found it the file may have grown, or another may have taken its inode number.
    _ = tail.state.saw(try files.status(of: handle), at: clock.steady())
    var head = [UInt8](repeating: 0, count: CollectorLimits.headBytesMax)
    try fill(&head) { buffer throws(FileError) in try files.read(handle, at: 0, into: buffer) }
    guard !head.isEmpty else {
      // Nothing to lose yet; the next look identifies it.
      if openHandles > options.openFilesMax / 2 && !tail.names.isEmpty { release(tail) }
      return
    }
    let isGzip = head.starts(with: [0x1F, 0x8B])
    // One that was set aside is gone, and another file has its inode number, unless it holds what it held.
    var isAnother = isGzip != tail.isGzip
    tail.isGzip = isGzip
    if tail.state.offset > 0 {
      if !isGzip && !isAnother { isAnother = try !holdsTrail(tail) }
      if isAnother { jump(tail, to: 0) }
    }
    if let kind = FileKind.unreadable(head) {
      reportUnreadable(tail.path, kind)
      return
    }
    if tail.isGzip {
      // From the beginning: it may have grown since it was tried.
      tail.gunzip = Gunzip(files: files, handle: handle)
      let isYoung = fileTime - tail.state.seen.changed < CollectorLimits.gzipSettleMicroseconds
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
        // Rotation compresses empty logs, too: nothing will be in it, unless it changes.
        if gunzip.state == .complete { settleEmpty(tail) }
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
      if tail.mayBeLeft { return leave(tail) }
      let start = head.prefix(Trail.startBytes)
      index.insert(tail, under: ContentIndex.Key(length: start.count, hash: hasher.hash(start)))
      self.start(tail)
    case .copy(let original):
      tail.phase = .copy(of: original.key)
      if tail.names.isEmpty { timed[tail.key] = tail }
      release(tail)
    case .continues(let lost): takeOver(tail, from: lost)
    case .isPart(let lost, let bytes):
      if tail.id == lost.id {
        takeOver(tail, from: lost, at: try lineStart(in: tail, from: bytes))
      } else {
        try setAside(tail, beside: lost)
      }
    case .outgrows(let known):
      detach(known)
      takeOver(tail, from: known)
    case .wait: timed[tail.key] = tail
    }
  }

  /// Whether the first bytes and those before the offset are the ones that were there.
  private func holdsTrail(_ tail: Tail) throws(FileError) -> Bool {
    let trail = tail.state.trail
    var head = [UInt8](repeating: 0, count: trail.head.count)
    var mark = [UInt8](repeating: 0, count: trail.mark.count)
    try fill(&head) { buffer throws(FileError) in try content(of: tail, at: 0, into: buffer) }
    try fill(&mark) { buffer throws(FileError) in
      try content(of: tail, at: tail.state.offset - Int64(trail.mark.count), into: buffer)
    }
    return head == trail.head && mark == trail.mark
  }

  private func settleEmpty(_ tail: Tail) {
    if tail.names.isEmpty { return leave(tail) }
    tail.isEmpty = true
    release(tail)
  }

  enum Verdict {
    case new
    case copy(of: Tail)
    case continues(Tail)
    /// It ends, or goes another way, before the offset of the lost one; so many bytes of it were read.
    case isPart(of: Tail, bytes: Int64)
    /// It holds all of a living one, and more: what is unread is here.
    case outgrows(Tail)
    case wait
  }

  func verdict(on tail: Tail, head: [UInt8]) throws(FileError) -> Verdict {
    var continued: Tail?
    var outgrown: Tail?
    var shorter: (known: Tail, bytes: Int64)?
    var isWaiting = false
    let stem = RotationName.stem(GlobPattern.name(of: tail.path))
    for known in candidates(for: tail, head: head)
    where known !== tail && mayHoldTheSame(tail, stem: stem, head: head, as: known) {
      switch known.phase {
      case .unidentified, .copy: continue
      case .live:
        // It may have been truncated a moment ago; then the copy is to be read on.
        if open(known) { lookAtHandle(of: known) }
        if known.phase == .live, !known.isGzip, known.handle != nil { _ = verify(known) }
      case .dormant: if !isStillThere(known) { loseDormant(known) }
      case .lost: break
      }
      var isAlive: Bool { known.phase == .live || known.phase == .dormant }
      var likeness = try compare(tail, head: head, with: known, isAlive: isAlive)
      if isAlive, likeness == .different, changedMeanwhile(known) {
        // It was cut while it was compared.
        likeness = try compare(tail, head: head, with: known, isAlive: isAlive)
      }
      if tail.id == known.id, known.phase == .lost, let bytes = try agreement(of: tail, head: head, with: known) {
        switch likeness {
        case .same: break
        case .different, .prefix, .unclear: likeness = .prefix(bytes: bytes)
        }
      }
      switch likeness {
      case .different: continue
      case .same(let bytes):
        guard mayBeCopy(tail, of: known, agreeing: bytes) else { continue }
        if isAlive {
          guard try isLonger(tail, than: known) else { return .copy(of: known) }
          guard known.state.offset >= tail.state.offset else { continue }
          if (outgrown?.state.offset ?? -1) < known.state.offset { outgrown = known }
        } else if known.state.offset >= max(continued?.state.offset ?? -1, tail.state.offset) {
          // Of one that was set aside more may be known than of this one.
          continued = known
        }
      case .prefix(let bytes):
        guard mayBeCopy(tail, of: known, agreeing: bytes, isPrefix: true) else { continue }
        if known.phase != .lost { return .copy(of: known) }
        if (shorter?.bytes ?? -1) < bytes { shorter = (known, bytes) }
      case .unclear:
        guard mayBeCopy(tail, of: known, agreeing: 0) else { continue }
        isWaiting = true
      }
    }
    // All of it was read, if not under this name.
    if let shorter { return .isPart(of: shorter.known, bytes: shorter.bytes) }
    if let outgrown, outgrown.state.offset > continued?.state.offset ?? -1 { return .outgrows(outgrown) }
    if let continued { return .continues(continued) }
    if isWaiting && options.isFollowing && clock.steady() - tail.waitingSince < CollectorLimits.copyPatienceMicroseconds
    {
      return .wait
    }
    return .new
  }

  /// The known files that this one may be, or begin like.
  private func candidates(for tail: Tail, head: [UInt8]) -> [Tail] {
    if head.count >= Trail.startBytes { return index.candidates(head: head, by: hasher) }
    // Too short for the index: a copy that was made when its original had hardly begun.
    let stem = RotationName.stem(GlobPattern.name(of: tail.path))
    return tails.values.filter { $0.startKey != nil && $0.stem == stem }.sorted { $0.key < $1.key }
  }

  /// Whether it is worth the reading to compare two files: the answer of what is in memory. Without it
  /// a thousand logs that begin with the same banner would each be compared with all others.
  private func mayHoldTheSame(_ tail: Tail, stem: String, head: [UInt8], as known: Tail) -> Bool {
    let isSmall = !tail.isGzip && tail.state.seen.size < CollectorLimits.copyBytesMin
    // Names that no rotation could have made of one another: see ``mayBeCopy(_:of:agreeing:)``.
    if isSmall && known.stem != stem && known.id != tail.id { return false }
    let knownHead = known.state.trail.head
    let common = min(head.count, knownHead.count)
    return head.prefix(common) == knownHead.prefix(common)
  }

  /// Whether other bytes are in a living file than when it was looked at last.
  private func changedMeanwhile(_ known: Tail) -> Bool {
    let before = known.state.seen
    lookAtHandle(of: known)
    guard known.phase == .live, !known.state.seen.isUnchanged(since: before) else { return known.phase == .lost }
    if !known.isGzip, known.handle != nil { _ = verify(known) }
    return known.phase == .lost
  }

  enum Likeness: Equatable {
    case different
    /// All that was read of the known one is in this file too.
    case same(bytes: Int64)
    /// This file is shorter, and the known one begins with it.
    case prefix(bytes: Int64)
    /// This file is shorter, and nothing tells whether the known one began with it.
    case unclear
  }

  func compare(_ tail: Tail, head: [UInt8], with known: Tail, isAlive: Bool) throws(FileError) -> Likeness {
    // Of a compressed one what was read tells as much, and costs less.
    if isAlive, !known.isGzip || known.state.trail.head.isEmpty && known.stored == nil,
      let likeness = try compareContents(tail, with: known)
    {
      return likeness
    }
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
      guard try holdsSteps(tail, of: known.ladder, upTo: knownOffset) else { return .different }
      var mark = [UInt8](repeating: 0, count: markLength)
      try fill(&mark) { buffer throws(FileError) in
        try content(of: tail, at: knownOffset - Int64(markLength), into: buffer)
      }
      if mark.count == markLength {
        if !trail.mark.isEmpty { return mark == trail.mark ? .same(bytes: knownOffset) : .different }
        return known.stored.map { hasher.hash(mark) == $0.mark } ?? false ? .same(bytes: knownOffset) : .different
      }
    } else if !trail.head.isEmpty {
      // The whole of the shorter one is compared, if it is not being written.
      guard trail.head.starts(with: head) else { return .different }
      if tail.isGzip, try tail.gunzip!.finish() == .cut { return .unclear }
      let size = tail.isGzip ? try lengthOfContent(tail) : tail.state.seen.size
      if size <= Int64(head.count) { return .prefix(bytes: size) }
    } else if let begins = known.stored?.begins(with: head, by: hasher) {
      if tail.isGzip, try tail.gunzip!.finish() == .cut { return .unclear }
      return begins ? .prefix(bytes: tail.isGzip ? try lengthOfContent(tail) : tail.state.seen.size) : .different
    }
    // Shorter than what was read.
    if tail.isGzip, try tail.gunzip!.finish() == .cut { return .unclear }
    let size = tail.isGzip ? try lengthOfContent(tail) : tail.state.seen.size
    if isAlive, let same = try isPrefix(tail, size: size, of: known) {
      if same { return .prefix(bytes: size) }
      // Another compressed file may have its inode number now.
      if !known.isGzip || verify(known) { return .different }
    }
    guard let step = known.ladder.step(before: size) else {
      // Hardly a line. It begins like the known one, or it would not be compared.
      return head.count >= Trail.startBytes && tail.id.born > 0 && tail.id.born <= known.endedAt
        ? .prefix(bytes: size) : .unclear
    }
    // What was added to one that was set aside is new, unless more of it agrees than did then.
    if tail.state.offset > 0 && step <= tail.state.offset && size > tail.state.offset { return .different }
    var mark = [UInt8](repeating: 0, count: Int(min(step, Int64(CollectorLimits.markBytesMax))))
    try fill(&mark) { [count = mark.count] buffer throws(FileError) in
      try content(of: tail, at: step - Int64(count), into: buffer)
    }
    return known.ladder.accepts(mark: mark, at: step, by: hasher) ? .prefix(bytes: size) : .different
  }

  /// Whether the bytes before each step of a ladder are those that were read: files may begin and end alike.
  func holdsSteps(_ tail: Tail, of ladder: Ladder, upTo offset: Int64) throws(FileError) -> Bool {
    let size = tail.isGzip ? Int64.max : tail.state.seen.size
    for step in ladder.steps(upTo: min(offset, size)) {
      let count = Int(min(step, Int64(CollectorLimits.markBytesMax)))
      var mark = [UInt8](repeating: 0, count: count)
      try fill(&mark) { buffer throws(FileError) in try content(of: tail, at: step - Int64(count), into: buffer) }
      // What a hole was punched into was read before.
      guard mark.count < count || mark.allSatisfy({ $0 == 0 }) || ladder.accepts(mark: mark, at: step, by: hasher)
      else {
        return false
      }
    }
    return true
  }

  /// Up to where a file is what it was before it was cut in its middle and written on, as far as the ladder
  /// tells; `nil` if that is hardly more than a beginning that many logs share.
  private func agreement(of tail: Tail, head: [UInt8], with known: Tail) throws(FileError) -> Int64? {
    guard !tail.isGzip, !known.isGzip else { return nil }
    let trail = known.state.trail
    if !trail.head.isEmpty {
      guard head.starts(with: trail.head) else { return nil }
    } else if let stored = known.stored {
      guard head.count >= stored.headLength, hasher.hash(head.prefix(stored.headLength)) == stored.head else {
        return nil
      }
    }
    var agreed: Int64 = 0
    for step in known.ladder.steps(upTo: tail.state.seen.size) {
      var mark = [UInt8](repeating: 0, count: Int(min(step, Int64(CollectorLimits.markBytesMax))))
      try fill(&mark) { [count = mark.count] buffer throws(FileError) in
        try content(of: tail, at: step - Int64(count), into: buffer)
      }
      guard known.ladder.accepts(mark: mark, at: step, by: hasher) else { break }
      agreed = step
    }
    return agreed >= CollectorLimits.copyBytesMin ? agreed : nil
  }

  /// The first place from here on at which a line begins; the place itself if none does.
  private func lineStart(in tail: Tail, from place: Int64) throws(FileError) -> Int64 {
    var at = max(0, place - 1)
    var bytes: [UInt8] = []
    repeat {
      at += Int64(bytes.count)
      bytes = [UInt8](repeating: 0, count: 64 << 10)
      try fill(&bytes) { buffer throws(FileError) in try content(of: tail, at: at, into: buffer) }
      if let newline = bytes.firstIndex(of: 10) { return at + Int64(newline) + 1 }
    } while !bytes.isEmpty
    return place
  }

  /// Whether a file that begins with all of a living one goes on where that ends: of two copies of a log that
  /// is gone the later one, or the log and a younger one that holds only the first lines that all have.
  private func isLonger(_ tail: Tail, than known: Tail) throws(FileError) -> Bool {
    guard let handle = known.handle else { return false }
    let length = tail.isGzip ? try lengthOfContent(tail) : tail.state.seen.size
    guard known.isGzip else { return length > (try files.status(of: handle).size) }
    let whole = Gunzip(files: files, handle: handle)
    _ = try whole.finish()
    return length > whole.length
  }

  /// Compares start and end of what both files have; `nil` if the living one cannot be read.
  func compareContents(_ tail: Tail, with known: Tail) throws(FileError) -> Likeness? {
    guard open(known), let status = try? files.status(of: known.handle!) else { return nil }
    var knownSize = status.size
    if known.isGzip {
      let whole = Gunzip(files: files, handle: known.handle!)
      _ = try whole.finish()
      knownSize = whole.length
      if known.gunzip == nil { known.gunzip = Gunzip(files: files, handle: known.handle!) }
    }
    var length = min(knownSize, Int64(CollectorLimits.headBytesMax))
    let headLength = Int(length)
    var own = [UInt8](repeating: 0, count: headLength)
    var other = own
    try fill(&own) { buffer throws(FileError) in try content(of: tail, at: 0, into: buffer) }
    try fill(&other) { buffer throws(FileError) in try content(of: known, at: 0, into: buffer) }
    let common = min(own.count, other.count)
    guard common > 0, own.prefix(common) == other.prefix(common) else { return .different }
    var size = tail.state.seen.size
    if tail.isGzip {
      if options.isFollowing, try tail.gunzip!.finish() == .cut { return .unclear }
      size = try lengthOfContent(tail)
    }
    length = min(size, knownSize)
    let markLength = Int(min(length, Int64(CollectorLimits.markBytesMax)))
    own = [UInt8](repeating: 0, count: markLength)
    other = own
    try fill(&own) { buffer throws(FileError) in try content(of: tail, at: length - Int64(markLength), into: buffer) }
    try fill(&other) { buffer throws(FileError) in
      try content(of: known, at: length - Int64(markLength), into: buffer)
    }
    guard own == other, try areEqual(tail, known, upTo: length) else { return .different }
    return size >= known.state.offset ? .same(bytes: length) : .prefix(bytes: length)
  }

  /// Whether both hold the same bytes: all of them are compared, of long ones 64 KiB in each of a few hundred places.
  private func areEqual(_ tail: Tail, _ known: Tail, upTo length: Int64) throws(FileError) -> Bool {
    let block = 64 << 10
    var step = Int64(block)
    // What is packed is unpacked up to each place.
    if length > CollectorLimits.comparedBytesMax { step = length / (CollectorLimits.comparedBytesMax / Int64(block)) }
    var at: Int64 = 0
    while at < length {
      let count = Int(min(Int64(block), length - at))
      var own = [UInt8](repeating: 0, count: count)
      var other = own
      try fill(&own) { buffer throws(FileError) in try content(of: tail, at: at, into: buffer) }
      try fill(&other) { buffer throws(FileError) in try content(of: known, at: at, into: buffer) }
      guard own == other else { return false }
      at += max(step, Int64(block))
    }
    return true
  }

  /// Compares the last bytes of the shorter file with the same place in the living one; `nil` if
  /// that one cannot be read.
  func isPrefix(_ tail: Tail, size: Int64, of known: Tail) throws(FileError) -> Bool? {
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
  ///
  /// - Parameter isPrefix: it holds less than what was read of the other.
  func mayBeCopy(_ tail: Tail, of known: Tail, agreeing bytes: Int64, isPrefix: Bool = false) -> Bool {
    if tail.id == known.id && tail.isGzip == known.isGzip {
      // It was not found for a while, and is untouched: the same file under a name of its rotation.
      let (seen, last) = (tail.state.seen, known.state.seen)
      if known.hasVanished && (tail.id.born > 0 || seen.size == last.size && seen.modified == last.modified) {
        return true
      }
      // The same inode with the same beginning: a log that always begins like this, unless much agrees.
      return bytes >= CollectorLimits.copyBytesMin
    }
    // A copy is begun while its original is there, and one that is shorter was completed then. What is born
    // or written later and begins alike is a log that always begins like this, unless much agrees. Only
    // compression makes copies of copies.
    if known.phase == .lost, !tail.isGzip, known.endedAt > 0,
      (isPrefix ? max(tail.id.born, tail.state.seen.modified) : tail.id.born) > known.endedAt,
      bytes < CollectorLimits.copyBytesMin
    {
      return false
    }
    if RotationName.areRelated(GlobPattern.name(of: tail.path), GlobPattern.name(of: known.knownPath)) { return true }
    if bytes < CollectorLimits.copyBytesMin { return false }
    // A file that somebody named is read, whatever else holds the same.
    return !tail.names.contains { name in patterns.contains { $0.isLiteral && $0.text == name } }
  }

  func start(_ tail: Tail) {
    tail.phase = .live
    tail.knownPath = tail.path
    tail.stored = nil
    clearProblem(tail.path)
    if options.startsAtEnd && !isResumed && tail.wasThereFirst, !tail.isGzip { startAtEnd(tail) }
    queue(tail)
  }

  func startAtEnd(_ tail: Tail) {
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

  /// An early copy of a lost file: nothing in it is new, and what was read further is known of the lost one,
  /// of which a later copy may come. It is read on if it grows into something else.
  private func setAside(_ tail: Tail, beside lost: Tail) throws(FileError) {
    jump(tail, to: tail.isGzip ? try lengthOfContent(tail) : tail.state.seen.size)
    tail.phase = .copy(of: lost.key)
    if tail.names.isEmpty { timed[tail.key] = tail }
    release(tail)
  }

  /// Another file takes over what is known of this one, which is its copy from now on.
  func detach(_ known: Tail) {
    guard let handle = known.handle, let status = try? files.status(of: handle) else { return }
    let copy = begin(known.path, status, as: known.source.source)
    copy.handle = handle
    copy.names = known.names
    copy.phase = .copy(of: known.key)
    known.handle = nil
    known.gunzip = nil
    release(copy)
    if copy.names.isEmpty { timed[copy.key] = copy }
  }

  /// A file holds the bytes of a lost one: reading goes on there.
  ///
  /// - Parameter place: where, if not at the offset of the lost one.
  func takeOver(_ tail: Tail, from lost: Tail, at place: Int64? = nil) {
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
    lost.endedAt = 0
    lost.seenAt = fileTime
    lost.needsHeadCheck = true
    var status = tail.state.seen
    if tail.isGzip { status.size = max(status.size, lost.state.offset) }
    lost.state.moved(to: status, at: clock.steady())
    lost.names = tail.names
    byID[status.id] = lost
    tail.handle = nil
    tail.gunzip = nil
    if let place { jump(lost, to: place) }
    clearProblem(lost.path)
    markDirty(lost)
    queue(lost)
    if lost.names.isEmpty { timed[lost.key] = lost }
  }

  /// Moves the offset without reading; what lies before it counts as read.
  func jump(_ tail: Tail, to offset: Int64) {
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
    tail.ladder.cut(to: offset)
    tail.stored = nil
    tail.scannedBytes = 0
    reindex(tail)
    markDirty(tail)
  }
}
