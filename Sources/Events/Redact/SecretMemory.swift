/// The secrets that a source printed under a sensitive name a while ago, so that a bare copy of one on a
/// later line is hidden too: a row of a table, an argument of a traceback, a command without its flag.
///
/// It holds no text: only hashes with a seed of this process, so a dump of the memory tells nothing. It
/// is not stored with the source either; after a restart it begins empty.
///
/// A value is found by four of its 8-byte windows: every copy of `valueBytesMin` bytes or more covers a
/// window that begins at a multiple of four, so a line is looked at every fourth byte only.
struct SecretMemory: Sendable {
  private struct Value: Sendable {
    /// Of all its bytes.
    var hash: UInt64
    var length: Int
    var rule: Int
    /// Where in the source it was seen last.
    var seen: Int64
  }

  private struct Window: Sendable {
    var hash: UInt64
    var value: Int
    /// Its place within the value.
    var offset: Int
  }

  static let valueBytesMin = 11
  private static let valueBytesMax = 512
  private static let valuesMax = 64
  private static let windowBytes = 8
  private static let stride = 4
  /// A value that was not seen for so long is forgotten.
  private static let reachBytes: Int64 = 1 << 20

  private var values: [Value] = []
  private var next = 0
  /// Windows by bits of their hashes: open addressing, `value` -1 for a free slot.
  private var windows: [Window] = []
  /// One bit for each window: nearly every place of a line ends here.
  private var bits: [UInt64] = []
  /// Bytes of the source that were read.
  private(set) var position: Int64 = 0
  private var lastSeen: Int64 = 0

  /// Whether nothing can be found from here on.
  var isIdle: Bool { values.isEmpty || position - lastSeen > Self.reachBytes }

  mutating func advance(_ bytes: Int) {
    position += Int64(bytes)
    if !values.isEmpty, position - lastSeen > Self.reachBytes { forget() }
  }

  private mutating func forget() {
    values = []
    windows = []
    bits = []
    next = 0
  }

  // MARK: - Learning

  /// Remembers `start ..< end`, which was hidden at `at` bytes behind `position`.
  mutating func remember(_ view: ByteView, _ start: Int, _ end: Int, rule: Int, at: Int) {
    let length = end - start
    guard length >= Self.valueBytesMin, length <= Self.valueBytesMax else { return }
    let hash = Self.hash(view, start, end)
    lastSeen = position + Int64(at)
    for i in values.indices where values[i].hash == hash && values[i].length == length {
      values[i].seen = lastSeen
      return
    }
    let value = Value(hash: hash, length: length, rule: rule, seen: lastSeen)
    if values.count < Self.valuesMax {
      values.append(value)
      if bits.isEmpty {
        windows = Array(repeating: Window(hash: 0, value: -1, offset: 0), count: Self.valuesMax * 16)
        bits = Array(repeating: 0, count: 256)
      }
      add(values.count - 1, view, start)
    } else {
      // The oldest one makes room; its windows go.
      for i in windows.indices where windows[i].value == next { windows[i].offset = -1 }
      values[next] = value
      rebuild()
      add(next, view, start)
      next = (next + 1) % Self.valuesMax
    }
  }

  private mutating func add(_ value: Int, _ view: ByteView, _ start: Int) {
    for offset in 0..<Self.stride {
      insert(Window(hash: Self.window(view, start + offset), value: value, offset: offset))
    }
  }

  private mutating func insert(_ window: Window) {
    var slot = Int(window.hash >> 32) & (windows.count - 1)
    while windows[slot].value >= 0 { slot = (slot + 1) & (windows.count - 1) }
    windows[slot] = window
    bits[Int(window.hash >> 56)] |= 1 << (window.hash >> 50 & 63)
  }

  private mutating func rebuild() {
    let kept = windows.filter { $0.value >= 0 && $0.offset >= 0 }
    for i in windows.indices { windows[i].value = -1 }
    for i in bits.indices { bits[i] = 0 }
    for window in kept { insert(window) }
  }

  // MARK: - Finding

  /// The first copy of a remembered value in `low ..< high`, which is `at` bytes behind `position`.
  func first(_ view: ByteView, _ low: Int, _ high: Int, at: Int) -> (start: Int, end: Int, rule: Int)? {
    guard !values.isEmpty else { return nil }
    return bits.withUnsafeBufferPointer { bits in
      let seed = Self.seed
      var i = low
      while i + Self.windowBytes <= high {
        let hash = Self.mixed(view.word(i), seed)
        if bits[Int(hash >> 56)] >> (hash >> 50 & 63) & 1 != 0,
          let found = value(view, i, hash, low, high, at)
        {
          return found
        }
        i += Self.stride
      }
      return nil
    }
  }

  private func value(_ view: ByteView, _ index: Int, _ hash: UInt64, _ low: Int, _ high: Int, _ at: Int) -> (
    start: Int, end: Int, rule: Int
  )? {
    var slot = Int(hash >> 32) & (windows.count - 1)
    while windows[slot].value >= 0 {
      defer { slot = (slot + 1) & (windows.count - 1) }
      let window = windows[slot]
      guard window.hash == hash else { continue }
      let value = values[window.value]
      let start = index - window.offset
      let end = start + value.length
      guard start >= low, end <= high, position + Int64(at + start - low) - value.seen <= Self.reachBytes,
        isWord(view, start, end, low, high), Self.hash(view, start, end) == value.hash
      else { continue }
      return (start, end, value.rule)
    }
    return nil
  }

  /// Whether no letter or digit goes on before or behind: part of a longer word is another word.
  private func isWord(_ view: ByteView, _ start: Int, _ end: Int, _ low: Int, _ high: Int) -> Bool {
    if start > low, isAlphanumeric(view[start]), !SecretPattern.isLeftBoundary(view, start, low) { return false }
    return end >= high || !isAlphanumeric(view[end]) || !isAlphanumeric(view[end - 1])
  }

  // MARK: - Hashes

  private static let seed = UInt64.random(in: .min ... .max) | 1

  @inline(__always)
  private static func window(_ view: ByteView, _ start: Int) -> UInt64 {
    mixed(view.word(start), seed)
  }

  @inline(__always)
  private static func mixed(_ word: UInt64, _ seed: UInt64) -> UInt64 {
    // The high half of a product depends on all bytes of the window; only that half is used.
    (word ^ seed) &* 0x9E37_79B9_7F4A_7C15
  }

  private static func hash(_ view: ByteView, _ start: Int, _ end: Int) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(bytes: view.raw(start, end))
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}

/// What was remembered makes no state another one: it only spares a later line.
extension SecretMemory: Hashable {
  static func == (a: SecretMemory, b: SecretMemory) -> Bool { true }
  func hash(into hasher: inout Hasher) {}
}
