import Events
import Glibc

/// Reading: one block at a time, each byte once.
extension FileFollower {
  /// Reads one block. - Returns: whether more is there.
  func read(_ tail: Tail) -> Bool {
    current = tail
    defer { current = nil }
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

  func readBlock(_ tail: Tail) throws(FileError) -> Bool {
    guard isWhatWasSeen(tail) else { return false }
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
      lose(tail)
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

  /// Between the look that found something to read and the reading, the file may have been truncated and
  /// written anew. Where lines are equally long and end alike, the bytes before the offset do not show that.
  ///
  /// - Returns: whether it is still as long as what was read; if it changed, its head is compared next.
  private func isWhatWasSeen(_ tail: Tail) -> Bool {
    guard !tail.isGzip, let handle = tail.handle, let status = try? files.status(of: handle),
      !status.isUnchanged(since: tail.state.seen)
    else { return true }
    tail.needsHeadCheck = true
    switch tail.state.saw(status, at: clock.steady()) {
    case .wait: break
    case .verify: tail.knownSize = max(tail.knownSize, status.size)
    case .startOver:
      lose(tail)
      return false
    }
    return true
  }

  /// Looks only at the new bytes of a long unfinished line, so that a line written in small pieces
  /// is not read anew with each.
  func mayHoldLine(_ tail: Tail) throws(FileError) -> Bool {
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

  func consume(_ tail: Tail, _ bytes: UnsafeRawBufferPointer, _ ending: EventReader.Ending) -> Int {
    let consumed = reader.read(
      bytes, of: &tail.source, at: tail.state.offset, now: clock.wall(), ending: ending, into: &batch)
    precondition(consumed >= 0 && consumed <= bytes.count, "a reader consumes bytes that it was given")
    let now = clock.steady()
    if let onText { onText(batch.text) }
    gathering.take(&batch, of: tail.source.source, at: now)
    guard consumed > 0 else { return 0 }
    let wasShort = tail.state.trail.head.count < Trail.startBytes
    tail.ladder.consume(
      UnsafeRawBufferPointer(rebasing: bytes[..<consumed]), at: tail.state.offset, after: tail.state.trail.mark,
      by: hasher)
    tail.state.consumed(UnsafeRawBufferPointer(rebasing: bytes[..<consumed]), at: now)
    tail.stored = nil
    tail.scannedBytes = 0
    tail.triedEnding = nil
    if wasShort { reindex(tail) }
    markDirty(tail)
    return consumed
  }

  func hasNewline(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 0 && memchr(bytes.baseAddress!, 10, bytes.count) != nil
  }

  func reachedEnd(_ tail: Tail, leaving unfinished: Int64) {
    if unfinished != tail.state.unfinishedBytes { tail.triedEnding = nil }
    tail.state.reachedEnd(leaving: unfinished)
    if unfinished == 0 { tail.readThrough = tail.state.seen.modified }
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
  func skipNULs(_ tail: Tail, _ bytes: UnsafeRawBufferPointer) throws(FileError) -> Bool {
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
  func verify(_ tail: Tail) -> Bool {
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
      guard mark.count == markLength, head.count == headLength,
        tail.stored!.accepts(head: head, mark: mark, by: hasher), !wasRewritten(tail, isSure: false)
      else {
        lose(tail)
        return false
      }
      tail.state.skipped(to: tail.state.offset, trail: Trail(head: head, mark: mark), at: clock.steady())
      tail.stored = nil
      reindex(tail)
      tail.knownPath = tail.path
      return true
    }
    guard head == trail.head, mark == trail.mark, !wasRewritten(tail) else {
      lose(tail)
      return false
    }
    tail.knownPath = tail.path
    return true
  }

  /// Whether a file that changed and did not grow, or that may have while nobody looked, has other bytes between its
  /// first and its last ones: a job may write the same beginning and end each night.
  private func wasRewritten(_ tail: Tail, isSure: Bool = true) -> Bool {
    guard !tail.isGzip, !isSure || tail.state.seen.size == tail.state.offset else { return false }
    return (try? holdsSteps(tail, of: tail.ladder, upTo: tail.state.offset)) == false
  }

  func content(of tail: Tail, at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(FileError)
    -> Int
  {
    if let gunzip = tail.gunzip { return try gunzip.read(at: offset, into: room) }
    return try files.read(tail.handle!, at: offset, into: room)
  }

  func lengthOfContent(_ tail: Tail) throws(FileError) -> Int64 {
    _ = try tail.gunzip!.finish()
    return tail.gunzip!.length
  }

  func reindex(_ tail: Tail) {
    let start = tail.state.trail.start
    index.insert(tail, under: ContentIndex.Key(length: start.count, hash: hasher.hash(start)))
  }

  func makeRoom(_ count: Int) {
    let normal = CollectorLimits.blockBytes + CollectorLimits.markBytesMax
    guard buffer.count < count || (buffer.count > normal && count <= normal) else { return }
    buffer.deallocate()
    buffer = .allocate(byteCount: max(count, normal), alignment: 64)
  }

  // MARK: Descriptors

  func open(_ tail: Tail) -> Bool {
    if tail.handle != nil { return true }
    if openHandles >= options.openFilesMax { closeLeastRecent() }
    for path in [tail.path] + tail.names.filter({ $0 != tail.path }) {
      do {
        let handle = try openMakingRoom(path)
        let status = try files.status(of: handle)
        guard status.id == tail.id else {
          files.close(handle)
          continue
        }
        tail.handle = handle
        openHandles += 1
        tail.needsHeadCheck = true
        lackingSince = nil
        return true
      } catch {
        if error.code != ENOENT, !isPassingLack(error) { report(path, error) }
      }
    }
    return false
  }

  private static func isLack(_ error: FileError) -> Bool { error.code == EMFILE || error.code == ENFILE }

  /// Whether a file could not be opened because others that cannot be closed yet hold all descriptors: renamed
  /// out of sight, they are read to their ends first.
  private func isPassingLack(_ error: FileError) -> Bool {
    guard options.isFollowing, Self.isLack(error) else { return false }
    let now = clock.steady()
    lackingSince = lackingSince ?? now
    return now - lackingSince! < CollectorLimits.quietLackMicroseconds
  }

  /// Others may have taken the descriptors that were counted on.
  private func openMakingRoom(_ path: String) throws(FileError) -> FileSystem.Handle {
    do {
      return try files.open(path)
    } catch {
      guard Self.isLack(error) else { throw error }
    }
    closeLeastRecent()
    return try files.open(path)
  }

  func release(_ tail: Tail) {
    guard let handle = tail.handle else { return }
    files.close(handle)
    openHandles -= 1
    tail.handle = nil
    tail.gunzip = nil
  }

  func closeIdle() {
    if openHandles > options.openFilesMax { closeLeastRecent() }
  }

  /// Closes files that can be opened again: best those that were read to their ends, the longest ago first.
  func closeLeastRecent() {
    let held = tails.values.filter { $0.handle != nil && $0 !== current && $0.state.seen.links > 0 }
    let wanted = max(min(16, max(1, options.openFilesMax / 2)), openHandles - options.openFilesMax * 3 / 4)
    var closed = 0
    for isIdle in [true, false] where closed < wanted {
      let closable = held.filter { ($0.state.isAtEnd && !$0.isQueued) == isIdle && $0.handle != nil }
      for tail in closable.sorted(by: { $0.state.activeAt < $1.state.activeAt }) where closed < wanted {
        // What was renamed away may be found under its last name still.
        guard !tail.names.isEmpty || (isIdle && tail.state.unfinishedBytes == 0 && isWhereItWas(tail)) else { continue }
        release(tail)
        closed += 1
      }
    }
  }

  private func isWhereItWas(_ tail: Tail) -> Bool { (try? files.status(at: tail.path))?.id == tail.id }
}
