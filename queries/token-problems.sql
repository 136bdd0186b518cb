-- title: Token and session problems
-- description: Tokens used again after rotation or revocation, expired sessions, revocations: by kind and user.
-- params: since duration 24h; until time now; app text ''; limit int 50
SELECT event, app, actor, source_ip, count(*) AS times, count(DISTINCT session) AS sessions, max(ts) AS last_ts
FROM events
WHERE event IN ('authn_token_reuse', 'session_use_after_expire', 'authn_token_revoked', 'authn_token_delete') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY event, app, actor, source_ip
ORDER BY times DESC, event, actor, source_ip LIMIT :limit
