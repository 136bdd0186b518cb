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
      head.append(contentsOf: bytes.prefix(CollectorLimits.headBytesMax - head.count))
    }
    let limit = CollectorLimits.markBytesMax
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

  init(_ trail: Trail, by hasher: IdentityHasher) {
    key = hasher.id
    startLength = trail.start.count
    start = hasher.hash(trail.start)
    headLength = trail.head.count
    head = hasher.hash(trail.head)
    markLength = trail.mark.count
    mark = hasher.hash(trail.mark)
  }

  /// Whether these bytes of a file are the ones the fingerprint was taken of. A fingerprint under
  /// another key cannot tell, and lets them pass.
  func accepts(head: some Collection<UInt8>, mark: some Collection<UInt8>, by hasher: IdentityHasher) -> Bool {
    guard key == hasher.id else { return true }
    return head.count >= headLength && mark.count == markLength && hasher.hash(head.prefix(headLength)) == self.head
      && hasher.hash(mark) == self.mark
  }
}
