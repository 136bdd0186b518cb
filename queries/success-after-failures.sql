-- title: Logins that followed failures
-- description: Successful logins after several failures of the same user or from the same address: a guess that worked.
-- params: since duration 24h; until time now; app text ''; min int 3; within span 1h; limit int 50
SELECT ts, actor, source_ip, app, matched_by, sum(n) AS failures, min(first_ts) AS first_failure_ts, id
FROM (
  -- Joining each login with each failure before it is quadratic under attack: a thousand users with a
  -- thousand failures and logins each are a thousand million pairs. So failures are counted by the minute
  -- first, and logins meet whole minutes (this half); only the two minutes at the ends of a login's
  -- stretch, which it covers in part, are counted failure by failure (the half behind UNION ALL). To
  -- join on equal values, as every engine can, minutes are filed under their block of length :within
  -- and the next one. The nested GROUP BY make equal rows one.
  SELECT s.ts AS ts, s.actor AS actor, s.source_ip AS source_ip, s.app AS app, s.id AS id, s.matched_by AS matched_by,
    f.n AS n, f.first_ts AS first_ts
  FROM (
    SELECT ts, actor, source_ip, app, id, 'user' AS matched_by, actor AS who, ts - ts % :within AS k FROM events
    WHERE event IN ('authn_login_success', 'authn_login_successafterfail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND actor <> ''
    GROUP BY ts, actor, source_ip, app, id
    UNION ALL
    SELECT ts, actor, source_ip, app, id, 'address' AS matched_by, source_ip AS who, ts - ts % :within AS k FROM events
    WHERE event IN ('authn_login_success', 'authn_login_successafterfail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip <> ''
    GROUP BY ts, actor, source_ip, app, id
  ) AS s
  INNER JOIN (
    SELECT 'user' AS matched_by, actor AS who, ts - ts % 60000000 AS m, ts - ts % 60000000 - (ts - ts % 60000000) % :within AS k,
      count(*) AS n, min(ts) AS first_ts
    FROM events
    WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND actor <> ''
    GROUP BY who, m, k
    UNION ALL
    SELECT 'user' AS matched_by, actor AS who, ts - ts % 60000000 AS m, ts - ts % 60000000 - (ts - ts % 60000000) % :within + :within AS k,
      count(*) AS n, min(ts) AS first_ts
    FROM events
    WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND actor <> ''
    GROUP BY who, m, k
    UNION ALL
    SELECT 'address' AS matched_by, source_ip AS who, ts - ts % 60000000 AS m, ts - ts % 60000000 - (ts - ts % 60000000) % :within AS k,
      count(*) AS n, min(ts) AS first_ts
    FROM events
    WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip <> ''
    GROUP BY who, m, k
    UNION ALL
    SELECT 'address' AS matched_by, source_ip AS who, ts - ts % 60000000 AS m, ts - ts % 60000000 - (ts - ts % 60000000) % :within + :within AS k,
      count(*) AS n, min(ts) AS first_ts
    FROM events
    WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip <> ''
    GROUP BY who, m, k
  ) AS f ON s.who = f.who AND s.k = f.k AND s.matched_by = f.matched_by
  WHERE f.m < s.ts - s.ts % 60000000 AND f.m > (s.ts - :within) - (s.ts - :within) % 60000000
  UNION ALL
  SELECT s.ts AS ts, s.actor AS actor, s.source_ip AS source_ip, s.app AS app, s.id AS id, s.matched_by AS matched_by,
    f.n AS n, f.ts AS first_ts
  FROM (
    SELECT ts, actor, source_ip, app, id, 'user' AS matched_by, actor AS who, ts - ts % 60000000 AS m FROM events
    WHERE event IN ('authn_login_success', 'authn_login_successafterfail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND actor <> ''
    GROUP BY ts, actor, source_ip, app, id
    UNION ALL
    SELECT ts, actor, source_ip, app, id, 'user' AS matched_by, actor AS who, (ts - :within) - (ts - :within) % 60000000 AS m FROM events
    WHERE event IN ('authn_login_success', 'authn_login_successafterfail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND actor <> ''
      AND (ts - :within) - (ts - :within) % 60000000 < ts - ts % 60000000
    GROUP BY ts, actor, source_ip, app, id
    UNION ALL
    SELECT ts, actor, source_ip, app, id, 'address' AS matched_by, source_ip AS who, ts - ts % 60000000 AS m FROM events
    WHERE event IN ('authn_login_success', 'authn_login_successafterfail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip <> ''
    GROUP BY ts, actor, source_ip, app, id
    UNION ALL
    SELECT ts, actor, source_ip, app, id, 'address' AS matched_by, source_ip AS who, (ts - :within) - (ts - :within) % 60000000 AS m FROM events
    WHERE event IN ('authn_login_success', 'authn_login_successafterfail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip <> ''
      AND (ts - :within) - (ts - :within) % 60000000 < ts - ts % 60000000
    GROUP BY ts, actor, source_ip, app, id
  ) AS s
  INNER JOIN (
    SELECT 'user' AS matched_by, actor AS who, ts, ts - ts % 60000000 AS m, count(*) AS n FROM events
    WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND actor <> ''
    GROUP BY actor, ts
    UNION ALL
    SELECT 'address' AS matched_by, source_ip AS who, ts, ts - ts % 60000000 AS m, count(*) AS n FROM events
    WHERE event IN ('authn_login_fail', 'authn_login_fail_max') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app) AND source_ip <> ''
    GROUP BY source_ip, ts
  ) AS f ON s.who = f.who AND s.m = f.m AND s.matched_by = f.matched_by
  WHERE f.ts < s.ts AND f.ts >= s.ts - :within
) AS pairs
GROUP BY ts, actor, source_ip, app, id, matched_by HAVING sum(n) >= :min
ORDER BY ts DESC, id, matched_by LIMIT :limit
