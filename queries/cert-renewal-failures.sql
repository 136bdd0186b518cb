-- title: Certificate renewals that failed
-- description: Failed renewals and certificates that do not hold, with the reason.
-- params: since duration 30d; until time now; app text ''; limit int 50
SELECT ts, app, event, cert_subject, reason, message, id
FROM events
WHERE event IN ('cert_renew_fail', 'cert_invalid', 'tls_fail') AND ts >= :since AND ts < :until AND (:app = '' OR app = :app)
ORDER BY ts DESC, id LIMIT :limit
