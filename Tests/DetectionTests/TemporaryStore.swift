@testable import Events
import Foundation
import Storage
import TestSupport

/// A store in a directory of its own, gone with the value.
final class TemporaryStore {
  private let folder: TemporaryFolder
  let store: EventStore
  var directory: URL { folder.url }

  init() throws {
    folder = try TemporaryFolder()
    store = try EventStore(path: folder.path("events.db"), access: .readWrite)
  }

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
