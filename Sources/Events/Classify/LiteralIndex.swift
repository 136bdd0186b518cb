import CKernels

/// Which of a fixed set of literals occur in a text: Aho and Corasick's automaton over bytes.
///
/// Texts and literals are compared without case (ASCII), and whatever parts words is one to it: `login failed`
/// is `login_failed`, `login-failed` and `login.failed`, too. One pass, one table step a byte.
/// Source: A. V. Aho, M. J. Corasick, "Efficient string matching", CACM 18 (1975).
struct LiteralIndex: Sendable {
  /// Ids of the literals that end in a state, own and inherited, as a slice of ``outputs``; for the states
  /// from ``firstEnd`` on.
  private var outputRange: [Range<Int32>] = []
  /// States in which literals end have the highest numbers.
  private var firstEnd: UInt16 = 0
  private var outputs: [Int32] = []
  /// `next[state << rowBits + byteClass[byte]]`. States are numbered as they are met going outwards:
  /// those near the root, where texts spend their time, lie together.
  private var next: [UInt16] = []
  private var rowBits = 0
  private var byteClass = [UInt8](repeating: 0, count: 256)
  private var classes = 1
  let count: Int

  /// - Returns: `nil` if the literals have more beginnings than there are numbers for states, 65,535.
  init?(_ literals: [String]) {
    count = literals.count
    var bytes: [UInt8] = []
    var texts: [Text] = []
    for (id, literal) in literals.enumerated() where !literal.isEmpty {
      texts.append(Text(id: Int32(id), start: bytes.count, count: literal.utf8.count))
      for byte in literal.utf8 { bytes.append(Self.folded(byte)) }
    }
    for byte in bytes where byteClass[Int(byte)] == 0 {
      byteClass[Int(byte)] = UInt8(classes)
      classes += 1
    }
    for byte in UInt8.min...UInt8.max { byteClass[Int(byte)] = byteClass[Int(Self.folded(byte))] }

    // In the order of their bytes, literals that begin alike lie together: a state is a range of them.
    bytes.withUnsafeBufferPointer { bytes in texts.sort { Self.compare($0, $1, bytes) < 0 } }
    let beginnings = bytes.withUnsafeBufferPointer { Self.beginnings(texts, $0) }
    guard beginnings <= UInt16.max else { return nil }
    rowBits = classes.bitWidth - (classes - 1).leadingZeroBitCount
    let rowBits = rowBits
    // State by state going outwards, each with the row of what is left of it without its first byte: that
    // state is nearer to the root, so its row is whole. States in which literals end are numbered from the end.
    var states = [State(literals: 0..<texts.count, depth: 0, number: 0, fail: 0)]
    states.reserveCapacity(beginnings)
    var (nextQuiet, lastEnd) = (1, beginnings)
    // Of the states from the last number down.
    var ends: [[Int32]] = []
    next = [UInt16](repeating: 0, count: beginnings << rowBits)
    next.withUnsafeMutableBufferPointer { next in
      let rows = next.baseAddress!
      var at = 0
      while at < states.count {
        let state = states[at]
        at += 1
        let row = rows + Int(state.number) << rowBits
        if state.depth > 0 { row.update(from: rows + Int(state.fail) << rowBits, count: 1 << rowBits) }
        var first = state.literals.lowerBound
        while first < state.literals.upperBound, texts[first].count == state.depth { first += 1 }
        while first < state.literals.upperBound {
          let byte = bytes[texts[first].start + state.depth]
          var last = first + 1
          while last < state.literals.upperBound, bytes[texts[last].start + state.depth] == byte { last += 1 }
          let step = row + Int(byteClass[Int(byte)])
          let fail = state.depth == 0 ? 0 : step.pointee
          var ending: [Int32] = []
          for text in texts[first..<last].prefix(while: { $0.count == state.depth + 1 }) { ending.append(text.id) }
          if Int(fail) >= lastEnd { ending += ends[beginnings - 1 - Int(fail)] }
          let number: Int
          if ending.isEmpty {
            number = nextQuiet
            nextQuiet += 1
          } else {
            lastEnd -= 1
            number = lastEnd
            ends.append(ending)
          }
          step.pointee = UInt16(number)
          states.append(State(literals: first..<last, depth: state.depth + 1, number: UInt16(number), fail: fail))
          first = last
        }
      }
    }
    firstEnd = UInt16(lastEnd)
    for ending in ends.reversed() {
      outputRange.append(Int32(outputs.count)..<Int32(outputs.count + ending.count))
      outputs += ending
    }
  }

  /// A beginning of literals: of those in a range of the sorted ones, `depth` bytes long.
  private struct State {
    let literals: Range<Int>
    let depth: Int
    let number: UInt16
    /// The longest other beginning that it ends with.
    let fail: UInt16
  }

  /// A literal, folded, as part of the bytes of all.
  private struct Text {
    let id: Int32
    let start: Int
    let count: Int
  }

  private static func compare(_ one: Text, _ other: Text, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    let order = memcmp(bytes.baseAddress! + one.start, bytes.baseAddress! + other.start, min(one.count, other.count))
    return order != 0 ? Int(order) : one.count - other.count
  }

  /// How many different beginnings texts have that are sorted, the empty one included.
  private static func beginnings(_ texts: [Text], _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var count = 1
    for (number, text) in texts.enumerated() {
      var common = 0
      if number > 0 {
        let last = texts[number - 1]
        while common < min(last.count, text.count), bytes[last.start + common] == bytes[text.start + common] {
          common += 1
        }
      }
      count += text.count - common
    }
    return count
  }

  private static func folded(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 32
    case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): UInt8(ascii: " ")
    default: byte
    }
  }

  /// Marks the literals that occur in `text`; a newline parts texts that must not be read as one.
  func find(in text: UnsafeRawBufferPointer, marking found: inout FoundLiterals) {
    guard let base = text.baseAddress else { return }
    let (bytes, count) = (base.assumingMemoryBound(to: UInt8.self), text.count)
    var state: UInt16 = 0
    var at = 0
    while true {
      // To the next state in which a literal ends.
      at = byteClass.withUnsafeBufferPointer { classes in
        next.withUnsafeBufferPointer { rows in
          ck_walk(bytes, at, count, classes.baseAddress!, rows.baseAddress!, UInt32(rowBits), firstEnd, &state)
        }
      }
      guard state >= firstEnd else { return }
      for i in outputRange[Int(state &- firstEnd)] { found.insert(Int(outputs[Int(i)])) }
      guard at < count else { return }
    }
  }
}

/// A set of literal ids that is cheap to empty.
struct FoundLiterals: ~Copyable {
  private var set: NumberSet
  /// In the order in which they were found.
  private(set) var members = PlainArray<Int32>()

  init(count: Int) { set = NumberSet(count: count) }

  mutating func insert(_ id: Int) {
    guard !set.contains(id) else { return }
    set.insert(id)
    members.append(Int32(id))
  }

  @inline(__always)
  func contains(_ id: Int) -> Bool { set.contains(id) }

  mutating func removeAll() {
    set.removeAll()
    members.removeAll()
  }
}
