import ArgumentParser
import Events
import Foundation
import Queries
import Storage

struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find events by their words and fields, newest first.",
    discussion: """
      Examples:
        seclog search 203.0.113.9 outcome=failure --since 7d
        seclog search 'signature invalid' user=alice@example.com
        seclog search http_path~/admin/ severity>=high --json

      A text is found as it is written, as whole words: 10.0.0.1, a@b.c, it's, NOT x. A * at its end
      takes any ending. It is looked for in message, event, actor, target, object_id, source_ip,
      reason, vuln_id, package, cert_subject and session; name any other field: request_id=…
      Exit code: 0 found, 1 nothing found, 2 failed.
      """)

  @OptionGroup var events: EventOptions
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  @Option(name: [.customShort("n"), .long], help: "At most so many; 0 = all. Default: 100 on a terminal, else all.")
  var limit: Int?

  @Flag(help: "Oldest first.")
  var reverse = false

  func run() throws {
    let range = try reading.range()
    let wanted = try events.search(now: range.now, zone: reading.zone)
    let store = try store.openForReading()
    var search = EventSearch()
    search.texts = wanted.texts
    search.filter = wanted.filter
    search.since = range.since
    search.until = range.until
    search.order = reverse ? .oldestFirst : .newestFirst
    let most = limit ?? (output.isForPeople ? 100 : 0)
    search.limits.rows = most > 0 ? most : Int.max

    let rows = EventRows(for: output.chosen)
    var style = output.style(zone: reading.zone, now: range.now)
    style.dropsEmptyColumns = true
    var renderer = output.renderer(rows.columns.map(\.rawValue), style: style)
    var count = 0
    var first: Event?
    let isCut = try store.forEachEvent(search) { stored in
      count += 1
      if first == nil { first = stored.event }
      renderer.add(rows.row(stored.event))
      return true
    }
    if count > 0 || output.chosen == .json { renderer.finish() }
    try Coverage(store: store, since: range.since, until: range.until, now: range.now, zone: reading.zone)
      .remark(isEmpty: count == 0, output)
    guard count > 0 else {
      output.remark("no events match.")
      throw ExitCode(Problem.Code.nothing.rawValue)
    }
    if output.isForPeople, let first {
      let more = isCut ? " shown, there are more: -n 0" : ""
      output.remark("\(count) \(count == 1 ? "event" : "events")\(more) · next: seclog show \(first.id.prefix(10))")
    }
  }
}
