-- title: Events by kind
-- description: Which events there were, how many, how grave, and in how many applications.
-- params: since duration 24h; until time now; app text ''; limit int 100
SELECT event, count(*) AS times, max(severity) AS severity, count(DISTINCT app) AS apps, min(ts) AS first_ts, max(ts) AS last_ts
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY event
ORDER BY times DESC, event LIMIT :limit
