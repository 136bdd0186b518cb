-- title: Hostile requests
-- description: Scanners, forged input and direct references, by address.
-- params: since duration 24h; until time now; app text ''; limit int 50
SELECT source_ip, event, app, count(*) AS times, count(DISTINCT http_path) AS paths, max(user_agent) AS user_agent, max(ts) AS last_ts
FROM events
WHERE event IN ('malicious_excess_404', 'malicious_extraneous', 'malicious_attack_tool', 'malicious_cors',
    'malicious_direct_reference', 'input_validation_fail', 'input_validation_discrete_fail')
  AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
GROUP BY source_ip, event, app
ORDER BY times DESC, source_ip, event, app LIMIT :limit
