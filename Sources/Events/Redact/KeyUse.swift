/// What a field is used for among its siblings, by its name.
struct KeyUse: OptionSet {
  let rawValue: UInt16

  /// Its value is the name of another value: `{"name": "DB_PASSWORD", "value": …}`.
  static let name = KeyUse(rawValue: 1 << 0)
  /// Its value is what the name beside it, or the object around it, is about.
  static let value = KeyUse(rawValue: 1 << 1)
  /// It tells about a secret and is none: `username`, `expires_in`.
  static let kept = KeyUse(rawValue: 1 << 2)
  /// `key` itself, and `keys`: too common to tell a secret.
  static let key = KeyUse(rawValue: 1 << 3)
  static let keys = KeyUse(rawValue: 1 << 4)
  /// What OAuth sends through the browser.
  static let code = KeyUse(rawValue: 1 << 5)
  /// Its value may be what the sibling is: `{"type": "userPassword", "value": …}`.
  static let kind = KeyUse(rawValue: 1 << 6)
  /// Who, in the `data` of a Kubernetes Secret.
  static let account = KeyUse(rawValue: 1 << 7)
  /// What a Kubernetes Secret holds.
  static let data = KeyUse(rawValue: 1 << 8)
  /// How OTLP wraps each element of an array: `{"stringValue": "…"}`.
  static let wrapped = KeyUse(rawValue: 1 << 9)
  /// The bind request of LDAP: `{"authentication": {"simple": "…"}}`.
  static let binding = KeyUse(rawValue: 1 << 10)
  static let simple = KeyUse(rawValue: 1 << 11)
  /// JSON Web Key (RFC 7517): its type, and the parts of which a private one has some.
  static let keyType = KeyUse(rawValue: 1 << 12)
  static let keyPart = KeyUse(rawValue: 1 << 13)

  init(rawValue: UInt16) { self.rawValue = rawValue }

  /// By the bytes of a name, in any case.
  init(_ view: ByteView, _ start: Int, _ end: Int) {
    self = PackedName(view, start, end).flatMap { Self.known[$0] } ?? []
  }

  /// A name of 16 bytes or less in small letters, without memory of its own.
  private struct PackedName: Hashable {
    private var words: (UInt64, UInt64) = (0, 0)

    init?(_ view: ByteView, _ start: Int, _ end: Int) {
      guard end > start, end - start <= 16 else { return nil }
      for i in start..<end { append(view[i]) }
    }

    init(_ text: String) { for byte in text.utf8 { append(byte) } }

    private mutating func append(_ byte: UInt8) {
      words = (words.0 << 8 | words.1 >> 56, words.1 << 8 | UInt64(lower(byte)))
    }

    static func == (a: PackedName, b: PackedName) -> Bool { a.words == b.words }

    func hash(into hasher: inout Hasher) {
      hasher.combine(words.0)
      hasher.combine(words.1)
    }
  }

  private static let known: [PackedName: KeyUse] = {
    var uses: [PackedName: KeyUse] = [:]
    let names = [
      "name", "key", "field", "header", "param", "parameter", "variable", "var", "k", "headername", "parametername",
      "attribute", "property", "path", "fieldname", "field_name", "envvar", "setting", "label", "columnname",
      "column",
    ]
    let values = [
      "value", "val", "v", "new", "old", "newvalue", "oldvalue", "new_value", "old_value", "stringvalue",
      "string_value", "intvalue", "from", "to", "before", "after", "data", "default", "current", "previous",
      "parametervalue", "content", "values", "arrayvalue", "raw", "text", "string", "plain", "plaintext",
      "bytesvalue", "input",
    ]
    let kept = [
      "username", "user", "type", "id", "name", "expires_in", "expires", "expiry", "expiration", "expires_at",
      "region", "scope", "description", "title", "format", "host", "port", "created_at", "createdate", "updated_at",
      "status", "kind", "provider", "version", "url", "uri", "issuer", "algorithm", "alg", "account", "accountid",
      "email", "principal", "arn", "path", "ref", "label", "login", "server", "domain", "realm", "brand", "country",
      "method", "kid", "keyid", "pattern", "message", "msg", "reason", "error", "minlength", "maxlength", "source",
      "client_id", "clientid", "user_id", "userid", "project_id", "client_email", "auth_uri", "token_uri",
      "accesskeyid", "access_key_id", "createdat", "updatedat", "digest", "hash", "sha256", "fingerprint",
    ]
    let all: [(KeyUse, [String])] = [
      (.name, names), (.value, values), (.kept, kept), (.key, ["key"]), (.keys, ["keys"]),
      (.code, ["code", "state", "ticket"]), (.kind, ["type", "attr", "attribute_name"]),
      (.account, ["username", "user", "type"]), (.data, ["data", "stringdata"]),
      (.wrapped, ["stringvalue", "string_value", "s"]), (.binding, ["authentication", "auth", "bind"]),
      (.simple, ["simple"]), (.keyType, ["kty"]), (.keyPart, ["d", "k", "p", "q", "dp", "dq", "qi"]),
    ]
    for (use, texts) in all {
      for text in texts { uses[PackedName(text), default: []].insert(use) }
    }
    return uses
  }()
}
