/// What a field is used for among its siblings, by its name.
struct KeyUse: OptionSet {
  let rawValue: UInt8

  /// Its value is the name of another value: `{"name": "DB_PASSWORD", "value": …}`.
  static let name = KeyUse(rawValue: 1)
  /// Its value is what the name beside it, or the object around it, is about.
  static let value = KeyUse(rawValue: 2)
  /// It tells about a secret and is none: `username`, `expires_in`.
  static let kept = KeyUse(rawValue: 4)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// By the bytes of a name, in any case.
  init(_ view: ByteView, _ start: Int, _ end: Int) {
    guard end > start, end - start <= 16 else {
      self = []
      return
    }
    self = Self.known[(start..<end).map { lower(view[$0]) }] ?? []
  }

  private static let known: [[UInt8]: KeyUse] = {
    var uses: [[UInt8]: KeyUse] = [:]
    let names = [
      "name", "key", "field", "header", "param", "parameter", "variable", "var", "k", "headername", "parametername",
      "attribute", "property", "path", "fieldname", "field_name", "envvar", "setting", "label", "columnname",
      "column",
    ]
    let values = [
      "value", "val", "v", "new", "old", "newvalue", "oldvalue", "new_value", "old_value", "stringvalue",
      "string_value", "intvalue", "from", "to", "before", "after", "data", "default", "current", "previous",
      "parametervalue", "content", "values", "arrayvalue", "raw", "text", "string", "plain", "plaintext",
      "bytesvalue",
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
    for (texts, use) in [(names, KeyUse.name), (values, .value), (kept, .kept)] {
      for text in texts { uses[Array(text.utf8), default: []].insert(use) }
    }
    return uses
  }()
}
