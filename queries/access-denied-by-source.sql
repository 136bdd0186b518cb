-- title: Access denied, by source
-- description: Addresses that were refused most often: probing shows as many paths.
-- params: since duration 24h; until time now; app text ''; min int 1; limit int 20
SELECT source_ip, count(*) AS denials, count(DISTINCT http_path) AS paths, count(DISTINCT actor) AS users, max(ts) AS last_ts
FROM events
WHERE event = 'authz_fail' AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip <> ''
GROUP BY source_ip HAVING count(*) >= :min
ORDER BY denials DESC, source_ip LIMIT :limit
