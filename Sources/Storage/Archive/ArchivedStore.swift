import Events
import Glibc

/// A store that keeps every redacted line beside its events: in gzip members of segments, files that
/// `zcat` reads.
///
/// Members are written, and on `power` synced, before the transaction that names them; what no
/// transaction named is cut off at the next start. So a line is in the archive if and only if the
/// position behind it is in the store. Lines too few for a member wait in the store itself.
///
/// Used by one thread at a time: the one that commits.
public final class ArchivedStore: @unchecked Sendable {
  public struct Options: Hashable, Sendable {
    public var directory: String
    /// A segment of this size is closed, and the next begun.
    public var segmentBytesMax: Int64 = 64 << 20
    /// A segment is closed this long after it was begun.
    public var segmentMicrosecondsMax: Int64 = 24 * 3_600_000_000
    public var durability = EventStore.Durability.process

    public init(directory: String) { self.directory = directory }
  }

  private struct Open {
    let file: ArchiveFile
    let id: Int64
    let begunAt: Int64
    /// Bytes that are committed.
    var end: Int64
    /// Whether the disk has the name of the file.
    var isNamed = false
  }

  public let store: EventStore
  private let options: Options
  private let now: @Sendable () -> Int64
  private let gzip = GzipPress()
  private var open: Open?
  /// What waits in the store.
  private var tail = ArchiveText()
  /// When its first line came; 0 = there is none.
  private var tailSince: Int64 = 0

  /// Opens the archive, and cuts what was written and not committed.
  ///
  /// - Parameters:
  ///   - now: microseconds since 1970.
  ///   - note: what a person should know, such as bytes that are missing.
  /// - Throws: ``Events/Problem``.
  public init(
    _ store: EventStore, _ options: Options, now: @escaping @Sendable () -> Int64 = ArchivedStore.wallClock,
    note: (String) -> Void = { _ in }
  ) throws {
    self.store = store
    self.options = options
    self.now = now
    if mkdir(options.directory, 0o700) == 0 {
      Directory.sync(Directory.of(options.directory))
    } else if errno != EEXIST {
      throw ArchiveFile.problem(options.directory, errno)
    }
    guard access(options.directory, W_OK | X_OK) == 0 else { throw ArchiveFile.problem(options.directory, errno) }
    try adopt(note)
  }

  @Sendable public static func wallClock() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  // MARK: Starting

  /// Takes over the segments of writers that are gone.
  private func adopt(_ note: (String) -> Void) throws {
    var left: [(file: ArchiveFile?, id: Int64)] = []
    var candidate: Open?
    for known in try store.archive().segments where !known.isClosed {
      let file: ArchiveFile
      switch try ArchiveFile.open(existing: known.path) {
      case .inUse: continue
      case .missing:
        if known.lines > 0 { note("\(known.path): this segment of the archive is gone, with \(known.lines) lines.") }
        left.append((nil, known.id))
        continue
      case .file(let opened): file = opened
      }
      // Only now, under its lock, does its length stand still.
      guard let segment = try store.archive().segments.first(where: { $0.id == known.id }), !segment.isClosed else {
        continue
      }
      if file.size > segment.length { try file.cut(to: segment.length) }
      if file.size < segment.length {
        note(
          "\(segment.path): \(segment.length - file.size) bytes at its end are missing.\nWhich lines: seclog archive verify"
        )
      }
      if let old = candidate { left.append((old.file, old.id)) }
      candidate = nil
      if file.size == segment.length, Directory.of(segment.path) == options.directory {
        candidate = Open(file: file, id: segment.id, begunAt: segment.begunAt, end: segment.length)
      } else {
        left.append((file, segment.id))
      }
    }
    open = candidate
    let waiting = try store.archive().tails.filter { tail in
      tail.segment == open?.id || left.contains { $0.id == tail.segment }
    }
    if !waiting.isEmpty, open == nil { try begin() }
    try store.closeArchiveSegments(left.map(\.id), handingOverTo: open?.id)
    let names = waiting.isEmpty ? [:] : try store.archiveSources()
    for row in waiting {
      var text = ArchiveText()
      text.bytes = row.text
      text.runs = EventStore.decode(runs: row.runs, names)
      text.times = row.firstTs...max(row.firstTs, row.lastTs)
      tail.append(text)
      tailSince = now()
    }
  }

  private func begin() throws {
    let time = now()
    var number = 0
    while true {
      let stamp = Timestamp.rfc3339(time).prefix(19).filter { $0 != "-" && $0 != ":" }
      // Names sort as the files were begun, so that `zcat *.gz` gives lines in order.
      let suffix = String(number + 1000).dropFirst()
      let path = "\(options.directory)/seclog-\(stamp)Z-\(suffix).log.gz"
      // A power cut may have taken a file whose name the store has.
      if number < 999, try access(path, F_OK) == 0 || store.hasArchiveSegment(at: path) {
        number += 1
        continue
      }
      let file = try ArchiveFile(creating: path)
      do {
        let start = ArchiveMember.nothing.bytes
        try file.write(start, at: 0)
        let id = try store.beginArchiveSegment(path: path, at: time, length: Int64(start.count))
        open = Open(file: file, id: id, begunAt: time, end: Int64(start.count))
      } catch {
        unlink(path)
        throw error
      }
      return
    }
  }

  // MARK: Committing

  /// The committed lines that are in no member yet.
  public var waiting: [ArchivePiece] { tail.isEmpty ? [] : [.text(tail)] }

  /// Writes one commit and its lines: all of it or nothing.
  ///
  /// - Throws: ``Events/Problem``; nothing counts, and the same commit may be tried again.
  public func commit(_ commit: Commit) throws {
    guard !commit.archive.isEmpty else { return try store.commit(commit) }
    try rotateIfDue()
    if open == nil { try begin() }
    try write(commit)
  }

  /// Nothing is to be committed for a moment: lines that waited long become a member.
  public func idle() throws {
    guard tailSince != 0, now() - tailSince >= StoreLimits.archiveTailMicroseconds else { return }
    try write(Commit(), flushing: true)
  }

  /// The run ends: all lines become members.
  public func finish() throws {
    guard !tail.isEmpty else { return }
    try write(Commit(), flushing: true)
  }

  private func rotateIfDue() throws {
    guard let segment = open else { return }
    if segment.file.isUnlinked {
      open = nil
      try begin()
      try store.closeArchiveSegments([segment.id], handingOverTo: open!.id)
    } else if segment.end >= options.segmentBytesMax || now() - segment.begunAt >= options.segmentMicrosecondsMax {
      try write(Commit(), flushing: true, closing: true)
      open = nil
    }
  }

  private func write(_ commit: Commit, flushing: Bool = false, closing: Bool = false) throws {
    guard var segment = open else { return }
    var update = ArchiveUpdate(segment: segment.id)
    var text = tail
    var members: [ArchiveMember] = []
    func flush() {
      guard !text.isEmpty else { return }
      members.append(gzip.member(of: text))
      text = ArchiveText()
    }
    var added = ArchiveText()
    for piece in commit.archive {
      switch piece {
      case .text(let more):
        if text.bytes.count + more.bytes.count > StoreLimits.archiveTextBytes { flush() }
        text.append(more)
        added.append(more)
      case .member(let pending):
        flush()
        members.append(pending.result)
      case .pressed(let member):
        flush()
        members.append(member)
      }
    }
    let isOld = tailSince != 0 && now() - tailSince >= StoreLimits.archiveTailMicroseconds
    if flushing || isOld || text.bytes.count >= StoreLimits.archiveTextBytes { flush() }

    var end = segment.end
    var bytes: [UInt8] = []
    for member in members {
      update.members.append((end, member))
      bytes += member.bytes
      end += Int64(member.bytes.count)
    }
    update.clearsTail = !members.isEmpty && !tail.isEmpty
    update.tail = members.isEmpty ? added : text
    update.closes = closing
    do {
      try segment.file.write(bytes, at: segment.end)
      if closing || (options.durability == .power && !members.isEmpty) {
        try segment.file.sync(withDirectory: !segment.isNamed)
        segment.isNamed = true
      }
      try store.commit(commit, archive: update)
    } catch {
      // Whatever was written does not count; the next try writes it again.
      try? segment.file.cut(to: segment.end)
      throw error
    }
    segment.end = end
    open = segment
    if text.isEmpty { tailSince = 0 } else if tailSince == 0 || !members.isEmpty { tailSince = now() }
    tail = text
  }
}
