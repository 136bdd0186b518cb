-- title: Refused by the kernel
-- description: What AppArmor, seccomp and their kin stopped.
-- params: since duration 7d; until time now; app text ''; limit int 50
SELECT app, logger, actor, object_id, message, count(*) AS times, min(ts) AS first_ts, max(ts) AS last_ts
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app)
  AND (lower(message) LIKE '%apparmor="denied"%' OR lower(message) LIKE '%apparmor=denied%'
    OR lower(message) LIKE '%type=seccomp%' OR lower(message) LIKE '%type=1326 %'
    OR lower(message) LIKE '%avc:%denied%' OR lower(classifier) LIKE '%apparmor%' OR lower(classifier) LIKE '%seccomp%')
GROUP BY app, logger, actor, object_id, message
ORDER BY times DESC, last_ts DESC, message LIMIT :limit
