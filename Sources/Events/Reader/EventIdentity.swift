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
    var head: [UInt8] = []
    head.reserveCapacity(128)
    // Lengths go first, so that no two different sets of fields give the same bytes.
    for text in [host, app, source] {
      Self.append(Int64(text.utf8.count), to: &head)
      head.append(contentsOf: text.utf8)
    }
    for number in [time, Int64(ordinal), Int64(record)] { Self.append(number, to: &head) }
    var hmac = keyed
    head.withUnsafeBytes { hmac.update(data: $0) }
    hmac.update(data: line)
    return hmac.finalize().withUnsafeBytes { Self.hex($0.prefix(16)) }
  }

  private static func append(_ number: Int64, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift))) }
  }

  static func hex(_ bytes: some Collection<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { text in
      func digit(_ half: UInt8) -> UInt8 { half < 10 ? 0x30 + half : 0x57 + half }
      for (i, byte) in bytes.enumerated() {
        text[2 * i] = digit(byte >> 4)
        text[2 * i + 1] = digit(byte & 15)
      }
      return bytes.count * 2
    }
  }
}

/// Counts equal lines with equal times: the part of an id that tells them apart (decision 4).
///
/// Remembers the last ``Limits/ordinalsMax`` different ones, and up to which time others were forgotten:
/// a line that may be one of those takes its number in the source instead of a count. Logs with fine
/// times never come to that, those with none do. Part of ``SourceState``.
struct LineOrdinals: Hashable, Sendable, Codable {
  private struct Entry: Hashable, Sendable, Codable {
    var hash: UInt64
    var count: Int
    /// Absent in positions of the first versions.
    var time: Int64?
  }
  /// Most recently used last.
  private var entries: [Entry] = []
  /// The latest time of a line that is no longer among ``entries``.
  private var forgotten: Int64?

  private static func hash(_ time: Int64, _ line: UnsafeRawBufferPointer) -> UInt64 {
    (FieldName.hash(line) ^ UInt64(bitPattern: time)) &* 0x9e37_79b9_7f4a_7c15
  }

  /// Above all counts, so that a number of a line never equals one.
  private static let lineNumbers = 1 << 40

  /// A number that no equal line of this time had before: how many there were, while that is known.
  ///
  /// - Parameter number: of the line in its source.
  mutating func next(time: Int64, line: UnsafeRawBufferPointer, number: Int64) -> Int {
    let hash = Self.hash(time, line)
    if let index = entries.lastIndex(where: { $0.hash == hash }) {
      var entry = entries.remove(at: index)
      entry.count += 1
      entries.append(entry)
      return entry.count - 1
    }
    if let forgotten, time <= forgotten { return Self.lineNumbers + Int(number) }
    if entries.count >= Limits.ordinalsMax {
      forgotten = max(forgotten ?? .min, entries.removeFirst().time ?? time)
      if time <= forgotten! { return Self.lineNumbers + Int(number) }
    }
    entries.append(Entry(hash: hash, count: 1, time: time))
    return 0
  }
}
