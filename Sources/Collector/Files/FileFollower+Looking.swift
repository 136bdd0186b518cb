import Events
import Glibc
import Storage

/// Looking: what the paths of the patterns lead to now.
extension FileFollower {
  /// Looks at everything: expands the patterns and looks at each file.
  func survey() {
    // Whatever is not known after this look was written later than anything seen before it.
    let since = fileTime
    hasBlindSpot = false
    var found: [(path: String, status: FileStatus)] = []
    var isThere: Set<String> = []
    var watched: Set<String> = []
    for pattern in patterns {
      let (paths, holding) = pattern.expand(in: files) { directory, error in
        hasBlindSpot = true
        report(directory, error)
      }
      watched.formUnion(holding)
      var count = 0
      for path in paths where isThere.insert(path).inserted {
        do {
          let status = try files.status(at: path)
          count += 1
          found.append((path, status))
        } catch {
          // What cannot be looked at may be there as before.
          if error.isAbsence { isThere.remove(path) } else { hasBlindSpot = true }
          if pattern.isLiteral || !error.isAbsence { report(path, error) }
        }
      }
      if count == 0 && !pattern.isLiteral && !hasSurveyed { reportNoMatch(pattern.text) }
    }
    if hasBlindSpot { isThere.formUnion(places.keys.filter { (try? files.status(at: $0)) != nil }) }
    for path in places.keys {
      if let link = links[path] { watched.insert(GlobPattern.directory(of: link)) }
    }
    directories = watched
    // Oldest first, so that a rotated generation is read before the one that follows it.
    found.sort { ($0.status.modified, $1.path) < ($1.status.modified, $0.path) }
    for path in places.keys where !isThere.contains(path) {
      if hasBlindSpot && !isGone(path) { continue }
      vanished(path)
    }
    for tail in tails.values where tail.names.isEmpty {
      if tail.handle != nil {
        lookAtHandle(of: tail)
      } else if tail.phase == .live, let status = try? files.status(at: tail.path), status.id == tail.id {
        // Closed under a name beside the pattern: nobody else looks at it.
        look(tail, status)
      }
    }
    for (path, status) in found { observe(path, status) }
    for directory in directories { scan(directory) }
    searchSiblings()
    surveys += 1
    for tail in tails.values where tail.phase == .dormant { expireDormant(tail) }
    expireLost()
    if bystanders.count > CollectorLimits.bystandersMax { bystanders.removeAll() }
    for pattern in patterns where watchedSince[pattern.text] == nil {
      horizons[pattern.text] = fileTime
      watchedSince[pattern.text] = fileTime
      gathering.begin(at: clock.steady())
    }
    guard !hasBlindSpot && searches.isEmpty else { return }
    let safe = tails.values.reduce(since) { min($0, $1.unreadSince ?? $0) }
    for pattern in patterns { watchedSince[pattern.text] = safe }
  }

  private func isGone(_ path: String) -> Bool {
    do {
      _ = try files.status(at: path)
      return false
    } catch {
      return error.isAbsence
    }
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
      } else if status.kind == .file, bystanders[status.id] == nil, let base = base(of: path) {
        searches.insert(base)
      }
    } catch {
      if error.isAbsence {
        if isOurs { vanished(path) }
      } else if isOurs {
        hasBlindSpot = true
        report(path, error)
      }
    }
  }

  /// Takes note of what a path of the patterns leads to.
  func observe(_ path: String, _ status: FileStatus) {
    guard status.kind == .file else {
      if patterns.contains(where: { $0.isLiteral && $0.text == path }) { reportKind(path, status.kind) }
      return
    }
    if places[path] != status.id {
      if let old = places[path], let tail = byID[old] { tail.names.remove(path); settle(tail) }
      places[path] = status.id
      links[path] = files.target(of: path)
      if hasSurveyed { searches.insert(path) }
    }
    let tail = byID[status.id] ?? begin(path, status)
    if !tail.names.contains(path) { tail.names.insert(path) }
    // A link may lead elsewhere soon; the file stays where it is.
    tail.path = links[path] ?? path
    look(tail, status)
  }

  func vanished(_ path: String) {
    // A file may have come and gone under this name since the last look.
    if hasSurveyed { searches.insert(path) }
    links[path] = nil
    guard let old = places.removeValue(forKey: path) else { return }
    guard let tail = byID[old] else { return }
    tail.names.remove(path)
    settle(tail)
  }

  /// A file lost a name: it was renamed, deleted, or something else took its place.
  func settle(_ tail: Tail) {
    if tail.handle != nil { lookAtHandle(of: tail) }
    timed[tail.key] = tail
  }

  func lookAtHandle(of tail: Tail) {
    guard let handle = tail.handle else { return }
    do {
      look(tail, try files.status(of: handle))
    } catch {
      release(tail)
    }
  }

  func look(_ tail: Tail, _ status: FileStatus) {
    let now = clock.steady()
    fileTime = max(fileTime, status.changed)
    tail.seenAt = fileTime
    if status.links == 0 && tail.endedAt == 0 { tail.endedAt = status.changed }
    switch tail.phase {
    case .unidentified:
      let isSame = status.isUnchanged(since: tail.state.seen)
      _ = tail.state.saw(status, at: now)
      if tail.isEmpty && isSame { break }
      tail.isEmpty = false
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
        if openHandles < options.openFilesMax / 2 && !tail.isGzip { _ = open(tail) }
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
      case .startOver: lose(tail)
      }
    case .lost:
      break
    }
    if tail.names.isEmpty || status.links == 0 { timed[tail.key] = tail }
  }
}
