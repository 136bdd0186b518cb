import Crypto
import Foundation

/// Makes ids: equal for the same line at the same place, whenever and however often it is read.
struct EventIdentity {
  /// Keyed once; each id begins with a copy.
  private let keyed: HMAC<SHA256>

  /// - Parameter key: of the pseudonyms; without one a fixed key, as ids need no secrecy of their own
  ///   when the text they are made of is in the store beside them.
  init(key: [UInt8]?) {
    keyed = HMAC<SHA256>(key: SymmetricKey(data: key ?? Array("seclog event id, without a key".utf8)))
  }

  /// 32 hex digits: HMAC-SHA-256 over what decision 4 names, cut to 128 bits.
  func id(
    host: String, app: String, source: String, time: Int64, line: UnsafeRawBufferPointer, ordinal: Int, record: Int
  ) -> String {
    var hmac = keyed
    // Lengths go first, so that no two different sets of fields give the same bytes.
    for text in [host, app, source] { update(&hmac, text) }
    update(&hmac, Int64(time))
    update(&hmac, Int64(ordinal))
    update(&hmac, Int64(record))
    hmac.update(data: line)
    return hmac.finalize().withUnsafeBytes { Self.hex($0.prefix(16)) }
  }

  private func update(_ hmac: inout HMAC<SHA256>, _ text: String) {
    var text = text
    text.withUTF8 {
      update(&hmac, Int64($0.count))
      hmac.update(data: UnsafeRawBufferPointer($0))
    }
  }

  private func update(_ hmac: inout HMAC<SHA256>, _ number: Int64) {
    withUnsafeBytes(of: number.littleEndian) { hmac.update(data: $0) }
  }

  static func hex(_ bytes: some Collection<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Counts equal lines with equal times: the part of an id that tells them apart (decision 4).
///
/// Remembers the last ``Limits/ordinalsMax`` different ones. Part of ``SourceState``.
struct LineOrdinals: Hashable, Sendable, Codable {
  private struct Entry: Hashable, Sendable, Codable {
    var hash: UInt64
    var count: Int
  }
  /// Most recently used last.
  private var entries: [Entry] = []

  /// What ``next(time:line:)`` said of the line: for its further records.
  func last(time: Int64, line: UnsafeRawBufferPointer) -> Int {
    let hash = Self.hash(time, line)
    return max((entries.last { $0.hash == hash }?.count ?? 1) - 1, 0)
  }

  private static func hash(_ time: Int64, _ line: UnsafeRawBufferPointer) -> UInt64 {
    (FieldName.hash(line) ^ UInt64(bitPattern: time)) &* 0x9e37_79b9_7f4a_7c15
  }

  /// How often this line with this time was seen before.
  mutating func next(time: Int64, line: UnsafeRawBufferPointer) -> Int {
    let hash = Self.hash(time, line)
    if let index = entries.lastIndex(where: { $0.hash == hash }) {
      var entry = entries.remove(at: index)
      entry.count += 1
      entries.append(entry)
      return entry.count - 1
    }
    if entries.count >= Limits.ordinalsMax { entries.removeFirst() }
    entries.append(Entry(hash: hash, count: 1))
    return 0
  }
}
