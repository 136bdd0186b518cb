-- title: Tokens used again
-- description: Refresh tokens, codes or sessions replayed after they were spent: a stolen token shows here.
-- params: since duration 7d; until time now; app text ''; limit int 50
SELECT ts, app, actor, session, source_ip, user_agent, reason, id
FROM events
WHERE event IN ('authn_token_reuse', 'session_use_after_expire') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
