-- title: Accounts made, changed and removed
-- description: The life of accounts: created, updated, archived, deleted.
-- params: since duration 7d; until time now; app text ''; limit int 100
SELECT ts, app, event, actor, target, source_ip, id
FROM events
WHERE event IN ('user_created', 'user_updated', 'user_archived', 'user_deleted') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
