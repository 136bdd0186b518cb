-- title: Logins that followed failures
-- description: Successful logins after several failures of the same user or from the same address: a guess that worked.
-- params: since duration 24h; until time now; app text ''; min int 3; within span 1h; limit int 50
SELECT ts, actor, source_ip, app, matched_by, failures, first_failure_ts, id
FROM (
  SELECT s.ts AS ts, s.actor AS actor, s.source_ip AS source_ip, s.app AS app, s.id AS id, 'user' AS matched_by,
    sum(CASE WHEN f.ts < s.ts AND f.ts >= s.ts - :within THEN 1 ELSE 0 END) AS failures,
    min(CASE WHEN f.ts < s.ts AND f.ts >= s.ts - :within THEN f.ts ELSE s.ts END) AS first_failure_ts
  FROM (
    SELECT ts, actor, source_ip, app, id FROM events
    WHERE event IN ('authn_login_success', 'authn_login_successafterfail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND actor <> ''
  ) AS s
  INNER JOIN (
    SELECT actor, ts FROM events
    WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND actor <> ''
  ) AS f ON s.actor = f.actor
  GROUP BY s.ts, s.actor, s.source_ip, s.app, s.id
  UNION ALL
  SELECT s.ts AS ts, s.actor AS actor, s.source_ip AS source_ip, s.app AS app, s.id AS id, 'address' AS matched_by,
    sum(CASE WHEN f.ts < s.ts AND f.ts >= s.ts - :within THEN 1 ELSE 0 END) AS failures,
    min(CASE WHEN f.ts < s.ts AND f.ts >= s.ts - :within THEN f.ts ELSE s.ts END) AS first_failure_ts
  FROM (
    SELECT ts, actor, source_ip, app, id FROM events
    WHERE event IN ('authn_login_success', 'authn_login_successafterfail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip <> ''
  ) AS s
  INNER JOIN (
    SELECT source_ip, ts FROM events
    WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip <> ''
  ) AS f ON s.source_ip = f.source_ip
  GROUP BY s.ts, s.actor, s.source_ip, s.app, s.id
) AS pairs
WHERE failures >= :min
ORDER BY ts DESC, id, matched_by LIMIT :limit
