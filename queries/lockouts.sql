-- title: Locked accounts and exhausted attempts
-- description: Accounts that were locked, and logins refused after too many attempts.
-- params: since duration 24h; until time now; app text ''; limit int 50
SELECT ts, app, event, actor, source_ip, reason, id
FROM events
WHERE event IN ('authn_login_lock', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
