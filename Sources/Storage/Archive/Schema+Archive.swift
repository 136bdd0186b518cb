extension Schema {
  /// What of the archive's files counts: whatever no row names was never committed.
  static let archive = """
    CREATE TABLE archive_segments (
      id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE,
      -- Bytes, text, lines and times of its blocks.
      length INTEGER NOT NULL DEFAULT 0, text_bytes INTEGER NOT NULL DEFAULT 0, lines INTEGER NOT NULL DEFAULT 0,
      first_ts INTEGER NOT NULL DEFAULT 0, last_ts INTEGER NOT NULL DEFAULT 0,
      begun_ts INTEGER NOT NULL, is_closed INTEGER NOT NULL DEFAULT 0
    );
    -- Independent gzip members. `runs` says which bytes of the text are of which source: '3:1200 7:88'.
    CREATE TABLE archive_blocks (
      segment INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, crc INTEGER NOT NULL,
      text_bytes INTEGER NOT NULL, lines INTEGER NOT NULL, first_ts INTEGER NOT NULL, last_ts INTEGER NOT NULL,
      runs TEXT NOT NULL, PRIMARY KEY (segment, offset)) WITHOUT ROWID;
    CREATE TABLE archive_sources (id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE);
    -- Lines that wait until there are enough of them for a block.
    CREATE TABLE archive_tail (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, segment INTEGER NOT NULL, text BLOB NOT NULL,
      first_ts INTEGER NOT NULL, last_ts INTEGER NOT NULL, runs TEXT NOT NULL);
    """
}
