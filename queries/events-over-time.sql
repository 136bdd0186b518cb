-- title: Events over time
-- description: Events in each span of time, and the grave ones among them.
-- params: since duration 24h; until time now; app text ''; bucket span 1h
SELECT ts - ts % :bucket AS bucket_ts, count(*) AS events,
  sum(CASE WHEN severity >= 4 THEN 1 ELSE 0 END) AS high,
  sum(CASE WHEN outcome = 'failure' THEN 1 ELSE 0 END) AS failures
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY bucket_ts
ORDER BY bucket_ts
