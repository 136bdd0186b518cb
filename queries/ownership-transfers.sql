-- title: Ownership transfers
-- description: Objects that changed hands, and transfers that were refused.
-- params: since duration 7d; until time now; app text ''; limit int 50
SELECT ts, app, outcome, actor, target, object_type, object_id, from_value, to_value, reason, source_ip, id
FROM events
WHERE event IN ('ownership_transfer', 'ownership_transfer_fail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
