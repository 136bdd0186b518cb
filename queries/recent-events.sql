-- title: Newest events
-- description: What happened last, gravest kinds and all.
-- params: since duration 24h; until time now; app text ''; severity int 1; limit int 50
SELECT ts, host, app, severity, event, outcome, actor, source_ip, message, id
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND severity >= :severity
ORDER BY ts DESC, id LIMIT :limit
