/// One file of classifiers: what a person writes to teach seclog a kind of line. No Swift is needed.
///
/// `docs` describe the format; `Sources/Events/Classifiers/*.json` are the shipped files.
struct ClassifierFile {
  var about: String?
  /// Of all its classifiers that name none. The higher one is asked first.
  var priority: Int?
  var classifiers: [Entry]
  /// Places of one program that log, told apart by how their messages begin: two lines of different
  /// places may tell one event (decision 1), two lines of one place never do.
  var emitters: [Emitter]

  struct Emitter {
    var starts: String
    var emitter: String
  }

  struct Entry {
    var id: String
    /// Why, for whoever reads the file next.
    var about: String?
    var when: When
    /// A name of ``EventName``. `http_request` and `app_log` say that the line is nothing special.
    var event: String
    var outcome: String?
    var severity: Int64?
    /// 0 to 100, how sure the line makes us; 80 if not given.
    var confidence: Int64?
    var priority: Int?
    /// Columns and what goes into them: text with `{field}`, `{group}` or `{column}` in it; `{a|b}`
    /// takes the first that is there.
    var set: [String: String]?
    /// Regular expressions (RE2) over the message and the words behind it; a group that bears the
    /// name of a column fills it, any group can be used in `set`.
    var capture: [String]?
    /// Literals for the first look at a raw line, if those of `when` will not do.
    var anchors: [String]?
    /// Of these a record that stands on its line as a whole holds one besides the anchor; without
    /// case. They spare reading records that the rest of `when` would refuse.
    var needs: [String]?
    /// The program writes the same line twice for one real event.
    var twice: Bool?
    /// Tells apart the places of one program that log, where the line has no logger name.
    var emitter: String?
    /// Statuses with which the request ends that this line is about, if it names no request itself.
    var request: [String]?
    /// Names of events of which this line is another telling, though nothing in it links the two.
    var with: [String]?
    var matches: DataSamples?
    var ignores: DataSamples?
  }

  /// All that is given must hold.
  struct When {
    /// Any of these words, anywhere in the message or in the fields that hold errors. Without case.
    var text: [String]?
    /// … and one of each of these lists.
    var and: [[String]]?
    /// … and none of these.
    var not: [String]?
    /// The message begins with one of these.
    var starts: [String]?
    /// RE2, over the same text as `text`.
    var regex: String?
    var http: HTTP?
    /// Fields by name (path with dots; `a|b` is either) and the values they may have: `*` any, `abc*`, `*abc`.
    var field: [String: [String]]?
    var format: [String]?
    var logger: [String]?
    var level: [String]?
  }

  struct HTTP {
    /// `?` = the line does not say; without a list any method will do.
    var method: [String]?
    /// Ends of paths: `token/refresh`, `members/*`; from the root with `/` in front; `**` any rest.
    var path: [String]?
    var not_path: [String]?
    /// Any of these texts in the query, read with its percent escapes undone; without case.
    var query: [String]?
    /// `401`, `4xx`, `2xx`.
    var status: [String]?
    /// The line names who asked.
    var user: Bool?
  }

  init(_ json: String, at place: String) throws(Problem) {
    let fields = try DataFile(json, name: place).fields()
    about = try fields.text("about")
    priority = try fields.integer("priority")
    classifiers = []
    for entry in try fields.required("classifiers", try fields.objects("classifiers")) {
      classifiers.append(try Entry(entry))
    }
    emitters = []
    for emitter in try fields.objects("emitters") ?? [] { emitters.append(try Emitter(emitter)) }
    try fields.finish()
  }
}

extension ClassifierFile.Emitter {
  init(_ fields: DataFields) throws(Problem) {
    starts = try fields.required("starts", try fields.text("starts"))
    emitter = try fields.required("emitter", try fields.text("emitter"))
    try fields.finish()
  }
}

extension ClassifierFile.Entry {
  init(_ fields: DataFields) throws(Problem) {
    id = try fields.required("id", try fields.text("id"))
    about = try fields.text("about")
    when = try ClassifierFile.When(try fields.required("when", try fields.fields("when")))
    event = try fields.required("event", try fields.text("event"))
    outcome = try fields.text("outcome")
    severity = try fields.integer("severity").map(Int64.init)
    confidence = try fields.integer("confidence").map(Int64.init)
    priority = try fields.integer("priority")
    set = try fields.namedTexts("set")
    capture = try fields.texts("capture")
    anchors = try fields.texts("anchors")
    needs = try fields.texts("needs")
    twice = try fields.bool("twice")
    emitter = try fields.text("emitter")
    request = try fields.texts("request")
    with = try fields.texts("with")
    matches = try fields.samples("matches")
    ignores = try fields.samples("ignores")
    try fields.finish()
  }
}

extension ClassifierFile.When {
  init(_ fields: DataFields) throws(Problem) {
    text = try fields.texts("text")
    and = try fields.textLists("and")
    not = try fields.texts("not")
    starts = try fields.texts("starts")
    regex = try fields.text("regex")
    if let request = try fields.fields("http") { http = try ClassifierFile.HTTP(request) }
    field = try fields.namedLists("field")
    format = try fields.texts("format")
    logger = try fields.texts("logger")
    level = try fields.texts("level")
    try fields.finish()
  }
}

extension ClassifierFile.HTTP {
  init(_ fields: DataFields) throws(Problem) {
    method = try fields.texts("method")
    path = try fields.texts("path")
    not_path = try fields.texts("not_path")
    query = try fields.texts("query")
    status = try fields.texts("status")
    user = try fields.bool("user")
    try fields.finish()
  }
}
