import GRDB

/// One step of the schema. Steps are only ever added at the end: the number of steps that a store
/// has taken is its `user_version`.
struct Migration: Sendable {
  let name: String
  let run: @Sendable (Database) throws -> Void

  init(_ name: String, _ run: @escaping @Sendable (Database) throws -> Void) {
    self.name = name
    self.run = run
  }

  init(_ name: String, sql: String) {
    self.init(name) { try $0.execute(sql: sql) }
  }
}

extension Schema {
  /// Every step, in order. Rooms inside `Storage` add theirs here, never in the middle.
  static let migrations: [Migration] = [
    Migration("events") { try $0.execute(sql: Schema.base) },
    Migration("alerts", sql: Schema.alerts),
    Migration("archive", sql: Schema.archive),
    Migration("merging", sql: Schema.merging),
    Migration("places", sql: Schema.places),
  ]
}
