import Events
import Foundation
import Storage

/// What ``Storage/StoredPosition/identity`` holds for a file.
struct StoredIdentity: Codable {
  var device: UInt64
  var inode: UInt64
  var born: Int64
  var fingerprint: Fingerprint
  /// Size and time of the file when it was last looked at.
  var size: Int64
  var modified: Int64
  var changed: Int64
  var gzip: Bool
  /// Whether all that was there had been read.
  var atEnd: Bool
  /// File time when it was found gone; 0 while it lives.
  var lost: Int64
  /// File time when it was deleted or truncated, as far as known.
  var ended: Int64
  /// File time of the last look.
  var seen: Int64
  var readThrough: Int64
  var ladder: Ladder
}

/// File time before which nothing was written to files of a pattern that is neither read nor known.
struct StoredWatch: Codable {
  var since: Int64
  static let keyPrefix = "watch:"

  init(since: Int64) { self.since = since }

  init?(json: String) {
    guard let watch = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
    self = watch
  }
}

extension Tail {
  func position(by hasher: IdentityHasher) -> StoredPosition {
    let fingerprint =
      stored.flatMap { phase == .dormant || state.trail.head.isEmpty ? $0 : nil }
      ?? Fingerprint(state.trail, by: hasher)
    let identity = StoredIdentity(
      device: id.device, inode: id.inode, born: id.born, fingerprint: fingerprint, size: state.seen.size,
      modified: state.seen.modified,
      changed: state.seen.changed, gzip: isGzip,
      atEnd: state.isAtEnd && state.unfinishedBytes == 0 && (isGzip || state.offset == state.seen.size), lost: lostAt,
      ended: endedAt, seen: seenAt, readThrough: readThrough, ladder: ladder)
    return StoredPosition(
      key: key, path: knownPath, offset: state.offset, identity: encode(identity), state: encode(source))
  }

  /// - Returns: `nil` for a position that this version cannot read; it counts as unknown.
  convenience init?(_ position: StoredPosition, at now: Int64) {
    guard let identity = try? JSONDecoder().decode(StoredIdentity.self, from: Data(position.identity.utf8)),
      let source = try? JSONDecoder().decode(SourceState.self, from: Data(position.state.utf8))
    else { return nil }
    let seen = FileStatus(
      id: InodeID(device: identity.device, inode: identity.inode, born: identity.born), kind: .file,
      size: identity.size,
      modified: identity.modified, changed: identity.changed, links: 1)
    self.init(
      key: position.key, phase: identity.lost == 0 ? .dormant : .lost, path: position.path,
      state: TailState(offset: position.offset, seen: seen, at: now), source: source)
    stored = identity.fingerprint
    isGzip = identity.gzip
    wasAtEnd = identity.atEnd
    lostAt = identity.lost
    endedAt = identity.ended
    seenAt = identity.seen
    readThrough = identity.readThrough
    ladder = identity.ladder
    isStored = true
    names = []
  }
}
