/// The end of a URL path, or all of it, in segments: `token/refresh`, `members/*`, `/admin/**`.
///
/// Segments compare without case; a slash at the end does not count. `*` stands for one segment,
/// `abc*` for one that begins so, `**` at the end for any rest, `{id}` for a number, a UUID or a long hex text.
struct PathPattern: Sendable {
  private enum Piece: Sendable {
    case text([UInt8])
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
        pieces.append(folded.last == UInt8(ascii: "*") ? .prefix(Array(folded.dropLast())) : .text(folded))
      }
    }
  }

  /// The longest segment that is fixed, for the first look at a raw line; `nil` if none is.
  var fixedSegment: String? {
    pieces.compactMap {
      switch $0 {
      case .text(let text), .prefix(let text): String(decoding: text, as: UTF8.self)
      default: nil
      }
    }.max { $0.utf8.count < $1.utf8.count }
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
      let piece = pieces[i]
      let segment = path.bytes[path.segments[start + i]]
      switch piece {
      case .any: continue
      case .text(let text):
        guard segment.count == text.count, segment.first == text.first, segment.elementsEqual(text) else {
          return false
        }
      case .prefix(let text): guard segment.starts(with: text) else { return false }
      case .id: guard PathSegments.isID(segment) else { return false }
      }
    }
    return true
  }
}

/// A path cut at its slashes, folded to lower case, without query.
struct PathSegments: Sendable {
  private(set) var bytes: [UInt8] = []
  private(set) var segments: [Range<Int>] = []

  init() {}

  init(_ path: some Sequence<UInt8>) {
    var start = 0
    for byte in path {
      if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { break }
      if byte == UInt8(ascii: "/") {
        if bytes.count > start { segments.append(start..<bytes.count) }
        start = bytes.count
      } else {
        bytes.append(FieldTable.fold(byte))
      }
    }
    if bytes.count > start { segments.append(start..<bytes.count) }
  }

  static func isID(_ segment: some Collection<UInt8>) -> Bool {
    let digits = segment.count(where: { $0 >= 48 && $0 <= 57 })
    if digits == segment.count { return digits > 0 }
    let hex = segment.count(where: { $0 >= 97 && $0 <= 102 })
    let dashes = segment.count(where: { $0 == UInt8(ascii: "-") })
    return segment.count >= 16 && digits + hex + dashes == segment.count && digits > 0
  }
}
