import Events

extension EventStore {
  /// Takes over the events of a damaged store that can still be read and that are not here already.
  ///
  /// - Returns: how many were found, how many were new, and whether everything could be read.
  /// - Throws: ``Events/Problem``: nothing can be read at all, or this store cannot be written.
  public func rescue(_ damaged: String) throws -> (found: Int64, added: Int64, isWhole: Bool) {
    guard FileIdentity(path: damaged) != identity else {
      throw Problem(.usage, at: damaged, "a store cannot be rescued into itself", next: "Name another with --db.")
    }
    guard let image = StoreImage(path: damaged),
      image.forEach("SELECT count(*) FROM pragma_table_info('events')", each: { _ in })
    else {
      throw Problem(.failed, at: damaged, "nothing of this file can be read", next: "Look for a backup of the store.")
    }
    var (found, added, isWhole): (Int64, Int64, Bool) = (0, 0, true)
    var next: Int64? = 0
    while let from = next {
      var events: [Event] = []
      var (last, count) = (from - 1, 0)
      let isRead = image.forEach(
        "SELECT \(Schema.selectList) FROM events WHERE row_id >= ? ORDER BY row_id LIMIT ?", from,
        Int64(StoreLimits.pruneRowsMax)
      ) {
        let row = StoredEvent($0)
        (last, count) = (row.rowID, count + 1)
        // A page that is lost may read as zeros: a row that says nothing.
        if row.event.id.isEmpty || row.event.event.isEmpty { isWhole = false } else { events.append(row.event) }
      }
      found += Int64(events.count)
      added += try add(events)
      let following = last + 1
      if isRead {
        next = count < StoreLimits.pruneRowsMax ? nil : following
      } else {
        isWhole = false
        next = Self.readable(image, after: following)
      }
    }
    return (found, added, isWhole)
  }

  private func add(_ events: [Event]) throws -> Int64 {
    guard !events.isEmpty else { return 0 }
    return try write { db in
      var writer = try EventWriter(db, incoming)
      let new = try events.filter { try writer.stored($0.id) == nil }
      try writer.write(new.map { .insert($0) })
      return Int64(new.count)
    }
  }

  /// The first row behind a bad page; `nil` if nothing is readable from there on.
  private static func readable(_ image: StoreImage, after bad: Int64) -> Int64? {
    func row(from: Int64) -> Int64? {
      var row: Int64?
      _ = image.forEach("SELECT row_id FROM events WHERE row_id >= ? ORDER BY row_id LIMIT 1", from) { row = $0.int(0) }
      return row
    }
    // A step that reaches a good page, then the smallest such.
    var (low, high): (Int64, Int64) = (0, 1)
    while row(from: bad + high) == nil {
      low = high
      guard high < Int64.max / 4 - bad / 4 else { return nil }
      high *= 2
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if row(from: bad + middle) == nil { low = middle } else { high = middle }
    }
    return row(from: bad + high)
  }
}
