-- title: Role changes
-- description: Changes of role or permission, with the value before and after.
-- params: since duration 24h; until time now; app text ''; limit int 50
SELECT ts, app, actor, target, object_type, object_id, from_value, to_value, source_ip, id
FROM events
WHERE event IN ('authz_change', 'privilege_permissions_changed') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
