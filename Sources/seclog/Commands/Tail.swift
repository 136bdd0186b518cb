import ArgumentParser
import Events
import Foundation
import Queries
import Storage

struct Tail: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail",
    abstract: "The newest events, oldest of them first; -f goes on as they arrive.",
    discussion: """
      Examples:
        seclog tail
        seclog tail -f --category authn
        seclog tail -n 100 outcome=failure --json

      Conditions are those of seclog search.
      """)

  @OptionGroup var events: EventOptions
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  @Option(name: [.customShort("n"), .long], help: "How many to begin with.")
  var limit = 20

  @Flag(name: .shortAndLong, help: "Go on until SIGINT.")
  var follow = false

  func run() throws {
    let range = try reading.range()
    let wanted = try events.search(now: range.now, zone: reading.zone)
    let store = try store.openForReading()
    var search = EventSearch()
    search.texts = wanted.texts
    search.filter = wanted.filter
    search.since = range.since
    search.until = range.until
    search.limits.rows = max(0, limit)
    // What arrives between these two is shown by the follower; what it shows twice it knows by row.
    let seq = try store.lastSeq()
    let newest = limit > 0 ? try store.events(search) : []

    let rows = EventRows(for: output.chosen)
    var style = output.style(zone: reading.zone, now: range.now)
    style.dropsEmptyColumns = !follow
    var renderer = output.renderer(rows.columns.map(\.rawValue), style: style)
    for stored in newest.reversed() { renderer.add(rows.row(stored.event)) }
    if follow {
      renderer.flush()
      var follower = EventFollower(search: search, seq: seq, shown: Set(newest.map(\.rowID)))
      while true {
        for event in try follower.next(in: store) { renderer.add(rows.row(event)) }
        renderer.flush()
        usleep(400_000)
      }
    }
    if !newest.isEmpty || output.chosen == .json { renderer.finish() }
    if newest.isEmpty {
      output.remark("no events match.")
      throw ExitCode(Problem.Code.nothing.rawValue)
    }
  }
}
