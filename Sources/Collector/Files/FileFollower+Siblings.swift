/// Siblings: generations that were renamed before they were ever seen.
///
/// They lie beside the paths of the patterns, under names that rotation gives. What lay there when
/// we first came is none of ours; what is not known and was written since then was not read yet.
extension FileFollower {
  /// Looks at all names of a directory that changed since it was last listed.
  func scan(_ directory: String) {
    let changed = try? files.status(at: directory)
    if let changed { fileTime = max(fileTime, changed.changed) }
    let isFirst = scanned[directory] == nil
    if let changed, scanned[directory] == changed.changed { return }
    do {
      let names = try files.names(in: directory)
      for name in names { lookBeside(GlobPattern.join(directory, name), isFirst: isFirst) }
      lookBelow(directory, names)
      // Times of directories are coarse: two changes within a tick show the same one.
      let isSettled = changed.map { fileTime - $0.changed > CollectorLimits.modifiedSlackMicroseconds } ?? false
      scanned[directory] = isSettled ? changed!.changed : 0
    } catch {
      // A directory that does not exist yet holds nothing.
      if error.isAbsence { scanned[directory] = 0 } else { hasBlindSpot = true }
    }
  }

  /// Looks beside each path that leads elsewhere now.
  func searchSiblings() {
    guard !searches.isEmpty else { return }
    let byDirectory = Dictionary(grouping: searches, by: GlobPattern.directory(of:))
    searches.removeAll()
    for (directory, paths) in byDirectory {
      do {
        let stems = Set(paths.map { RotationName.stem(GlobPattern.name(of: $0)) })
        for name in try files.names(in: directory) where stems.contains(RotationName.stem(name)) {
          lookBeside(GlobPattern.join(directory, name), isFirst: false)
        }
      } catch {
        if !error.isAbsence { searches.formUnion(paths) }
      }
    }
  }

  /// Looks into the directories of a directory, one deep: rotation may move a file there (`olddir`, `archived/`).
  /// Only what is known, or continues something that was read, is ours: other programs have logs of the same name.
  private func lookBelow(_ directory: String, _ names: [String]) {
    // Names of files have an ending, and each look costs a call.
    let likely = names.filter { !$0.contains(".") && places[GlobPattern.join(directory, $0)] == nil }
    var stems: Set<String>?
    for name in likely.sorted().prefix(CollectorLimits.directoriesBelowMax) {
      let below = GlobPattern.join(directory, name)
      guard (try? files.status(at: below))?.kind == .directory, let inner = try? files.names(in: below) else {
        continue
      }
      let known =
        stems
        ?? Set(tails.values.lazy.filter { GlobPattern.directory(of: $0.source.source) == directory }.map(\.stem))
      stems = known
      for file in inner where known.contains(RotationName.stem(file)) {
        let path = GlobPattern.join(below, file)
        guard !patterns.contains(where: { $0.matches(path: path) }), let status = try? files.status(at: path),
          status.kind == .file
        else { continue }
        fileTime = max(fileTime, status.changed)
        if let tail = byID[status.id] {
          tail.path = path
          look(tail, status)
        } else if bystanders[status.id].map({ $0.modified != status.modified || $0.size != status.size }) ?? true,
          let base = ([file] + RotationName.bases(of: file)).map({ GlobPattern.join(directory, $0) })
            .first(where: { base in tails.values.contains { $0.source.source == base } })
        {
          let tail = begin(path, status, as: base)
          tail.mayBeLeft = true
          timed[tail.key] = tail
          look(tail, status)
        }
      }
    }
  }

  private func lookBeside(_ path: String, isFirst: Bool) {
    if places[path] != nil && isFirst { return }
    let isOurs = patterns.contains { $0.matches(path: path) }
    let base = isOurs ? nil : base(of: path)
    guard isOurs || base != nil || isFirst else { return }
    let status: FileStatus
    do {
      status = try files.status(at: path)
    } catch {
      if !error.isAbsence {
        hasBlindSpot = true
        if let base { searches.insert(base) }
      }
      return
    }
    guard status.kind == .file else { return }
    fileTime = max(fileTime, status.changed)
    if isOurs { return observe(path, status) }
    if let tail = byID[status.id] {
      tail.path = path
      return look(tail, status)
    }
    if let known = bystanders[status.id], known.modified == status.modified, known.size == status.size { return }
    guard let base else {
      bystanders[status.id] = status
      return
    }
    let isUnread = horizon(of: base).map { status.modified >= $0 - CollectorLimits.modifiedSlackMicroseconds } ?? false
    if isFirst && !isUnread {
      bystanders[status.id] = status
      return
    }
    let tail = begin(path, status, as: base)
    // It may still be the copy of one that was being read.
    tail.mayBeLeft = !isUnread
    timed[tail.key] = tail
    look(tail, status)
  }

  /// Since when what is not known of a path's generations was not read; `nil` = nothing was followed before.
  private func horizon(of base: String) -> Int64? {
    patterns.lazy.filter { $0.matches(path: base) || self.links.values.contains(base) }
      .compactMap { self.horizons[$0.text] }.min()
  }

  /// The path of the patterns whose older generation this one may be by its name.
  func base(of path: String) -> String? {
    let name = GlobPattern.name(of: path)
    let directory = GlobPattern.directory(of: path)
    for base in RotationName.bases(of: name) {
      let candidate = GlobPattern.join(directory, base)
      if patterns.contains(where: { $0.matches(path: candidate) }) { return candidate }
    }
    // Beside the target of a link, names that differ in numbers only follow each other.
    for (link, target) in links where GlobPattern.directory(of: target) == directory {
      let own = GlobPattern.name(of: target)
      if RotationName.isSuccessor(name, of: own) || RotationName.isGeneration(name, of: own) { return link }
    }
    return nil
  }
}
