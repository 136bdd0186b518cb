/// A JSON format, compiled: which fields it has and what they mean.
///
/// A class, so that looking at one costs no copies.
final class JSONShape: Sendable {
  /// One required key: any of several names, or any name below a prefix.
  struct Requirement: Sendable {
    var names: [FieldName] = []
    var prefixes: [[UInt8]] = []
  }
  enum ValueType: String, Sendable { case number, text, bool }

  let name: String
  let rank: Int
  let requirements: [Requirement]
  let absent: [FieldName]
  let values: [(name: FieldName, text: [UInt8], isPrefix: Bool)]
  let types: [(FieldName, ValueType)]
  let time: [FieldName]
  let level: [FieldName]
  let message: [FieldName]
  let logger: [FieldName]
  let unit: [FieldName]
  let host: [FieldName]
  let compose: [FieldName]
  let template: FieldName?
  let dialect: LevelNames.Dialect?
  let levelDefault: ParsedRecord.Level
  let zone: String
  let emitter: String
  let lift: [[UInt8]]
  let records: [[UInt8]]

  init(_ file: FormatFile, at place: String) throws(Problem) {
    name = file.name
    rank = file.rank ?? 0
    requirements = (file.keys ?? []).map { spec in
      var requirement = Requirement()
      for part in spec.split(separator: "|") {
        if part.hasSuffix("*") {
          requirement.prefixes.append(Array(part.utf8.dropLast()))
        } else {
          requirement.names.append(FieldName(String(part)))
        }
      }
      return requirement
    }
    absent = (file.absent ?? []).map { FieldName($0) }
    values = (file.values ?? [:]).sorted { $0.key < $1.key }.map { key, value in
      let isPrefix = value.hasSuffix("*")
      return (FieldName(key), Array(isPrefix ? Array(value.utf8.dropLast()) : Array(value.utf8)), isPrefix)
    }
    var types: [(FieldName, ValueType)] = []
    for (key, word) in (file.types ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard let type = ValueType(rawValue: word) else {
        throw Problem(.config, at: place, "`\(word)` is no type of a value.", next: "Types are number, text, bool.")
      }
      types.append((FieldName(key), type))
    }
    self.types = types
    func names(_ list: [String]?) -> [FieldName] { (list ?? []).map { FieldName($0) } }
    time = names(file.time)
    level = names(file.level)
    message = names(file.message)
    logger = names(file.logger)
    unit = names(file.unit)
    host = names(file.host)
    compose = names(file.compose)
    template = file.template.map { FieldName($0) }
    dialect = try Self.dialect(file.levels, at: place)
    levelDefault = try Self.level(file.levelDefault, at: place)
    zone = file.zone ?? ""
    emitter = file.emitter ?? ""
    lift = (file.lift ?? []).map { Array($0.utf8) }
    records = (file.records ?? "").split(separator: ".").map { Array($0.utf8) }
  }

  static func dialect(_ word: String?, at place: String) throws(Problem) -> LevelNames.Dialect? {
    guard let word else { return nil }
    guard let dialect = LevelNames.Dialect(rawValue: word) else {
      throw Problem(.config, at: place, "`\(word)` is no dialect of levels.")
    }
    return dialect
  }

  static func level(_ word: String?, at place: String) throws(Problem) -> ParsedRecord.Level {
    guard let word else { return .none }
    guard let level = ParsedRecord.Level(rawValue: word) else {
      throw Problem(
        .config, at: place, "`\(word)` is no level.", next: "Levels are trace, debug, info, warn, error, fatal.")
    }
    return level
  }

  /// Bits of ``RecordFields/hashes`` that a record of the format has: all of the first, and one of the second.
  var bits: (all: UInt64, any: UInt64) {
    var bits: (all: UInt64, any: UInt64) = (0, .max)
    for requirement in requirements where requirement.prefixes.isEmpty {
      let own = requirement.names.reduce(UInt64(0)) { $0 | 1 << ($1.hash & 63) }
      if requirement.names.count == 1 { bits.all |= own } else if bits.any == .max { bits.any = own }
    }
    for value in values { bits.all |= 1 << (value.name.hash & 63) }
    return bits
  }

  func fits(_ fields: RecordFields) -> Bool { fitsNames(fields) && fitsValues(fields) }

  /// Whether the record has the names; says the same of every record with these names.
  func fitsNames(_ fields: RecordFields) -> Bool {
    for requirement in requirements {
      if requirement.names.contains(where: { fields.index(of: $0) != nil }) { continue }
      if !requirement.prefixes.isEmpty,
        fields.entries.contains(where: { entry in
          requirement.prefixes.contains { fields.bytes[entry.name].starts(with: $0) }
        })
      {
        continue
      }
      return false
    }
    return !absent.contains { fields.index(of: $0) != nil }
  }

  func fitsValues(_ fields: RecordFields) -> Bool {
    for (name, text, isPrefix) in values {
      guard let index = fields.index(of: name) else { return false }
      let slice = fields.slice(index)
      guard isPrefix ? slice.starts(with: text) : slice.elementsEqual(text) else { return false }
    }
    for (name, type) in types {
      guard let index = fields.index(of: name) else { continue }
      let kind = fields.entries[index].kind
      switch type {
      case .number: if kind != .number { return false }
      case .text: if kind != .text { return false }
      case .bool: if kind != .bool { return false }
      }
    }
    return true
  }
}
