import ArgumentParser
import Events
import Foundation
import Queries
import Storage

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Everything known about one event.",
    discussion: """
      Example:
        seclog show 9f3c2ad1

      The id may be shortened to its first four digits or more, if no other event begins so.
      """)

  @Argument(help: "The event's id, or its beginning.")
  var id: String

  @OptionGroup var store: StoreOptions
  @OptionGroup var clock: ClockOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Show times in UTC instead of local time.")
  var utc = false

  func run() throws {
    let now = try clock.now()
    let time = ShownTime(zone: utc ? .utc : .local, now: now)
    guard let stored = try store.openForReading().event(id: id, shownIn: time) else {
      output.remark("no event has an id that begins with \(id.lowercased()).")
      throw ExitCode(Problem.Code.nothing.rawValue)
    }
    if output.json || ![.auto, .table].contains(output.format) {
      let rows = EventRows(for: .jsonl)
      var renderer = output.renderer(rows.columns.map(\.rawValue), style: output.style(zone: time.zone, now: now))
      renderer.add(rows.row(stored.event))
      renderer.finish()
    } else {
      Terminal.write(EventPage(stored, time: time).text)
    }
  }
}

extension EventStore {
  /// The one event whose id begins so; `nil` if there is none.
  ///
  /// - Throws: ``Problem`` if the text is no beginning of an id, or of several.
  func event(id: String, shownIn time: ShownTime) throws -> StoredEvent? {
    let prefix = id.lowercased()
    guard prefix.count >= 4, prefix.count <= 32, prefix.allSatisfy(\.isHexDigit) else {
      throw Problem(
        .usage, at: "'\(SafeText.visible(id))'", "not an event id; ids are 4 to 32 hexadecimal digits.",
        next: "Ids are shown by seclog search and seclog tail.")
    }
    let found = try events(idPrefix: prefix, limit: 11)
    guard found.count <= 1 else {
      let list = found.prefix(10).map { "  \($0.event.id)  \(time.text($0.event.ts))  \($0.event.event)" }
      throw Problem(
        .usage, at: prefix, "\(found.count > 10 ? "more than 10" : "\(found.count)") events have an id that begins so.",
        next: (["Give more digits:"] + list).joined(separator: "\n"))
    }
    return found.first
  }
}
