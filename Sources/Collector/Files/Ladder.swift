/// Fingerprints of the bytes before some earlier offsets: the powers of two, and the last few ends of
/// what was read.
///
/// A copy that `copytruncate` made a moment before its original was read further is shorter than
/// what was read. Only these tell it from a new file with the same beginning.
struct Ladder: Hashable, Codable {
  /// Its hash is a number in memory and sixteen hexadecimal digits where it is stored.
  private struct Step: Hashable, Codable {
    let offset: Int64
    let hash: UInt64

    private enum Name: CodingKey { case offset, hash }

    init(offset: Int64, hash: UInt64) {
      self.offset = offset
      self.hash = hash
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      offset = try container.decode(Int64.self, forKey: .offset)
      guard let hash = UInt64(try container.decode(String.self, forKey: .hash), radix: 16) else {
        throw DecodingError.dataCorruptedError(forKey: .hash, in: container, debugDescription: "no hexadecimal digits")
      }
      self.hash = hash
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      try container.encode(offset, forKey: .offset)
      let digits = String(hash, radix: 16)
      try container.encode(String(repeating: "0", count: 16 - digits.count) + digits, forKey: .hash)
    }
  }
  /// By offset, ascending.
  private var powers: [Step] = []
  private var ends: [Step] = []

  private static let lowest: Int64 = 16
  private static let powersMax = 14
  private static let endsMax = 4

  /// Takes the bytes that follow the offset.
  ///
  /// - Parameter mark: the bytes before the offset, as in ``Trail``.
  mutating func consume(
    _ bytes: UnsafeRawBufferPointer, at offset: Int64, after mark: [UInt8], by hasher: IdentityHasher
  ) {
    let end = offset + Int64(bytes.count)
    var power = Self.lowest
    while power <= offset { power *= 2 }
    while power < end {
      powers.append(
        Step(offset: power, hash: hash(bytes, upTo: Int(power - offset), after: mark, of: power, by: hasher)))
      power *= 2
    }
    // A copy of a large file is hardly a thousandth of it.
    while powers.count > Self.powersMax { powers.remove(at: 5) }
    ends.append(Step(offset: end, hash: hash(bytes, upTo: bytes.count, after: mark, of: end, by: hasher)))
    if ends.count > Self.endsMax { ends.removeFirst() }
  }

  private func hash(
    _ bytes: UnsafeRawBufferPointer, upTo end: Int, after mark: [UInt8], of offset: Int64, by hasher: IdentityHasher
  ) -> UInt64 {
    let count = Int(min(offset, Int64(CollectorLimits.markBytesMax)))
    let own = bytes[max(0, end - count)..<end]
    guard own.count < count else { return hasher.number(own) }
    return hasher.number(Array(mark.suffix(count - own.count)) + own)
  }

  /// Forgets the steps behind this offset: other bytes are there now.
  mutating func cut(to offset: Int64) {
    powers.removeAll { $0.offset > offset }
    ends.removeAll { $0.offset > offset }
  }

  /// The last step at or before this offset.
  func step(before offset: Int64) -> Int64? {
    max(powers.last { $0.offset <= offset }?.offset ?? -1, ends.last { $0.offset <= offset }?.offset ?? -1).nonNegative
  }

  /// All steps up to this offset, ascending.
  func steps(upTo offset: Int64) -> [Int64] {
    Set((powers + ends).map(\.offset)).filter { $0 <= offset }.sorted()
  }

  /// - Parameter mark: up to ``CollectorLimits/markBytesMax`` bytes that end at the offset.
  func accepts(mark: [UInt8], at offset: Int64, by hasher: IdentityHasher) -> Bool {
    let hash = hasher.number(mark)
    return (powers + ends).contains { $0.offset == offset && $0.hash == hash }
  }
}

extension Int64 {
  fileprivate var nonNegative: Int64? { self < 0 ? nil : self }
}
