/// A text format, compiled.
final class TextShape: Sendable {
  enum Tail: String, Sendable { case pairs, nginx }

  let name: String
  let rank: Int
  let patterns: [TextPattern]
  let tail: Tail?
  let dialect: LevelNames.Dialect?
  let levelDefault: ParsedRecord.Level
  let zone: String
  let emitter: String
  let portFollows: Bool
  let continuedBy: Set<String>
  let repeatedBy: Set<String>
  let continuedKey: FieldName?
  let firstBytes: ByteSet

  init(_ file: FormatFile, at place: String) throws(Problem) {
    name = file.name
    rank = file.rank ?? 0
    var patterns: [TextPattern] = []
    for source in file.patterns ?? [] {
      do {
        patterns.append(try TextPattern(source))
      } catch {
        throw Problem(.config, at: place, "Pattern `\(source)`: \(error.what).")
      }
    }
    guard !patterns.isEmpty else {
      throw Problem(.config, at: place, "A text format needs at least one pattern.", next: "Add `patterns`.")
    }
    self.patterns = patterns
    if let word = file.tail {
      guard let tail = Tail(rawValue: word) else {
        throw Problem(.config, at: place, "`\(word)` is no kind of tail.", next: "Kinds are pairs, nginx.")
      }
      self.tail = tail
    } else {
      tail = nil
    }
    dialect = try JSONShape.dialect(file.levels, at: place)
    levelDefault = try JSONShape.level(file.levelDefault, at: place)
    zone = file.zone ?? ""
    emitter = file.emitter ?? ""
    portFollows = file.portFollows ?? false
    continuedBy = Set(file.continuedBy ?? [])
    repeatedBy = Set(file.repeatedBy ?? [])
    if let stray = repeatedBy.subtracting(continuedBy).sorted().first {
      throw Problem(
        .config, at: place, "`repeatedBy` names `\(stray)`, which `continuedBy` does not.",
        next: "Add it there, too, or take it out.")
    }
    continuedKey = file.continuedKey.map { FieldName($0) }
    firstBytes = patterns.reduce(ByteSet()) { $0.union($1.firstBytes) }
  }
}
