-- title: Lines kept as stubs or bare text
-- description: Lines that were too long or no UTF-8, by source and reason.
-- params: limit int 50
SELECT source, reason, rejected
FROM source_rejections
ORDER BY rejected DESC, source, reason LIMIT :limit
