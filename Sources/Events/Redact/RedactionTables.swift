/// Everything a redactor knows, compiled once and shared between threads.
final class RedactionTables: Sendable {
  /// A reason to hide a value.
  struct Rule: Sendable {
    let id: String
    let kind: String
    /// Replaced by a pseudonym if there is a key and the value is long enough not to be guessed.
    let isPseudonym: Bool
    let isPassword: Bool
    /// Personal data that is no secret: a pseudonym of a short one is of use, too.
    var isPersonal: Bool { kind == "email" || kind == "user" }

    init(id: String, kind: String, isPseudonym: Bool) {
      self.id = id
      self.kind = kind
      self.isPseudonym = isPseudonym
      isPassword = kind.hasSuffix("password")
    }
  }

  /// What a literal found in the text means.
  enum Anchor: Sendable {
    case keyword
    case pattern(Int)
    /// `?code=`: a name that is sensitive in a query only.
    case query
    /// `://`
    case url
    /// The beginning of `:\/\/`, as PHP writes it, or of what that becomes in a string.
    case escapedURL
    case scheme(Rules)
    case sigV4
    case pem
    case html
    case percent
    case decimals
    case identifiedBy
    case user
    /// A program that takes a password so: an index into `PasswordFlag.known`.
    case shortFlag(Int)
    /// A function that takes a user and a password: `connect(`. Of a pair the second one is the password.
    case call(isPair: Bool)
    /// A command that prints its arguments, which may be handed to another one.
    case echoed
    /// `('`: strings side by side, of which a later one may be a secret that nothing names.
    case tuple
    /// ` -p `: a flag that many programs take a password by, and others something else.
    case wordFlag
    /// A program that prints a secret: the next line may be it.
    case prints(isCode: Bool)
    /// `[users]`: lines with a user and a password follow.
    case section
    /// `your code is `: digits that are good once may follow.
    case codePhrase
    /// `INSERT INTO`: the columns name the values.
    case insert
    /// `Col (`: names of the columns of the rows that follow.
    case columns
    /// The prompt for a password in base64, as SMTP sends it.
    case passwordPrompt
    case pathSecret
    /// `/reset\`, the beginning of such a path with its slashes escaped.
    case escapedPath
    case socketDSN
    case oracle
    case unicodeEscape
    case dockerStream
    case criPartial
    case kubernetesSecret
    /// The beginning of a start whose next byte is escaped: an index into `escapedStarts`.
    case escapedStart(Int)
    /// `simple`, as the bind request of LDAP names its password.
    case simpleBind
    /// A structure that only a closer look can judge.
    case hint
    /// A command for a terminal, such as a colour.
    case ansi
    /// Source and values of variables follow.
    case traceback
    /// The name of a field that the configuration hides.
    case field
    /// `"kty"` of a JSON Web Key, which may be private.
    case webKey
    /// `hexdump`, behind what is dumped.
    case dump
    /// `<Buffer ` of Node, before bytes in hexadecimal.
    case buffer
    /// The offset that the first row of a dump begins with.
    case dumpStart
    /// `privateExponent:` of OpenSSL, behind which bytes follow.
    case keyPart
    /// ` FROM stdin`, behind the columns of a table whose rows follow.
    case copied
    /// `Private-Lines: ` of PuTTY, behind which as many lines of a key follow.
    case keyLines
    case email
    /// Part of a name that may name a user, and what may stand before one in a sentence: if users are not kept.
    case person
    case personPhrase

    /// Whether the text around it tells all: the string it stands in, or the value of its name.
    var isOfText: Bool {
      switch self {
      case .keyword, .pattern, .escapedStart, .query, .url, .escapedURL, .scheme, .pathSecret, .escapedPath,
        .unicodeEscape, .insert, .email:
        true
      default: false
      }
    }
  }

  /// Rules that are code; the others come from the catalogue.
  enum Rules: Int, CaseIterable, Sendable {
    case password, secret, token, apiKey, privateKey, totpSecret, authorization, bearer, basic, digest, negotiate
    case credential, session, cookie, otp, card, cvv, ssn, iban, oauthCode, oauthState, urlSignature, urlToken
    case urlPassword, dsnPassword, sigV4, awsSecret, cliPassword, sqlPassword, prosePassword, pem, kubernetesSecret
    case echo, tooDeep, partial, email, field, user

    var rule: Rule {
      switch self {
      case .password: Rule(id: "key-password", kind: "password", isPseudonym: false)
      case .secret: Rule(id: "key-secret", kind: "secret", isPseudonym: false)
      case .token: Rule(id: "key-token", kind: "token", isPseudonym: true)
      case .apiKey: Rule(id: "key-api-key", kind: "api_key", isPseudonym: false)
      case .privateKey: Rule(id: "key-private-key", kind: "private_key", isPseudonym: false)
      case .totpSecret: Rule(id: "key-totp-secret", kind: "totp_secret", isPseudonym: false)
      case .authorization: Rule(id: "authorization", kind: "authorization", isPseudonym: false)
      case .bearer: Rule(id: "authorization-bearer", kind: "bearer", isPseudonym: true)
      case .basic: Rule(id: "authorization-basic", kind: "basic", isPseudonym: false)
      case .digest: Rule(id: "authorization-digest", kind: "digest", isPseudonym: false)
      case .negotiate: Rule(id: "authorization-negotiate", kind: "negotiate", isPseudonym: false)
      case .credential: Rule(id: "key-credential", kind: "credential", isPseudonym: false)
      case .session: Rule(id: "key-session", kind: "session", isPseudonym: true)
      case .cookie: Rule(id: "cookie", kind: "session_cookie", isPseudonym: true)
      case .otp: Rule(id: "key-otp", kind: "otp", isPseudonym: false)
      case .card: Rule(id: "card-number", kind: "card_number", isPseudonym: false)
      case .cvv: Rule(id: "key-cvv", kind: "cvv", isPseudonym: false)
      case .ssn: Rule(id: "ssn", kind: "ssn", isPseudonym: false)
      case .iban: Rule(id: "iban", kind: "iban", isPseudonym: false)
      case .oauthCode: Rule(id: "query-code", kind: "oauth_code", isPseudonym: true)
      case .oauthState: Rule(id: "query-state", kind: "oauth_state", isPseudonym: true)
      case .urlSignature: Rule(id: "query-signature", kind: "url_signature", isPseudonym: false)
      case .urlToken: Rule(id: "url-path-token", kind: "url_token", isPseudonym: true)
      case .urlPassword: Rule(id: "url-userinfo", kind: "url_password", isPseudonym: false)
      case .dsnPassword: Rule(id: "dsn-password", kind: "dsn_password", isPseudonym: false)
      case .sigV4: Rule(id: "authorization-sigv4", kind: "signature", isPseudonym: false)
      case .awsSecret: Rule(id: "aws-secret-key", kind: "aws_secret_key", isPseudonym: false)
      case .cliPassword: Rule(id: "command-line", kind: "password", isPseudonym: false)
      case .sqlPassword: Rule(id: "sql-password", kind: "password", isPseudonym: false)
      case .prosePassword: Rule(id: "prose-password", kind: "password", isPseudonym: false)
      case .pem: Rule(id: "pem-private-key", kind: "private_key", isPseudonym: false)
      case .kubernetesSecret: Rule(id: "kubernetes-secret", kind: "kubernetes_secret", isPseudonym: false)
      case .echo: Rule(id: "echo", kind: "secret", isPseudonym: false)
      case .tooDeep: Rule(id: "too-deep", kind: "nested", isPseudonym: false)
      case .partial: Rule(id: "partial-line", kind: "partial", isPseudonym: false)
      case .email: Rule(id: "email", kind: "email", isPseudonym: true)
      case .field: Rule(id: "hidden-field", kind: "field", isPseudonym: false)
      case .user: Rule(id: "user-name", kind: "user", isPseudonym: true)
      }
    }
  }

  let rules: [Rule]
  let patterns: [SecretPattern]
  /// What follows the beginning of a start of theirs, for each byte of it that may be escaped.
  let escapedStarts: [[[UInt8]]]
  let names: KeyNames
  let anchors: [Anchor]
  /// How long each literal is without what must only follow it.
  let literalLengths: [Int]
  let literals: LiteralSet
  let emails: RedactionOptions.Privacy
  let users: RedactionOptions.Privacy
  let allowed: [AllowedValue]
  let hiddenFields: [FieldPath]
  let keptFields: [FieldPath]

  /// Words of which every sensitive field name holds one.
  static let keywords = [
    "pass", "pw", "kennwort", "contrase", "senha", "parola", "wachtwoord", "salasana", "haslo", "heslo", "пароль",
    "密码", "パスワード", "mnemonic", "phrase", "seed", "secret", "token", "jwt", "jwe", "bearer", "saml",
    "assertion", "verifier", "xsrf", "csrf", "otac", "crumb", "key", "psk", "kek", "dek", "wif", "xprv", "pem", "auth",
    "cookie",
    "sess", "sid", "cfid", "cftoken", "cred", "otp", "pin", "code", "card", "pan", "cvv", "cvc", "csc", "ccn",
    "cc_n", "cc-n", "cc n", "ssn", "social", "tax_id", "taxid", "tax-id", "national", "nino", "bsn", "iban",
    "signature",
    "magic", "login_ticket", "tok", "pasword", "pswd",
  ]

  /// The tables of the options nearly everybody has: several redactors of a program share them.
  static let standard = Result { try RedactionTables(RedactionOptions()) }

  /// Anything but a small letter other than `s`.
  static let afterWord: ByteSet = {
    var set = ByteSet("s")
    for byte in UInt8(0)...0xFF where !(byte >= 0x61 && byte <= 0x7A) { set.insert(byte) }
    return set
  }()

  /// What users and hosts begin with.
  static let wordStart = ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

  init(_ options: RedactionOptions, files: [EmbeddedFile] = embeddedFiles) throws {
    func text(_ name: String) throws -> String {
      guard let file = files.first(where: { $0.path.hasSuffix("Secrets/" + name) }) else {
        throw Problem(.config, at: name, "missing from the program")
      }
      return file.text
    }
    names = try KeyNames(json: try text("key-names.json"))
    var entries = try Self.entries(PatternFile(name: "secrets.json", text: try text("secrets.json")))
    for file in options.extraPatterns { entries += try Self.entries(file) }
    var rules = Rules.allCases.map(\.rule)
    for (rule, privacy) in [(Rules.email, options.emails), (.user, options.users)] where privacy != .pseudonym {
      rules[rule.rawValue] = Rule(id: rule.rule.id, kind: rule.rule.kind, isPseudonym: false)
    }
    var patterns: [SecretPattern] = []
    var escapedStarts: [[[UInt8]]] = []
    var literals: [Literal] = []
    var anchors: [Anchor] = []
    var lengths: [Int] = []
    func add(_ literal: Literal, _ anchor: Anchor, length: Int? = nil) {
      literals.append(literal)
      anchors.append(anchor)
      lengths.append(length ?? literal.choices.count)
    }
    func exact(_ text: String, _ anchor: Anchor) { add(Literal(text, caseSensitive: true), anchor) }
    func folded(_ text: String, _ anchor: Anchor) { add(Literal(text), anchor) }

    for (entry, place) in entries {
      let kind = entry.kind ?? entry.id.replacing("-", with: "_")
      guard kind.utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "_") }), !kind.isEmpty else {
        throw Problem(
          .config, at: place, "'\(entry.id)': a kind is made of letters, digits and _", next: "Change \"kind\".")
      }
      rules.append(Rule(id: entry.id, kind: kind, isPseudonym: entry.pseudonym ?? false))
      let pattern = try SecretPattern(entry, rule: rules.count - 1, at: place)
      for start in entry.starts {
        guard var literal = Literal(pattern: start), literal.choices.count >= 2 else {
          throw Problem(
            .config, at: place, "'\(entry.id)': cannot use the start \"\(start)\"",
            next: "A start has at least two bytes.")
        }
        // The first entry makes its line suspicious wherever it stands: a secret may stand beside it.
        literal.startsWord = pattern.startsWord && !patterns.isEmpty && literal.choices[0].allSatisfy(isAlphanumeric)
        let length = literal.choices.count
        // What must follow a short start thins it out, too.
        if !patterns.isEmpty { for set in pattern.next.prefix(max(0, 8 - length)) { literal.append(set) } }
        add(literal, .pattern(patterns.count), length: length)
        // In a string its quotes may be escaped, and its slashes.
        let bytes = literal.choices.prefix(length)
        for k in 1..<length where !bytes.contains(where: { $0.contains(UInt8(ascii: "\\")) }) {
          for byte in "\"'`/".utf8 where bytes[k].contains(byte) {
            var escaped = literal.prefix(k)
            escaped.append(ByteSet("\\"))
            escaped.append(ByteSet([byte, UInt8(ascii: "u"), UInt8(ascii: "\\")]))
            // `\/`, `\u002f` and `\\/` of a start with one byte before it: three bytes would be found everywhere.
            if k == 1, k + 1 < length { escaped.append(ByteSet(bytes[k + 1] + [byte, 0x5C] + "u0".utf8)) }
            add(escaped, .escapedStart(escapedStarts.count), length: k + 1)
            escapedStarts.append(Array(bytes[k...]))
          }
        }
      }
      patterns.append(pattern)
    }
    for word in Self.keywords {
      // Short words stand in many longer ones; what may follow a whole word thins them out.
      if word.utf8.count <= 3, word != "pw" {
        add(Literal(word, followedBy: Self.afterWord), .keyword, length: word.utf8.count)
      } else if word == "pw" {
        add(Literal(word, followedBy: Self.afterWord.union(ByteSet("dD"))), .keyword, length: 2)
      } else {
        folded(word, .keyword)
      }
    }
    for name in [
      "code", "key", "sig", "signature", "state", "ticket", "magic", "hmac", "mac", "invite", "invitation", "sid",
      "oobcode", "otc", "k",
    ] {
      for mark in ["?", "&", ";", "#"] { folded(mark + name + "=", .query) }
    }
    exact("://", .url)
    for text in [":/\\", ":\\/", ":\\\\/", ":\\\\\\"] { exact(text, .escapedURL) }
    folded("bearer ", .scheme(.bearer))
    folded("bearer%20", .scheme(.bearer))
    folded("basic ", .scheme(.basic))
    folded("negotiate ", .scheme(.negotiate))
    exact("NTLM ", .scheme(.negotiate))
    folded("aws4-hmac-sha256", .sigV4)
    exact("-----BEGIN ", .pem)
    exact("\u{1B}[", .ansi)
    for text in ["\\u001b[", "\\u001B[", "\\x1b[", "\\x1B["] { exact(text, .hint) }
    exact("&#34;", .html)
    exact("&quot;", .html)
    folded("password&gt;", .html)
    exact("&#39;", .html)
    exact("&#x27;", .html)
    folded("%22", .percent)
    folded("%3d", .percent)
    folded("%7b", .percent)
    folded("%3a%2f%2f", .percent)
    exact("45 45 45 45 45", .decimals)
    exact("45, 45, 45, 45, 45", .decimals)
    exact("45,45,45,45,45", .decimals)
    for start in ["123 34 ", "123, 34, ", "123,34,"] { exact(start, .decimals) }
    exact("\"kty\"", .webKey)
    exact("\\\"kty\\\"", .webKey)
    for text in [
      "'kty'", "kty: '", "kty: \"", "\"crv\"", "'crv'", "crv: '", "crv: \"", "\"d\": \"", "'d': '", " d: '",
    ] { exact(text, .webKey) }
    folded("hexdump", .dump)
    exact("Private-Lines: ", .keyLines)
    exact("<Buffer ", .buffer)
    folded("identified by", .identifiedBy)
    folded("identified with", .identifiedBy)
    exact(" -u ", .user)
    exact(" -U ", .user)
    exact(" -u'", .user)
    exact(" -u\"", .user)
    exact("\"-u\"", .user)
    for flag in ["--user", "--proxy-user"] {
      for end in [" ", "=", "\""] { folded(flag + end, .user) }
      for end in ["'", "\\"] { folded(flag + end, .hint) }
    }
    for (number, flag) in PasswordFlag.known.enumerated() {
      for program in flag.programs { folded(program, .shortFlag(number)) }
    }
    for program in ["http -a ", "https -a ", "xh -a "] { exact(program, .user) }
    var simple = Literal("simple", followedBy: ByteSet("\"'\\:= \t"))
    simple.startsWord = true
    add(simple, .simpleBind, length: 6)
    for text in [" -u\\", "\"-u\\", "'-u'"] { exact(text, .hint) }
    // ["mysql", "-pX"]
    for quote in ["\"", "'"] { for flag in ["-p", "-a" + quote, "-w" + quote] { exact(quote + flag, .hint) } }
    exact("Col (", .columns)
    exact(" FROM stdin", .copied)
    for start in ["00000000  ", "00000000: ", "0x0000:  ", "0000: ", "0000 - ", "0000  ", "|00000000| ", "|000000| "] {
      exact(start, .dumpStart)
    }
    // Parts of a private key, as OpenSSL prints them.
    for name in [
      "privateExponent:", "prime1:", "prime2:", "exponent1:", "exponent2:", "coefficient:", "priv:",
    ] { exact(name, .keyPart) }
    for name in ["connect(", "conn(", "createconnection(", "__construct("] { folded(name, .call(isPair: false)) }
    for name in [
      "login(", "logon(", "signin(", "sign_in(", "auth(", "authenticate(", "basicauth(", "check_password(",
      "verify_password(", "sym_encrypt(", "sym_decrypt(", "aes_encrypt(", "aes_decrypt(",
    ] { folded(name, .call(isPair: true)) }
    exact("Traceback (most recent call last)", .traceback)
    exact("\", line ", .traceback)
    exact("= FAILURES =", .traceback)
    for text in ["('", "(\"", "['", "[ '", "(\\'", "(\\\"", "[\\'"] {
      add(Literal(text, followedBy: Self.wordStart), .tuple, length: 1)
    }
    // Within JSON that is a text of JSON.
    for text in ["(\\\\", "[\\\\"] { add(Literal(text, caseSensitive: true), .tuple, length: 1) }
    exact("('',", .tuple)
    for text in [" -p ", " -P "] { exact(text, .wordFlag) }
    for text in [
      "pass show ", "pwgen ", "openssl rand ", "wg genkey", "wg genpsk", "apg -", "redis-cli get ", "keyctl print ",
      "keyctl pipe ", "secret-tool lookup", "makepasswd", "gen-random", "vault kv get ", "vault read ", "age-keygen",
      "auth print-access-token", "auth token", "get-session-token",
    ] { exact(text, .prints(isCode: false)) }
    for text in ["pass otp "] { exact(text, .prints(isCode: true)) }
    for text in ["[users]", "[passwords]", "[passwd]", "[secrets]"] { exact(text, .section) }
    exact("oathtool -", .prints(isCode: true))
    for text in ["your code is ", "your+code+is+", "your code: ", "code is: "] { folded(text, .codePhrase) }
    exact("echo ", .echoed)
    exact("printf ", .echoed)
    folded("insert into ", .insert)
    folded("replace into ", .insert)
    for prompt in ["UGFzc3dvcmQ6", "cGFzc3dvcmQ6", "UGFzc3dvcmQA"] { exact(prompt, .passwordPrompt) }
    for path in [
      "reset", "reset-password", "password-reset", "reset_password", "password_reset", "invite", "invites",
      "invitation", "invitations", "verify", "verify-email", "confirm", "confirmation", "activate", "magic",
      "magic-link", "pending", "unsubscribe", "join", "share", "s", "hook", "hooks", "webhook", "webhooks", "otp",
      "sso", "callback", "confirm-email", "confirm_email", "verify_email", "email-verification", "reset/key",
      "accept-invite", "set-password", "unlock", "recover", "recovery", "activation", "token", "tokens",
    ] {
      folded("/" + path + "/", .pathSecret)
      folded("/" + path + "\\", .escapedPath)
    }
    exact("/bot", .pathSecret)
    exact("@tcp(", .socketDSN)
    exact("@unix(", .socketDSN)
    folded(":thin:", .oracle)
    add(Literal(pattern: "\\\\u00[2-7]")!, .unicodeEscape, length: 4)
    add(Literal(pattern: "\\\\x[2-7][0-9A-Fa-f]")!, .unicodeEscape, length: 2)
    exact("\",\"stream\":\"std", .dockerStream)
    exact(" stdout P ", .criPartial)
    exact(" stderr P ", .criPartial)
    for text in ["\"Secret\"", "\"secrets\"", "kind: Secret"] { exact(text, .kubernetesSecret) }
    if options.emails != .keep {
      exact("@", .email)
      folded("%40", .percent)
    }
    if options.users != .keep {
      for name in LineRedactor.userAnchors { folded(name, .person) }
      for phrase in LineRedactor.userPhrases { folded(phrase, .personPhrase) }
    }
    func paths(_ texts: [String]) throws -> [FieldPath] {
      try texts.map { text in
        guard let path = FieldPath(text) else {
          throw Problem(
            .config, at: "redaction", "'\(text)' names no field", next: "Such as: ssn, user.ssn, users.*.ssn")
        }
        return path
      }
    }
    hiddenFields = try paths(options.hiddenFields)
    keptFields = try paths(options.keptFields)
    for path in hiddenFields { add(Literal(bytes: path.field), .field) }
    allowed = try options.allowed.map { text in
      guard let value = AllowedValue(text) else {
        throw Problem(
          .config, at: "redaction.allow", "'\(text)' would allow everything, or has * within",
          next: "Such as: changeit, test-token-*")
      }
      return value
    }

    self.rules = rules
    self.patterns = patterns
    self.escapedStarts = escapedStarts
    self.anchors = anchors
    literalLengths = lengths
    self.literals = LiteralSet(literals)
    emails = options.emails
    users = options.users
  }

  /// The entries of a file of patterns, one object or a list of them, each with `file:line:column`.
  static func entries(_ file: PatternFile) throws(Problem) -> [(entry: SecretPattern.Entry, place: String)] {
    // Samples may be real secrets.
    let source = DataFile(file.text, name: file.name, isPrivate: true)
    let root = try source.root()
    let nodes = root.list ?? [root]
    var entries: [(entry: SecretPattern.Entry, place: String)] = []
    for node in nodes {
      let (line, column) = source.place(of: node.offset)
      do {
        entries.append((try SecretPattern.Entry(DataFields(node, in: source)), "\(file.name):\(line):\(column)"))
      } catch {
        throw Problem(
          error.code, at: error.place, "not a secret pattern: \(error.what)",
          next: error.nextStep.isEmpty
            ? "Write {\"id\": \"my-token\", \"starts\": [\"mytok_\"], \"then\": \"[A-Za-z0-9]{20,}\"}."
            : error.nextStep)
      }
    }
    return entries
  }
}
