-- title: Access denied, by path
-- description: What was refused most often.
-- params: since duration 24h; until time now; app text ''; min int 1; limit int 20
SELECT app, http_method, http_path, count(*) AS denials, count(DISTINCT actor) AS users, count(DISTINCT source_ip) AS sources, max(ts) AS last_ts
FROM events
WHERE event = 'authz_fail' AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND http_path <> ''
GROUP BY app, http_method, http_path HAVING count(*) >= :min
ORDER BY denials DESC, http_path LIMIT :limit
