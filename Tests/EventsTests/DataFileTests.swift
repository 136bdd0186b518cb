import Testing

@testable import Events

/// JSON that people write, and what they are told about it.
struct DataFileTests {
  @Test(arguments: [
    ("", "1:1", "ends where a value should stand"),
    ("{\"a\": 1,\n \"b\" 2}", "2:6", "a colon should stand here"),
    ("{\"a\": [1, 2\n}", "2:1", "a comma or ] should stand here"),
    ("{\"a\": 1 \"b\": 2}", "1:9", "a comma or } should stand here"),
    ("{\"a\": 1,}", "1:9", "a key in quotes"),
    ("[1,]", "1:4", "neither a text in quotes"),
    ("{a: 1}", "1:2", "a key in quotes"),
    ("{\"ä\": nope}", "1:7", "neither a text in quotes"),
    ("{\"a\": \"b}", "1:7", "a text does not end"),
    ("{\"a\": \"b\\x\"}", "1:10", "no escape of JSON"),
    ("{\"a\": \"b\nc\"}", "1:9", "a control character"),
    ("{} {}", "1:4", "behind the end"),
    ("{\"a\": {\"b\": 1, \"c\": 2,\n\"b\": 3}}", "2:1", "the key 'b' stands twice"),
    (String(repeating: "[", count: 70), "1:65", "more than 64 levels"),
  ])
  func `what is no JSON is shown with its place`(text: String, place: String, what: String) {
    let problem = #expect(throws: Problem.self) { try DataFile(text, name: "x.json").root() }
    #expect(problem?.place == "x.json:\(place)")
    #expect(problem?.what.contains(what) == true, "\(String(describing: problem))")
    #expect(problem?.code == .config)
  }

  @Test func `every value is read as it stands`() throws {
    let fields = try DataFile(
      """
      \u{FEFF}{"t": "a\\n\\u00e9\\ud83d\\ude00\\"", "n": -12, "b": true, "no": null, "l": ["x", ""], "ll": [["y"], []],
       "o": {"k": "v"}, "ol": {"k": ["v", "w"]}, "os": [{"i": 1}, {}], "e": {}}
      """, name: "x.json"
    ).fields()
    #expect(try fields.text("t") == "a\né😀\"")
    #expect(try fields.integer("n") == -12)
    #expect(try fields.bool("b") == true)
    #expect(try fields.text("no") == nil)
    #expect(try fields.texts("l") == ["x", ""])
    #expect(try fields.textLists("ll") == [["y"], []])
    #expect(try fields.namedTexts("o") == ["k": "v"])
    #expect(try fields.namedLists("ol") == ["k": ["v", "w"]])
    #expect(try fields.objects("os")?.map { try $0.integer("i") } == [1, nil])
    #expect(try fields.fields("e")?.keys == [])
    #expect(try fields.text("absent") == nil)
    try fields.finish()
  }

  @Test(arguments: [
    ("{\"id\": 7}", "1:8", "'id' is a text in quotes"),
    ("{\"id\": \"x\", \"many\": \"one\"}", "1:21", "'many' is a list of texts"),
    ("{\"id\": \"x\", \"many\": [\"a\",\n 2]}", "2:2", "'many' is a list of texts"),
    ("{\"id\": \"x\", \"count\": 1.5}", "1:22", "'count' is a whole number"),
    ("{\"id\": \"x\", \"is\": \"true\"}", "1:19", "'is' is true or false"),
    ("{\"id\": \"x\",\n \"mnay\": []}", "2:2", "unknown key 'mnay'"),
    ("{}", "1:1", "'id' is missing"),
    ("[]", "1:1", "an object should stand here"),
  ])
  func `a wrong value and a misspelt key are shown with their place`(text: String, place: String, what: String) {
    let problem = #expect(throws: Problem.self) {
      let fields = try DataFile(text, name: "x.json").fields()
      _ = try fields.required("id", try fields.text("id"))
      _ = try fields.texts("many")
      _ = try fields.integer("count")
      _ = try fields.bool("is")
      try fields.finish()
    }
    #expect(problem?.place == "x.json:\(place)")
    #expect(problem?.what == what)
  }

  @Test func `the line is quoted, but not that of a file that may hold secrets`() {
    let text = "{\"matches\": [\"tok_5f2c\"], \"mached\": 1}"
    for isPrivate in [false, true] {
      let problem = #expect(throws: Problem.self) {
        let fields = try DataFile(text, name: "x.json", isPrivate: isPrivate).fields()
        _ = try fields.texts("matches")
        try fields.finish()
      }
      #expect(problem?.nextStep.contains("did you mean 'matches'?") == true)
      #expect(problem?.nextStep.contains("tok_5f2c") == !isPrivate)
    }
  }

  @Test(arguments: [
    (
      #"{"classifiers": [{"id": "x", "event": "authn_login_fail", "when": {"texts": ["no such user"]}}]}"#,
      "unknown key 'texts'", "did you mean 'text'?"
    ),
    (
      #"{"classifiers": [{"id": "x", "event": "authn_login_fail", "when": {"text": "no such user"}}]}"#,
      "'text' is a list of texts", "no such user"
    ),
  ])
  func `a misspelt classifier is refused, not ignored`(text: String, what: String, next: String) {
    let problem = #expect(throws: Problem.self) { try ClassifierFile(text, at: "my.classify.json") }
    #expect(problem?.what == what)
    #expect(problem?.nextStep.contains(next) == true)
  }

  @Test func `a misspelt key of a format is refused`() {
    let problem = #expect(throws: Problem.self) {
      try FormatFile(#"{"name": "x", "kind": "json", "about": "a", "source": "s", "massage": ["m"]}"#, at: "x.json")
    }
    #expect(problem?.place == "x.json:1:60")
    #expect(problem?.nextStep.contains("did you mean 'message'?") == true)
  }
}
