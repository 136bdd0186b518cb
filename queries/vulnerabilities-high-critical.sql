-- title: Open high and critical vulnerabilities
-- description: What must be patched now: high and critical findings that no later scan saw fixed.
-- params: since duration 400d; until time now; app text ''; limit int 100
SELECT severity, vuln_id, package, version, fixed_in, object_id, first_ts, found_ts
FROM (
  SELECT vuln_id, package, max(package_version) AS version, max(fixed_version) AS fixed_in, max(severity) AS severity, max(object_id) AS object_id,
    min(CASE WHEN event = 'vuln_found' THEN ts ELSE :until END) AS first_ts,
    max(CASE WHEN event = 'vuln_found' THEN ts ELSE 0 END) AS found_ts,
    max(CASE WHEN event = 'vuln_fixed' THEN ts ELSE 0 END) AS gone_ts
  FROM events
  WHERE event IN ('vuln_found', 'vuln_fixed') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
  GROUP BY vuln_id, package
) AS seen
WHERE found_ts > gone_ts AND severity >= 4
ORDER BY severity DESC, found_ts DESC, vuln_id, package LIMIT :limit
