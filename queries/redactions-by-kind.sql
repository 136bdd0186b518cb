-- title: Secrets hidden, by kind
-- description: How many values were hidden before anything was written, since the store began.
-- params: limit int 50
SELECT kind, sum(hidden) AS hidden, count(DISTINCT source) AS sources
FROM source_redactions
GROUP BY kind
ORDER BY hidden DESC, kind LIMIT :limit
