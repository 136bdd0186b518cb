-- title: Password spraying
-- description: Addresses that failed to log in as many different users: one password tried on everybody.
-- params: since duration 24h; until time now; app text ''; users int 5; limit int 20
SELECT source_ip, count(DISTINCT actor) AS users, count(*) AS failures, min(ts) AS first_ts, max(ts) AS last_ts
FROM events
WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
  AND source_ip <> '' AND actor <> ''
GROUP BY source_ip HAVING count(DISTINCT actor) >= :users
ORDER BY users DESC, failures DESC, source_ip LIMIT :limit
