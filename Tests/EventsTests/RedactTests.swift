import Foundation
import TestSupport
import Testing

@testable import Events

struct RedactTests {
  static func redact(_ text: String, _ change: (inout RedactionOptions) -> Void = { _ in }) throws -> String {
    var options = RedactionOptions()
    change(&options)
    return try Redactor(options).redact(text)
  }

  /// Lines and what becomes of them. `⟨…⟩` marks what must be hidden; all other bytes stay.
  static let hidden: [String] = [
    // JSON in JSON in JSON, and escapes in names and values
    #"{"log":"{\"msg\":\"x\",\"body\":\"{\\\"password\\\":\\\"⟨hunter2⟩\\\"}\"}\n","stream":"stdout"}"#,
    #"{"pass\u0077ord":"⟨hunter22⟩"}"#,
    #"{"note":"⟨\u0067hp_0123456789abcdefghijABCDEFGHIJ012345⟩"}"#,
    #"{"url":"https:\/\/u:⟨pw-1234⟩@h\/x"}"#,
    #"{"q":"a=1\u0026token=⟨abcdef0123456789⟩\u0026b=2"}"#,
    // Names beside values, in any order
    #"{"env":[{"name":"DB_PASSWORD","value":"⟨s3cret-x⟩"},{"name":"PORT","value":"8080"}]}"#,
    #"{"value":"⟨s3cret-x⟩","name":"DB_PASSWORD"}"#,
    #"{"attributes":[{"key":"http.request.header.authorization","value":{"arrayValue":{"values":[{"stringValue":"Bearer ⟨abc.def-1234567890⟩"}]}}}]}"#,
    #"{"value":{"stringValue":"⟨s3cret-x⟩"},"key":"password"}"#,
    // Headers
    #"{"headers":{"Authorization":["Basic ⟨dXNlcjpwYXNz⟩"],"accept":"*/*"}}"#,
    #"{"rawHeaders":["Host","h","Authorization","Bearer ⟨abcdef0123456789⟩","Accept","*/*"]}"#,
    #"{"h":[["Cookie","sid=⟨abcdef0123456789⟩; theme=dark"]]}"#,
    #"{"h":"Host: a\r\nAuthorization: Bearer ⟨abcdef0123456789⟩\r\nAccept: b"}"#,
    #"{"authorization":"Digest username=\"bob\", realm=\"api\", nonce=\"n\", response=\"⟨0123456789abcdef0123456789abcdef⟩\""}"#,
    #"set-cookie: sid=⟨abcdef0123456789⟩; Path=/; HttpOnly"#,
    #"map[Authorization:[Bearer ⟨abcdef0123456789⟩] Cookie:[sid=⟨abcdef0123456789⟩; a=b] User-Agent:[curl]]"#,
    #"> Authorization: Basic ⟨dXNlcjpwYXNz⟩"#,
    // Numbers, lists, objects under a sensitive name
    #"{"otp":⟨482913⟩,"count":482913}"#,
    #"{"refresh_tokens":["⟨abcdef0123456789⟩","⟨fedcba9876543210⟩"]}"#,
    #"{"client_secret":{"value":"⟨abcdef0123456789⟩","expires_in":3600}}"#,
    // URLs and connection strings
    "connecting to redis://:⟨pw-1234⟩@h:6379/0",
    "postgres://app:⟨p@ss-1⟩@db:5432/app?sslmode=require",
    "jdbc:postgresql://db/app?user=app&password=⟨pw-1234⟩&ssl=true",
    "Driver={ODBC Driver 18};UID=sa;pwd={⟨p1;x}}9⟩};",
    "app:⟨pw-1234⟩@tcp(db:3306)/app",
    "https://hooks.slack.com/services/T00000000/B00000000/⟨XXXXabcd1234XXXXabcd1234⟩",
    "GET /cb?code=⟨4/0AbCdEfGhIjKlMnOpQrStUv⟩&scope=openid HTTP/1.1",
    "https://b.s3.amazonaws.com/k?X-Amz-Expires=900&X-Amz-Signature=⟨0123456789abcdef0123456789abcdef⟩",
    "https://app/cb#access_token=⟨abcdef0123456789⟩&token_type=Bearer",
    // Commands
    "mysqldump --password=⟨Pw-12345⟩ app",
    "curl -u bob:⟨Pw-12345⟩ https://h/",
    "PGPASSWORD=⟨Pw-12345⟩ psql -h db",
    "sshpass -p ⟨Pw-12345⟩ ssh h",
    #"{"argv":["docker","login","--password","⟨Pw-12345⟩","r"]}"#,
    // SQL, prose, dictionaries of other languages
    "ALTER USER app WITH PASSWORD '⟨Pw-12345⟩'",
    "CREATE USER 'a'@'%' IDENTIFIED BY '⟨Pw-12345⟩'",
    "temporary password for bob is ⟨Pw-12345⟩",
    "{'user': 'bob', 'password': '⟨Pw-12345⟩'}",
    "{User:bob Password:⟨Pw-12345⟩ TTL:30s}",
    #"{"user"=>"bob", "password"=>"⟨Pw-12345⟩"}"#,
    #"Config { user: "bob", api_key: Some("⟨abcdef0123456789⟩") }"#,
    "body {&#34;refresh_token&#34;:&#34;⟨abcdef0123456789⟩&#34;}",
    "<wsse:Password Type=\"PasswordText\">⟨Pw-12345⟩</wsse:Password>",
    "level=info user=bob token=⟨abcdef0123456789⟩ dur=12ms",
    #"time=x body="{\"password\":\"⟨Pw-12345⟩\"}" ok=1"#,
    // Keys
    #"{"k":"-----BEGIN PRIVATE KEY-----\n⟨MIIEvQIBADANBgkqhkiG9w0BAQEFAASC⟩\n-----END PRIVATE KEY-----"}"#,
    #"{"k":"-----BEGIN RSA PRIVATE KEY-----\n⟨MIIEvQIBADANBgkqhkiG9w0BAQEFAASC⟩"#,
    "value [⟨45 45 45 45 45 66 69 71 73 78 32 82 83 65 32 80 82 73 86 65 84 69 32 75 69 89 45 45 45 45 45⟩]",
    // The same value again
    #"{"token":"⟨abcdef0123456789⟩","msg":"bad value ⟨abcdef0123456789⟩."}"#,
    // Truncated
    #"{"msg":"x","password":"⟨Pw-12345⟩"#,
    // What the quick look once took for nothing: names that go on behind a mark, in keys and in prose
    #"{"value":"⟨s3cret-x1⟩","name":"DB_PASSWORD,"}"#,
    #"{"a":1,"token}":"⟨abcdef0123456789⟩"}"#,
    #"{"session key":"⟨abcdef0123456789⟩"}"#,
    #"{"backup codes":"⟨8hzunyx1⟩"}"#,
    #"{"headers":{"key":"Cookie","val":{"":"SESSID=⟨60r93z2k39sjn07l⟩"}}}"#,
    "password - new: ⟨Pw-12345⟩",
    "pass } is ⟨Pw-12345⟩",
    "<Pass}>⟨Pw-12345⟩</Pass>",
    #"{"\upassword":"⟨Pw-12345⟩"}"#,
    // … values that are the last of their string, not of their line
    #"{"cmd":"htpasswd -b /etc/users bob ⟨Pw-12345⟩","n":1}"#,
    #"{"msg":"> b'DBOE1 LOGIN bob \"⟨Pw-12345⟩\"'","n":1}"#,
    // … JSON that is broken, or goes on behind its end
    #"{"msg":"{\"url\":\"https:\\/\\/u:⟨pw-1234⟩@h\\/x\"}","n":1}path"#,
    #"{"otp,":⟨482913⟩,"count,":482913}"#,
    // … short flags and binds whatever the blanks around them
    #"{"argv":["docker","login","-p⟨Hunter2-yz⟩"]}"#,
    #"{"a":{"authentication" : {"simple" : "⟨Hunter2x⟩"}}}"#,
    // … forty bytes beside an access key id that is none
    "key AKIA_ ⟨NkWGxWqhM0qMnIlr00IImIXFM0N71Jc1DlNpuJ7w⟩",
    // … slashes escaped, once and again
    #"{"uri":"GET \/reset\/⟨9qdDV6uaI5iociMIx4⟩"}"#,
    #"{"url":":\\\\/\\\\/u:⟨pw-1234⟩@h\\\\/x"}"#,
    // … the bind of LDAP with a quote escaped, and without quotes
    #"{\"\"\"{'''authentication':{'simple\':'⟨Kq7lo⟩"#,
    #"{"a":{"authentication":{simple:"⟨Hunter2x⟩"}}}"#,
    // … what looks like JSON and is none
    #"{,"password"]="⟨x⟩"}"#,
    #"{x "service":"auth","⟨Kq7loXyZ123abcDEF456ghi⟩"}"#,
    // … escapes within what announces a value
    #"{"m":"client_send = ^bob\"s^⟨Pw-12345⟩"}"#,
    #"{"":"\fotp\:⟨4829⟩"#,
    #"{"":"⟨1\//0xWQCrKELP6ex79pNDxGT2cOKseense⟩ $1$hort"}"#,
    #"{"m":"{\"t\":\"⟨1\\/\\/0xWQCrKELP6ex79pNDxGT2cOKseense⟩\"}"}"#,
    #"{"m":"SELECT crypt(\u0027⟨Kq7-plover-X2⟩\u0027)"}"#,
    // … a name at the end of a line, behind which the mark is escaped
    #"password\:"#,
    // … lists that the line or the string cuts
    "['b','⟨Wt!pepper8⟩",
    #"{"m":"['b','⟨Wt!pepper8⟩","x":"it's"}"#,
    // … a string that the text around it ends
    #"["""(\"a\",\"⟨7plover-X2⟩\n)""#,
    // … lists of more than strings
    "['b',&'⟨Wt!pepper8⟩",
    // … names that are long
    #"{"\#(String(repeating: ".", count: 80))backup codes":"⟨4hzunyx1⟩"}"#,
    // … strings that the object around them names, and that hide nothing then
    #"{"":{"k":"Cookie","val":{"":"SESS=;0r93z2k39sjn07l"}}}"#,
  ]

  /// Rows whose values their beginning gives away.
  static let prefixed = [
    #"{"n":"{\"t\":\"⟨ABSKQjQoIiCTzUHMO2albd5oCboKZyW1LCTr1NHgdHOc\\/wHodnVP608QZdWyiKWZDrrZB6dllZnGXmYvfm⟩\"}"}"#
  ]

  @Test(arguments: hidden + prefixed)
  func `the secret goes, the rest stays`(marked: String) throws {
    try Marked(marked).check()
  }

  @Test(arguments: [
    #"{"token_type":"Bearer","max_tokens":4096,"tokens_used":12,"nextToken":"AbCdEf0123456789AbCdEf"}"#,
    #"{"password":null,"token":"","secret":false,"access_token":[],"cookie":""}"#,
    #"{"password":"[REDACTED]","token":"***","api_key":"<YOUR_API_KEY>","db_password":"${DB_PASSWORD}","secret":"vault:secret/data/app#pw"}"#,
    #"{"password":{"type":"string","minLength":12}}"#, #"{"errors":[{"field":"password","message":"too short"}]}"#,
    #"{"trace_id":"0123456789abcdef0123456789abcdef","request_id":"b5d66be1-05a5-492f-872c-5a7e832cb6da","commit":"0123456789abcdef0123456789abcdef01234567"}"#,
    #"{"username_hash":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#,
    #"{"public_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIabcdefghijklmnopqrstuvwxyz0123456789ABCDEFG ci@example"}"#,
    #"{"cert":"-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END CERTIFICATE-----"}"#,
    #"{"userIdentity":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE"}}"#,
    #"{"secretId":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf"}"#,
    "password must be at least 12 characters", "token expired", "invalid token: signature mismatch",
    "tokens: 1532 prompt, 220 completion",
    "author=alice changed the author list", "pass 1 of 3: fail=0 pass=118", "WWW-Authenticate: Bearer realm=\"api\"",
    "unexpected token < in JSON at position 0",
    "Secret \"db-creds\" not found", "GET /oauth/token HTTP/1.1",
    "at com.example.SecretKeyFactory.generateSecret(SecretKeyFactory.java:140)",
    "https://user@git.example.com/org/repo.git", "redis://redis:6379/0", "https://example.com/?code=404&state=closed",
    "UPDATE users SET password_hash = $1 WHERE id = $2", "using password: YES", "Basic plan upgraded to Premium",
    "KeyError: 'password'", "POST /oauth2/token - Headers: map[User-Agent:[python-requests/2.32.3]]",
    "SELECT users.hashed_password AS users_hashed_password FROM users", "password reset email sent to user 4411",
  ])
  func `what is no secret stays as it is`(line: String) throws {
    #expect(try Self.redact(line) == line)
  }

  /// The first line of a source is read closely in any case, the others only if a hit on them asks for it.
  @Test(arguments: RedactTests.hidden + RedactTests.prefixed + RedactFormsTests.hidden)
  func `a line within a source is redacted as the first one is`(line: String) throws {
    let plain = line.replacing("⟨", with: "").replacing("⟩", with: "")
    let redactor = try Redactor(RedactionOptions())
    var output: [UInt8] = []
    var state = RedactionState()
    for text in ["listening on 8080\n", plain + "\n"] {
      output = []
      _ = Array(text.utf8).withUnsafeBytes { redactor.redact(block: $0, state: &state, onto: &output) }
    }
    #expect(try String(decoding: output, as: UTF8.self) == Self.redact(plain) + "\n")
  }

  @Test func `a session keeps its pseudonym, a password gets none`() throws {
    let key = [UInt8](repeating: 7, count: 32)
    let line = #"{"cookie":"sid=abcdef0123456789","password":"correct horse battery staple"}"#
    let once = try Self.redact(line) { $0.key = key }
    let marker = once.firstMatch(of: /\[REDACTED:session_cookie:h:[0-9a-f]{8}:[0-9a-f]{16}\]/)
    #expect(marker != nil, "\(once)")
    #expect(once.contains("[REDACTED:password]"))
    #expect(try Self.redact("Cookie: sid=abcdef0123456789") { $0.key = key }.contains(String(marker?.output ?? "-")))
    #expect(
      try !Self.redact(line) { $0.key = [UInt8](repeating: 8, count: 32) }.contains(String(marker?.output ?? "-")))
    #expect(try Self.redact(once) { $0.key = key } == once)
  }

  @Test func `e-mail addresses follow the privacy setting`() throws {
    #expect(try Self.redact("from bob@example.org to x") == "from bob@example.org to x")
    #expect(try Self.redact("from bob@example.org to x") { $0.emails = .mask } == "from [REDACTED:email] to x")
  }

  @Test func `findings tell the rule, the field and the length, not the value`() throws {
    let redactor = try Redactor(RedactionOptions())
    redactor.wantsFindings = true
    _ = redactor.redact(
      #"{"a":1,"request":{"headers":[{"authorization":"Bearer abcdef0123456789"}]},"m":"password=Pw-12345"}"#)
    #expect(redactor.findings.map(\.place) == ["request.headers[].authorization", "m"])
    #expect(redactor.findings.map(\.rule) == ["authorization-bearer", "key-password"])
    #expect(redactor.findings.map(\.bytes) == [16, 8])
  }

  @Test(arguments: [
    (#"{"a":1,"Client_Secret":"Pw-12345-x9"}"#, ["client_secret"]),
    ("Authorization: Bearer abcdef0123456789", ["authorization"]),
    (#"{"authorization":"Bearer abcdef0123456789"}"#, ["authorization"]),
    ("login token=abcdef0123456789 password: Pw-12345", ["token", "password"]),
    ("curl -u bob:Pw-12345 https://h/", [""]), ("postgres://app:Pw-12345@db/x", [""]),
    (#"{"msg":"{\"password\":\"Pw-12345\"}"}"#, ["password"]),
    // A name is text of the log like any other.
    ("hunter2_password=Pw-12345", ["*_password"]), ("bob.smith.api_key=abcdef0123456789", ["*_api_key"]),
    (#"{"JohnDoeToken":"abcdef0123456789"}"#, ["*_token"]),
  ])
  func `the name before a value is counted by the words that are known`(line: String, fields: [String]) throws {
    let redactor = try Redactor(RedactionOptions())
    redactor.wantsPlaces = true
    _ = redactor.redact(line)
    #expect(redactor.places.map(\.field) == fields)
  }

  @Test func `JSON stays valid and keeps its keys`() throws {
    for line in Self.hidden where line.hasPrefix("{") {
      let plain = line.replacing("⟨", with: "").replacing("⟩", with: "")
      guard let before = try? JSONSerialization.jsonObject(with: Data(plain.utf8)) as? [String: Any] else { continue }
      let after = try JSONSerialization.jsonObject(with: Data(Self.redact(plain).utf8)) as? [String: Any]
      #expect(after.map { Set($0.keys) } == Set(before.keys))
    }
  }

  @Test func `bytes that are no text are redacted too and stay otherwise`() throws {
    let redactor = try Redactor(RedactionOptions())
    var line = Array(#"{"note":"caf"#.utf8) + [0xE9, 0x00, 0xFF]
    line += Array(#"","password":"Pw-12345"}"#.utf8)
    var output: [UInt8] = []
    line.withUnsafeBytes { #expect(redactor.redact(line: $0, onto: &output) == 1) }
    #expect(output == Array(line.prefix(15)) + Array(#"","password":"[REDACTED:password]"}"#.utf8))
  }

  // MARK: - Records over several lines

  static func block(_ text: String, ending: Redactor.Ending = .more, state: RedactionState = RedactionState()) throws
    -> (String, consumed: Int)
  {
    let redactor = try Redactor(RedactionOptions())
    var state = state
    var output: [UInt8] = []
    let bytes = Array(text.utf8)
    let consumed = bytes.withUnsafeBytes { redactor.redact(block: $0, state: &state, ending: ending, onto: &output) }
    return (String(decoding: output, as: UTF8.self), consumed)
  }

  @Test func `a private key over several lines is hidden line by line`() throws {
    let body = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "MSTmbTFX9p8mMw0BAQEFAASC=="]
    let (text, _) = try Self.block(
      "a\n-----BEGIN PRIVATE KEY-----\n\(body[0])\n\(body[1])\n-----END PRIVATE KEY-----\nb\n")
    #expect(
      text
        == "a\n-----BEGIN PRIVATE KEY-----\n[REDACTED:private_key]\n[REDACTED:private_key]\n-----END PRIVATE KEY-----\nb\n"
    )
  }

  static func docker(_ log: String) -> String {
    #"{"log":"\#(log)","stream":"stdout","time":"2026-11-21T06:00:00Z"}"# + "\n"
  }

  @Test func `a secret that docker cut in two is hidden in both parts`() throws {
    let parts = [Self.docker(#"{\"password\":\"Pw-12"#), Self.docker(#"345\",\"x\":1}\n"#)]
    let (text, consumed) = try Self.block(parts.joined())
    #expect(
      text == Self.docker(#"{\"password\":\"[REDACTED:password]"#) + Self.docker(#"[REDACTED:password]\",\"x\":1}\n"#))
    #expect(consumed == parts.joined().utf8.count)
    let (held, none) = try Self.block("plain\n" + parts[0])
    #expect(held == "plain\n" && none == 6)
    let (closed, all) = try Self.block(parts[0], ending: .final)
    #expect(closed == Self.docker("[REDACTED:partial]") && all == parts[0].utf8.count)
    // A backslash and an n are no newline.
    let (odd, _) = try Self.block("plain\n" + Self.docker(#"at C:\\n"#), ending: .final)
    #expect(odd == "plain\n" + Self.docker("[REDACTED:partial]"))
  }

  @Test func `parts of CRI are joined as well`() throws {
    let time = "2026-11-21T06:00:00.000000000Z"
    let (text, _) = try Self.block(
      "\(time) stdout P token=abcdef01\n\(time) stderr F other\n\(time) stdout F 23456789 end\n")
    #expect(
      text == "\(time) stdout P token=[REDACTED:token]\n\(time) stderr F other\n\(time) stdout F [REDACTED:token] end\n"
    )
  }

  // MARK: - The fast path

  /// Lines of which each holds a secret or what is taken for one, and lines of real programs: JSON in JSON, and much
  /// beside the secret.
  private static func seeds() -> [[UInt8]] {
    var seeds = (hidden + RedactFormsTests.hidden).map {
      Array($0.replacing("⟨", with: "").replacing("⟩", with: "").utf8)
    }
    seeds += RedactCatalogueTests.entries.flatMap { ($0.matches ?? []) + ($0.ignores ?? []) }.map { Array($0.utf8) }
    for name in GoldenTests.names {
      let folder = Fixture.url("Golden/\(name)")
      let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
      for file in files where file.lastPathComponent.hasPrefix("input.") {
        let input = (try? Data(contentsOf: file)) ?? Data()
        seeds += input.split(separator: 0x0A).filter { $0.count < 2000 }.map(Array.init)
      }
    }
    return seeds
  }

  private static let bits = [
    "\\", "\"", "=", ":", " ", "&", "%3D", "token", "auth", "key", "\\u0026", "{", "}", "[", "]", "'", ",",
    "password", "name",
  ].map { Array($0.utf8) }

  /// Changes up to three places.
  private static func mutate(_ line: inout [UInt8], _ seeds: [[UInt8]], _ random: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 0...3, using: &random) where !line.isEmpty {
      let at = Int.random(in: 0..<line.count, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: line[at] = UInt8.random(in: 0...255, using: &random)
      case 5:
        line = jsonString(line, among: [(#"{"level":"info","msg":""#, #"","n":1}"#), ("[\"a\",\"", "\"]")], &random)
      case 6: line = jsonString(line, among: [(#"2026 INFO {"password":""#, #"","n":null}"#)], &random)
      case 1: line.removeSubrange(at...)
      case 2: line.insert(contentsOf: bits.randomElement(using: &random)!, at: at)
      case 3: line += seeds.randomElement(using: &random)!
      default: line.remove(at: at)
      }
    }
    line.removeAll { $0 == 0x0A }
  }

  /// Lines with one byte changed, cut, doubled or joined: what the block scan skips must be what a close
  /// look leaves alone.
  ///
  /// `SECLOG_AGREEMENT_LINES=10000000 SECLOG_AGREEMENT_SEED=7` makes a long run of it.
  @Test func `skipping lines hides as much as reading every line`() throws {
    let environment = ProcessInfo.processInfo.environment
    let rounds = environment["SECLOG_AGREEMENT_LINES"].flatMap(Int.init) ?? 4000
    let seed = environment["SECLOG_AGREEMENT_SEED"].flatMap(UInt64.init) ?? 11
    var random = SeededGenerator(seed: seed)
    let fast = try Redactor(RedactionOptions())
    let slow = try Redactor(RedactionOptions())
    slow.readsEveryLine = true
    let scalar = try Redactor(RedactionOptions(), variant: .scalar)
    let seeds = Self.seeds()
    // The first line of a source is read closely in any case.
    var begun = RedactionState()
    var ignored: [UInt8] = []
    _ = Array("listening on 8080".utf8).withUnsafeBytes { fast.redact(line: $0, state: &begun, onto: &ignored) }
    func redact(_ line: [UInt8], _ redactor: Redactor) -> [UInt8] {
      var output: [UInt8] = []
      var state = begun
      line.withUnsafeBytes { _ = redactor.redact(line: $0, state: &state, onto: &output) }
      return output
    }
    func differs(_ line: [UInt8]) -> Bool {
      let hidden = redact(line, fast)
      return hidden != redact(line, slow) || hidden != redact(line, scalar)
    }
    for round in 0..<rounds {
      var line = seeds.randomElement(using: &random)!
      Self.mutate(&line, seeds, &random)
      if differs(line) {
        Issue.record("seed \(seed), round \(round): \(String(decoding: Self.shrunk(line, differs), as: UTF8.self))")
        break
      }
    }
  }

  /// What a line is looked at for may stand at its very edge, beside any mark: `password\\:` alone on a line once
  /// stopped the program.
  @Test func `at the edges of a line all looks go the same way`() throws {
    let tables = try RedactionTables.standard.get()
    var texts = Set(tables.literals.literals.map { $0.choices.map { $0.last! } })
    for file in embeddedFiles where file.path.hasSuffix("key-names.json") {
      // Names as a file spells them: `api key`.
      for part in file.text.split(separator: "\"") where part.utf8.allSatisfy({ isAlphanumeric($0) || $0 == 0x20 }) {
        texts.insert(part.utf8.map { $0 == 0x20 ? UInt8(ascii: "_") : $0 })
      }
    }
    let fast = try Redactor(RedactionOptions())
    let slow = try Redactor(RedactionOptions())
    slow.readsEveryLine = true
    var begun = RedactionState()
    var output: [UInt8] = []
    _ = Array("listening on 8080".utf8).withUnsafeBytes { fast.redact(line: $0, state: &begun, onto: &output) }
    func redact(_ line: [UInt8], _ redactor: Redactor) -> [UInt8] {
      output.removeAll(keepingCapacity: true)
      var state = begun
      line.withUnsafeBytes { _ = redactor.redact(line: $0, state: &state, onto: &output) }
      return output
    }
    let marks = ["", "\\", "\"", "'", "{\"", "(\"", "x", "--"]
    let ends = ["", "\\", "\\:", "\"", "\":", "\":\"", "=", ":", "='", "\\\"", "\\u", "%", ",", "(", "x"]
    var faults = 0
    for text in texts.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      for mark in marks {
        for end in ends {
          let line = mark.utf8 + text + end.utf8
          guard redact(line, fast) != redact(line, slow) else { continue }
          faults += 1
          if faults <= 20 { Issue.record("\(String(decoding: line, as: UTF8.self))") }
        }
      }
    }
    #expect(faults == 0)
    #expect(texts.count > 2_000)
  }

  /// A marker ends a word where none ended before; what is behind it must not look different for that.
  ///
  /// `SECLOG_AGREEMENT_LINES=1000000 SECLOG_AGREEMENT_SEED=7` makes a long run of it.
  @Test func `redacting what was redacted changes nothing`() throws {
    let environment = ProcessInfo.processInfo.environment
    let rounds = environment["SECLOG_AGREEMENT_LINES"].flatMap(Int.init) ?? 4000
    let seed = environment["SECLOG_AGREEMENT_SEED"].flatMap(UInt64.init) ?? 11
    var random = SeededGenerator(seed: seed)
    let redactor = try Redactor(RedactionOptions())
    func redact(_ line: [UInt8]) -> [UInt8] {
      var output: [UInt8] = []
      line.withUnsafeBytes { _ = redactor.redact(line: $0, onto: &output) }
      return output
    }
    func changesAgain(_ line: [UInt8]) -> Bool {
      let once = redact(line)
      return redact(once) != once
    }
    let seeds = Self.seeds()
    for round in 0..<rounds {
      var line = seeds[round % seeds.count]
      if round >= seeds.count { Self.mutate(&line, seeds, &random) }
      if changesAgain(line) {
        let short = Self.shrunk(line, changesAgain)
        Issue.record("seed \(seed), round \(round): \(String(decoding: short, as: UTF8.self))")
        break
      }
    }
  }

  /// A shorter line of which the same holds.
  private static func shrunk(_ line: [UInt8], _ holds: ([UInt8]) -> Bool) -> [UInt8] {
    var line = line
    var size = line.count / 2
    while size > 0 {
      var at = 0
      while at < line.count {
        let less = Array(line[..<at] + line[min(at + size, line.count)...])
        if holds(less) { line = less } else { at += size }
      }
      size /= 2
    }
    return line
  }

  /// The line as a string of JSON, between one of the pairs of texts.
  private static func jsonString(
    _ line: [UInt8], among frames: [(before: String, after: String)], _ random: inout SeededGenerator
  ) -> [UInt8] {
    let frame = frames.randomElement(using: &random)!
    let escaped = line.flatMap { byte -> [UInt8] in
      byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), byte] : [byte]
    }
    return Array(frame.before.utf8) + escaped + Array(frame.after.utf8)
  }

  /// An offset in a decoded text leads back to the unit it was decoded from, however far it is.
  @Test(arguments: [Frame.Coding.plain, .backslash, .percent, .html])
  func `a decoded byte is found in its source`(coding: Frame.Coding) {
    var random = SeededGenerator(seed: 13)
    let units = [
      "a", "bcdefghijklmnopqrstuvwxyz0123456789", "\\n", "\\u00e9", "%41", "&amp;", "\\\\", "&#34;", "%", "\\",
    ]
    let set = LiteralSet([Literal("token")])
    for round in 0..<100 {
      let text = (0..<Int.random(in: 1...60, using: &random)).map { _ in units.randomElement(using: &random)! }.joined()
      Array(text.utf8).withUnsafeBytes { raw in
        let view = ByteView(raw)!
        let frame = Frame(set)
        frame.decode(view, 0, view.count, as: coding)
        var at = 0
        var decoded: [UInt8] = []
        var sources: [Int] = []
        while at < view.count {
          at = Frame.step(view, at, view.count, coding) { [at] byte in
            decoded.append(byte)
            sources.append(at)
          }
        }
        #expect(decoded == Array(frame.view.raw(0, frame.view.count)), "seed 13, round \(round)")
        #expect(sources == decoded.indices.map(frame.sourceOffset), "seed 13, round \(round)")
        #expect(frame.sourceOffset(decoded.count) == view.count)
      }
    }
  }

  /// Secrets that are known from an earlier line are as bare as anything else: only the memory finds them.
  @Test func `how a source is cut into blocks changes nothing that is hidden`() throws {
    var random = SeededGenerator(seed: 5)
    let redactor = try Redactor(RedactionOptions())
    for round in 0..<40 {
      let secrets = (0..<100).map { _ in "Kq\(UInt64.random(in: 1 << 60 ... .max, using: &random))-plover" }
      var text = ""
      for number in 0..<300 {
        let secret = secrets[min(number / 2, 99)]
        let old = secrets[Int.random(in: 0...min(number / 2, 99), using: &random)]
        switch Int.random(in: 0..<5, using: &random) {
        case 0: text += "login user=bob password=\(secret) ok\n"
        case 1: text += "row \(number) | bob | \(old) |\n"
        case 2: text += "\(old)\n"
        case 3: text += "  x\(old) is another word\n"
        default: text += String(repeating: "nothing to see here, ", count: number % 9) + "\n"
        }
      }
      let (whole, _) = try Self.block(text, ending: .final)
      var state = RedactionState()
      var cut: [UInt8] = []
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let length = min(rest.count, Int.random(in: 1...4000, using: &random))
        let count = rest.prefix(length).withUnsafeBytes { redactor.redact(block: $0, state: &state, onto: &cut) }
        rest = count == 0 && length == rest.count ? [] : rest.dropFirst(count)
      }
      #expect(String(decoding: cut, as: UTF8.self) == whole, "seed 5, round \(round)")
      state = RedactionState()
      var lines: [UInt8] = []
      for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
        _ = Array(line).withUnsafeBytes { redactor.redact(line: $0, state: &state, onto: &lines) }
        lines.append(0x0A)
      }
      #expect(String(decoding: lines, as: UTF8.self) == whole, "seed 5, round \(round)")
    }
  }

  @Test func `a known secret is hidden where it stands alone, until the source has long gone on`() throws {
    let secret = "Kq7-plover-X2-lamp91"
    func redact(_ gap: Int) throws -> String {
      let filler = String(repeating: String(repeating: "z", count: 1023) + "\n", count: gap)
      return try Self.block("password=\(secret)\n\(filler)argv bob \(secret)\n", ending: .final).0
    }
    #expect(try redact(3).hasSuffix("argv bob [REDACTED:password]\n"))
    #expect(try redact(1100).hasSuffix("argv bob \(secret)\n"))
    let word = try Self.block("password=letmein-please\nhe said letmein-please\n", ending: .final).0
    #expect(word.hasSuffix("he said letmein-please\n"), "everyday words may be part of other texts")
    let part = try Self.block("token=\(secret)\nxx\(secret)yy \(secret)\n", ending: .final).0
    #expect(part.contains("xx\(secret)yy ") && part.hasSuffix(" [REDACTED:token]\n"))
  }
}
