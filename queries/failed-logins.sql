-- title: Failed logins, one by one
-- description: Every failed login with its reason, newest first.
-- params: since duration 24h; until time now; app text ''; limit int 100
SELECT ts, app, actor, source_ip, reason, auth_method, http_path, id
FROM events
WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
