/// Makes ids: equal for the same line at the same place, whenever and however often it is read.
struct EventIdentity {
  private let hash: KeyedHash

  /// - Parameter key: of the pseudonyms; without one a fixed key, as ids need no secrecy of their own
  ///   when the text they are made of is in the store beside them.
  init(key: [UInt8]?) { hash = KeyedHash(key: key ?? Array("seclog event id, without a key".utf8)) }

  /// 32 hex digits: HMAC-SHA-256 over what decision 4 names, cut to 128 bits.
  func id(
    host: String, app: String, source: String, time: Int64, line: UnsafeRawBufferPointer, ordinal: Int, record: Int
  ) -> String {
    var head: [UInt8] = []
    head.reserveCapacity(512)
    // Lengths go first, so that no two different sets of fields give the same bytes.
    for text in [host, app, source] {
      Self.append(Int64(text.utf8.count), to: &head)
      head.append(contentsOf: text.utf8)
    }
    for number in [time, Int64(ordinal), Int64(record)] { Self.append(number, to: &head) }
    return head.withUnsafeBytes { hash.code(of: $0, line) }.hex(digits: 32)
  }

  private static func append(_ number: Int64, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }
}

/// Counts equal lines with equal times: the part of an id that tells them apart (decision 4).
///
/// Remembers the last ``Limits/ordinalsMax`` different ones, and up to which time others were forgotten:
/// a line that may be one of those takes its number in the source instead of a count. Logs with fine
/// times never come to that, those with none do. Part of ``SourceState``.
struct LineOrdinals: Sendable {
  private struct Entry: Hashable, Sendable, Codable {
    var hash: UInt64
    var count: Int
    /// Absent in positions of the first versions.
    var time: Int64?
  }
  /// Most recently used last. The first ``stale`` are forgotten: they are moved over now and then, not one by one.
  private var entries: [Entry] = []
  private var stale = 0
  /// The latest time of a line that is no longer among ``entries``.
  private var forgotten: Int64?
  /// The latest time seen: a line with a later one is new.
  private var newest: Int64?

  private static func hash(_ time: Int64, _ line: UnsafeRawBufferPointer) -> UInt64 {
    // Mixed by itself: `1 …` a microsecond later must not be taken for `0 …`.
    var hash = mixed(UInt64(bitPattern: time)) ^ UInt64(line.count)
    var at = 0
    while at + 8 <= line.count {
      hash = mixed(hash ^ line.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian)
      at += 8
    }
    var rest: UInt64 = 0
    for i in at..<line.count { rest = rest << 8 | UInt64(line[i]) }
    return mixed(hash ^ rest)
  }

  /// Both halves of the product, so that every bit of the word counts.
  private static func mixed(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    return product.high ^ product.low &+ 0x2545_f491_4f6c_dd1d
  }

  /// Above all counts, so that a number of a line never equals one.
  private static let lineNumbers = 1 << 40

  /// A number that no equal line of this time had before: how many there were, while that is known.
  ///
  /// - Parameter number: of the line in its source.
  mutating func next(time: Int64, line: UnsafeRawBufferPointer, number: Int64) -> Int {
    let hash = Self.hash(time, line)
    let isLatest = newest.map { time > $0 } ?? (entries.count == stale)
    if isLatest { newest = time }
    if !isLatest, let index = entries[stale...].lastIndex(where: { $0.hash == hash }) {
      var entry = entries.remove(at: index)
      entry.count += 1
      entries.append(entry)
      return entry.count - 1
    }
    if let forgotten, time <= forgotten { return Self.lineNumbers + Int(number) }
    if entries.count - stale >= Limits.ordinalsMax {
      forgotten = max(forgotten ?? .min, entries[stale].time ?? time)
      stale += 1
      if stale == Limits.ordinalsMax {
        entries.removeFirst(stale)
        stale = 0
      }
      if time <= forgotten! { return Self.lineNumbers + Int(number) }
    }
    entries.append(Entry(hash: hash, count: 1, time: time))
    return 0
  }
}

extension LineOrdinals: Hashable {
  static func == (a: LineOrdinals, b: LineOrdinals) -> Bool {
    a.forgotten == b.forgotten && a.newest == b.newest && a.entries[a.stale...] == b.entries[b.stale...]
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(forgotten)
    hasher.combine(newest)
    hasher.combine(entries[stale...])
  }
}

/// The entries are one text, `hash,count,time` each in hexadecimal: they are encoded with every commit,
/// and as objects they were most of what a position took to encode.
extension LineOrdinals: Codable {
  private enum CodingKeys: String, CodingKey { case entries, forgotten, newest }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    forgotten = try container.decodeIfPresent(Int64.self, forKey: .forgotten)
    newest = try container.decodeIfPresent(Int64.self, forKey: .newest)
    guard let text = try? container.decode(String.self, forKey: .entries) else {
      // Positions of the first versions.
      entries = try container.decode([Entry].self, forKey: .entries)
      return
    }
    entries = try text.split(separator: " ").map { word in
      let fields = word.split(separator: ",", omittingEmptySubsequences: false).map { UInt64($0, radix: 16) }
      guard fields.count == 3, let hash = fields[0], let count = fields[1].flatMap(Int.init(exactly:)) else {
        throw DecodingError.dataCorruptedError(forKey: .entries, in: container, debugDescription: "not three numbers")
      }
      return Entry(hash: hash, count: count, time: fields[2].map(Int64.init(bitPattern:)))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(forgotten, forKey: .forgotten)
    try container.encodeIfPresent(newest, forKey: .newest)
    var text: [UInt8] = []
    text.reserveCapacity((entries.count - stale) * 36)
    for entry in entries[stale...] {
      Self.append(entry.hash, to: &text)
      text.append(UInt8(ascii: ","))
      Self.append(UInt64(entry.count), to: &text)
      text.append(UInt8(ascii: ","))
      if let time = entry.time { Self.append(UInt64(bitPattern: time), to: &text) }
      text.append(UInt8(ascii: " "))
    }
    try container.encode(String(decoding: text, as: UTF8.self), forKey: .entries)
  }

  private static func append(_ number: UInt64, to text: inout [UInt8]) {
    var digits = max(1, (67 - number.leadingZeroBitCount) / 4)
    while digits > 0 {
      digits -= 1
      let digit = UInt8(truncatingIfNeeded: number >> (4 * UInt64(digits)) & 15)
      text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
