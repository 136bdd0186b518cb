/// What a line's classifier says about the line's part in a join: how ``Joiner`` is to treat it.
struct JoinHint: Hashable, Sendable, Codable {
  /// Which place of which program wrote the line (decision 1). Two lines of one real event have two.
  var emitter = ""
  /// The program writes this line twice for one real event.
  var isTwice = false
  /// Priority of the classifier: the name of a joined event is that of its best line.
  var priority = 0
  /// Statuses with which the request ends that this line is about, if it names no request itself.
  var requestStatuses = StatusSet()
  /// Names of events that this line is another telling of.
  var companions: [String] = []
  /// A classifier named the line, if only as a plain request: it may join others.
  var takesPart = false
  /// Only the request and its status named the line: one that tells what happened in words says more.
  var isByRequest = false
  /// The address is that of a proxy we trust: another line may tell a better one.
  var isProxyAddress = false
}

/// A set of HTTP statuses.
struct StatusSet: Hashable, Sendable, Codable {
  /// One bit for each status from 100 to 611.
  private var words: [UInt64] = []

  init() {}

  var isEmpty: Bool { words.isEmpty }

  /// - Parameter text: `401` or `4xx`; `nil` if it is neither.
  mutating func insert(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 3, bytes[0] >= UInt8(ascii: "1"), bytes[0] <= UInt8(ascii: "5") else { return false }
    let hundred = Int(bytes[0] - 48) * 100
    if bytes[1] | 32 == UInt8(ascii: "x"), bytes[2] | 32 == UInt8(ascii: "x") {
      for status in hundred..<(hundred + 100) { insert(status) }
      return true
    }
    guard let status = Int(text) else { return false }
    insert(status)
    return true
  }

  mutating func insert(_ status: Int) {
    if words.isEmpty { words = [UInt64](repeating: 0, count: 8) }
    words[(status - 100) >> 6] |= 1 << UInt64((status - 100) & 63)
  }

  func contains(_ status: Int) -> Bool {
    guard !words.isEmpty, status >= 100, status < 612 else { return false }
    return words[(status - 100) >> 6] >> UInt64((status - 100) & 63) & 1 == 1
  }

  /// All members, ascending.
  var statuses: [Int] { (100..<612).filter(contains) }
}
