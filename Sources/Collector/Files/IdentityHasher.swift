import Events

/// Hashes of raw log bytes, keyed so that nobody can guess a secret out of a stored one (decision 14).
struct IdentityHasher: Sendable {
  private let hash: KeyedHash
  /// Tells under which key a stored hash was made; hashes of another key say nothing.
  let id: String

  /// - Parameter secret: bytes that outlive the run: ``Events/KeyRing/fileKey``.
  init(secret: [UInt8]) {
    hash = KeyedHash(key: secret)
    id = hash.code(of: Array("key id".utf8)).hex(digits: 8)
  }

  /// 128 bits, as 32 hex digits.
  func hash(_ bytes: some Collection<UInt8>) -> String { code(of: bytes).hex(digits: 32) }

  /// The first 64 bits of the same.
  func number(_ bytes: some Collection<UInt8>) -> UInt64 { code(of: bytes).number }

  private func code(of bytes: some Collection<UInt8>) -> KeyedHash.Code {
    bytes.withContiguousStorageIfAvailable { hash.code(of: UnsafeRawBufferPointer($0)) } ?? hash.code(of: Array(bytes))
  }
}
