import Foundation
import Testing

/// Reports of scanners, written here after their documented shapes.
struct ImportTests {
  static func grype(
    _ findings: [(id: String, severity: String, package: String)], target: String = "shop:1.0",
    time: String = "2026-11-20T02:00:00Z"
  )
    -> String
  {
    let matches = findings.map { finding in
      """
      {"vulnerability":{"id":"\(finding.id)","severity":"\(finding.severity)","cvss":[{"metrics":{"baseScore":9.8}}],
       "knownExploited":[],"fix":{"versions":["9.9.9"],"state":"fixed"}},
       "artifact":{"name":"\(finding.package)","version":"1.2.3","type":"deb","purl":"pkg:deb/\(finding.package)@1.2.3"}}
      """
    }
    return """
      {"matches":[\(matches.joined(separator: ","))],"source":{"type":"image","target":{"userInput":"\(target)"}},
       "descriptor":{"name":"grype","timestamp":"\(time)"}}
      """
  }

  static let trivy = """
    {"SchemaVersion":2,"ArtifactName":"shop:1.0","CreatedAt":"2026-11-20T02:00:00Z","Results":[
      {"Target":"shop:1.0 (debian 12)","Vulnerabilities":[
        {"VulnerabilityID":"CVE-2026-1000","PkgName":"libssl3","InstalledVersion":"1.2.3","FixedVersion":"9.9.9",
         "Severity":"CRITICAL","CVSS":{"nvd":{"V3Score":9.8}}},
        {"VulnerabilityID":"CVE-2026-1001","PkgName":"zlib1g","InstalledVersion":"1.2.3","Severity":"LOW"}]},
      {"Target":"app/package-lock.json"}]}
    """

  static let sarif = """
    {"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Grype","rules":[
      {"id":"CVE-2026-1000-libssl3","shortDescription":{"text":"CVE-2026-1000 critical vulnerability for libssl3 package"},
       "help":{"text":"Vulnerability CVE-2026-1000\\nSeverity: critical\\nPackage: libssl3\\nVersion: 1.2.3\\nFix Version: 9.9.9"},
       "properties":{"security-severity":"9.8"}},
      {"id":"CVE-2026-1001-zlib1g","shortDescription":{"text":"CVE-2026-1001 low vulnerability for zlib1g package"},
       "help":{"text":"Severity: low\\nPackage: zlib1g\\nVersion: 1.2.3"}}]}},
     "results":[
      {"ruleId":"CVE-2026-1000-libssl3","message":{"text":"found"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"shop:1.0"}}}]},
      {"ruleId":"CVE-2026-1001-zlib1g","message":{"text":"found"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"shop:1.0"}}}]}]}]}
    """

  struct Row: Decodable {
    let event: String
    let severity: Int
    let vuln_id: String
    let package: String
    let package_version: String
    let fixed_version: String
    let object_id: String
  }

  static func rows(_ program: Program) throws -> [Row] {
    try program.run(["search", "--db", "e.db", "--json", "category=vuln"]).output.split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }.sorted { $0.vuln_id < $1.vuln_id }
  }

  @Test(arguments: ["grype", "trivy", "sarif"])
  func `each format tells the same findings`(format: String) throws {
    let program = try Program()
    let grype = Self.grype([("CVE-2026-1000", "Critical", "libssl3"), ("CVE-2026-1001", "Low", "zlib1g")])
    try program.write(["grype": grype, "trivy": Self.trivy, "sarif": Self.sarif][format]!, to: "report.json")
    let outcome = try program.run(["import", format, "report.json", "--db", "e.db", "--app", "shop"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("shop:1.0: 2 found, 2 of them new; 0 fixed"))
    let rows = try Self.rows(program)
    #expect(rows.map(\.vuln_id) == ["CVE-2026-1000", "CVE-2026-1001"])
    #expect(rows.map(\.severity) == [5, 2])
    #expect(rows.map(\.package) == ["libssl3", "zlib1g"])
    #expect(rows.allSatisfy { $0.event == "vuln_found" && $0.object_id == "shop:1.0" && $0.package_version == "1.2.3" })
    #expect(rows[0].fixed_version == "9.9.9")

    // The alert is for the critical one alone.
    let told = try program.run(["alert", "run", "--db", "e.db", "--now", "2026-11-20T03:00:00Z"]).output
    #expect(told.contains("CVE-2026-1000") && !told.contains("CVE-2026-1001"))
    let again = try program.run(["import", format, "report.json", "--db", "e.db", "--app", "shop"])
    #expect(again.errors.contains("2 found, 0 of them new; 0 fixed"))
    #expect(try Self.rows(program).count == 2)
  }

  @Test func `a scan tells only what changed since the last one of its target`() throws {
    let program = try Program()
    for (findings, time, said) in [
      (
        [("CVE-2026-1", "High", "a"), ("CVE-2026-2", "Low", "b")], "2026-11-20T02:00:00Z",
        "2 found, 2 of them new; 0 fixed"
      ),
      // One raised, one gone, one new.
      (
        [("CVE-2026-1", "Critical", "a"), ("CVE-2026-3", "Low", "c")], "2026-11-21T02:00:00Z",
        "2 found, 2 of them new; 1 fixed"
      ),
      ([], "2026-11-22T02:00:00Z", "0 found, 0 of them new; 2 fixed"),
    ] {
      try program.write(Self.grype(findings, time: time), to: "r.json")
      #expect(try program.run(["import", "grype", "r.json", "--db", "e.db"]).errors.contains(said))
    }
    let other = try program.write(Self.grype([("CVE-2026-1", "High", "a")], target: "other:1"), to: "o.json")
    #expect(
      try program.run(["import", "grype", other, "--db", "e.db"]).errors.contains("other:1: 1 found, 1 of them new"))
    #expect(try Self.rows(program).map(\.event).filter { $0 == "vuln_fixed" }.count == 3)
  }

  @Test func `a scan that failed, or is older, changes nothing`() throws {
    let program = try Program()
    try program.write(Self.grype([("CVE-2026-1", "High", "a")]), to: "good.json")
    try program.run(["import", "grype", "good.json", "--db", "e.db"])
    try program.write(Self.grype([], target: ""), to: "failed.json")
    let failed = try program.run(["import", "grype", "failed.json", "--db", "e.db"])
    #expect(failed.status == 65 && failed.errors.contains("failed.json"))
    try program.write(Self.grype([], time: "2026-11-01T00:00:00Z"), to: "old.json")
    let old = try program.run(["import", "grype", "old.json", "--db", "e.db"])
    #expect(old.status == 65 && old.errors.contains("is older than the last imported scan of shop:1.0"))
    #expect(try Self.rows(program).map(\.event) == ["vuln_found"])
  }

  @Test(arguments: [
    ("grype", "{}", 65), ("trivy", "[]", 65), ("sarif", "not json", 65), ("grype", #"{"matches":[{"#, 65),
    ("sarif", #"{"runs":[{"results":[]}]}"#, 65),
  ])
  func `what is no report is refused, and the other file is taken`(format: String, text: String, status: Int32) throws {
    let program = try Program()
    try program.write(text, to: "bad.json")
    let alone = try program.run(["import", format, "bad.json", "--db", "e.db"])
    #expect(alone.status == status && alone.errors.contains("bad.json"))
    try program.write(Self.grype([("CVE-2026-1", "High", "a")]), to: "good.json")
    let both = try program.run(["import", "grype", "bad.json", "/nowhere.json", "good.json", "--db", "e.db"])
    #expect(both.status == 2 && both.errors.contains("/nowhere.json: no such file."))
    #expect(both.errors.contains("1 found, 1 of them new"))
  }
}
