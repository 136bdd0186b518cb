-- title: TMI: failed authentication
-- description: Stands for: jq 'select(.msg | test("Failed|failed|error")) | select(.msg | test("auth|token|login"))'. Finds those lines whatever their case, and failures that are told in other words. All of them after collect --keep all; by default only security events are stored. A line joined into the event of its request is found by its own words, too.
-- params: since duration 24h; until time now; app text ''; limit int 10000
SELECT ts, app, level, event, actor, source_ip, reason, message, lines, id
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app)
  AND ((category IN ('authn', 'session') AND outcome = 'failure')
    OR ((lower(message) LIKE '%failed%' OR lower(message) LIKE '%error%')
      AND (lower(message) LIKE '%auth%' OR lower(message) LIKE '%token%' OR lower(message) LIKE '%login%')))
ORDER BY ts DESC, id LIMIT :limit
