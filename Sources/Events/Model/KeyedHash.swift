import Crypto
import Foundation

/// HMAC-SHA-256 (RFC 2104) whose key was taken in once: of a short text, two of four blocks are saved.
public struct KeyedHash: Sendable {
  private let inner: SHA256
  private let outer: SHA256

  public init(key: [UInt8]) {
    var block = key.count > SHA256.blockByteCount ? Array(SHA256.hash(data: key)) : key
    block += [UInt8](repeating: 0, count: SHA256.blockByteCount - block.count)
    func begun(_ pad: UInt8) -> SHA256 {
      var hash = SHA256()
      hash.update(data: block.map { $0 ^ pad })
      return hash
    }
    inner = begun(0x36)
    outer = begun(0x5c)
  }

  /// The code of two texts, one behind the other.
  public func code(
    of first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
  ) -> Code {
    var hash = inner
    hash.update(bufferPointer: first)
    hash.update(bufferPointer: second)
    let digest = hash.finalize()
    hash = outer
    digest.withUnsafeBytes { hash.update(bufferPointer: $0) }
    return Code(digest: hash.finalize())
  }

  public func code(of bytes: [UInt8]) -> Code { bytes.withUnsafeBytes { code(of: $0) } }

  public struct Code {
    fileprivate let digest: SHA256Digest

    public var bytes: [UInt8] { Array(digest) }

    /// The first 64 bits.
    public var number: UInt64 { digest.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) } }

    /// The first bits as so many hexadecimal digits, an even number.
    public func hex(digits: Int) -> String {
      digest.withUnsafeBytes { digest in
        String(unsafeUninitializedCapacity: digits) { text in
          func digit(_ half: UInt8) -> UInt8 { half < 10 ? 0x30 + half : 0x57 + half }
          for i in 0..<digits / 2 {
            text[2 * i] = digit(digest[i] >> 4)
            text[2 * i + 1] = digit(digest[i] & 15)
          }
          return digits
        }
      }
    }
  }
}
