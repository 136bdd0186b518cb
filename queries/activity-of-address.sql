-- title: What one address did
-- description: All events that came from an address, newest first.
-- params: ip text; since duration 7d; until time now; app text ''; limit int 200
SELECT ts, app, event, outcome, actor, target, http_method, http_path, http_status, message, id
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip = lower(:ip)
ORDER BY ts DESC, id LIMIT :limit
