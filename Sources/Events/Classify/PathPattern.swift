/// The end of a URL path, or all of it, in segments: `token/refresh`, `members/*`, `/admin/**`.
///
/// Segments compare without case; a slash at the end does not count. `*` stands for one segment,
/// `abc*` for one that begins so, `**` at the end for any rest, `{id}` for a number, a UUID or a long hex text.
struct PathPattern: Sendable {
  private enum Piece: Sendable {
    case text([UInt8], hash: UInt64)
    case prefix([UInt8])
    case any
    case id
  }
  private var pieces: [Piece] = []
  private var isRooted = false
  private var hasRest = false

  init(_ text: String) {
    var text = text
    if text.hasPrefix("/") {
      isRooted = true
      text.removeFirst()
    }
    for part in text.split(separator: "/") {
      switch part {
      case "**": hasRest = true
      case "*": pieces.append(.any)
      case "{id}": pieces.append(.id)
      default:
        let folded = part.utf8.map(FieldTable.fold)
        pieces.append(
          folded.last == UInt8(ascii: "*")
            ? .prefix(Array(folded.dropLast())) : .text(folded, hash: FieldName.Hashes(folded).path))
      }
    }
  }

  /// The longest segment that is fixed, for the first look at a raw line; `nil` if none is.
  var fixedSegment: String? {
    pieces.compactMap {
      switch $0 {
      case .text(let text, _), .prefix(let text): String(decoding: text, as: UTF8.self)
      default: nil
      }
    }.max { $0.utf8.count < $1.utf8.count }
  }

  /// Whether a segment that ``PathSegments/isID(_:)`` accepts may fit a piece that another one does not.
  fileprivate var tellsIDsApart: Bool {
    pieces.contains {
      switch $0 {
      case .text(let text, _): PathSegments.isID(text)
      case .prefix(let text): text.allSatisfy { isHex($0) || $0 == UInt8(ascii: "-") }
      default: false
      }
    }
  }

  /// Hash of the last segment, if a path that matches must end in a certain one.
  fileprivate var lastHash: UInt64? {
    guard !hasRest, case .text(_, let hash)? = pieces.last else { return nil }
    return hash
  }

  func matches(_ path: PathSegments) -> Bool {
    let count = path.segments.count
    guard count >= pieces.count else { return false }
    if isRooted {
      guard hasRest || count == pieces.count else { return false }
      return matches(path, from: 0)
    }
    if !hasRest { return matches(path, from: count - pieces.count) }
    for start in 0...(count - pieces.count) where matches(path, from: start) { return true }
    return false
  }

  private func matches(_ path: PathSegments, from start: Int) -> Bool {
    // From the end: the last segments tell paths apart soonest.
    for i in pieces.indices.reversed() {
      let segment = path.segments[start + i]
      switch pieces[i] {
      case .any: continue
      case .text(let text, let hash):
        guard segment.hash == hash, path.bytes[segment.range].elementsEqual(text) else { return false }
      case .prefix(let text): guard path.bytes[segment.range].starts(with: text) else { return false }
      case .id: guard PathSegments.isID(path.bytes[segment.range]) else { return false }
      }
    }
    return true
  }
}

/// Any of several patterns. Most paths are told apart from all of them by their last segment.
struct PathSet: Sendable {
  let patterns: [PathPattern]
  /// Bits of the segments in which the paths end that match; all if some end in any.
  private let lastBits: UInt64

  init(_ texts: [String]) {
    patterns = texts.map(PathPattern.init)
    lastBits = patterns.reduce(0) { bits, pattern in pattern.lastHash.map { bits | Self.bit($0) } ?? .max }
  }

  var isEmpty: Bool { patterns.isEmpty }

  func matches(_ path: PathSegments) -> Bool {
    guard !patterns.isEmpty else { return false }
    return mayMatch(path.lastBit) && patterns.contains { $0.matches(path) }
  }

  /// Whether a path may match whose ``PathSegments/lastBit`` that is.
  func mayMatch(_ lastBit: UInt64) -> Bool { lastBits == .max || lastBits & lastBit != 0 }

  /// Whether a path may match while another does not that has other ids in the same places.
  var tellsIDsApart: Bool { patterns.contains(where: \.tellsIDsApart) }

  fileprivate static func bit(_ hash: UInt64) -> UInt64 { 1 << (hash & 63) }
}

/// A path cut at its slashes, folded to lower case, without query.
struct PathSegments: Sendable {
  struct Segment: Sendable {
    var range: Range<Int>
    /// ``FieldName/Hashes/path`` of its bytes.
    var hash: UInt64
  }
  private(set) var bytes: [UInt8] = []
  private(set) var segments: [Segment] = []

  /// One of 64 bits, by the last segment; 0 if there is none.
  var lastBit: UInt64 { segments.last.map { PathSet.bit($0.hash) } ?? 0 }

  /// The path, with one sign for whatever id stands in a place: paths with the same text are the same to
  /// patterns that do not tell ids apart.
  var textWithoutIDs: [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + segments.count)
    for segment in segments {
      text.append(UInt8(ascii: "/"))
      let part = bytes[segment.range]
      if Self.isID(part) { text.append(UInt8(ascii: "/")) } else { text += part }
    }
    return text
  }

  init() {}

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    segments.removeAll(keepingCapacity: true)
  }

  mutating func cut(_ path: some Sequence<UInt8>) {
    removeAll()
    var start = 0
    for byte in path {
      if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { break }
      if byte == UInt8(ascii: "/") {
        close(from: start)
        start = bytes.count
      } else {
        bytes.append(FieldTable.fold(byte))
      }
    }
    close(from: start)
  }

  private mutating func close(from start: Int) {
    guard bytes.count > start else { return }
    segments.append(Segment(range: start..<bytes.count, hash: FieldName.Hashes(bytes[start...]).path))
  }

  static func isID(_ segment: some Collection<UInt8>) -> Bool {
    guard let first = segment.first, isHex(first) || first == UInt8(ascii: "-") else { return false }
    let digits = segment.count(where: { $0 >= 48 && $0 <= 57 })
    if digits == segment.count { return digits > 0 }
    let hex = segment.count(where: { $0 >= 97 && $0 <= 102 })
    let dashes = segment.count(where: { $0 == UInt8(ascii: "-") })
    return segment.count >= 16 && digits + hex + dashes == segment.count && digits > 0
  }
}
