-- title: Logins over time
-- description: Logins that succeeded and that failed in each span of time.
-- params: since duration 24h; until time now; app text ''; bucket span 1h
SELECT ts - ts % :bucket AS bucket_ts,
  sum(CASE WHEN event IN ('authn_login_success', 'authn_login_successafterfail') THEN 1 ELSE 0 END) AS succeeded,
  sum(CASE WHEN event IN ('authn_login_fail', 'authn_login_fail_max') THEN 1 ELSE 0 END) AS failed
FROM events
WHERE event IN ('authn_login_success', 'authn_login_successafterfail', 'authn_login_fail', 'authn_login_fail_max')
  AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY bucket_ts
ORDER BY bucket_ts
