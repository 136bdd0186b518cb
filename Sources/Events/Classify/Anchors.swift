/// A literal for the first look at a raw line, and what makes the line worth a second one.
struct Anchor: Sendable {
  /// A text of a classifier in which the literal stands, and what the classifier asks for besides.
  struct Sense: Sendable {
    let text: String
    /// Of the literal in the text.
    let offset: Int
    let needs: AnchorNeeds
  }

  let text: String
  /// On a line that is a record as a whole one of these must hold, if there are any.
  let senses: [Sense]
}

/// Texts that a record holds besides the anchor, without case: one of each group. Where the anchor is
/// the path of a health check, they spare reading every line that says all is well.
///
/// All texts lie in one array, for a line is asked for them before it is worth anything.
struct AnchorNeeds: Hashable, Sendable {
  /// Texts that begin alike: where the beginning is not, none of them is.
  private struct Kin: Hashable {
    let group: Int
    let beginning: Range<Int>
    var texts: Range<Int>
  }

  private var bytes: [UInt8] = []
  private var texts: [Range<Int>] = []
  /// Group by group.
  private var kin: [Kin] = []
  private var groups = 0

  private static let beginningBytes = 4

  private mutating func add(_ some: [[UInt8]]) {
    let first = kin.count
    for text in some.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let place = bytes.count..<bytes.count + text.count
      bytes += text
      texts.append(place)
      let isOneOfThem =
        kin.count > first && text.count >= Self.beginningBytes
        && bytes[kin[kin.count - 1].beginning].prefix(Self.beginningBytes).elementsEqual(
          text.prefix(Self.beginningBytes))
      if isOneOfThem {
        let last = kin.removeLast()
        kin.append(
          Kin(
            group: groups, beginning: last.beginning.prefix(Self.beginningBytes),
            texts: last.texts.lowerBound..<texts.count))
      } else {
        // Alone it begins with all of itself.
        kin.append(Kin(group: groups, beginning: place, texts: texts.count - 1..<texts.count))
      }
    }
    groups += 1
  }

  /// More texts than this are not worth looking for.
  private static let textsMax = 16

  init(methods: [String] = [], statuses: StatusSet = StatusSet(), texts: [String] = []) {
    if !methods.isEmpty, !methods.contains("") { add(methods.map { $0.utf8.map(FieldTable.fold) }) }
    let codes = statuses.isEmpty ? [] : statuses.statuses
    if !codes.isEmpty, codes.count <= Self.textsMax {
      add(codes.flatMap { code in [Array("\(code)".utf8)] + HTTPText.spellings(of: code) })
    }
    if !texts.isEmpty { add(texts.map { $0.utf8.map(FieldTable.fold) }) }
  }

  var isEmpty: Bool { groups == 0 }

  func hold(on line: UnsafeRawBufferPointer) -> Bool {
    guard let view = ByteView(line) else { return isEmpty }
    return bytes.withUnsafeBytes { bytes in
      texts.withUnsafeBufferPointer { texts in
        kin.withUnsafeBufferPointer { kin in
          var next = 0
          for group in 0..<groups {
            var isThere = false
            while next < kin.count, kin[next].group == group {
              if !isThere { isThere = Self.holds(kin[next], texts, bytes, view) }
              next += 1
            }
            guard isThere else { return false }
          }
          return true
        }
      }
    }
  }

  /// One pass over the line, however often the beginning stands on it.
  private static func holds(
    _ kin: Kin, _ texts: UnsafeBufferPointer<Range<Int>>, _ bytes: UnsafeRawBufferPointer, _ view: ByteView
  ) -> Bool {
    let beginning = UnsafeRawBufferPointer(rebasing: bytes[kin.beginning])
    var at = view.findFolded(beginning, from: 0)
    while at != view.count {
      for text in kin.texts where stands(UnsafeRawBufferPointer(rebasing: bytes[texts[text]]), at: at, view) {
        return true
      }
      at = view.findFolded(beginning, from: at + 1)
    }
    return false
  }

  private static func stands(_ text: UnsafeRawBufferPointer, at place: Int, _ view: ByteView) -> Bool {
    guard place + text.count <= view.count else { return false }
    for (offset, byte) in text.enumerated() where lower(view.at(place + offset)) != byte { return false }
    // A number must stand by itself: `503`, not `1503`.
    return !isDigit(text[0])
      || (!isAlphanumeric(view.at(place - 1)) && !isAlphanumeric(view.at(place + text.count)))
  }
}

/// Literals that a raw line must hold if a classifier is to match it.
enum Anchors {
  /// What JSON encoders may write in another way, so that a raw line need not hold it as it is.
  private static func isSafe(_ byte: UInt8) -> Bool {
    byte >= 32 && byte < 127 && !"\"\\/<>&'+=".utf8.contains(byte)
  }

  private static let bytesMin = 3

  static func of(
    _ entry: ClassifierFile.Entry, paths: [PathPattern], statuses: StatusSet, at place: String
  ) throws -> [String] {
    if let anchors = entry.anchors { return anchors.map { $0.lowercased() } }
    // The list of alternatives whose shortest member is longest tells most.
    var lists = [entry.when.text ?? [], entry.when.starts ?? []] + (entry.when.and ?? [])
    lists = lists.filter { !$0.isEmpty }.map { $0.map(safePart) }
    func shortest(_ list: [String]) -> Int { list.map(\.utf8.count).min() ?? 0 }
    if let best = lists.max(by: { shortest($0) < shortest($1) }), shortest(best) >= bytesMin { return best }
    let values = (entry.when.field ?? [:]).map { name, values in
      values.contains("*")
        ? name.split(separator: "|").map { safePart(String($0)) } : values.map { safePart(ValuePattern($0).fixedText) }
    }
    if let best = values.max(by: { shortest($0) < shortest($1) }), shortest(best) >= bytesMin { return best }
    if !paths.isEmpty {
      let segments = paths.map { $0.fixedSegment.map { "/" + $0 } ?? "" }
      if shortest(segments) > bytesMin { return segments }
    }
    let codes = statuses.isEmpty ? [] : statuses.statuses
    if !codes.isEmpty, codes.count <= 16 {
      // As loggers put a status: `" 401`, `:401`, `=401`, `"401"`, `> 401`.
      return codes.flatMap { [" \($0)", ":\($0)", "=\($0)", "\"\($0)"] }
    }
    throw Problem(
      .config, at: place, "no literal tells its lines apart from all others", next: "Give it `anchors`.")
  }

  /// The longest piece that every encoder writes as it is.
  private static func safePart(_ text: String) -> String {
    let pieces = Array(text.lowercased().utf8).split { !isSafe($0) }
    return String(decoding: pieces.max { $0.count < $1.count } ?? [], as: UTF8.self)
  }
}
