extension Schema {
  /// Incidents and what was said about them. `alert run` alone writes them, under its own lock;
  /// people add silences and acknowledgements.
  static let alerts = """
    -- Up to which change each rule was evaluated, with which definition, and up to which event time
    -- it could tell that something did not happen.
    CREATE TABLE alert_rules (
      rule TEXT PRIMARY KEY, hash TEXT NOT NULL, seq INTEGER NOT NULL, horizon INTEGER NOT NULL) WITHOUT ROWID;

    CREATE TABLE incidents (
      id INTEGER PRIMARY KEY,
      rule TEXT NOT NULL, label TEXT NOT NULL, title TEXT NOT NULL,
      -- What the group's values compare by, and what they look like: a JSON array and a JSON object.
      group_key TEXT NOT NULL, group_json TEXT NOT NULL,
      start_ts INTEGER NOT NULL, end_ts INTEGER NOT NULL,
      first_anchor INTEGER NOT NULL, last_anchor INTEGER NOT NULL,
      -- When it is over, as far as is known now; the largest integer if never.
      resolve_ts INTEGER NOT NULL,
      count INTEGER NOT NULL, peak REAL NOT NULL, level INTEGER NOT NULL,
      state TEXT NOT NULL,
      first_events TEXT NOT NULL, last_events TEXT NOT NULL,
      digest_high INTEGER NOT NULL, digest_low INTEGER NOT NULL,
      first_row INTEGER NOT NULL, last_row INTEGER NOT NULL,
      -- Of rules with a deadline: the date; 0 otherwise.
      deadline INTEGER NOT NULL DEFAULT 0,
      -- Seen when it was too old to be told.
      late INTEGER NOT NULL DEFAULT 0,
      opened_ts INTEGER NOT NULL DEFAULT 0,
      acked_ts INTEGER NOT NULL DEFAULT 0, acked_by TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
      -- The incident that swallowed this one, or -1 if its events turned out otherwise.
      merged_into INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX incidents_rule ON incidents (rule, group_key, last_anchor);
    CREATE INDEX incidents_state ON incidents (state, resolve_ts);

    CREATE TABLE outbox (
      id INTEGER PRIMARY KEY,
      incident INTEGER NOT NULL, channel TEXT NOT NULL, reason TEXT NOT NULL, n INTEGER NOT NULL,
      state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, level INTEGER NOT NULL,
      created_ts INTEGER NOT NULL, done_ts INTEGER NOT NULL DEFAULT 0, detail TEXT NOT NULL DEFAULT '',
      UNIQUE (incident, channel, reason, n)
    );
    CREATE INDEX outbox_waiting ON outbox (state) WHERE state IN ('pending', 'held');

    CREATE TABLE silences (
      id INTEGER PRIMARY KEY, rule TEXT NOT NULL, matchers TEXT NOT NULL,
      start_ts INTEGER NOT NULL, end_ts INTEGER NOT NULL, author TEXT NOT NULL, comment TEXT NOT NULL
    );
    """
}
