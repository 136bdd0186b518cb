-- title: One session, several addresses
-- description: Session or token pseudonyms that came from more than one address.
-- params: since duration 24h; until time now; app text ''; sources int 2; limit int 20
SELECT session, count(DISTINCT source_ip) AS sources, count(DISTINCT actor) AS users, count(*) AS times, min(ts) AS first_ts, max(ts) AS last_ts
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND session <> '' AND source_ip <> ''
GROUP BY session HAVING count(DISTINCT source_ip) >= :sources
ORDER BY sources DESC, times DESC, session LIMIT :limit
