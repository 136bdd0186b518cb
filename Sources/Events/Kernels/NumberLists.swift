/// Lists of small numbers, one behind the other: walked without a reference count for each.
///
/// Safety: nothing changes after `init`, so threads may share it.
final class NumberLists: @unchecked Sendable {
  private var starts: PlainArray<Int32>
  private var values: PlainArray<Int32>

  init(_ lists: [[Int]]) {
    starts = PlainArray(capacity: lists.count + 1)
    values = PlainArray(capacity: max(1, lists.reduce(0) { $0 + $1.count }))
    for list in lists {
      starts.append(Int32(values.count))
      for value in list { values.append(Int32(value)) }
    }
    starts.append(Int32(values.count))
  }

  @inline(__always)
  func forEach(of list: Int, _ body: (Int) -> Void) {
    for place in Int(starts[list])..<Int(starts[list + 1]) { body(Int(values[place])) }
  }

  @inline(__always)
  func isEmpty(_ list: Int) -> Bool { starts[list] == starts[list + 1] }

  @inline(__always)
  func contains(of list: Int, where holds: (Int) -> Bool) -> Bool {
    for place in Int(starts[list])..<Int(starts[list + 1]) where holds(Int(values[place])) { return true }
    return false
  }
}

/// A set of small numbers, walked in ascending order.
struct NumberSet: ~Copyable {
  private var words: PlainArray<UInt64>

  init(count: Int) {
    words = PlainArray(capacity: (count + 63) / 64 + 1)
    for _ in 0...(count + 63) / 64 { words.append(0) }
  }

  @inline(__always)
  mutating func insert(_ number: Int) { words[number >> 6] |= 1 << UInt64(number & 63) }

  @inline(__always)
  func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 == 1 }

  mutating func removeAll() {
    for place in 0..<words.count { words[place] = 0 }
  }

  /// The first member from `number` on.
  @inline(__always)
  func next(from number: Int) -> Int? {
    var place = number >> 6
    guard place < words.count else { return nil }
    var word = words[place] & UInt64.max << UInt64(number & 63)
    while word == 0 {
      place += 1
      guard place < words.count else { return nil }
      word = words[place]
    }
    return place << 6 | word.trailingZeroBitCount
  }
}
