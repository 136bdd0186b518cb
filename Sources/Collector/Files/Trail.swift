/// What was consumed of a file, as far as recognising it needs: its first bytes and the last ones
/// before the offset.
///
/// Raw bytes of the log: they stay in memory, and only keyed hashes of them are stored.
struct Trail: Hashable {
  /// Up to ``CollectorLimits/headBytesMax`` bytes from the start of the file.
  private(set) var head: [UInt8] = []
  /// Up to ``CollectorLimits/markBytesMax`` bytes that end at the offset.
  private(set) var mark: [UInt8] = []

  init() {}

  init(head: [UInt8], mark: [UInt8]) {
    self.head = head
    self.mark = mark
  }

  /// Takes the bytes that follow the offset.
  mutating func consume(_ bytes: UnsafeRawBufferPointer) {
    if head.count < CollectorLimits.headBytesMax {
      let more = bytes.prefix(CollectorLimits.headBytesMax - head.count)
      // Not twice what is needed: thousands of files have one.
      head.reserveCapacity(head.count + more.count)
      head.append(contentsOf: more)
    }
    let limit = CollectorLimits.markBytesMax
    mark.reserveCapacity(min(limit, mark.count + bytes.count))
    if bytes.count >= limit {
      mark.replaceSubrange(0..<mark.count, with: bytes.suffix(limit))
    } else {
      let kept = min(mark.count, limit - bytes.count)
      mark.removeFirst(mark.count - kept)
      mark.append(contentsOf: bytes)
    }
  }

  /// How many bytes of the start decide where to look a file up.
  static let startBytes = 64
  var start: ArraySlice<UInt8> { head.prefix(Self.startBytes) }
}

/// A ``Trail`` as it is stored: lengths and keyed hashes.
struct Fingerprint: Hashable, Sendable, Codable {
  /// Which key made the hashes (``IdentityHasher/id``).
  var key: String
  var start: String
  var startLength: Int
  var head: String
  var headLength: Int
  var mark: String
  var markLength: Int
  /// Eight digits of the hash of the head up to each end of a line in it: a copy may be shorter than the head,
  /// and share with other files no more than a line that all begin with. `nil` = of an earlier version.
  var lineEnds: String?
  private static let digits = 8

  init(_ trail: Trail, by hasher: IdentityHasher) {
    key = hasher.id
    startLength = trail.start.count
    start = hasher.hash(trail.start)
    headLength = trail.head.count
    head = hasher.hash(trail.head)
    markLength = trail.mark.count
    mark = hasher.hash(trail.mark)
    lineEnds = Self.ends(in: trail.head).map { Self.short(trail.head.prefix($0), hasher) }.joined()
  }

  private static func short(_ bytes: ArraySlice<UInt8>, _ hasher: IdentityHasher) -> Substring {
    hasher.hash(bytes).prefix(digits)
  }

  private static func ends(in bytes: [UInt8]) -> [Int] { bytes.indices.filter { bytes[$0] == 10 }.map { $0 + 1 } }

  /// Whether all whole lines of a file that is shorter than the head are lines of the head; `nil` if there are
  /// none, or nothing is known of them.
  func begins(with content: [UInt8], by hasher: IdentityHasher) -> Bool? {
    let ends = Self.ends(in: content)
    guard let lineEnds, let end = ends.last else { return nil }
    return lineEnds.dropFirst(Self.digits * (ends.count - 1)).prefix(Self.digits)
      == Self.short(content.prefix(end), hasher)
  }

  /// Whether these bytes of a file are the ones the fingerprint was taken of. A fingerprint under
  /// another key cannot tell, and lets them pass.
  func accepts(head: some Collection<UInt8>, mark: some Collection<UInt8>, by hasher: IdentityHasher) -> Bool {
    guard key == hasher.id else { return true }
    return head.count >= headLength && mark.count == markLength && hasher.hash(head.prefix(headLength)) == self.head
      && hasher.hash(mark) == self.mark
  }
}
