-- title: Database failures, by application
-- description: Connections that failed and statements that did not run, by application and database.
-- params: since duration 24h; until time now; app text ''; limit int 20
SELECT app, db_system,
  sum(CASE WHEN event = 'db_connect_fail' THEN 1 ELSE 0 END) AS connections,
  sum(CASE WHEN event = 'db_query_fail' THEN 1 ELSE 0 END) AS statements,
  min(ts) AS first_ts, max(ts) AS last_ts
FROM events
WHERE event IN ('db_connect_fail', 'db_query_fail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY app, db_system
ORDER BY connections DESC, statements DESC, app, db_system LIMIT :limit
