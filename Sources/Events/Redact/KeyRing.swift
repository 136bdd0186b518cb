import Foundation

/// The keys of a key file: the one that pseudonyms are made with, and those before it, as long as they are kept.
///
/// A file of 32 bytes, or 64 hexadecimal digits, is one key. After the first rotation it is text:
///
///     seclog-keys 1
///     identity <64 hex>
///     key <64 hex> since 2026-11-22T05:00:00.000000Z
///     old <64 hex> until 2026-12-22T05:00:00.000000Z
///     end
///
/// `identity` is what files and events are recognised by. It is not rotated: files that were read would be new ones.
public struct KeyRing: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public var key: [UInt8]
    /// Since when it is the one; 0 if that is not known. Microseconds since 1970, as ``until``.
    public var since: Int64 = 0
    /// Until when it is kept; `nil` of the current one.
    public var until: Int64?

    /// Names the key without telling it.
    public var id: String { PseudonymKey(key).id }
  }

  /// The current one first, then the latest.
  public private(set) var entries: [Entry]
  private var identity: [UInt8]?

  /// One key that was never rotated.
  public init(_ key: [UInt8]) { entries = [Entry(key: key)] }

  public var current: [UInt8] { entries[0].key }
  /// The key of the ids of events.
  public var eventKey: [UInt8] { identity ?? current }
  /// The key of the hashes that files are recognised by.
  public var fileKey: [UInt8] { identity ?? Self.fileKey(of: current) }

  /// What a key that was never rotated gives for files.
  public static func fileKey(of key: [UInt8]) -> [UInt8] {
    KeyedHash(key: key).code(of: Array("seclog file identity v1".utf8)).bytes
  }

  /// With a new current key. The one before is kept for `grace` microseconds, and those whose time is over go.
  ///
  /// - Throws: ``Problem`` if too many would be kept.
  public func rotated(to key: [UInt8], at now: Int64, grace: Int64) throws(Problem) -> KeyRing {
    var ring = self
    ring.identity = fileKey
    ring.entries[0].until = now + grace
    ring.entries.insert(Entry(key: key, since: now), at: 0)
    ring = ring.pruned(at: now)
    guard ring.entries.count <= Limits.keysMax else {
      throw Problem(
        .usage, "\(ring.entries.count - 1) earlier keys are still kept.",
        next: "Rotate less often, or destroy them first: seclog key prune --all")
    }
    return ring
  }

  /// Without the earlier keys whose time is over, or without any.
  public func pruned(at now: Int64, all: Bool = false) -> KeyRing {
    var ring = self
    ring.entries.removeAll { $0.until.map { all || $0 <= now } ?? false }
    return ring
  }

  /// What stands for `value` in markers: `h:<key id>:<16 hex>`, for each key; empty for a value that is too short to
  /// have one.
  public func pseudonyms(of value: [UInt8]) -> [(entry: Entry, text: String)] {
    guard value.count >= PseudonymKey.addressBytesMin else { return [] }
    return entries.map { entry in
      let key = PseudonymKey(entry.key)
      let code = value.withUnsafeBytes { key.pseudonym(of: $0) }
      let hex = String(code, radix: 16)
      return (entry, "h:\(key.id):" + String(repeating: "0", count: 16 - hex.count) + hex)
    }
  }

  // MARK: - The file

  private static let mark = "seclog-keys 1"
  /// Without it the file was cut: it must not pass for one with fewer keys.
  private static let end = "end"

  /// The text of the file, once it was rotated.
  var text: String {
    var lines = [Self.mark, "identity \(Self.hex(fileKey))"]
    for entry in entries {
      let time = entry.until.map { "until \(Timestamp.rfc3339($0))" } ?? "since \(Timestamp.rfc3339(entry.since))"
      lines.append("\(entry.until == nil ? "key" : "old") \(Self.hex(entry.key)) \(time)")
    }
    return (lines + [Self.end, ""]).joined(separator: "\n")
  }

  /// - Throws: ``Problem`` with the line, never with a word of it.
  init(_ bytes: [UInt8], at path: String) throws(Problem) {
    guard bytes.starts(with: Array((Self.mark + "\n").utf8)) else {
      entries = [Entry(key: try Self.single(bytes, at: path))]
      return
    }
    entries = []
    identity = nil
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated().dropFirst() where number < lines.count - 2 {
      let words = line.split(separator: " ")
      func refuse() -> Problem {
        Problem(
          .config, at: "\(path):\(number + 1)", "no line of a key file.",
          next: "Put back a copy of it; a new key finds no earlier pseudonym.")
      }
      guard words.count >= 2, let key = Self.key(hex: words[1].utf8) else { throw refuse() }
      if words[0] == "identity", words.count == 2, identity == nil {
        identity = key
        continue
      }
      guard words.count == 4, let time = TimeExpression.microseconds(String(words[3]), now: 0) else { throw refuse() }
      switch (words[0], words[2]) {
      case ("key", "since") where entries.isEmpty: entries.append(Entry(key: key, since: time))
      case ("old", "until") where !entries.isEmpty: entries.append(Entry(key: key, until: time))
      default: throw refuse()
      }
    }
    guard identity != nil, !entries.isEmpty, lines.suffix(2).elementsEqual([Self.end[...], ""]) else {
      throw Problem(
        .config, at: path, "the end of the key file is missing.",
        next: "Put back a copy of it; a new key finds no earlier pseudonym.")
    }
  }

  private static func single(_ bytes: [UInt8], at path: String) throws(Problem) -> [UInt8] {
    if let key = key(hex: bytes.filter { !isBlank($0) }) { return key }
    guard bytes.count >= PseudonymKey.bytes else {
      throw Problem(
        .config, at: path, "a key has \(PseudonymKey.bytes) bytes, this has \(bytes.count)",
        next: "Make one with: (umask 077; head -c 32 /dev/urandom > \(path))")
    }
    return bytes
  }

  private static func key(hex text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count == 2 * PseudonymKey.bytes else { return nil }
    var key: [UInt8] = []
    var half: UInt8?
    for byte in text {
      guard let digit = hexValue(byte) else { return nil }
      if let high = half { key.append(high << 4 | digit) }
      half = half == nil ? digit : nil
    }
    return key
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// Reads the first key file there is. If there is none and `besideStore` is given, makes one there, readable
  /// by its owner only. A file that others can read is refused.
  ///
  /// - Throws: ``Problem`` if a key file cannot be read or made, or is too open or too short.
  public static func load(explicit: String?, besideStore directory: String?) throws -> (ring: KeyRing, path: String)? {
    let paths = PseudonymKey.candidates(explicit: explicit, besideStore: directory)
    for path in paths {
      if let ring = try read(path, isRequired: explicit != nil) { return (ring, path) }
    }
    guard explicit == nil, directory != nil, let path = paths.last else { return nil }
    return (KeyRing(try PseudonymKey.make(at: path)), path)
  }

  public static func read(_ path: String, isRequired: Bool = true) throws -> KeyRing? {
    guard let bytes = try PseudonymKey.bytes(of: path, isRequired: isRequired) else { return nil }
    return try KeyRing(bytes, at: path)
  }

  /// Changes the file at `path`: readers see the old one or the new one, whenever the machine stops. One at a time does
  /// so, and what another wrote meanwhile is what is changed.
  ///
  /// - Parameter change: gives what the file holds then; the same ring leaves it as it is.
  @discardableResult
  public static func update(_ path: String, _ change: (KeyRing) throws -> KeyRing) throws -> KeyRing {
    func problem(_ what: String) -> Problem {
      Problem(
        errno == EACCES || errno == EPERM || errno == EROFS ? .permission : .failed, at: path,
        "\(what): \(String(cString: strerror(errno)))", next: "The key is the one it was.")
    }
    // The lock lies on the directory: the file itself is replaced.
    let folder = (path as NSString).deletingLastPathComponent
    let directory = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0, flock(directory, LOCK_EX) == 0 else {
      if directory >= 0 { close(directory) }
      throw problem("cannot lock the directory of the key")
    }
    defer { close(directory) }
    guard let old = try read(path) else { preconditionFailure("a key that is required is there") }
    let ring = try change(old)
    guard ring != old else { return ring }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Problem(.failed, at: path, "is no file that could be changed.")
    }
    let fresh = path + ".new"
    unlink(fresh)  // Of one that died; nobody else is here.
    let file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw problem("cannot write the new key") }
    defer { unlink(fresh) }
    var text = Array(ring.text.utf8)
    defer { for i in text.indices { text[i] = 0 } }
    // Whoever could read the old one reads the new one: a group, or the user of the service.
    let isOwned =
      status.st_uid == geteuid() && status.st_gid == getegid() || fchown(file, status.st_uid, status.st_gid) == 0
    let isWhole =
      isOwned && fchmod(file, status.st_mode & 0o640) == 0 && write(file, text, text.count) == text.count
      && fsync(file) == 0
    let failure = errno
    close(file)
    errno = failure
    guard isWhole else { throw problem("cannot write the new key") }
    guard rename(fresh, path) == 0 else { throw problem("cannot put the new key in its place") }
    _ = fsync(directory)
    return ring
  }
}
