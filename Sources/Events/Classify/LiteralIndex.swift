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
    let texts = literals.map { $0.utf8.map(Self.folded) }
    for text in texts {
      for byte in text where byteClass[Int(byte)] == 0 {
        byteClass[Int(byte)] = UInt8(classes)
        classes += 1
      }
    }
    for byte in UInt8.min...UInt8.max { byteClass[Int(byte)] = byteClass[Int(Self.folded(byte))] }

    // The trie, a row of `classes` for each state; -1 where no literal goes on.
    var trie = [Int32](repeating: -1, count: classes)
    trie.reserveCapacity(classes * (texts.reduce(1) { $0 + $1.count }))
    var ends: [[Int32]] = [[]]
    for (id, text) in texts.enumerated() where !text.isEmpty {
      var state = 0
      for byte in text {
        let step = state * classes + Int(byteClass[Int(byte)])
        if trie[step] < 0 {
          trie[step] = Int32(ends.count)
          trie.append(contentsOf: repeatElement(-1, count: classes))
          ends.append([])
        }
        state = Int(trie[step])
      }
      ends[state].append(Int32(id))
    }
    guard ends.count <= UInt16.max else { return nil }
    var fail = [Int](repeating: 0, count: ends.count)
    var queue: [Int] = []
    for c in 0..<self.classes {
      if trie[c] > 0 { queue.append(Int(trie[c])) } else { trie[c] = 0 }
    }
    let classes = classes
    var head = 0
    while head < queue.count {
      let state = queue[head]
      head += 1
      if !ends[fail[state]].isEmpty { ends[state] += ends[fail[state]] }
      trie.withUnsafeMutableBufferPointer { trie in
        let row = state * classes
        let failRow = fail[state] * classes
        for c in 0..<classes {
          let child = trie[row + c]
          if child >= 0 {
            fail[Int(child)] = Int(trie[failRow + c])
            queue.append(Int(child))
          } else {
            trie[row + c] = trie[failRow + c]
          }
        }
      }
    }
    let outwards = [0] + queue
    let order = outwards.filter { ends[$0].isEmpty } + outwards.filter { !ends[$0].isEmpty }
    var number = [UInt16](repeating: 0, count: ends.count)
    for (place, state) in order.enumerated() { number[state] = UInt16(place) }
    firstEnd = UInt16(order.count { ends[$0].isEmpty })
    rowBits = classes.bitWidth - (classes - 1).leadingZeroBitCount
    next = [UInt16](repeating: 0, count: order.count << rowBits)
    let rowBits = rowBits
    next.withUnsafeMutableBufferPointer { next in
      trie.withUnsafeBufferPointer { trie in
        number.withUnsafeBufferPointer { number in
          for (place, state) in order.enumerated() {
            for c in 0..<classes { next[place << rowBits + c] = number[Int(trie[state * classes + c])] }
          }
        }
      }
    }
    for (place, state) in order.enumerated() {
      guard place >= firstEnd else { continue }
      outputRange.append(Int32(outputs.count)..<Int32(outputs.count + ends[state].count))
      outputs += ends[state]
    }
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
