/// One log format as its data file says it (`Sources/Events/Formats/<name>.json`, or a file of the user's).
struct FormatFile {
  enum Kind: String, CaseIterable { case json, text }

  struct Sample {
    let line: String
    /// RFC 3339 in UTC; absent if the line has no time of its own.
    var time: String?
    var level: String?
    var message: String?
    var logger: String?
    var emitter: String?
    var fields: [String: String]?
  }

  /// Shown by `explain` and taken by `--input-format`.
  let name: String
  let kind: Kind
  /// One sentence: who writes it.
  let about: String
  /// Where the format is described.
  let source: String
  /// Formats of higher rank are tried first. If absent, 0, or 100 for a file of the user's.
  var rank: Int?

  /// JSON: keys that must all be there. `a|b` = one of them; `a.*` = some key below `a`.
  var keys: [String]?
  /// JSON: keys of which none may be there.
  var absent: [String]?
  /// JSON: values that keys must have; a `*` at the end stands for any rest.
  var values: [String: String]?
  /// JSON: keys whose value must be a `number`, a `text`, or a `bool`.
  var types: [String: String]?

  /// Keys of the time, in order of preference; so for the others.
  var time: [String]?
  var level: [String]?
  var message: [String]?
  var logger: [String]?
  var unit: [String]?
  var host: [String]?
  /// Keys whose values, joined by spaces, are the message of a line that has none.
  var compose: [String]?
  /// Key of a message template with holes like `{User}`.
  var template: String?
  /// Dialect of the level: ``LevelNames/Dialect``.
  var levels: String?
  /// What a line without a level means.
  var levelDefault: String?
  /// `local` for loggers known to write local time (decision 2); else UTC.
  var zone: String?
  /// Fixed emitter; absent = the logger, or the name of the format.
  var emitter: String?
  /// Prefixes taken off field names: what stands below them is as good as a top-level field.
  var lift: [String]?
  /// The client's address always has a port behind it: `2001:db8::1:0` ends in one.
  var portFollows: Bool?
  /// Path to the array whose elements are records (decision 5).
  var records: String?

  /// Text: templates, see ``TextPattern``.
  var patterns: [String]?
  /// Text: `pairs` reads `key=value` in the message, `nginx` reads `, key: value`.
  var tail: String?
  /// Text: levels of lines that belong to the line before them …
  var continuedBy: [String]?
  /// … those of them that only repeat what was asked for: whether it was done stands on the line before …
  var repeatedBy: [String]?
  /// … if this field has the same value in both.
  var continuedKey: String?

  var samples: [Sample]

  /// - Throws: ``Problem`` that names the file, the line and the key.
  init(_ json: String, at place: String) throws(Problem) {
    let fields = try DataFile(json, name: place).fields()
    name = try fields.required("name", try fields.text("name"))
    kind = try fields.required("kind", try fields.choice("kind", of: Kind.self))
    about = try fields.required("about", try fields.text("about"))
    source = try fields.required("source", try fields.text("source"))
    rank = try fields.integer("rank")
    keys = try fields.texts("keys")
    absent = try fields.texts("absent")
    values = try fields.namedTexts("values")
    types = try fields.namedTexts("types")
    time = try fields.texts("time")
    level = try fields.texts("level")
    message = try fields.texts("message")
    logger = try fields.texts("logger")
    unit = try fields.texts("unit")
    host = try fields.texts("host")
    compose = try fields.texts("compose")
    template = try fields.text("template")
    levels = try fields.text("levels")
    levelDefault = try fields.text("levelDefault")
    zone = try fields.text("zone")
    emitter = try fields.text("emitter")
    lift = try fields.texts("lift")
    portFollows = try fields.bool("portFollows")
    records = try fields.text("records")
    patterns = try fields.texts("patterns")
    tail = try fields.text("tail")
    continuedBy = try fields.texts("continuedBy")
    repeatedBy = try fields.texts("repeatedBy")
    continuedKey = try fields.text("continuedKey")
    samples = []
    for sample in try fields.objects("samples") ?? [] { samples.append(try Sample(sample)) }
    try fields.finish()
  }
}

extension FormatFile.Sample {
  init(_ fields: DataFields) throws(Problem) {
    line = try fields.required("line", try fields.text("line"))
    time = try fields.text("time")
    level = try fields.text("level")
    message = try fields.text("message")
    logger = try fields.text("logger")
    emitter = try fields.text("emitter")
    self.fields = try fields.namedTexts("fields")
    try fields.finish()
  }
}
