import Events
import Foundation
import StrictYAML
import Storage

@testable import Dashboards

/// A page over invented rows, for looking at and for testing the renderers without a store.
enum SamplePage {
  static let hour: Int64 = 3_600_000_000
  /// 2026-11-21 06:00 UTC.
  static let now: Int64 = 1_795_240_800_000_000

  static let hostile = "<script>alert(1)</script>\u{1B}[2J\u{202E}&\"'`"

  static func make(attention: Bool = true) -> DashboardPage {
    var dashboard = Dashboard(name: "overview", title: "Security overview")
    dashboard.range = .hours(24)
    var page = DashboardPage(dashboard: dashboard, since: now - 24 * hour, until: now, now: now)
    page.zone = .utc
    page.health.hosts = ["web1", "web2"]
    page.health.newestEvent = now - 12_000_000
    page.health.remarks = ["store 2.4 GB", "5,000,000 events since 13 Nov", "14 rules, last run 48 s ago"]
    page.health.sources = [
      .init(
        path: "/var/log/tmi/tmi.log", lines: 204_113, events: 2911, redactions: 812, rejected: 0,
        last: now - 12_000_000, state: .ok),
      .init(
        path: "stdin:trueppm", lines: 18_220, events: 411, redactions: 22, rejected: 3, last: now - 1_000_000,
        state: .ok),
      .init(
        path: "/var/log/glaze/app.jsonl", lines: 9931, events: 77, redactions: 1, rejected: 0,
        last: now - 3 * hour - 720_000_000, state: .silent),
    ]
    if attention {
      page.attention = [
        .init(
          severity: 5, label: "success-after-failures",
          title: "success-after-failures: user17@example.com from 203.0.113.9",
          detail: "Logged in at 15:41:40 after 4,986 failures on 4 users.", start: now - 15 * hour,
          end: now - 14 * hour, command: "seclog search ip=203.0.113.9 --since '2026-11-20 14:50'"),
        .init(
          severity: 4, label: "cert-expiry", title: "cert-expiry: CN=api.example.com",
          detail: "Expires 27 Nov 2026 07:00 UTC, in 6 days.",
          start: now - 2 * hour, end: now - 2 * hour, command: "seclog query cert-expiry"),
        .init(
          severity: 3, label: "source-silent", title: "source-silent: /var/log/glaze/app.jsonl",
          detail: "Silent for 3 h 12 min.",
          start: now - 3 * hour, end: now, command: "seclog status"),
      ]
    }
    page.panels = [
      [.init(panel: .init(kind: .attention, title: "Needs attention"), result: .ofPage, command: "")],
      [
        tile("Failed logins", total: 76_527, previous: 55_454, alarm: 0, peak: true),
        tile("Success after failures", total: 1, previous: 0, alarm: 0),
        tile("Authorization changes", total: 35_971, previous: 36_705),
        tile("Ownership transfers", total: 3, previous: 2),
        tile("Certificates < 30 d", total: 2, previous: nil, warn: 0),
        tile("High + critical CVEs", total: 5, previous: nil, warn: 0),
        tile("Database failures", total: 35_362, previous: 34_001),
        tile("Values redacted", total: 214_883, previous: 214_000),
      ],
      [logins()],
      [sources(), table("Ownership transfers", hostile)],
      [certificates(), heat()],
      [.init(panel: .init(kind: .health, title: "Pipeline health"), result: .ofPage, command: "")],
    ]
    return page
  }

  static func tile(
    _ title: String, total: Int64, previous: Int64?, warn: Int64? = nil, alarm: Int64? = nil, peak: Bool = false
  ) -> DashboardPage.Panel {
    var panel = Dashboard.Panel(kind: .tile, title: title)
    panel.value = .sum("events")
    panel.series = ["events"]
    panel.warnAbove = warn
    panel.alarmAbove = alarm
    if peak { panel.harm = ["events"] }
    let buckets = (0..<48).map { index -> [SQLValue] in
      let share = total / 60 + (peak && index == 31 ? total / 4 : Int64(index * 37 % 11) * total / 600)
      return [.integer(now - 24 * hour + Int64(index) * hour / 2), .integer(share)]
    }
    let sum = buckets.dropLast().reduce(0) { $0 + $1[1].int }
    let last: [SQLValue] = [.integer(now - hour / 2), .integer(max(0, total - sum))]
    let rows = RowSet(columns: ["bucket_ts", "events"], rows: buckets.dropLast() + [last])
    let before = previous.map { RowSet(columns: ["bucket_ts", "events"], rows: [[.integer(0), .integer($0)]]) }
    return .init(
      panel: panel, result: .rows(rows, previous: before), command: "seclog query events-over-time", bucket: hour / 2)
  }

  static func logins() -> DashboardPage.Panel {
    var panel = Dashboard.Panel(kind: .columns, title: "Logins over time")
    panel.series = ["succeeded", "failed"]
    panel.harm = ["failed"]
    let rows = (0..<48).map { index -> [SQLValue] in
      let failed: Int64 = index == 18 ? 2300 : index == 19 ? 4100 : 1480 + Int64(index * 53 % 90)
      return [
        .integer(now - 24 * hour + Int64(index) * hour / 2), .integer(3000 + Int64(index * 31 % 120)), .integer(failed),
      ]
    }
    return .init(
      panel: panel, result: .rows(RowSet(columns: ["bucket_ts", "succeeded", "failed"], rows: rows), previous: nil),
      command: "seclog query logins-over-time --since 24h --param bucket=30m", bucket: hour / 2)
  }

  static func sources() -> DashboardPage.Panel {
    var panel = Dashboard.Panel(kind: .bars, title: "Top sources of failed logins")
    panel.series = ["failures"]
    panel.harm = ["failures"]
    panel.limit = 5
    let rows: [[SQLValue]] = (0..<9).map { index in
      [
        .text("203.0.113.\(index)"), .integer(4986 / Int64(index * index * 3 + 1)), .integer(4),
        .integer(now - Int64(index) * hour),
      ]
    }
    return .init(
      panel: panel,
      result: .rows(RowSet(columns: ["source_ip", "failures", "users", "last_ts"], rows: rows), previous: nil),
      command: "seclog query failed-logins-by-source --since 24h")
  }

  static func table(_ title: String, _ value: String) -> DashboardPage.Panel {
    var panel = Dashboard.Panel(kind: .table, title: title)
    panel.columns = [
      .init(column: "ts", title: "time"), .init(column: "object_id", title: "object"),
      .init(column: "from_value -> to_value", title: "owner"), .init(column: "severity", title: "severity"),
    ]
    panel.highlight = ["to_value": "mallory"]
    let rows: [[SQLValue]] = [
      [.integer(now - hour), .text("threat model 291"), .text("erin"), .text("mallory"), .integer(4)],
      [.integer(now - 2 * hour), .text(value), .text("bob"), .text(value), .integer(3)],
    ]
    return .init(
      panel: panel,
      result: .rows(
        RowSet(columns: ["ts", "object_id", "from_value", "to_value", "severity"], rows: rows), previous: nil),
      command: "seclog query ownership-transfers --since 24h")
  }

  static func certificates() -> DashboardPage.Panel {
    var panel = Dashboard.Panel(kind: .countdown, title: "Certificate expiry")
    panel.columns = [.init(column: "cert_subject", title: "subject"), .init(column: "cert_not_after", title: "ends")]
    let rows: [[SQLValue]] = [6, 23, 61, 240, -2].map { days in
      [.text("CN=h\(days).example.com"), .integer(now + days * 24 * hour)]
    }
    return .init(
      panel: panel, result: .rows(RowSet(columns: ["cert_subject", "cert_not_after"], rows: rows), previous: nil),
      command: "seclog query cert-expiry")
  }

  static func heat() -> DashboardPage.Panel {
    var panel = Dashboard.Panel(kind: .heatmap, title: "When")
    panel.series = ["events"]
    let rows: [[SQLValue]] = (0..<168).map { [.integer(now - Int64($0) * hour), .integer(Int64($0 * 7 % 23))] }
    return .init(
      panel: panel, result: .rows(RowSet(columns: ["bucket_ts", "events"], rows: rows), previous: nil), command: "")
  }
}
