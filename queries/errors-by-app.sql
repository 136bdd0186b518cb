-- title: Errors by application
-- description: Messages logged as error or worse, grouped by application and logger.
-- params: since duration 24h; until time now; app text ''; limit int 20
SELECT app, logger, level, event, count(*) AS times, max(message) AS example, max(ts) AS last_ts
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND (level IN ('error', 'fatal') OR event IN ('app_error', 'sys_crash'))
GROUP BY app, logger, level, event
ORDER BY times DESC, app, logger LIMIT :limit
