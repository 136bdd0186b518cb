-- title: What is read
-- description: Every source with its totals, and when it last had something to say.
-- params: limit int 100
SELECT source, read_lines, read_bytes, events, text_lines, newest_ts, last_read_ts
FROM sources
ORDER BY last_read_ts DESC, source LIMIT :limit
