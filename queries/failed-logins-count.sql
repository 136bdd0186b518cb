-- title: Failed logins
-- description: How many logins failed, from how many addresses, for how many users.
-- params: since duration 24h; until time now; app text ''
SELECT count(*) AS failures, count(DISTINCT source_ip) AS sources, count(DISTINCT actor) AS users
FROM events
WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
