/// What all sources of a run share. Compiled once into an ``EventReader``.
public struct ReaderConfiguration: Sendable {
  public enum Keep: String, CaseIterable, Sendable {
    /// What a classifier names or a rule matches; `http_request` only with 401, 403 or 429 (decision 8).
    case security
    case all
  }
  public var keep: Keep = .security
  public var redaction = RedactionOptions()
  /// Where the key of ``redaction`` is from, if it is from a file: what events and files are recognised by outlives it.
  public var keys: KeyRing?
  public var rules: [RuleFilter] = []
  /// Whether ``EventBatch/text`` is filled.
  public var wantsText = false
  public var host = ""
  public var env = ""
  /// Addresses and networks that may stand before the client in a forwarded chain (decision 10).
  public var trustedProxies: [String] = ReaderConfiguration.privateRanges
  /// Forces one log format by name instead of recognising it line by line.
  public var inputFormat: String?
  /// Formats that single sources force (``SourceState/inputFormat``): compiled, and refused if unknown, at the start.
  public var inputFormatsOfSources: Set<String> = []
  /// A further directory of formats and classifiers, `/etc/seclog/formats.d` by default of the commands.
  public var extraFormats: [String] = []

  public static let privateRanges = [
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1/128", "fc00::/7",
    "fe80::/10",
  ]

  public init() {}
}

public struct RedactionOptions: Sendable {
  /// What happens to personal data that is no secret: e-mail addresses and user names.
  public enum Privacy: String, CaseIterable, Sendable, Codable { case keep, pseudonym, mask }
  /// 32 bytes for HMAC pseudonyms; without a key session-like values are masked.
  public var key: [UInt8]?
  public var emails: Privacy = .keep
  public var users: Privacy = .keep
  /// Further patterns of the user's, in the shape of `Sources/Events/Secrets/secrets.json`.
  public var extraPatterns: [PatternFile] = []
  /// Values that are no secrets here although they look like one: whole values, `*` for any bytes at an end.
  public var allowed: [String] = []
  /// Fields of structures that are hidden whatever they hold; see ``FieldPath``.
  public var hiddenFields: [String] = []
  /// Fields of structures that stay whatever they hold. They win over everything else.
  public var keptFields: [String] = []

  /// Whether the compiled tables are those of `RedactionOptions()`: a key changes markers only.
  var isStandard: Bool {
    emails == .keep && users == .keep && extraPatterns.isEmpty && allowed.isEmpty && hiddenFields.isEmpty
      && keptFields.isEmpty
  }

  public init() {}
}
