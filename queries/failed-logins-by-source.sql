-- title: Top sources of failed logins
-- description: Addresses with the most failed logins, how many users they tried, and when last.
-- params: since duration 24h; until time now; app text ''; min int 1; limit int 20
SELECT source_ip, count(*) AS failures, count(DISTINCT actor) AS users, min(ts) AS first_ts, max(ts) AS last_ts
FROM events
WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
  AND source_ip <> ''
GROUP BY source_ip HAVING count(*) >= :min
ORDER BY failures DESC, source_ip LIMIT :limit
