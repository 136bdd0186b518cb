-- title: Certificates that end soon
-- description: The latest known end of each certificate in each place that a probe names, soonest first; a renewal moves it.
-- params: since duration 400d; until time now; app text ''; within ahead 30d; limit int 50
SELECT cert_subject, object_id AS place, max(cert_not_after) AS latest_not_after, max(ts) AS last_seen_ts, count(DISTINCT source) AS sources
FROM events
WHERE event IN ('cert_expiring', 'cert_expired', 'cert_renewed', 'cert_invalid') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
  AND cert_not_after > 0
GROUP BY cert_subject, object_id HAVING max(cert_not_after) < :within
ORDER BY latest_not_after, cert_subject, object_id LIMIT :limit
