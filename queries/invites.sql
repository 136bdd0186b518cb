-- title: Invites redeemed and refused
-- description: Invitations that were used, and codes that did not work: probing shows as many failures of one address.
-- params: since duration 7d; until time now; app text ''; limit int 50
SELECT source_ip, actor, app,
  sum(CASE WHEN event = 'user_invite_redeemed' THEN 1 ELSE 0 END) AS redeemed,
  sum(CASE WHEN event = 'user_invite_fail' THEN 1 ELSE 0 END) AS refused,
  max(ts) AS last_ts
FROM events
WHERE event IN ('user_invite_redeemed', 'user_invite_fail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY source_ip, actor, app
ORDER BY refused DESC, last_ts DESC, actor LIMIT :limit
