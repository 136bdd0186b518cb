import Events

/// What a vulnerability scanner found in one target.
public struct ScanReport: Hashable, Sendable {
  /// The scanner, in lower case: `grype`, `trivy`. Scans are compared within one scanner and target.
  public var scanner: String
  /// What was scanned: an image, a directory.
  public var target: String
  /// When, microseconds since 1970; `nil` if the report does not say.
  public var time: Int64?
  public var findings: [Finding] = []
  /// Keys of findings that the operator told the scanner to leave out.
  public var suppressed: Set<Finding.Key> = []

  /// One vulnerability in one version of one package.
  public struct Finding: Hashable, Sendable {
    public struct Key: Hashable, Sendable, Codable, Comparable {
      public var id: String
      public var package: String
      public var version: String

      public static func < (one: Key, other: Key) -> Bool {
        (one.id, one.package, one.version) < (other.id, other.package, other.version)
      }
    }
    public var key: Key
    /// 1 info to 5 critical, as ``Events/Event/severity``; 1 also for what the scanner leaves open.
    public var severity: Int64
    /// Versions without the fault, comma-separated; empty if there is none yet.
    public var fixedVersion = ""
    /// Known to be exploited (CISA KEV).
    public var isExploited = false
    /// CVSS base score; 0 = unknown.
    public var score = 0.0
    public var purl = ""
    /// Where in the target the package lies.
    public var path = ""
    /// Other names of the same fault, such as the CVE of a GHSA.
    public var aliases: [String] = []
  }

  /// OCSF severity ids for what scanners write.
  static func severity(_ word: String) -> Int64 {
    switch word.lowercased() {
    case "critical": 5
    case "high": 4
    case "medium", "moderate": 3
    case "low": 2
    default: 1  // negligible, info, unknown
    }
  }

  static func word(_ severity: Int64) -> String {
    ["", "info", "low", "medium", "high", "critical"][Int(min(max(severity, 1), 5))]
  }
}

/// Report formats that can be imported.
public enum ScanFormat: String, CaseIterable, Sendable { case grype, sarif, trivy }
