-- title: Authorization changes
-- description: Who changed whose rights, what they were and what they became; transfers of ownership too. Newest first.
-- params: since duration 24h; until time now; app text ''; limit int 50
SELECT ts, app, event, outcome, actor, target, object_type, object_id, from_value, to_value, source_ip, id
FROM events
WHERE event IN ('authz_change', 'authz_admin', 'privilege_permissions_changed', 'ownership_transfer', 'ownership_transfer_fail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
