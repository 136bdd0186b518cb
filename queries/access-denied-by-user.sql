-- title: Access denied, by user
-- description: Users who were refused most often, and how many different things they asked for.
-- params: since duration 24h; until time now; app text ''; min int 1; limit int 20
SELECT actor, count(*) AS denials, count(DISTINCT http_path) AS paths, count(DISTINCT source_ip) AS sources, max(ts) AS last_ts
FROM events
WHERE event = 'authz_fail' AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND actor <> ''
GROUP BY actor HAVING count(*) >= :min
ORDER BY denials DESC, actor LIMIT :limit
