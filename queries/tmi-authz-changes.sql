-- title: TMI: authorization changes
-- description: Stands for: jq 'select(.msg | test("authorization|ownership|transfer"))'. Finds those lines whatever their case, and group, role and administrator changes that say none of these words. All of them after collect --keep all; by default only security events are stored. A line joined into the event of its request is found by its own words, too.
-- params: since duration 24h; until time now; app text ''; limit int 10000
SELECT ts, app, event, outcome, actor, target, object_type, object_id, from_value, to_value, message, lines, id
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app)
  AND (category IN ('ownership', 'privilege') OR event IN ('authz_change', 'authz_admin')
    OR lower(message) LIKE '%authorization%' OR lower(message) LIKE '%ownership%' OR lower(message) LIKE '%transfer%')
ORDER BY ts DESC, id LIMIT :limit
