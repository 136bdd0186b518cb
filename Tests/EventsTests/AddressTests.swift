import Testing

@testable import Events

struct AddressTests {
  @Test(arguments: [
    ("203.0.113.7", "203.0.113.7"), ("203.0.113.7:0", "203.0.113.7"), ("[2001:db8::66]:41000", "2001:db8::66"),
    ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::ffff:172.20.0.4", "172.20.0.4"), ("fe80::1%eth0", "fe80::1"),
    ("::", "::"), ("2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"),
  ])
  func `an address is read however it is logged`(logged: String, canonical: String) {
    #expect(IPAddress(logged: Array(logged.utf8))?.description == canonical)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4\tforged", "example.com", "1:2:3", "::1::", "12345::",
    "-",
  ])
  func `what does not parse is no address`(text: String) {
    #expect(IPAddress(logged: Array(text.utf8)) == nil)
  }

  @Test func `uvicorn's port is not part of an IPv6 address`() {
    #expect(IPAddress(logged: Array("2001:db8::bad:1:0".utf8), portFollows: true)?.description == "2001:db8::bad:1")
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("2001:db8::/32", "2001:db8:1::1", true),
    ("0.0.0.0/0", "::1", false),
  ])
  func `a network holds its addresses`(network: String, address: String, holds: Bool) throws {
    #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == holds)
  }
}

struct HTTPTextTests {
  @Test(arguments: [
    (#"203.0.113.7:0 - "POST /a HTTP/1.1" 400"#, "POST", "/a", 400),
    ("REQUEST_COMPLETE [20261121-065732.064118] GET /me -> 401 (61.682µs)", "GET", "/me", 401),
    ("Unauthorized: /api/x", "", "/api/x", 401), ("refused (DELETE /b/9)", "DELETE", "/b/9", 0),
    ("refused on PUT /b/9, role reader", "PUT", "/b/9", 0), ("answered (GET /b) 403", "GET", "/b", 403),
    ("GET /a(1) 404", "GET", "/a(1)", 404),
    ("Method Not Allowed (POST): /api/x", "POST", "/api/x", 405),
    (#"203.0.113.90:0 - "WebSocket /ws/?token=x" 403"#, "WEBSOCKET", "/ws/?token=x", 403),
    (#"203.0.113.90:0 - "WebSocket /ws/" [accepted]"#, "WEBSOCKET", "/ws/", 101),
    (#"[GIN] 2026/11/21 - 06:00:01 | 401 |  1.2ms |  203.0.113.7 | POST     "/login""#, "POST", "/login", 401),
    ("POST /login 401 12.3 ms - 25", "POST", "/login", 401),
    ("access denied for user x on DELETE /threat_models/7", "DELETE", "/threat_models/7", 0),
    ("slept 401 ms", "", "", 0),
  ])
  func `a request is found in whatever shape it is written`(text: String, method: String, target: String, status: Int) {
    let found = HTTPText.last(in: Array(text.utf8)[...])
    #expect(found?.method ?? "" == method)
    #expect(found?.target ?? "" == target)
    #expect(found?.status ?? 0 == status)
  }
}
