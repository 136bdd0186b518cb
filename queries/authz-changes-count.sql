-- title: Authorization changes
-- description: How many rights were changed, and by how many people.
-- params: since duration 24h; until time now; app text ''
SELECT count(*) AS changes, count(DISTINCT actor) AS actors
FROM events
WHERE event IN ('authz_change', 'authz_admin', 'privilege_permissions_changed') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
