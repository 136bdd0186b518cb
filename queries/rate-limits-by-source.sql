-- title: Rate limits hit, by source
-- description: Addresses that asked too often, and what for.
-- params: since duration 24h; until time now; app text ''; min int 1; limit int 20
SELECT source_ip, app, count(*) AS times, count(DISTINCT http_path) AS paths, count(DISTINCT actor) AS users, max(ts) AS last_ts
FROM events
WHERE event = 'excess_rate_limit_exceeded' AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY source_ip, app HAVING count(*) >= :min
ORDER BY times DESC, source_ip, app LIMIT :limit
