import Collector
import Events
import StrictYAML

extension Configuration {
  /// Reads every key; faults are collected in `file`.
  init(file: YAMLFile) {
    self.init()
    guard let top = file.fields() else { return }
    db = top.string("db")
    host = top.string("host") ?? host
    env = top.string("env") ?? env
    keep = top.choice("keep", of: ReaderConfiguration.Keep.self) ?? keep
    keyFile = top.string("key_file")
    sources = top.mappings("sources").map(Source.init)
    if let redaction = top.mapping("redaction") {
      emails = redaction.choice("emails", of: RedactionOptions.Privacy.self) ?? emails
      patternFiles = (redaction.strings("patterns") ?? []).map { PatternFile(name: $0, text: "") }
      allowedValues = redaction.strings("allow") ?? allowedValues
      hiddenFields = redaction.strings("hide") ?? hiddenFields
      keptFields = redaction.strings("keep") ?? keptFields
      redaction.finish()
    }
    if let privacy = top.mapping("privacy") {
      if let chosen = privacy.choice("emails", of: RedactionOptions.Privacy.self) {
        if top.mapping("redaction")?.node("emails") != nil {
          privacy.refuse("emails", "'redaction.emails' says it, too")
        }
        emails = chosen
      }
      users = privacy.choice("users", of: RedactionOptions.Privacy.self) ?? users
      privacy.finish()
    }
    trustedProxies = top.strings("trusted_proxies") ?? trustedProxies
    if let archive = top.mapping("archive") {
      self.archive.directory = archive.string("directory")
      if let directory = self.archive.directory, !directory.hasPrefix("/") {
        archive.refuse("directory", "'\(directory)' is not an absolute path")
      }
      self.archive.segmentBytes = archive.byteCount("segment_size") ?? self.archive.segmentBytes
      self.archive.segmentAge = archive.age("segment_age") ?? self.archive.segmentAge
      self.archive.retention = archive.mapping("retention").map(Retention.init) ?? self.archive.retention
      archive.finish()
    }
    retention = top.mapping("retention").map(Retention.init) ?? retention
    if let alerts = top.mapping("alerts") {
      self.alerts.ruleDirectories = alerts.strings("rules") ?? self.alerts.ruleDirectories
      self.alerts.maxRun = alerts.age("max_run") ?? self.alerts.maxRun
      self.alerts.notifyAgeMax = alerts.age("notify_max_age") ?? self.alerts.notifyAgeMax
      alerts.finish()
    }
    if let serve = top.mapping("serve") {
      self.serve.listen = serve.string("listen") ?? self.serve.listen
      self.serve.hosts = serve.strings("hosts") ?? self.serve.hosts
      serve.finish()
    }
    formatDirectories = top.strings("formats") ?? formatDirectories
    queryDirectories = top.strings("queries") ?? queryDirectories
    dashboardDirectories = top.strings("dashboards") ?? dashboardDirectories
    top.finish()
  }
}

extension Configuration.Retention {
  init(_ fields: YAMLFields) {
    age = fields.age("age")
    size = fields.byteCount("size")
    fields.finish()
  }
}

extension Configuration.Source {
  init(_ fields: YAMLFields) {
    paths = fields.strings("path") ?? fields.strings("paths") ?? []
    _ = fields.node("paths")
    if let units = fields.strings("journal") { journal = units.filter { $0 != "all" } }
    for text in fields.strings("syslog") ?? [] {
      if let address = SyslogAddress(text) {
        syslog.append(address)
      } else {
        fields.refuse("syslog", "'\(text)' is nothing to wait at. \(SyslogAddress.examples)")
      }
    }
    if paths.isEmpty && journal == nil && syslog.isEmpty {
      fields.refuse(
        "a source needs 'path', 'journal' or 'syslog'", next: "Such as: - path: /var/log/myapp/*.log")
    }
    for path in paths where !path.hasPrefix("/") {
      fields.refuse("path", "'\(path)' is not an absolute path")
    }
    app = fields.string("app")
    zone = fields.string("zone")
    if let zone, !ZoneOption.isKnown(zone) { fields.refuse("zone", "'\(zone)' is not a zone. \(ZoneOption.examples)") }
    inputFormat = fields.string("input_format")
    fields.finish()
  }
}
