import Testing

@testable import Events

/// Who acted, to whom, and from where, as sentences and fields tell it.
@Suite(.serialized)
struct PhraseTests {
  @Test(arguments: [
    // The sentence begins with who did it.
    ("INFO 2026-05-04 10:00:00,000 app.audit kim changed role of lee from editor to viewer", "kim"),
    ("WARNING 2026-05-04 10:00:00,000 app.boards lee tried to delete project 9 but is not allowed to", "lee"),
    ("INFO 2026-05-04 10:00:00,000 app.auth kim logged out", "kim"),
    ("[BoardsService] u_9 was denied access to project p_3", "u_9"),
    ("INFO 2026-05-04 10:00:00,000 app.audit role granted by kim", "kim"),
    // Before a deed stands a thing, not a person.
    ("INFO 2026-05-04 10:00:00,000 app.auth session revoked everywhere", ""),
    ("INFO 2026-05-04 10:00:00,000 app.audit role changed for project 9", ""),
    // A field says by whom.
    (#"{"level":"info","msg":"role granted","user":"lee","granted_by":"kim","time":"2026-05-04T10:00:00Z"}"#, "kim"),
    (#"{"level":"warn","msg":"login failed","openid_subject":"ab01","time":"2026-05-04T10:00:00Z"}"#, "ab01"),
    (
      #"{"level":"info","msg":"ownership transferred","from_user":"kim","to_user":"lee","time":"2026-05-04T10:00:00Z"}"#,
      "kim"
    ),
    // The clause ends behind the name.
    ("WARNING 2026-05-04 10:00:00,000 app.auth rejecting kim: password mismatch", "kim"),
    ("INFO 2026-05-04 10:00:00,000 app.auth login ok: kim", "kim"),
    ("WARNING 2026-05-04 10:00:00,000 app.auth Login failed: kim (Remote IP: 203.0.113.9)", "kim"),
    ("WARNING 2026-05-04 10:00:00,000 app.auth Login failed: timeout", ""),
    ("WARNING 2026-05-04 10:00:00,000 app.auth Authentication failure for admin from 203.0.113.9", "admin"),
    (#"INFO 2026-05-04 10:00:00,000 app.auth "kim" signed in from 203.0.113.9 via sso"#, "kim"),
    ("[2026-05-04T10:00:00,000][INFO ][o.e.x.s.a.R] [n-1] realm [x] failed to authenticate user [kim]", "kim"),
    // A logger's name of one word stands before who did it.
    ("[INFO] 2026-05-04 10:00:00.000 audit kim changed role of lee on project 4 from viewer to editor", "kim"),
    // Nobody is known.
    (#"{"level":"warn","msg":"login failed","user_id":0,"time":"2026-05-04T10:00:00Z"}"#, ""),
    (#"{"level":"warn","msg":"login failed","user":"--","time":"2026-05-04T10:00:00Z"}"#, ""),
    // A place in the source is nobody.
    (#"{"level":"warn","ts":1790000000.1,"caller":"auth/login.go:88","msg":"login failed"}"#, ""),
    // The name stands in quotes.
    ("INFO 2026-05-04 10:00:00,000 app.auth Access token issued to 'kim' (expires in 30 min)", "kim"),
    ("WARNING 2026-05-04 10:00:00,000 app.auth Login failed: 'kim' (Remote IP: 203.0.113.9)", "kim"),
    // A logger's word, a clause, a dash or a mark stands before; a span of time is nobody.
    ("INFO 2026-05-04 10:00:00,000 membership kim.lee took ann off project 9", "kim.lee"),
    ("INFO 2026-05-04 10:00:00,000 app.audit ops-kim revoked API token ci of lee", "ops-kim"),
    ("INFO 2026-05-04 10:00:00,000 signals user_logged_out: kim.lee", "kim.lee"),
    (
      "WARNING 2026-05-04 10:00:00,000 app.hooks webhook target http://169.254.169.254/ submitted by kim is link-local, refused",
      "kim"
    ),
    ("INFO 2026-05-04 10:00:00,000 app.auth SSO assertion accepted; kim.lee is now logged in", "kim.lee"),
    ("INFO 2026-05-04 10:00:00,000 app.auth kim idle for 1800s, signed out automatically", "kim"),
    (
      #"{"level":"info","msg":"mailed a reset link","for":"kim@corp.example","time":"2026-05-04T10:00:00Z"}"#,
      "kim@corp.example"
    ),
    (
      "INFO 2026-05-04 10:00:00,000 app.audit 77 {'by': 'kim', 'member': 'lee', 'event': 'member_evicted', 'level': 'info'}",
      "kim"
    ),
    ("WARNING 2026-05-04 10:00:00,000 app.limits rate-limit exceeded for 15m", ""),
    ("May  4 10:00:00 h sshd[1]: Failed publickey for invalid user admin from 203.0.113.9 port 4 ssh2", "admin"),
    ("WARN login failed for <User: kim>", "kim"), ("AXES: New login failure by {username: 'kim'}", "kim"),
  ])
  func `who acted is read`(line: String, actor: String) throws {
    #expect(try ClassifierTests.explain(line).event.actor == actor)
  }

  @Test(arguments: [
    (#"{"level":"info","msg":"role granted","user":"lee","granted_by":"kim","time":"2026-05-04T10:00:00Z"}"#, "lee"),
    (
      #"{"level":"info","msg":"ownership transferred","from_user":"kim","to_user":"lee","time":"2026-05-04T10:00:00Z"}"#,
      "lee"
    ),
    ("INFO 2026-05-04 10:00:00,000 app.audit kim changed role of lee from editor to viewer", "lee"),
  ])
  func `to whom it was done is read`(line: String, target: String) throws {
    #expect(try ClassifierTests.explain(line).event.target == target)
  }

  @Test(arguments: [
    (#"{"level":"warn","msg":"login failed","origin":"203.0.113.9","time":"2026-05-04T10:00:00Z"}"#, "203.0.113.9"),
    (#"{"level":"warn","msg":"login failed","remote":"203.0.113.9:443","time":"2026-05-04T10:00:00Z"}"#, "203.0.113.9"),
    (
      #"{"level":"warn","msg":"login failed","initiator_ip":"203.0.113.9","time":"2026-05-04T10:00:00Z"}"#,
      "203.0.113.9"
    ),
    (#"{"level":"warn","msg":"login failed","nat_ip":"203.0.113.9","time":"2026-05-04T10:00:00Z"}"#, ""),
    (
      "WARNING 2026-05-04 10:00:00,000 net.acceptor Failed authentication with /203.0.113.9 (channelId=1)",
      "203.0.113.9"
    ),
    ("WARNING 2026-05-04 10:00:00,000 django.security.DisallowedHost Invalid HTTP_HOST header: '203.0.113.9'.", ""),
    (#"{"level":"warn","msg":"login failed","ldap_server":"10.0.0.3","time":"2026-05-04T10:00:00Z"}"#, ""),
  ])
  func `an address is the client's under whatever name, but not that of the other end`(line: String, address: String)
    throws
  {
    #expect(try ClassifierTests.explain(line).event.sourceIP == address)
  }

  @Test func `a way to log in is no HTTP method`() throws {
    let line = #"{"level":"info","msg":"user signed in","user":"kim","method":"passkey","time":"2026-05-04T10:00:00Z"}"#
    #expect(try ClassifierTests.explain(line).event.httpMethod == "")
  }
}
