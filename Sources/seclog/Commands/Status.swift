import ArgumentParser
import Dashboards
import Events
import Foundation
import Storage

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say whether everything works: store, sources, alerts.",
    discussion: """
      Exit status: 0 well, 1 degraded, 2 failed.
      Examples:
        seclog status
        seclog status --check        one line, for monitoring
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var clock: ClockOptions

  @Flag(help: "One JSON object.")
  var json = false

  @Flag(help: "One line, as monitoring plugins write it.")
  var check = false

  func run() throws {
    let now = try clock.now()
    let opened = try store.openForReading()
    let health = try PipelineHealth(store: opened, now: now)
    let firing = try Attention(try store.configuration.load()).incidents(in: opened, now: now)
    let report = StatusReport(
      path: opened.path, health: health, firing: firing, alerts: try opened.alertStatus(),
      archive: try opened.archive().segments, now: now)
    Terminal.writeLine(json ? report.json : check ? report.line : report.text)
    if !report.isWell { throw ExitCode(Problem.Code.nothing.rawValue) }
  }
}

/// What `status` says, in its three forms.
struct StatusReport {
  let path: String
  let health: PipelineHealth
  let firing: [DashboardPage.Attention]
  let alerts: EventStore.AlertStatus
  let archive: [ArchiveSegment]
  let now: Int64

  var isWell: Bool { ailments.isEmpty }

  private var ailments: [String] {
    let broken = alerts.broken == 0 ? [] : ["\(alerts.broken) rules are broken: seclog rules check"]
    return health.ailments + broken
  }

  private var archiveBytes: Int64 { archive.reduce(0) { $0 + $1.length } }
  private var archiveText: Int64 { archive.reduce(0) { $0 + $1.textBytes } }

  private var silent: Int { health.sources.count(where: \.isSilent) }

  private func ago(_ time: Int64) -> String {
    time == 0 ? "never" : "\(Duration.spoken(now - time)) ago"
  }

  /// What was hidden most, by rule and by name: `key-password 12, echo 3; under password 9, *_token 3`.
  private var hidden: String? {
    func most(_ path: KeyPath<PipelineHealth.Source, [String: Int64]>) -> String {
      var sums: [String: Int64] = [:]
      for source in health.sources { sums.merge(source[keyPath: path], uniquingKeysWith: +) }
      sums[""] = nil
      return sums.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.prefix(5)
        .map { "\($0.key.visible) \(Duration.grouped($0.value))" }.joined(separator: ", ")
    }
    let (rules, fields) = (most(\.redactionRules), most(\.redactionFields))
    return rules.isEmpty ? nil : fields.isEmpty ? rules : "\(rules); under \(fields)"
  }

  var text: String {
    var lines: [String] = []
    let events = Duration.grouped(health.events)
    let since = health.oldestEvent == 0 ? "" : " since \(Timestamp.rfc3339(health.oldestEvent).prefix(10))"
    lines.append("store     \(path)  \(PipelineHealth.size(health.storeBytes)) · \(events) events\(since)")
    let states = silent == 0 ? "all ok" : "\(health.sources.count - silent) ok, \(silent) silent"
    lines.append("sources   \(health.sources.count): \(states)")
    let width = min(60, health.sources.map(\.path.count).max() ?? 0)
    for source in health.sources {
      let path = source.path.visible
      let name = path.count > width ? "…" + path.suffix(width - 1) : path
      var words = ["\(Duration.grouped(source.lines)) lines", "\(Duration.grouped(source.events)) events"]
      let hidden = source.redactions.values.reduce(0, +)
      if hidden > 0 { words.append("\(Duration.grouped(hidden)) redacted") }
      if source.text > 0 { words.append("\(Duration.grouped(source.text)) text") }
      let rejected = source.rejected.values.reduce(0, +)
      if rejected > 0 { words.append("\(Duration.grouped(rejected)) rejected") }
      words.append(ago(source.lastRead))
      if source.isSilent { words.append("silent, usually every \(Duration.spoken(source.usualGap))") }
      lines.append(
        "  \(name)\(String(repeating: " ", count: max(0, width - name.count)))  \(words.joined(separator: "  "))")
    }
    if let hidden { lines.append("redacted  \(hidden)") }
    let rejected = health.sources.reduce(0) { $0 + $1.rejected.values.reduce(0, +) }
    if rejected > 0 { lines.append("rejected  \(Duration.grouped(rejected)): seclog search --rejected") }
    if let newest = archive.last {
      let files = archive.count == 1 ? "1 file" : "\(archive.count) files"
      lines.append(
        "archive   \((newest.path as NSString).deletingLastPathComponent.visible)  \(files)  "
          + "\(PipelineHealth.size(archiveBytes)) for \(PipelineHealth.size(archiveText)) of lines")
    }
    let run =
      alerts.lastRun == 0
      ? "never run: put seclog alert run into cron" : "\(alerts.rules) rules, last run \(ago(alerts.lastRun))"
    lines.append("alerts    \(run) · \(firing.count) firing")
    for incident in firing.prefix(10) { lines.append("  \(incident.title.visible)") }
    for damaged in health.damagedStores {
      lines.append("damaged   \(damaged.visible): seclog store rescue, then move it away")
    }
    lines.append(isWell ? "OK" : "DEGRADED  \(ailments.joined(separator: ", "))")
    return lines.joined(separator: "\n")
  }

  /// `SECLOG OK - …| …`: state, reason and performance data as monitoring plugins print them.
  var line: String {
    let state = isWell ? "OK" : "WARNING"
    let reason =
      isWell
      ? "\(health.sources.count) sources, \(firing.count) alerts firing" : ailments.joined(separator: ", ")
    return
      "SECLOG \(state) - \(reason) | events=\(health.events)c firing=\(firing.count) silent=\(silent) size=\(health.storeBytes)B"
  }

  var json: String {
    var object = JSONObject()
    object.set("state", isWell ? "ok" : "degraded")
    object.set("db", path)
    object.set("bytes", health.storeBytes)
    object.set("events", health.events)
    object.set("oldest_ts", time: health.oldestEvent)
    object.set("newest_ts", time: health.newestEvent)
    object.set("archive_files", Int64(archive.count))
    object.set("archive_bytes", archiveBytes)
    object.set("archive_text_bytes", archiveText)
    object.set("firing", Int64(firing.count))
    object.set("rules", alerts.rules)
    object.set("last_alert_run_ts", time: alerts.lastRun)
    object.set("ailments", ailments)
    object.set("damaged_stores", health.damagedStores)
    object.set(
      "sources",
      objects: health.sources.map { source in
        var object = JSONObject()
        object.set("source", source.path)
        object.set("state", source.isSilent ? "silent" : "ok")
        object.set("lines", source.lines)
        object.set("bytes", source.bytes)
        object.set("events", source.events)
        object.set("text", source.text)
        object.set("rejected", source.rejected.values.reduce(0, +))
        object.set("redactions", source.redactions.values.reduce(0, +))
        var kinds = JSONObject()
        for (kind, count) in source.redactions.sorted(by: { $0.key < $1.key }) { kinds.set(kind, count) }
        object.set("redactions_by_kind", object: kinds)
        for (name, counts) in [("rule", source.redactionRules), ("field", source.redactionFields)] {
          var sums = JSONObject()
          for (key, count) in counts.sorted(by: { $0.key < $1.key }) { sums.set(key, count) }
          object.set("redactions_by_\(name)", object: sums)
        }
        object.set("newest_ts", time: source.newest)
        object.set("last_read_ts", time: source.lastRead)
        return object
      })
    return object.text
  }
}
