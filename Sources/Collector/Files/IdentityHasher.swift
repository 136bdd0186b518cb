import Crypto

/// Hashes of raw log bytes, keyed so that nobody can guess a secret out of a stored one (decision 14).
struct IdentityHasher: Sendable {
  private let key: SymmetricKey
  /// Tells under which key a stored hash was made; hashes of another key say nothing.
  let id: String

  /// - Parameter secret: bytes that outlive the run: ``Events/KeyRing/fileKey``.
  init(secret: [UInt8]) {
    key = SymmetricKey(data: secret)
    id = Self.hex(HMAC<SHA256>.authenticationCode(for: Array("key id".utf8), using: key), bytes: 4)
  }

  /// 128 bits, as 32 hex digits.
  func hash(_ bytes: some Sequence<UInt8>) -> String {
    Self.hex(HMAC<SHA256>.authenticationCode(for: Array(bytes), using: key), bytes: 16)
  }

  private static func hex(_ code: HashedAuthenticationCode<SHA256>, bytes: Int) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in code.prefix(bytes) {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
