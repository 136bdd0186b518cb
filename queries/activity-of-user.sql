-- title: What one user did
-- description: All events in which a user acted or was acted upon, newest first.
-- params: user text; since duration 7d; until time now; app text ''; limit int 200
SELECT ts, app, event, outcome, actor, target, source_ip, http_method, http_path, message, id
FROM events
WHERE ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND (lower(actor) = lower(:user) OR lower(target) = lower(:user))
ORDER BY ts DESC, id LIMIT :limit
