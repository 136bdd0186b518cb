-- title: Failed logins over time
-- description: Failed logins, addresses and users in each span of time.
-- params: since duration 24h; until time now; app text ''; bucket span 1h
SELECT ts - ts % :bucket AS bucket_ts, count(*) AS failures, count(DISTINCT source_ip) AS sources, count(DISTINCT actor) AS users
FROM events
WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY bucket_ts
ORDER BY bucket_ts
