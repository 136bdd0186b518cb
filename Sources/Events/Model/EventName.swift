/// The names an event may bear: the OWASP logging vocabulary and our extensions, with what each
/// means when a line does not say otherwise.
///
/// A name is data, not an enum case, because applications may log names of their own families; a
/// name unknown here is never given to an event.
public struct EventName: Hashable, Sendable {
  /// As stored: `authn_login_fail`.
  public let name: String
  /// The family: `authn`, `authz`, `ownership`, …
  public let category: String
  /// `success`, `failure` or `unknown`; `http_request` goes by its status.
  public let outcome: String
  /// OCSF severity id, 1 to 6.
  public let severity: Int64

  /// All names, in the order of the vocabulary.
  public static let all: [EventName] = [
    EventName(name: "authn_login_success", category: "authn", outcome: "success", severity: 1),
    EventName(name: "authn_login_successafterfail", category: "authn", outcome: "success", severity: 2),
    EventName(name: "authn_login_fail", category: "authn", outcome: "failure", severity: 2),
    EventName(name: "authn_login_fail_max", category: "authn", outcome: "failure", severity: 3),
    EventName(name: "authn_login_lock", category: "authn", outcome: "success", severity: 3),
    EventName(name: "authn_password_change", category: "authn", outcome: "success", severity: 1),
    EventName(name: "authn_password_change_fail", category: "authn", outcome: "failure", severity: 3),
    EventName(name: "authn_impossible_travel", category: "authn", outcome: "unknown", severity: 4),
    EventName(name: "authn_token_created", category: "authn", outcome: "success", severity: 1),
    EventName(name: "authn_token_revoked", category: "authn", outcome: "success", severity: 1),
    EventName(name: "authn_token_reuse", category: "authn", outcome: "failure", severity: 4),
    EventName(name: "authn_token_delete", category: "authn", outcome: "success", severity: 2),
    EventName(name: "authz_fail", category: "authz", outcome: "failure", severity: 3),
    EventName(name: "authz_change", category: "authz", outcome: "success", severity: 3),
    EventName(name: "authz_admin", category: "authz", outcome: "success", severity: 3),
    EventName(name: "crypt_decrypt_fail", category: "crypt", outcome: "failure", severity: 2),
    EventName(name: "crypt_encrypt_fail", category: "crypt", outcome: "failure", severity: 2),
    EventName(name: "excess_rate_limit_exceeded", category: "excess", outcome: "failure", severity: 2),
    EventName(name: "upload_complete", category: "upload", outcome: "success", severity: 1),
    EventName(name: "upload_stored", category: "upload", outcome: "success", severity: 1),
    EventName(name: "upload_validation", category: "upload", outcome: "unknown", severity: 3),
    EventName(name: "upload_delete", category: "upload", outcome: "success", severity: 1),
    EventName(name: "input_validation_fail", category: "input", outcome: "failure", severity: 2),
    EventName(name: "input_validation_discrete_fail", category: "input", outcome: "failure", severity: 2),
    EventName(name: "malicious_excess_404", category: "malicious", outcome: "unknown", severity: 2),
    EventName(name: "malicious_extraneous", category: "malicious", outcome: "unknown", severity: 3),
    EventName(name: "malicious_attack_tool", category: "malicious", outcome: "unknown", severity: 3),
    EventName(name: "malicious_cors", category: "malicious", outcome: "failure", severity: 2),
    EventName(name: "malicious_direct_reference", category: "malicious", outcome: "failure", severity: 3),
    EventName(name: "privilege_permissions_changed", category: "privilege", outcome: "success", severity: 3),
    EventName(name: "sensitive_create", category: "sensitive", outcome: "success", severity: 2),
    EventName(name: "sensitive_read", category: "sensitive", outcome: "success", severity: 2),
    EventName(name: "sensitive_update", category: "sensitive", outcome: "success", severity: 2),
    EventName(name: "sensitive_delete", category: "sensitive", outcome: "success", severity: 3),
    EventName(name: "sequence_fail", category: "sequence", outcome: "failure", severity: 3),
    EventName(name: "session_created", category: "session", outcome: "success", severity: 1),
    EventName(name: "session_renewed", category: "session", outcome: "success", severity: 1),
    EventName(name: "session_expired", category: "session", outcome: "success", severity: 1),
    EventName(name: "session_use_after_expire", category: "session", outcome: "failure", severity: 3),
    EventName(name: "sys_startup", category: "sys", outcome: "success", severity: 1),
    EventName(name: "sys_shutdown", category: "sys", outcome: "success", severity: 1),
    EventName(name: "sys_restart", category: "sys", outcome: "success", severity: 1),
    EventName(name: "sys_crash", category: "sys", outcome: "failure", severity: 3),
    EventName(name: "sys_monitor_disabled", category: "sys", outcome: "success", severity: 4),
    EventName(name: "sys_monitor_enabled", category: "sys", outcome: "success", severity: 1),
    EventName(name: "user_created", category: "user", outcome: "success", severity: 2),
    EventName(name: "user_updated", category: "user", outcome: "success", severity: 2),
    EventName(name: "user_archived", category: "user", outcome: "success", severity: 2),
    EventName(name: "user_deleted", category: "user", outcome: "success", severity: 3),
    EventName(name: "ownership_transfer", category: "ownership", outcome: "success", severity: 3),
    EventName(name: "ownership_transfer_fail", category: "ownership", outcome: "failure", severity: 3),
    EventName(name: "cert_expiring", category: "cert", outcome: "unknown", severity: 2),
    EventName(name: "cert_expired", category: "cert", outcome: "failure", severity: 5),
    EventName(name: "cert_renewed", category: "cert", outcome: "success", severity: 1),
    EventName(name: "cert_renew_fail", category: "cert", outcome: "failure", severity: 4),
    EventName(name: "vuln_found", category: "vuln", outcome: "unknown", severity: 3),
    EventName(name: "vuln_fixed", category: "vuln", outcome: "success", severity: 1),
    EventName(name: "db_connect_fail", category: "db", outcome: "failure", severity: 4),
    EventName(name: "db_query_fail", category: "db", outcome: "failure", severity: 2),
    EventName(name: "config_insecure", category: "config", outcome: "unknown", severity: 4),
    EventName(name: "egress_blocked", category: "egress", outcome: "failure", severity: 3),
    EventName(name: "user_invite_redeemed", category: "user", outcome: "success", severity: 1),
    EventName(name: "user_invite_fail", category: "user", outcome: "failure", severity: 2),
    EventName(name: "pipeline_source_silent", category: "pipeline", outcome: "failure", severity: 3),
    EventName(name: "pipeline_line_rejected", category: "pipeline", outcome: "failure", severity: 1),
    EventName(name: "pipeline_store_low", category: "pipeline", outcome: "failure", severity: 4),
    EventName(name: "pipeline_gap", category: "pipeline", outcome: "failure", severity: 4),
    EventName(name: "http_request", category: "http", outcome: "unknown", severity: 1),
    EventName(name: "app_log", category: "app", outcome: "unknown", severity: 1),
    EventName(name: "session_ended", category: "session", outcome: "success", severity: 1),
    EventName(name: "egress_fail", category: "egress", outcome: "failure", severity: 2),
    EventName(name: "tls_fail", category: "tls", outcome: "failure", severity: 2),
    EventName(name: "cert_invalid", category: "cert", outcome: "failure", severity: 3),
    EventName(name: "app_error", category: "app", outcome: "failure", severity: 2),
  ]

  private static let byName: [String: EventName] = {
    var table: [String: EventName] = [:]
    for entry in all { table[entry.name] = entry }
    return table
  }()

  public static func named(_ name: String) -> EventName? { byName[name] }

  /// Spellings of the vocabulary that are found in its own page and in applications.
  private static let aliases: [String: String] = [
    "malicious_excess404": "malicious_excess_404", "permissions_changed": "privilege_permissions_changed",
    "authn_login_failure": "authn_login_fail", "authn_login_failed": "authn_login_fail",
    "authn_login_successful": "authn_login_success", "authn_login_locked": "authn_login_lock",
    "authn_token_revoke": "authn_token_revoked", "authz_failure": "authz_fail", "authz_denied": "authz_fail",
    "excess_rate_limit": "excess_rate_limit_exceeded", "malicious_direct_ref": "malicious_direct_reference",
    "user_create": "user_created", "user_update": "user_updated", "user_delete": "user_deleted",
    "session_create": "session_created", "session_end": "session_ended", "session_expire": "session_expired",
    "system_startup": "sys_startup", "system_shutdown": "sys_shutdown", "system_restart": "sys_restart",
    "ownership_transferred": "ownership_transfer",
  ]

  /// Reads the vocabulary's own notation, as an application logs it: `authn_login_fail:alice`,
  /// `AUTHZ_CHANGE:joebob1,user,admin`.
  ///
  /// - Returns: the name, and the arguments after the colon; `nil` if the text is not of the vocabulary.
  ///   `http_request` and `app_log` are ours and are not taken from applications.
  static func read(owasp text: String) -> (name: EventName, arguments: [String])? {
    guard text.utf8.count <= 512, !text.utf8.contains(UInt8(ascii: " ")) || text.utf8.contains(UInt8(ascii: ":"))
    else { return nil }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let head = parts.first else { return nil }
    var key = String(decoding: head.utf8.map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 }, as: UTF8.self)
    if let official = aliases[key] { key = official }
    guard let name = byName[key], name.category != "http", name.category != "pipeline", key != "app_log" else {
      return nil
    }
    let arguments = parts.count > 1 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : []
    return (name, arguments.map { String($0).trimmed() })
  }

  /// The columns that the arguments of a name fill, in order.
  static func columns(of name: String) -> [Column] {
    switch name {
    case "authz_fail": [.actor, .objectID]
    case "authz_change": [.actor, .fromValue, .toValue]
    case "privilege_permissions_changed": [.actor, .objectID, .fromValue, .toValue]
    case "authn_login_lock", "authn_login_fail_max", "session_expired": [.actor, .reason]
    case "user_created", "user_updated", "user_archived", "user_deleted": [.actor, .target]
    case "ownership_transfer": [.actor, .objectID, .fromValue, .toValue]
    case "ownership_transfer_fail": [.actor, .objectID, .reason]
    case "sensitive_create", "sensitive_read", "sensitive_update", "sensitive_delete", "upload_delete":
      [.actor, .objectID]
    case "cert_expiring", "cert_expired", "cert_renewed": [.certSubject]
    case "cert_renew_fail", "cert_invalid": [.certSubject, .reason]
    case "vuln_found", "vuln_fixed": [.vulnID, .package, .packageVersion]
    case "db_connect_fail", "db_query_fail": [.dbSystem, .reason]
    case "sys_crash", "user_invite_fail": [.reason]
    case "upload_stored": [.objectID, .fromValue, .toValue]
    case "input_validation_fail", "input_validation_discrete_fail": [.reason, .actor]
    default: [.actor, .reason]
    }
  }
}

extension String {
  /// Without spaces and tabs at both ends.
  func trimmed() -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}
