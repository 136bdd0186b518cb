-- title: Administrators made
-- description: Administrator rights given, first operators and superusers included, and new service accounts.
-- params: since duration 30d; until time now; app text ''; limit int 50
SELECT ts, app, actor, target, to_value, reason, source_ip, message, id
FROM events
WHERE event = 'authz_admin' AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
