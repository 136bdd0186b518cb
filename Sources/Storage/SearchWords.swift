import Events
import GRDB

/// The words of a batch of rows on their way into the full-text index, or out of it.
struct SearchWords {
  /// Where the texts of a row lie in ``bytes``; each has a zero byte behind it, or SQLite would copy it.
  private struct Entry {
    let rowID: Int64
    let text: Range<Int>
    let holdsZero: Bool
  }

  private var entries: [Entry] = []
  /// For each row its text and the word of its id.
  private var bytes: [UInt8] = []

  init(count: Int) {
    entries.reserveCapacity(count)
    bytes.reserveCapacity(count * 96)
  }

  mutating func append(_ shared: SharedEvent, at rowID: Int64) {
    let start = bytes.count
    SearchText.append(shared, to: &bytes)
    let text = start..<bytes.count
    entries.append(Entry(rowID: rowID, text: text, holdsZero: bytes[text].contains(0)))
    bytes.append(0)
    bytes.append(SearchText.word(forID: shared.event.id))
    bytes.append(0)
  }

  func insert(through incoming: IncomingRows, on db: Database) throws {
    try run("INSERT INTO events_text (rowid, text, id_word) SELECT c0, c1, c2 FROM incoming", incoming, db)
  }

  /// The events must be as they were when their words were put in.
  func remove(through incoming: IncomingRows, on db: Database) throws {
    try run(
      "INSERT INTO events_text (events_text, rowid, text, id_word) SELECT 'delete', c0, c1, c2 FROM incoming",
      incoming, db)
  }

  private func run(_ sql: String, _ incoming: IncomingRows, _ db: Database) throws {
    try bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
      try incoming.run(sql, on: db, count: entries.count) { row, index in
        let entry = entries[index]
        row.integer(entry.rowID)
        row.text(base + entry.text.lowerBound, count: entry.holdsZero ? entry.text.count : nil)
        row.text(base + entry.text.upperBound + 1, count: nil)
      }
    }
  }
}
