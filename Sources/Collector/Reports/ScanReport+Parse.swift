import Events
import Foundation

extension ScanReport {
  /// Reads a report; one SARIF file may hold several runs.
  ///
  /// - Throws: ``Events/Problem`` (`data`) if it is no report of this format, or one of a failed scan:
  ///   taking that for "nothing found" would resolve every alert.
  public static func parse(_ bytes: [UInt8], as format: ScanFormat, at place: String) throws(Problem) -> [ScanReport] {
    guard let json = try? JSONSerialization.jsonObject(with: Data(bytes)), let document = Node(json).object else {
      throw Problem(
        .data, at: place, "is not a JSON document.",
        next: format == .trivy
          ? "Make it with:  trivy image --format json -o FILE IMAGE"
          : "Make it with:  grype IMAGE -o \(format == .grype ? "json" : "sarif")=FILE")
    }
    let root = Node(document)
    switch format {
    case .grype: return [try grype(root, place)]
    case .trivy: return [try trivy(root, place)]
    case .sarif: return try sarif(root, place)
    }
  }

  private static func grype(_ root: Node, _ place: String) throws(Problem) -> ScanReport {
    guard root["matches"].list != nil else { throw wrongFormat(place, "matches", "grype") }
    let source = root["source"]
    let target = source["target"]["userInput"].text ?? source["target"].text ?? source["target"]["path"].text ?? ""
    guard !target.isEmpty else { throw failedScan(place) }
    var report = ScanReport(scanner: "grype", target: target)
    report.time = root["descriptor"]["timestamp"].text.flatMap(microseconds)
    report.findings = root["matches"].items.map(grypeFinding)
    report.suppressed = Set(root["ignoredMatches"].items.map { grypeFinding($0).key })
    return report
  }

  private static func grypeFinding(_ match: Node) -> Finding {
    let fault = match["vulnerability"]
    let artifact = match["artifact"]
    var finding = Finding(
      key: Finding.Key(
        id: fault["id"].text ?? "", package: artifact["name"].text ?? "", version: artifact["version"].text ?? ""),
      severity: severity(fault["severity"].text ?? ""))
    finding.fixedVersion = fault["fix"]["versions"].items.compactMap(\.text).joined(separator: ",")
    finding.isExploited = !fault["knownExploited"].items.isEmpty
    finding.score = fault["cvss"].items.compactMap { $0["metrics"]["baseScore"].number }.max() ?? 0
    finding.purl = artifact["purl"].text ?? ""
    finding.path = artifact["locations"].items.first?["path"].text ?? ""
    finding.aliases = match["relatedVulnerabilities"].items.compactMap { $0["id"].text }.filter { $0 != finding.key.id }
    return finding
  }

  private static func trivy(_ root: Node, _ place: String) throws(Problem) -> ScanReport {
    guard root["ArtifactName"].text != nil || root["Results"].list != nil else {
      throw wrongFormat(place, "Results", "trivy")
    }
    guard let target = root["ArtifactName"].text, !target.isEmpty else { throw failedScan(place) }
    var report = ScanReport(scanner: "trivy", target: target)
    report.time = root["CreatedAt"].text.flatMap(microseconds)
    for result in root["Results"].items {
      for fault in result["Vulnerabilities"].items {
        var finding = Finding(
          key: Finding.Key(
            id: fault["VulnerabilityID"].text ?? "", package: fault["PkgName"].text ?? "",
            version: fault["InstalledVersion"].text ?? ""),
          severity: severity(fault["Severity"].text ?? ""))
        finding.fixedVersion = fault["FixedVersion"].text ?? ""
        finding.score = fault["CVSS"].object?.values.compactMap { Node($0)["V3Score"].number }.max() ?? 0
        finding.purl = fault["PkgIdentifier"]["PURL"].text ?? ""
        finding.path = fault["PkgPath"].text ?? result["Target"].text ?? ""
        finding.aliases = fault["VendorIDs"].items.compactMap(\.text)
        report.findings.append(finding)
      }
    }
    return report
  }

  private static func sarif(_ root: Node, _ place: String) throws(Problem) -> [ScanReport] {
    guard let runs = root["runs"].list else { throw wrongFormat(place, "runs", "sarif") }
    var reports: [String: ScanReport] = [:]
    for run in runs.map(Node.init) {
      let driver = run["tool"]["driver"]
      let scanner = (driver["name"].text ?? "sarif").lowercased()
      let rules = Dictionary(
        driver["rules"].items.map { ($0["id"].text ?? "", $0) }, uniquingKeysWith: { first, _ in first })
      let time = run["invocations"].items.compactMap { $0["endTimeUtc"].text.flatMap(microseconds) }.max()
      if run["invocations"].items.contains(where: { $0["executionSuccessful"].bool == false }) {
        throw failedScan(place)
      }
      var isTargetKnown = false
      for result in run["results"].items {
        guard let finding = sarifFinding(result, rules) else { continue }
        let target = sarifTarget(result)
        guard !target.isEmpty else { continue }
        isTargetKnown = true
        var report = reports[scanner + "\n" + target] ?? ScanReport(scanner: scanner, target: target, time: time)
        if result["suppressions"].items.isEmpty {
          report.findings.append(finding)
        } else {
          report.suppressed.insert(finding.key)
        }
        reports[scanner + "\n" + target] = report
      }
      if !isTargetKnown && !run["results"].items.isEmpty { throw failedScan(place) }
    }
    guard !reports.isEmpty else {
      throw Problem(
        .data, at: place, "holds no results, and SARIF names what was scanned only in results.",
        next: "Import the scanner's own JSON, which tells an empty scan from a failed one.")
    }
    return reports.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Grype and Trivy write id and package into one rule id, and the rest into texts.
  private static func sarifFinding(_ result: Node, _ rules: [String: Node]) -> Finding? {
    guard let ruleID = result["ruleId"].text ?? result["rule"]["id"].text else { return nil }
    let rule = rules[ruleID] ?? Node(nil)
    let help = lines(of: rule["help"]["text"].text ?? "")
    let message = lines(of: result["message"]["text"].text ?? "")
    guard let id = help["Vulnerability"] ?? message["Vulnerability"]?.firstWord ?? faultID(in: ruleID) else {
      return nil
    }
    let described = rule["shortDescription"]["text"].text ?? ""
    let word =
      help["Severity"] ?? message["Severity"]
      ?? described.split(separator: " ").map(String.init).first {
        ["critical", "high", "medium", "low", "negligible"].contains($0)
      } ?? ""
    let fromRuleID = ruleID.hasPrefix(id + "-") ? String(ruleID.dropFirst(id.count + 1)) : ""
    var finding = Finding(
      key: Finding.Key(
        id: id, package: help["Package"] ?? message["Package"] ?? fromRuleID,
        version: help["Version"] ?? help["Installed Version"] ?? message["Installed Version"] ?? ""),
      severity: severity(word))
    finding.fixedVersion =
      help["Fix Version"] ?? help["Fixed Version"] ?? message["Fixed Version"]
      ?? fixed(in: rule["fullDescription"]["text"].text)
    finding.score = rule["properties"]["security-severity"].text.flatMap(Double.init) ?? 0
    finding.purl = rule["properties"]["purls"].items.first?.text ?? ""
    finding.path = result["locations"].items.first?["logicalLocations"].items.first?["name"].text ?? ""
    return finding
  }

  /// `… with an available fix in versions 1.2.1,2.1.3`
  private static func fixed(in description: String?) -> String {
    guard let description, let range = description.range(of: "fix in versions ") else { return "" }
    return String(description[range.upperBound...]).trimmingCharacters(in: .whitespaces)
  }

  private static func faultID(in ruleID: String) -> String? {
    guard let match = ruleID.firstMatch(of: /^(CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|[A-Z]{2,10}-\d{4}[-:]\d+)/)
    else { return nil }
    return String(match.1)
  }

  /// `user-input/somefile` or `image//path`: the part before the file is the target.
  private static func sarifTarget(_ result: Node) -> String {
    let location = result["locations"].items.first ?? Node(nil)
    if let message = result["message"]["text"].text,
      let match = message.firstMatch(of: /found in (?:image|directory|file) (\S+) at:/)
    {
      return String(match.1)
    }
    if let name = location["logicalLocations"].items.first?["fullyQualifiedName"].text, let at = name.range(of: "@") {
      return String(name[..<at.lowerBound])
    }
    return location["physicalLocation"]["artifactLocation"]["uri"].text ?? ""
  }

  private static func lines(of text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      if let colon = line.range(of: ": ") {
        values[String(line[..<colon.lowerBound])] = String(line[colon.upperBound...]).trimmingCharacters(
          in: .whitespaces)
      } else if line.hasPrefix("Vulnerability ") {
        values["Vulnerability"] = String(line.dropFirst("Vulnerability ".count))
      }
    }
    return values.filter { !$0.value.isEmpty }
  }

  private static func microseconds(_ text: String) -> Int64? {
    guard let match = text.firstMatch(of: /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/),
      let date = try? Date("\(match.1)\(match.3)", strategy: .iso8601), date.timeIntervalSince1970 > 0
    else { return nil }
    let digits = (match.2.map(String.init) ?? "").prefix(6)
    return Int64(date.timeIntervalSince1970) * 1_000_000
      + (Int64(digits + String(repeating: "0", count: 6 - digits.count)) ?? 0)
  }

  private static func wrongFormat(_ place: String, _ key: String, _ format: String) -> Problem {
    Problem(
      .data, at: place, "is no \(format) report: it has no \"\(key)\".",
      next: "Name its format:  seclog import \(ScanFormat.allCases.map(\.rawValue).joined(separator: "|")) \(place)")
  }

  private static func failedScan(_ place: String) -> Problem {
    Problem(
      .data, at: place, "names no target, so the scan failed; nothing was changed.",
      next: "Scan again, and look at the scanner's own messages.")
  }
}

extension String {
  fileprivate var firstWord: String { split(separator: " ").first.map(String.init) ?? self }
}

/// One value of a JSON document, absent or not.
private struct Node {
  let value: Any?
  init(_ value: Any?) { self.value = value }

  subscript(key: String) -> Node { Node(object?[key]) }
  var object: [String: Any]? { value as? [String: Any] }
  var list: [Any]? { value as? [Any] }
  var items: [Node] { (list ?? []).map(Node.init) }
  var text: String? { value as? String }
  var number: Double? { (value as? NSNumber)?.doubleValue }
  var bool: Bool? { value as? Bool }
}
