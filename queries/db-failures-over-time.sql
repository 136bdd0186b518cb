-- title: Database failures over time
-- description: Connections that failed and statements that did not run in each span of time.
-- params: since duration 24h; until time now; app text ''; bucket span 1h
SELECT ts - ts % :bucket AS bucket_ts,
  sum(CASE WHEN event = 'db_connect_fail' THEN 1 ELSE 0 END) AS connections,
  sum(CASE WHEN event = 'db_query_fail' THEN 1 ELSE 0 END) AS statements
FROM events
WHERE event IN ('db_connect_fail', 'db_query_fail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY bucket_ts
ORDER BY bucket_ts
