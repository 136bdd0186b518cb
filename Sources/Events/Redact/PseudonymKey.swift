import Foundation

/// The key of pseudonyms: the same session gives the same `[REDACTED:session:h:<key id>:<16 hex>]` on
/// every line and every host that has the key, and nobody without it can try values. ``KeyRing`` is its file.
public struct PseudonymKey: Sendable {
  public static let bytes = 32
  /// Shorter values could be guessed even from a keyed hash by whoever finds the key; they are masked.
  static let valueBytesMin = 16
  /// As short as an address or a name may be, which are no secrets.
  static let addressBytesMin = 3

  private let hash: KeyedHash
  /// First 8 hex digits of the HMAC of a fixed text: names the key without telling it.
  public let id: String

  /// - Precondition: `bytes` holds at least 16 bytes.
  public init(_ bytes: [UInt8]) {
    precondition(bytes.count >= 16, "a pseudonym key has at least 16 bytes")
    hash = KeyedHash(key: bytes)
    id = hash.code(of: Array("seclog key id".utf8)).hex(digits: 8)
  }

  func pseudonym(of value: UnsafeRawBufferPointer) -> UInt64 {
    // 0 means "none"; one value in 2^64 shares its pseudonym with another.
    return max(1, hash.code(of: value).number)
  }

  /// Where a key is looked for (decision 13), in order: `explicit`, `$CREDENTIALS_DIRECTORY/hmac.key`,
  /// `/etc/seclog/hmac.key`, and `hmac.key` beside the store.
  public static func candidates(explicit: String?, besideStore directory: String?) -> [String] {
    if let explicit { return [explicit] }
    var paths: [String] = []
    if let credentials = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"], !credentials.isEmpty {
      paths.append(credentials + "/hmac.key")
    }
    paths.append("/etc/seclog/hmac.key")
    if let directory { paths.append((directory.isEmpty ? "." : directory) + "/hmac.key") }
    return paths
  }

  /// The bytes of a key file; `nil` if there is none and none is required.
  static func bytes(of path: String, isRequired: Bool) throws -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT && !isRequired { return nil }
      if errno == EACCES && !isRequired && path.hasPrefix("/etc/") { return nil }
      throw Problem(
        errno == EACCES ? .permission : .failed, at: path, "cannot read the key: \(String(cString: strerror(errno)))",
        next: "Make one with: (umask 077; head -c 32 /dev/urandom > \(path))")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFIFO else {
      throw Problem(.failed, at: path, "is no file")
    }
    if status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o007 != 0 {
      throw Problem(.permission, at: path, "everybody may read this key", next: "chmod 600 \(path)")
    }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(file, &buffer, buffer.count)
    guard count >= 0 else {
      throw Problem(.failed, at: path, "cannot read the key: \(String(cString: strerror(errno)))")
    }
    return Array(buffer.prefix(count))
  }

  /// A new key.
  public static func fresh() -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    return (0..<bytes).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  static func make(at path: String) throws -> [UInt8] {
    let bytes = Self.fresh()
    // Written under another name and linked, so that a second process sees a whole key or none.
    let fresh = path + ".\(getpid())"
    let file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw Problem(
        errno == EACCES ? .permission : .failed, at: path,
        "cannot make a key for pseudonyms: \(String(cString: strerror(errno)))",
        next: "Give one with --key-file.")
    }
    let written = Glibc.write(file, bytes, bytes.count)
    let isDurable = fsync(file) == 0
    close(file)
    defer { unlink(fresh) }
    guard written == bytes.count, isDurable else {
      throw Problem(.failed, at: path, "cannot write the key for pseudonyms: \(String(cString: strerror(errno)))")
    }
    if link(fresh, path) != 0 {
      if errno == EEXIST, let ring = try KeyRing.read(path) { return ring.current }
      throw Problem(.failed, at: path, "cannot make a key for pseudonyms: \(String(cString: strerror(errno)))")
    }
    return bytes
  }
}
