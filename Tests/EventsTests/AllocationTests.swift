import CTestAllocations
import Foundation
import Testing

@testable import Events

/// A line that holds no secret costs no memory, so that a busy source does not wear out the allocator.
@Suite(.enabled(if: ct_allocations() >= 0, "allocations are not counted here")) struct AllocationTests {
  /// Lines of several programs, the half of them with words that could tell a secret and do not.
  private static let clean = [
    #"{"time":"2026-03-01T09:46:03.845217Z","level":"info","msg":"request done","status":200,"path":"/v1/users"}"#,
    #"{"level":"warn","msg":"token refreshed","auth_method":"password","max_tokens":4096,"otp":null,"n":1}"#,
    #"{"log":"{\"level\":\"info\",\"msg\":\"token refreshed\",\"span\":\"8f72\"}\n","stream":"stdout","time":"x"}"#,
    #"{"message":"missing bearer token in Authorization header","keys":["a","b"],"session_timeout":30}"#,
    #"{"errors":[{"field":"password","message":"too short"},{"field":"api_key","code":"missing"}],"status":400}"#,
    #"{"url":"postgres://app:****@db:5432/app","next":"https:\/\/example.com\/password","m":"caf\u00e9 \u0041"}"#,
    #"203.0.113.9 - bob [01/Mar/2026:09:46:03 +0000] "GET /oauth/token?page=2 HTTP/1.1" 200 512 "-" "curl/8.5.0""#,
    "Mar  1 09:46:03 web-1 sshd[4711]: Failed password for invalid user admin from 203.0.113.9 port 53122 ssh2",
    "2026-03-01 09:46:03,845 INFO  [main] c.e.auth.TokenService - pass 1 of 3: fail=0 pass=118, key count 12",
    "    at com.example.auth.SecretKeyFactory.generateSecret(SecretKeyFactory.java:310)",
  ]

  private static let text = Array((clean.joined(separator: "\n") + "\n").utf8)

  @Test func `a block without secrets is redacted without an allocation`() throws {
    let redactor = try Redactor(RedactionOptions())
    var state = RedactionState()
    var output: [UInt8] = []
    func redact(_ bytes: [UInt8]) -> Int64 {
      output.removeAll(keepingCapacity: true)
      let before = ct_allocations()
      _ = bytes.withUnsafeBytes { redactor.redact(block: $0, state: &state, onto: &output) }
      return ct_allocations() - before
    }
    for _ in 0..<3 { _ = redact(Self.text) }  // Memory that is kept from line to line grows to what they need.
    try #require(output == Self.text)
    for round in 0..<10 { #expect(redact(Self.text) == 0, "round \(round)") }
    // The count counts: a secret is remembered, and that takes memory.
    #expect(redact(Array("password=Kq7-plover-X2-Zx81\n".utf8)) > 0)
  }

  @Test(arguments: clean)
  func `a line without secrets is redacted without an allocation`(line: String) throws {
    let redactor = try Redactor(RedactionOptions())
    var state = RedactionState()
    var output: [UInt8] = []
    let bytes = Array(line.utf8)
    var most: Int64 = 0
    for round in 0..<6 {
      output.removeAll(keepingCapacity: true)
      let before = ct_allocations()
      _ = bytes.withUnsafeBytes { redactor.redact(line: $0, state: &state, onto: &output) }
      if round >= 3 { most = max(most, ct_allocations() - before) }
    }
    #expect(output == bytes)
    #expect(most == 0)
  }
}
