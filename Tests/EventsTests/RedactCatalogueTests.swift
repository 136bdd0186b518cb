import Testing

@testable import Events

/// Every entry of the catalogue is tried through the whole redactor, prefilter included: a pattern whose
/// start the block scan does not find would be useless.
struct RedactCatalogueTests {
  static let entries: [SecretPattern.Entry] = {
    let file = embeddedFiles.first { $0.path.hasSuffix("Secrets/secrets.json") }!
    return try! RedactionTables.entries(PatternFile(name: file.path, text: file.text)).map(\.entry)
  }()

  static func redact(_ text: String, key: [UInt8]? = nil) throws -> (text: String, kinds: [String]) {
    var options = RedactionOptions()
    options.key = key
    let redactor = try Redactor(options)
    let output = redactor.redact(text)
    return (output, redactor.kinds)
  }

  @Test func `each pattern finds what it must and leaves what it must`() throws {
    let redactor = try Redactor(RedactionOptions())
    for entry in Self.entries {
      #expect(
        entry.source?.isEmpty == false && entry.matches?.isEmpty == false && entry.ignores?.isEmpty == false,
        "\(entry.id)")
      for text in entry.matches ?? [] {
        #expect(redactor.redact(text) != text, "\(entry.id) misses \(text)")
        #expect(redactor.redact("{\"msg\":\"\(text)\"}").hasPrefix("{\"msg\":\""), "\(entry.id)")
      }
      for text in entry.ignores ?? [] { #expect(redactor.redact(text) == text, "\(entry.id) takes \(text)") }
    }
  }

  @Test func `ids and kinds are unique and plain`() {
    #expect(Set(Self.entries.map(\.id)).count == Self.entries.count)
    for entry in Self.entries {
      #expect(entry.id.utf8.allSatisfy { $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2D })
    }
  }

  @Test func `a pattern of the user's is applied`() throws {
    var options = RedactionOptions()
    options.extraPatterns = [
      PatternFile(name: "my.json", text: #"{"id": "my-token", "starts": ["mytok_"], "then": "[a-z0-9]{8,}"}"#)
    ]
    #expect(try Redactor(options).redact("use mytok_abc123def now") == "use [REDACTED:my_token] now")
  }

  @Test(arguments: [
    #"{"id": "x", "starts": ["a"], "then": ""}"#, #"{"id": "x", "starts": ["ab"], "then": "[a-z"}"#,
    #"{"id": "x", "starts": ["ab"], "then": "{3}"}"#,
    #"{"id": "x y", "starts": ["ab"], "then": ""}"#, "nonsense",
  ])
  func `a broken pattern is refused with its place`(json: String) {
    var options = RedactionOptions()
    options.extraPatterns = [PatternFile(name: "my.json", text: json)]
    #expect(throws: Problem.self) { try Redactor(options) }
  }

  @Test(arguments: [
    ("password", KeyClass.password), ("userPassword", .password), ("DB_PASS", .password),
    ("spring.datasource.password", .password), ("password1", .password),
    ("password_hash", .password), ("PGPASSWORD", .password), ("root_pw", .password), ("пароль", .password),
    ("apiKey", .key), ("X-Api-Key", .key), ("APIKey", .key),
    ("accessToken", .token), ("csrfmiddlewaretoken", .token), ("X-Amz-Security-Token", .token),
    ("SECRET_KEY_BASE", .secret), ("aws_secret_access_key", .secret),
    ("http_authorization", .authorization), ("Set-Cookie", .setCookie), ("JSESSIONID", .session), ("otp_code", .otp),
    ("card_number", .card), ("cvv2", .cvv),
    ("token_type", .benign), ("max_tokens", .benign), ("tokens_used", .benign), ("nextToken", .benign),
    ("password_changed_at", .benign), ("public_key", .benign),
    ("secret_name", .benign), ("passenger", .none), ("compass", .none), ("monkey", .none), ("author", .benign),
    ("keyboard", .none), ("username_hash", .benign),
  ])
  func `a name has its class`(name: String, expected: KeyClass) throws {
    let names = try RedactionTables(RedactionOptions()).names
    let bytes = Array(name.utf8)
    let found = bytes.withUnsafeBytes { names.classify(ByteView($0)!, 0, bytes.count) }
    #expect(found == expected)
  }
}
