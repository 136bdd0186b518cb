import Events
import Storage
import Testing

@testable import Queries

struct OutputTests {
  private func render(_ format: OutputFormat, _ columns: [String], _ rows: [[SQLValue]], width: Int? = nil) -> String {
    var style = RowRenderer.Style(time: ShownTime(zone: .utc, now: 1_790_000_000_000_000))
    style.width = width
    nonisolated(unsafe) var text = ""
    var renderer = RowRenderer(columns: columns, format: format, style: style) { text += $0 }
    for row in rows { renderer.add(row) }
    renderer.finish()
    return text
  }

  @Test(arguments: [
    ("plain", "plain"), ("\u{1b}[2J", "\\x1b[2J"), ("a\nb\tc", "a\\nb\\tc"), ("\u{9b}31m", "\\x9b31m"),
    ("\u{202e}txt", "\\u{202e}txt"), ("é ü 漢", "é ü 漢"), ("\u{7f}", "\\x7f"),
  ])
  func `a log text cannot control the terminal`(text: String, shown: String) {
    #expect(SafeText.visible(text) == shown)
  }

  @Test(arguments: [
    ("=1+1", "\"'=1+1\""), ("+x", "\"'+x\""), ("-x", "\"'-x\""), ("@x", "\"'@x\""), ("a,b", "\"a,b\""),
    ("say \"hi\"", "\"say \"\"hi\"\"\""), ("a\nb", "\"a\nb\""), ("plain", "plain"),
  ])
  func `a cell of CSV is a text, never a formula`(text: String, cell: String) {
    #expect(SafeText.csv(text) == cell)
  }

  @Test func `times are RFC 3339 for programs and local with the zone named once for people`() {
    let rows: [[SQLValue]] = [[.integer(1_790_000_000_250_000), .text("x"), .integer(76_527)]]
    #expect(
      render(.jsonl, ["last_ts", "source_ip", "failures"], rows)
        == "{\"last_ts\":\"2026-09-21T14:13:20.250000Z\",\"source_ip\":\"x\",\"failures\":76527}\n")
    #expect(render(.tsv, ["ts", "a", "n"], rows) == "ts\ta\tn\n2026-09-21T14:13:20.250000Z\tx\t76527\n")
    #expect(
      render(.table, ["last_ts", "source_ip", "failures"], rows)
        == "LAST (UTC)       SOURCE IP  FAILURES\n21 Sep 14:13:20  x            76,527\n")
  }

  @Test func `numbers keep their sign in CSV, and texts that look like numbers are texts in JSON`() {
    #expect(render(.csv, ["n"], [[.integer(-5)]]) == "n\r\n-5\r\n")
    #expect(render(.jsonl, ["n"], [[.text("5")]]) == "{\"n\":\"5\"}\n")
  }

  @Test func `JSON columns are JSON, and what a terminal obeys is escaped in them`() {
    let row: [SQLValue] = [.text("[0,412]"), .text("{\"k\":\"\u{9b}\"}"), .text("\u{1b}\"")]
    #expect(
      render(.jsonl, ["lines", "attrs", "message"], [row])
        == "{\"lines\":[0,412],\"attrs\":{\"k\":\"\\u009b\"},\"message\":\"\\u001b\\\"\"}\n")
    #expect(render(.jsonl, ["attrs"], [[.text("not json")]]) == "{\"attrs\":\"not json\"}\n")
  }

  @Test func `an array of JSON is one even if empty`() {
    #expect(render(.json, ["a"], []) == "[]\n")
    #expect(render(.json, ["a"], [[1], [2]]) == "[\n{\"a\":1},\n{\"a\":2}\n]\n")
  }

  @Test func `markdown has no markup of the log's`() {
    #expect(render(.markdown, ["a"], [["x|y <b> `c`"]]) == "| A |\n|---|\n| x\\|y \\<b\\> \\`c\\` |\n")
  }

  @Test func `a table fits the terminal by shortening its longest text`() {
    let text = render(
      .table, ["id", "message"], [["0123456789abcdef0123456789abcdef", .text(String(repeating: "m", count: 90))]],
      width: 40)
    #expect(text.split(separator: "\n").allSatisfy { SafeText.width(String($0)) <= 40 })
    #expect(text.contains("0123456789  ") && text.contains("…"))
  }
}
