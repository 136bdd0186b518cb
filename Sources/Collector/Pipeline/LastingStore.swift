import CLinux
import Events
import Storage
import Synchronization

/// The store is behind what was read: see ``LastingStore/hasGoneBack``.
struct StoreWentBack: Error {}

/// The store of a run, which goes on in a new file when SQLite finds its own damaged.
///
/// The damaged one is set aside, whole, and an event tells it. The new one gets all positions: those that
/// this run read and wrote are remembered, others are taken from the damaged file as far as it can be read.
/// A file whose position is lost is read again from its start: the new store has none of its lines, so each is
/// in it once, and none is missing.
///
/// A store that is another file now, and behind what was written — an older state that was put back, or a file
/// system that a fault has thrown back and somebody mounted anew — is the truth: with ``goesBack`` set, reading
/// begins again at its positions.
///
/// Used by one thread at a time.
final class LastingStore: CommitTarget, @unchecked Sendable {
  private let file: StoreFile
  private let notes: PipelineNotes
  private let note: @Sendable (String) -> Void
  private let clock: Clock
  private var archive: ArchivedStore.Options?

  private var store: EventStore?
  private var target: (any CommitTarget)?
  /// The file of ``store``, also when it is closed.
  private var identity: FileIdentity?
  /// Positions that this run read, but for those that it wrote since.
  private var read = PositionMemory()
  private var written = PositionMemory()
  /// Calls of ``idle()`` since the last commit; one a second.
  private var idles = 0
  /// Whether this run read any position.
  private var hasRead = false
  /// Lines that only the damaged store had, for the archive of one that knows no archive.
  private var waiting: [ArchivePiece] = []
  private var setAsideAt: Int64?
  private let isBehind = Atomic(false)
  /// Whether somebody can begin again at the positions of a store that is behind; else what is read goes on.
  var goesBack = false
  /// Whether a damaged store kept positions for itself that nobody else knew.
  private(set) var hasLostPositions = false

  /// Opens the store.
  ///
  /// - Throws: ``Events/Problem``.
  init(_ file: StoreFile, reader: ReaderConfiguration, _ configuration: CollectorConfiguration, clock: Clock = .system)
    throws
  {
    self.file = file
    self.clock = clock
    notes = PipelineNotes(redactor: try Redactor(reader.redaction), app: configuration.app, host: reader.host)
    note = configuration.note
    archive = configuration.archive
    try attempt { _, _ in }
  }

  /// Archives to another place from now on, or nowhere.
  func archive(to options: ArchivedStore.Options?) throws {
    guard archive != options else { return }
    archive = options
    close()
    try attempt { _, _ in }
  }

  /// Whether nothing is committed any more until ``positions()`` are read again: the store is behind. Asked by any thread.
  var hasGoneBack: Bool { isBehind.load(ordering: .acquiring) }

  func positions() throws -> [StoredPosition] {
    let positions = try attempt { store, _ in
      defer { store.unmap() }
      return try store.positions()
    }
    if isBehind.exchange(false, ordering: .acquiringAndReleasing) { written = PositionMemory() }
    read = PositionMemory(positions.filter { !written.contains($0.key) })
    hasRead = !positions.isEmpty
    return positions
  }

  func commit(_ commit: Commit) throws {
    try attempt { _, target in
      guard !hasGoneBack else { throw StoreWentBack() }
      try target.commit(commit)
    }
    for key in commit.forgotten { (read[key], written[key]) = (nil, nil) }
    for position in commit.positions {
      written[position.key] = position
      read[position.key] = nil
    }
    idles = 0
  }

  func idle() throws {
    try attempt { _, target in try target.idle() }
    idles += 1
    guard idles == CollectorLimits.restSeconds else { return }
    store?.releaseMemory()
    cl_give_back_free_memory()
  }

  func finish() throws { try attempt { _, target in try target.finish() } }

  /// Runs `body`; again on another connection if SQLite speaks of damage, and again on a new store if that says the same.
  private func attempt<Result>(_ body: (EventStore, any CommitTarget) throws -> Result) throws -> Result {
    var isSuspect = false
    while true {
      do {
        try open()
        return try body(store!, target!)
      } catch {
        guard store?.isDamaged == true else {
          if target == nil { close() }
          throw error
        }
        close()
        if isSuspect {
          // A disk that damages all that it gets must not be filled with the proof.
          let now = clock.steady()
          guard now - (setAsideAt ?? .min / 2) > CollectorLimits.setAsideMicrosecondsMin else { throw error }
          try goOn(after: DamagedStore.setAside(file, known: identity))
        }
        isSuspect = true
      }
    }
  }

  private func open() throws {
    if target != nil, store!.isInPlace { return }
    if store?.isDamaged == false { store?.empty() }
    close()
    let wasThere = FileIdentity(path: file.path) != nil
    if let identity, !wasThere, !identity.sharesFileSystem(with: file.path) {
      // A store in the empty directory would be hidden as soon as it is mounted again.
      throw Problem(
        .failed, at: file.path, "the file system of the store is not mounted any more", next: "Mount it again.",
        isPassing: true)
    }
    try goOn(after: DamagedStore.setAside(file))
    let opened = try file.open()
    store = opened
    if let identity {
      // A file system that was mounted anew may give its old file the same numbers: the positions tell.
      let present = Dictionary(uniqueKeysWithValues: try opened.positions().map { ($0.key, $0) })
      if goesBack && wasThere && !follows(present) && isBehind(present) {
        isBehind.store(true, ordering: .releasing)
        hasLostPositions = true
        waiting = []
        note(
          Problem(
            .failed, at: file.path, "this store is another one, or an older state of the one before",
            next: "Reading begins again at its positions; what lies behind them is stored once more."
          ).description)
      } else if identity != opened.identity {
        // Another process has set the damaged file aside, or somebody has removed it.
        var commit = Commit()
        commit.positions =
          Array(written.all) + read.all.filter { present[$0.key] == nil }
        try opened.commit(commit)
      }
    }
    identity = opened.identity
    if try !waiting.isEmpty && !opened.archive().segments.isEmpty { waiting = [] }
    let target: any CommitTarget = try archive.map { try ArchivedStore(opened, $0, note: note) } ?? opened
    if archive != nil, !waiting.isEmpty {
      var commit = Commit()
      commit.archive = waiting
      try target.commit(commit)
    }
    waiting = []
    self.target = target
  }

  /// Whether another process began this store when it set ours aside.
  private func follows(_ present: [String: StoredPosition]) -> Bool {
    present[DamagedStore.marker].map { FileIdentity(path: $0.path) == identity } ?? false
  }

  /// Whether a store with these positions lacks something that was read.
  private func isBehind(_ present: [String: StoredPosition]) -> Bool {
    func lacks(_ known: StoredPosition) -> Bool {
      guard known.key.hasPrefix("file:") || known.key.hasPrefix("journal") else { return false }
      guard let position = present[known.key] else { return true }
      // The journal's place is a cursor.
      return position.offset < known.offset || (known.key.hasPrefix("journal") && position.identity != known.identity)
    }
    return read.all.contains(where: lacks) || written.all.contains(where: lacks)
  }

  private func close() {
    if let target = target as? ArchivedStore { waiting = target.waiting }
    target = nil
    store?.closeConnections()
    store = nil
  }

  /// Begins the store that follows a damaged one.
  private func goOn(after damaged: DamagedStore?) throws {
    guard let damaged else { return }
    setAsideAt = clock.steady()
    let saved = Dictionary(damaged.positions.map { ($0.key, $0) }) { $1 }
    // The end of the archive is known for the moment of these positions only.
    let isLatest = damaged.isWhole && written.all.allSatisfy { saved[$0.key] == $0 }
    let isWhole = damaged.isWhole || hasRead
    var commit = Commit()
    commit.positions =
      read.all.filter { saved[$0.key] == nil } + saved.values.filter { !written.contains($0.key) } + Array(written.all)
    let what = "the store was damaged and is set aside as \(damaged.path); a new one is begun"
    let positions =
      isWhole
      ? "reading goes on at the same positions"
      : "positions were lost with it, so files without one are read again from their start"
    commit.changes = [
      .insert(
        notes.gap(
          source: "collector", offset: 0, message: "\(what), and \(positions)", reason: "store_damaged",
          at: clock.wall()))
    ]
    let next = try file.open()
    defer { next.closeConnections() }
    let hasArchive = try next.follow(damaged, with: commit, takesArchive: isLatest)
    try damaged.release()
    identity = next.identity
    if !isWhole { hasLostPositions = true }
    let files =
      archive != nil && !hasArchive ? "\nThe archive goes on in a new file; `zcat` reads those of before." : ""
    note(
      Problem(
        .failed, at: file.path, "\(what), and \(positions).\(files)",
        next: "Take over its events:  seclog store rescue '\(damaged.path)' --db '\(file.path)'"
      ).description)
  }
}
