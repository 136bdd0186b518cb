import Events

/// Generations: how the bytes of a file begin to be followed, and how that ends.
extension FileFollower {
  func begin(_ path: String, _ status: FileStatus, as source: String? = nil) -> Tail {
    var number = 0
    var key: String
    repeat {
      key = "file:\(status.id.device):\(status.id.inode):\(number)"
      number += 1
    } while tails[key] != nil
    let name = options.sourceName.isEmpty ? PathText.shown(source ?? path) : options.sourceName
    var state = SourceState(source: name, app: "")
    options.settings(name).apply(to: &state, app: SourceName.app(of: name))
    state.modified = status.modified
    let tail = Tail(
      key: key, phase: .unidentified, path: path, state: TailState(seen: status, at: clock.steady()), source: state)
    tail.waitingSince = clock.steady()
    fileTime = max(fileTime, status.changed)
    tail.seenAt = fileTime
    tail.state.isNamed = false
    tail.wasThereFirst = !hasWorked
    tails[key] = tail
    byID[status.id] = tail
    bystanders[status.id] = nil
    return tail
  }

  /// Other bytes are in the file now, or it is gone: this generation ends, and the file starts over.
  func lose(_ tail: Tail) {
    tail.unreadBytes = max(0, tail.knownSize - tail.state.offset)
    tail.phase = .lost
    tail.lostAt = max(fileTime, 1)
    // A copy of it was made before.
    if tail.endedAt == 0 { tail.endedAt = tail.state.seen.changed }
    if hasSurveyed { for name in tail.names { searches.insert(name) } }
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
    // A file that is being cut may show its new size before its new time (ext4), so what was seen of any file by
    // now counts: a copy that is there already was made before.
    tail.endedAt = max(tail.endedAt, status.changed, fileTime)
    let isSameLog = RotationName.areRelated(GlobPattern.name(of: path), GlobPattern.name(of: tail.source.source))
    let next = begin(path, status, as: isSameLog ? tail.source.source : base(of: path) ?? path)
    next.handle = handle
    next.names = names
    queueIdentification(next)
  }

  /// The file is gone, and everything that was in it was read.
  func retire(_ tail: Tail) {
    release(tail)
    if byID[tail.id] === tail { byID[tail.id] = nil }
    timed[tail.key] = nil
    guard tail.state.offset > 0, tail.phase == .live else { return forget(tail) }
    tail.phase = .lost
    tail.hasVanished = true
    tail.lostAt = max(fileTime, 1)
    tail.unreadBytes = 0
    for other in tails.values where other.phase == .copy(of: tail.key) { queueIdentification(other) }
    markDirty(tail)
  }

  /// It lay there when we came, and nothing in it continues what was read.
  func leave(_ tail: Tail) {
    bystanders[tail.id] = tail.state.seen
    forget(tail)
  }

  func forget(_ tail: Tail) {
    release(tail)
    index.remove(tail)
    if byID[tail.id] === tail { byID[tail.id] = nil }
    tails[tail.key] = nil
    timed[tail.key] = nil
    if tail.isStored { gathering.forget(tail.key); gathering.begin(at: clock.steady()) }
    tail.isDirty = false
  }

  func isStillThere(_ tail: Tail) -> Bool {
    do {
      let status = try files.status(at: tail.path)
      return status.id == tail.id && (tail.isGzip || status.size >= tail.state.offset)
    } catch {
      return !error.isAbsence  // What cannot be looked at is not gone.
    }
  }

  func loseDormant(_ tail: Tail) {
    tail.phase = .lost
    tail.hasVanished = true
    tail.lostAt = max(fileTime, 1)
    if byID[tail.id] === tail { byID[tail.id] = nil }
    markDirty(tail)
  }

  /// A file of ours that no path leads to any more was deleted, or renamed away, while we were down.
  func expireDormant(_ tail: Tail) {
    let isOurs = patterns.contains { $0.matches(path: tail.path) }
    if isOurs {
      if !isStillThere(tail) { loseDormant(tail) }
    } else if fileTime - tail.seenAt > CollectorLimits.unseenKeptMicroseconds {
      forget(tail)
    }
  }

  func expireLost() {
    for tail in tails.values where tail.phase == .lost && fileTime - tail.lostAt > CollectorLimits.lostKeptMicroseconds
    {
      forget(tail)
    }
  }
}
