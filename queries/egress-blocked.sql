-- title: Outgoing requests stopped
-- description: Requests that the SSRF guard or an allow-list stopped, and those that failed.
-- params: since duration 7d; until time now; app text ''; limit int 50
SELECT ts, app, event, actor, target, reason, message, id
FROM events
WHERE event IN ('egress_blocked', 'egress_fail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
