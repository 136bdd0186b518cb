import CKernels

/// The secrets that a source printed under a sensitive name a while ago, so that a bare copy of one on a
/// later line is hidden too: a row of a table, an argument of a traceback, a command without its flag.
///
/// It holds no text, only hashes with a seed of this process. It is not stored with the source either; after
/// a restart it begins empty.
///
/// A value is found by its end: eight windows of four bytes, so that every copy of `valueBytesMin` bytes or
/// more covers one that begins at a multiple of eight. Only those are looked at, by a SIMD pass that tells
/// nearly every place apart from what is known; see ``WindowSet``.
struct SecretMemory: Sendable {
  private struct Value: Sendable {
    var length: Int
    var rule: Int
    /// Where in the source it was seen last.
    var seen: Int64
  }

  static let valueBytesMin = windowsEach + 3
  private static let valueBytesMax = 512
  private static let valuesMax = 64
  /// Windows of one value, and how far apart the places are that are looked at.
  private static let windowsEach = WindowSet.stride
  /// A value that was not seen for so long is forgotten.
  private static let reachBytes: Int64 = 1 << 20

  private var values: [Value] = []
  /// Of all bytes of each value.
  private var hashes: [UInt64] = []
  /// Hashes of the windows of each value: the first of value n is number n × `windowsEach`.
  private var windows: [UInt32] = []
  /// All of `windows`; those of forgotten values stay in it for a while.
  private var known = WindowSet(seed: windowSeed)
  /// The value that makes room for the next one.
  private var oldest = 0
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
    hashes = []
    windows = []
    known.removeAll()
    oldest = 0
  }

  // MARK: - Learning

  /// Remembers `start ..< end`, which was hidden at `at` bytes behind `position`.
  mutating func remember(_ view: ByteView, _ start: Int, _ end: Int, rule: Int, at: Int) {
    let length = end - start
    guard length >= Self.valueBytesMin, length <= Self.valueBytesMax else { return }
    let hash = view.hash(start, end, seed: Self.seed)
    lastSeen = position + Int64(at)
    if let number = hashes.firstIndex(of: hash), values[number].length == length {
      values[number].seen = lastSeen
      return
    }
    let value = Value(length: length, rule: rule, seen: lastSeen)
    var number = values.count
    if number < Self.valuesMax {
      values.append(value)
      hashes.append(hash)
      windows.append(contentsOf: repeatElement(0, count: Self.windowsEach))
    } else {
      number = oldest
      oldest = (oldest + 1) % Self.valuesMax
      values[number] = value
      hashes[number] = hash
      if number % Self.staleMax == 0 {
        known.replaceAll(with: windows, except: number * Self.windowsEach..<(number + 1) * Self.windowsEach)
      }
    }
    for i in 0..<Self.windowsEach {
      let window = known.window(view, end - Self.valueBytesMin + i)
      windows[number * Self.windowsEach + i] = window
      known.insert(window)
    }
  }

  /// How many values may be replaced before the windows of the old ones are cleared.
  private static let staleMax = 32

  // MARK: - Finding

  /// The first copy of a remembered value in `low ..< high` that ends behind `from`. `low` is `at` bytes behind
  /// `position`.
  func first(_ view: ByteView, _ low: Int, _ high: Int, from: Int, at: Int) -> (start: Int, end: Int, rule: Int)? {
    guard !values.isEmpty else { return nil }
    var i = from
    while true {
      i = known.first(in: view, from: i, to: high)
      if i >= high { return nil }
      if let found = value(view, i, low, high, at) { return found }
      i += Self.windowsEach
    }
  }

  /// The first value with the window at `index`.
  private func value(_ view: ByteView, _ index: Int, _ low: Int, _ high: Int, _ at: Int) -> (
    start: Int, end: Int, rule: Int
  )? {
    let window = known.window(view, index)
    var next = 0
    while true {
      let i = windows.withUnsafeBufferPointer { Int(ck_find_word($0.baseAddress, next, $0.count, window)) }
      guard i < windows.count else { return nil }
      next = i + 1
      let number = i / Self.windowsEach
      let value = values[number]
      let end = index + Self.valueBytesMin - i % Self.windowsEach
      let start = end - value.length
      guard start >= low, end <= high, position + Int64(at + start - low) - value.seen <= Self.reachBytes,
        isWord(view, start, end, low, high), view.hash(start, end, seed: Self.seed) == hashes[number]
      else { continue }
      return (start, end, value.rule)
    }
  }

  /// Whether no letter or digit goes on before or behind: part of a longer word is another word.
  private func isWord(_ view: ByteView, _ start: Int, _ end: Int, _ low: Int, _ high: Int) -> Bool {
    if start > low, isAlphanumeric(view[start]), !SecretPattern.isLeftBoundary(view, start, low) { return false }
    return end >= high || !isAlphanumeric(view[end]) || !isAlphanumeric(view[end - 1])
  }

  // MARK: - Hashes

  private static let seed = UInt64.random(in: .min ... .max) | 1
  private static let windowSeed = UInt32.random(in: .min ... .max)
}

/// What was remembered makes no state another one: it only spares a later line.
extension SecretMemory: Hashable {
  static func == (a: SecretMemory, b: SecretMemory) -> Bool { true }
  func hash(into hasher: inout Hasher) {}
}
