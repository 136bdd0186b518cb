import Foundation

/// One file of classifiers: what a person writes to teach seclog a kind of line. No Swift is needed.
///
/// `docs` describe the format; `Sources/Events/Classifiers/*.json` are the shipped files.
struct ClassifierFile: Decodable {
  var about: String?
  /// Of all its classifiers that name none. The higher one is asked first.
  var priority: Int?
  var classifiers: [Entry]
  /// Places of one program that log, told apart by how their messages begin: two lines of different
  /// places may tell one event (decision 1), two lines of one place never do.
  var emitters: [Emitter]?

  struct Emitter: Decodable {
    var starts: String
    var emitter: String
  }

  struct Entry: Decodable {
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
    var matches: [String]?
    var ignores: [String]?
  }

  /// All that is given must hold.
  struct When: Decodable {
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

  struct HTTP: Decodable {
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

  init(_ json: String, at place: String) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    } catch {
      throw Problem(
        .config, at: place, "is no classifier file: \(describe(error))",
        next: "Compare it with the shipped ones, in Sources/Events/Classifiers of the project.")
    }
  }
}
