@testable import Events
import Foundation
import Storage

/// A store in a directory of its own, gone with the value.
final class TemporaryStore {
  let directory: URL
  let store: EventStore

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "seclog-" + UUID().uuidString)
    store = try EventStore(path: directory.appending(path: "events.db").path, access: .readWrite)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  func add(_ events: [Event]) throws { try add(events.map { EventChange.insert($0) }) }

  func add(_ changes: [EventChange]) throws {
    var commit = Commit()
    commit.changes = changes
    try store.commit(commit)
  }
}

extension Event {
  /// An event at a number of seconds, with an id that follows from what it says.
  static func at(_ second: Double, _ name: String, _ values: [Events.Column: String] = [:], id: String? = nil) -> Event
  {
    var event = Event()
    event.ts = Int64(second * 1_000_000)
    event.event = name
    event.category = String(name.prefix { $0 != "_" })
    for (column, value) in values {
      switch column.kind {
      case .integer, .time: event.set(column, .integer(Int64(value)!))
      default: event.set(column, .text(value))
      }
    }
    event.id = id ?? EventID("\(second) \(name) \(values.map { "\($0.key)=\($0.value)" }.sorted())").description
    return event
  }
}
