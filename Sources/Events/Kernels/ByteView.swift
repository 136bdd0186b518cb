import CKernels

/// A borrowed run of bytes: what the hot path reads through instead of a raw pointer.
///
/// Whoever makes one keeps the memory alive while it is used. Every subscript is checked, so a
/// hostile line can at worst stop the program, never read beyond its own bytes.
struct ByteView {
  let base: UnsafePointer<UInt8>
  let count: Int

  @inline(__always)
  init(base: UnsafePointer<UInt8>, count: Int) {
    self.base = base
    self.count = count
  }

  @inline(__always)
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return nil }
    self.init(base: base.assumingMemoryBound(to: UInt8.self), count: bytes.count)
  }

  @inline(__always)
  subscript(index: Int) -> UInt8 {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "outside the view")
    return base[index]
  }

  /// The byte at `index`, or 0 outside the view.
  @inline(__always)
  func at(_ index: Int) -> UInt8 {
    UInt(bitPattern: index) < UInt(bitPattern: count) ? base[index] : 0
  }

  /// Eight bytes from `index` on, as one word.
  @inline(__always)
  func word(_ index: Int) -> UInt64 {
    precondition(index >= 0 && index + 8 <= count, "outside the view")
    return UnsafeRawPointer(base).loadUnaligned(fromByteOffset: index, as: UInt64.self)
  }

  @inline(__always)
  func raw(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
    precondition(start >= 0 && start <= end && end <= count, "outside the view")
    return UnsafeRawBufferPointer(start: base + start, count: end - start)
  }

  /// A hash of `start ..< end` that nobody can foresee who does not know `seed`, which is odd.
  @inline(__always)
  func hash(_ start: Int, _ end: Int, seed: UInt64) -> UInt64 {
    precondition(start >= 0 && start <= end && end <= count, "outside the view")
    // The length tells on high bits, where no byte of a short text can make up for it.
    var hash = seed &+ UInt64(end &- start) &* 0x9E37_79B9_7F4A_7C15
    var at = base + start
    var left = end &- start
    while left > 8 {
      hash = Self.mix(hash ^ UnsafeRawPointer(at).loadUnaligned(as: UInt64.self), seed)
      at += 8
      left &-= 8
    }
    // The last one to eight bytes, in two halves that may overlap.
    var word: UInt64 = 0
    if left >= 4 {
      let raw = UnsafeRawPointer(at)
      word =
        UInt64(raw.loadUnaligned(as: UInt32.self)) << 32
        | UInt64(raw.loadUnaligned(fromByteOffset: left &- 4, as: UInt32.self))
    } else if left > 0 {
      word = UInt64(at[0]) << 16 | UInt64(at[left / 2]) << 8 | UInt64(at[left &- 1])
    }
    return Self.mix(hash ^ word, seed)
  }

  /// Both halves of a product of 128 bits, so that every bit tells on every other.
  @inline(__always)
  private static func mix(_ word: UInt64, _ seed: UInt64) -> UInt64 {
    let product = (word ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: seed ^ 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
  }

  /// Four bytes from `index` on, as one word.
  @inline(__always)
  func four(_ index: Int) -> UInt32 {
    precondition(index >= 0 && index + 4 <= count, "outside the view")
    return UnsafeRawPointer(base).loadUnaligned(fromByteOffset: index, as: UInt32.self)
  }

  /// The first quote or backslash in `start ..< end`, or `end`.
  @inline(__always)
  func nextQuoteOrBackslash(_ quote: UInt8, from start: Int, to end: Int) -> Int {
    precondition(start >= 0 && end <= count, "outside the view")
    return start >= end ? end : Int(ck_next_quote_or_backslash(base, start, end, count, quote))
  }

  /// The first of two bytes in `start ..< end`, or `end`.
  @inline(__always)
  func next(_ a: UInt8, or b: UInt8, from start: Int, to end: Int) -> Int {
    precondition(start >= 0 && end <= count, "outside the view")
    return start >= end ? end : Int(ck_next_of_two(base, start, end, a, b))
  }

  /// The first `byte` in `start ..< end`, or `end`.
  @inline(__always)
  func next(_ byte: UInt8, from start: Int, to end: Int) -> Int {
    precondition(start >= 0 && end <= count, "outside the view")
    return start >= end ? end : Int(ck_next_near(base, start, end, count, byte))
  }

  /// The last `byte` in `start ..< end`, or -1.
  @inline(__always)
  func last(_ byte: UInt8, from start: Int, before end: Int) -> Int {
    precondition(start >= 0 && end <= count, "outside the view")
    return start >= end ? -1 : ck_last(base, start, end, byte)
  }

  /// Where the bytes before `end` that a field's name may be made of begin: letters, digits, `_`, `-`, `.` and
  /// anything beyond ASCII.
  @inline(__always)
  func startOfName(_ end: Int, from start: Int) -> Int {
    precondition(start >= 0 && start <= end && end <= count, "outside the view")
    return Int(ck_name_start(base, start, end))
  }

  /// Where they end from `start` on.
  @inline(__always)
  func endOfName(_ start: Int, to end: Int) -> Int {
    precondition(start >= 0 && end <= count, "outside the view")
    return start >= end ? start : Int(ck_name_end(base, start, end))
  }

  /// The first newline in `start ..< end`, or `end`: faster than ``next(_:from:to:)`` where it is far away.
  @inline(__always)
  func nextNewline(from start: Int, to end: Int) -> Int {
    precondition(start >= 0 && end <= count, "outside the view")
    return start >= end ? end : Int(ck_next_newline(base, start, end))
  }

  /// The first place of `needle` in `start ..< end`, or `end`.
  func find(_ needle: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
    precondition(start >= 0 && end <= count, "outside the view")
    guard start < end, let bytes = needle.baseAddress, needle.count > 0 else { return end }
    return Int(ck_find(base, start, end, bytes.assumingMemoryBound(to: UInt8.self), needle.count))
  }

  /// The first place of a text in lower case, whatever case it has here, or the count.
  func findFolded(
    _ lowerCased: UnsafeRawBufferPointer, from start: Int, variant: LiteralScanner.Variant = .best
  ) -> Int {
    guard let needle = lowerCased.baseAddress, start >= 0, start < count else { return count }
    let bytes = needle.assumingMemoryBound(to: UInt8.self)
    return Int(ck_find_folded(variant.kernel, base, start, count, bytes, lowerCased.count))
  }

  /// The first place of `text` in `start ..< end`, or `end`.
  func find(_ text: StaticString, from start: Int, to end: Int) -> Int {
    find(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), from: start, to: end)
  }

  /// Whether the capital at `index`, which is not the first byte, begins a word: `apiKey`, `APIKey`; but not inside
  /// `API`, nor behind a digit.
  @inline(__always)
  func beginsWord(_ index: Int, to end: Int) -> Bool {
    let previous = self[index - 1]
    if isUpper(previous) {
      let next = index + 1 < end ? self[index + 1] : 0
      return next >= 0x61 && next <= 0x7A
    }
    return !isDigit(previous)
  }

  /// How many digits, capitals and small letters there are in `start ..< end`.
  @inline(__always)
  func kinds(_ start: Int, _ end: Int) -> (digits: Int, uppers: Int, lowers: Int) {
    precondition(start >= 0 && start <= end && end <= count, "outside the view")
    let kinds = ck_count_kinds(base + start, end - start)
    return (Int(kinds.digits), Int(kinds.uppers), Int(kinds.lowers))
  }

  /// Whether `start ..< end` is one object or list of JSON.
  @inline(__always)
  func isStructure(_ start: Int, _ end: Int) -> Bool {
    precondition(start >= 0 && start <= end && end <= count, "outside the view")
    return ck_is_structure(base, start, end) != 0
  }

  /// Whether `text` (ASCII) stands at `index`.
  @inline(__always)
  func has(_ text: StaticString, at index: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard index >= 0, index + length <= count else { return false }
    return memcmp(base + index, text.utf8Start, length) == 0
  }

  /// Whether `lowerCased` (ASCII) stands at `index`, in any case.
  @inline(__always)
  func hasFolded(_ lowerCased: StaticString, at index: Int) -> Bool {
    let length = lowerCased.utf8CodeUnitCount
    guard index >= 0, index + length <= count else { return false }
    for i in 0..<length where lower(base[index + i]) != lowerCased.utf8Start[i] { return false }
    return true
  }
}

/// Whether `byte` is one of those of `text` (ASCII).
@inline(__always)
func isAmong(_ text: StaticString, _ byte: UInt8) -> Bool {
  for i in 0..<text.utf8CodeUnitCount where text.utf8Start[i] == byte { return true }
  return false
}

@inline(__always)
func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
@inline(__always)
func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
@inline(__always)
func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
@inline(__always)
func isUpper(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }
@inline(__always)
func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }
/// What a hexadecimal digit is worth; nil for any other byte.
@inline(__always)
func hexValue(_ byte: UInt8) -> UInt8? {
  isDigit(byte) ? byte - 0x30 : isHex(byte) ? (byte | 0x20) - 0x57 : nil
}
@inline(__always)
func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

extension Collection<UInt8> {
  /// How many bytes before `other` first stands in these; `nil` if it does not. Both lie in one piece of memory.
  ///
  /// Foundation and the library have their own `firstRange(of:)`, which look at every byte of every place.
  func offset(of other: some Collection<UInt8>) -> Int? {
    let found = withContiguousStorageIfAvailable { bytes in
      other.withContiguousStorageIfAvailable { other -> Int? in
        guard other.count > 0, let view = ByteView(UnsafeRawBufferPointer(bytes)) else {
          return other.isEmpty ? 0 : nil
        }
        let place = view.find(UnsafeRawBufferPointer(other), from: 0, to: view.count)
        return place == view.count ? nil : place
      }
    }
    guard let found = found ?? nil else { preconditionFailure("the bytes lie in one piece") }
    return found
  }
}
