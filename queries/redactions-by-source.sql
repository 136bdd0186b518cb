-- title: Secrets hidden, by source
-- description: Which logs carry secrets: fix those at the source.
-- params: limit int 50
SELECT source, kind, hidden
FROM source_redactions
ORDER BY hidden DESC, source, kind LIMIT :limit
