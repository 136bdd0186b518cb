-- title: TMI: authentication monitor
-- description: Stands for: jq 'select(.msg | test("auth|login|token"))'. Finds those lines whatever their case, and the authentication and authorization events that say none of these words. All of them after collect --keep all; by default only security events are stored. A line joined into the event of its request is found by its own words, too.
-- params: since duration 24h; until time now; app text ''; limit int 10000
SELECT ts, app, level, event, outcome, actor, source_ip, message, lines, id
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app)
  AND (category IN ('authn', 'authz', 'session')
    OR lower(message) LIKE '%auth%' OR lower(message) LIKE '%login%' OR lower(message) LIKE '%token%')
ORDER BY ts DESC, id LIMIT :limit
