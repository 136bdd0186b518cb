-- title: Most targeted users
-- description: Users with the most failed logins, and from how many addresses they came.
-- params: since duration 24h; until time now; app text ''; min int 1; limit int 20
SELECT actor, count(*) AS failures, count(DISTINCT source_ip) AS sources, min(ts) AS first_ts, max(ts) AS last_ts
FROM events
WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
  AND actor <> ''
GROUP BY actor HAVING count(*) >= :min
ORDER BY failures DESC, actor LIMIT :limit
