-- title: Insecure settings
-- description: What applications say about their own configuration: default secrets, missing TLS, open CORS.
-- params: since duration 30d; until time now; app text ''; limit int 50
SELECT app, object_id, reason, message, count(*) AS times, max(ts) AS last_ts
FROM events
WHERE event = 'config_insecure' AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY app, object_id, reason, message
ORDER BY last_ts DESC, app, message LIMIT :limit
