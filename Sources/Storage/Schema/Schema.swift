import Events
import GRDB

/// The tables of a store, and how a file is known to be one.
enum Schema {
  /// `SECL`: SQLite's place for "whose file is this" (`PRAGMA application_id`).
  static let applicationID: Int32 = 0x5345_434C
  /// What every SQLite database begins with.
  static let magic = "SQLite format 3\0".utf8
  static let pageBytes = 8192

  /// The columns as they lie in a row: as in ``Column``, but the two that may be long come last, so
  /// that reading any other never walks an overflow chain.
  static let columns: [Events.Column] =
    Events.Column.allCases.filter { $0 != .message && $0 != .attrs } + [.message, .attrs]

  static let index = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) })

  /// As they lie in a row, its id first.
  static let rowColumns = ["row_id"] + columns.map(\.rawValue)

  /// Places in ``rowColumns`` whose default is something else than 0 or no text.
  static let columnsWithoutEmptyValue = [0] + columns.indices.filter { columns[$0].kind == .json }.map { $0 + 1 }

  static let selectList = rowColumns.joined(separator: ",")

  static func definition(of column: Events.Column) -> String {
    switch column.kind {
    case .integer, .time: "\(column.rawValue) INTEGER NOT NULL DEFAULT 0"
    case .text: "\(column.rawValue) TEXT NOT NULL DEFAULT ''"
    case .json: "\(column.rawValue) TEXT NOT NULL DEFAULT '\(column == .lines ? "[]" : "{}")'"
    }
  }

  static let base = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE events (
      row_id INTEGER PRIMARY KEY,
      \(columns.map(definition(of:)).joined(separator: ",\n  "))
    );
    -- Who and where from stand in the index, so that counting failed logins reads no rows: 156 ms
    -- became 67 for 79,000 of them among a million events, for under 1 µs an event when written.
    CREATE INDEX events_event_ts ON events (event, ts, source_ip, actor, app);

    -- Words of an event, and its id as one word. Contentless: the words are made by `SearchText`,
    -- so what goes in can be made again when it must come out.
    CREATE VIRTUAL TABLE events_text USING fts5(
      text, id_word, content='', columnsize=0, tokenize='unicode61');
    INSERT INTO events_text (events_text, rank) VALUES ('automerge', 16), ('hashsize', 8388608), ('pgsz', 8000);

    -- Rows in order of arrival; a revised event appears again. `alert run` and `ship` read on from
    -- the last seq they saw.
    CREATE TABLE changes (seq INTEGER PRIMARY KEY, row_id INTEGER NOT NULL);

    CREATE TABLE positions (
      key TEXT PRIMARY KEY, path TEXT NOT NULL, offset INTEGER NOT NULL,
      identity TEXT NOT NULL, state TEXT NOT NULL) WITHOUT ROWID;

    -- Running totals; the two that are by kind stand in tables of their own.
    CREATE TABLE sources (
      source TEXT PRIMARY KEY, read_lines INTEGER NOT NULL, read_bytes INTEGER NOT NULL,
      events INTEGER NOT NULL, text_lines INTEGER NOT NULL,
      newest_ts INTEGER NOT NULL, first_read_ts INTEGER NOT NULL, last_read_ts INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE source_redactions (
      source TEXT NOT NULL, kind TEXT NOT NULL, hidden INTEGER NOT NULL, PRIMARY KEY (source, kind)) WITHOUT ROWID;
    CREATE TABLE source_rejections (
      source TEXT NOT NULL, reason TEXT NOT NULL, rejected INTEGER NOT NULL, PRIMARY KEY (source, reason)) WITHOUT ROWID;

    -- Rule × event, written with the event. `ts` is the event's, for windows.
    CREATE TABLE match_rules (rule INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE);
    CREATE TABLE matches (
      rule INTEGER NOT NULL, row_id INTEGER NOT NULL, ts INTEGER NOT NULL,
      PRIMARY KEY (rule, row_id)) WITHOUT ROWID;
    """

  /// Each commit leaves one segment of words. Merged by 64 instead of 16, words are written half as often;
  /// a search has at most a few hundred segments to look into, some microseconds each. `crisismerge`
  /// stops a commit for a merge of all at once, so it stays far from what `automerge` leaves.
  /// - Source: https://www.sqlite.org/fts5.html#the_automerge_configuration_option
  static let merging = "INSERT INTO events_text (events_text, rank) VALUES ('automerge', 64), ('crisismerge', 512)"

  /// Values hidden, by rule and by the name they stood under; '' for none or one name too many.
  static let places = """
    CREATE TABLE source_redaction_places (
      source TEXT NOT NULL, field TEXT NOT NULL, rule TEXT NOT NULL, hidden INTEGER NOT NULL,
      PRIMARY KEY (source, field, rule)) WITHOUT ROWID;
    """

  /// Takes the steps that the store has not taken, and adds columns that ``Column`` has gained.
  /// Runs inside a transaction of the caller.
  static func migrate(_ db: Database, from version: Int) throws {
    for migration in migrations.dropFirst(version) { try migration.run(db) }
    let present = Set(try String.fetchAll(db, sql: "SELECT name FROM pragma_table_info('events')"))
    for column in columns where !present.contains(column.rawValue) {
      try db.execute(sql: "ALTER TABLE events ADD COLUMN \(definition(of: column))")
    }
    try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(migrations.count)")
  }
}
