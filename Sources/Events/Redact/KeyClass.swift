/// What the name of a field says about its value.
enum KeyClass: UInt8, Sendable, Codable {
  /// The name says nothing.
  case none
  /// The name holds a word such as `token`, but its value is no secret: `token_type`.
  case benign
  /// An id that looks like a secret and is none: `accessKeyId` of CloudTrail.
  case identifier
  case password, secret, secrets, token, tokens, key, keys, cryptoKey, otpSecret
  case authorization, auth, cookie, setCookie, session, credential
  case otp, card, cvv, ssn, iban
  /// A secret in a query string or form only: `code`, `sig`, `key`, `state`.
  case queryOnly
  case secretID

  init?(name: String) {
    guard let known = Self.names[name] else { return nil }
    self = known
  }

  static let names: [String: KeyClass] = [
    "benign": .benign, "identifier": .identifier, "password": .password, "secret": .secret, "secrets": .secrets,
    "token": .token, "tokens": .tokens, "key": .key, "keys": .keys, "cryptoKey": .cryptoKey,
    "otpSecret": .otpSecret, "authorization": .authorization, "auth": .auth, "cookie": .cookie,
    "setCookie": .setCookie, "session": .session, "credential": .credential, "otp": .otp, "card": .card,
    "cvv": .cvv, "ssn": .ssn, "iban": .iban, "queryOnly": .queryOnly, "secretID": .secretID,
  ]

  @inline(__always)
  var isSensitive: Bool { rawValue > KeyClass.identifier.rawValue }

  /// Whether its value is told by its digits, wherever on the line it stands.
  @inline(__always)
  var isNumber: Bool { self == .card || self == .cvv || self == .ssn }

  /// Whether the value is a secret wherever the name stands, short of values that say it is not.
  var isStrong: Bool {
    switch self {
    case .password, .secret, .secrets, .token, .key, .keys, .cryptoKey, .otpSecret, .authorization, .cookie, .setCookie:
      true
    default: false
    }
  }
}
