import Foundation
import Storage
import Testing

@testable import Dashboards

struct RenderTests {
  @Test func `a page brings its own style, runs no script and loads nothing`() throws {
    let html = SamplePage.make().html()
    if let path = ProcessInfo.processInfo.environment["SECLOG_TEST_PAGE"] {
      try html.write(toFile: path, atomically: true, encoding: .utf8)
      print(SamplePage.make().text(width: 100, usesColor: true))
    }
    #expect(html.contains("default-src 'none'; style-src \(StyleSheet.source); base-uri 'none'; form-action 'none'"))
    #expect(!html.lowercased().contains("<script"))
    #expect(!html.contains(" style="))
    #expect(!html.contains("http://") && !html.contains("https://"))
    #expect(!html.contains(" src=") && !html.contains("url("))
    #expect(html.contains("<style>\(StyleSheet.css)</style>"))
  }

  @Test func `hostile text is shown and cannot act`() {
    let html = SamplePage.make().html()
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[2J\\u202e&amp;&quot;&#39;&#96;"))
    #expect(!html.unicodeScalars.contains("\u{1B}") && !html.unicodeScalars.contains("\u{202E}"))
    let text = SamplePage.make().text(width: 100)
    #expect(!text.unicodeScalars.contains("\u{1B}") && !text.unicodeScalars.contains("\u{202E}"))
  }

  @Test(arguments: [60, 80, 120])
  func `no line of a terminal page is wider than the terminal`(width: Int) {
    for line in SamplePage.make().text(width: width).split(separator: "\n") where !line.hasPrefix("$") {
      #expect(line.count <= width, "\(line)")
    }
  }

  @Test func `a terminal without UTF-8 gets ASCII`() {
    #expect(SamplePage.make().text(width: 80, isASCII: true).utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func `every panel ends with the command that gives its rows`() {
    let html = SamplePage.make().html()
    let text = SamplePage.make().text()
    for command in ["failed-logins-by-source --since 24h", "cert-expiry", "logins-over-time --since 24h"] {
      #expect(html.contains("<code>seclog query \(command)"))
      #expect(text.contains("$ seclog query \(command)"))
    }
  }

  @Test func `nothing firing is said, and looks different from something`() {
    let calm = SamplePage.make(attention: false).html()
    #expect(calm.contains("Nothing in this time") && !calm.contains("attention has"))
    #expect(calm.contains("2 of 3 sources speaking"))
    #expect(SamplePage.make().html().contains("attention has"))
  }

  @Test func `one broken panel does not take the page away`() {
    var page = SamplePage.make()
    page.panels[2][0].result = .failed("no such column: <user>")
    let html = page.html()
    #expect(html.contains("This panel failed: no such column: &lt;user&gt;"))
    #expect(html.contains("Top sources of failed logins"))
    #expect(page.text().contains("failed: no such column"))
  }

  @Test(
    arguments: [
      (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (7, [0, 2, 4, 6, 8]), (4586, [0, 2000, 4000, 6000]), (9001, [0, 5000, 10000]),
    ]
      as [(Int64, [Int64])])
  func `ticks are round and reach the top`(top: Int64, ticks: [Int64]) {
    #expect(Series.ticks(to: top) == ticks)
  }

  @Test func `a bucket without a row is zero, and rows outside the range do not count`() throws {
    let rows = RowSet(
      columns: ["ts", "events"],
      rows: [[.integer(20), .integer(3)], [.integer(49), .integer(9)], [.integer(5), .integer(1)]])
    let series = try #require(Series(rows, x: "ts", series: ["events"], since: 10, until: 40, bucket: 10))
    #expect(series.starts == [10, 20, 30])
    #expect(series.values == [[0, 3, 0]])
    #expect(Series(rows, x: "when", series: ["events"], since: 10, until: 40, bucket: 10) == nil)
  }
}
