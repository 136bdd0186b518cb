import Testing

@testable import Events

/// Names of events of several words, in whatever way these are joined.
struct JoinedNameTests {
  @Test(arguments: [
    ("OwnershipTransferFailed", "ownership transfer failed"),
    ("user.roleChanged", "user role changed"),
    ("MFARequired", "mfa required"),
    ("OAuth2LoginFailed {\"user\":1}", "o auth2 login failed"),
    ("API", nil),
    ("owner_swap_aborted", "owner swap aborted"),
    ("pat.denied", "pat denied"),
    ("Login", nil),
    ("login failed", nil),
    ("Failed to load", nil),
    ("https://a.b/LoginFailed", nil),
    ("7LoginFailed", nil),
    ("", nil),
  ])
  func `a name is cut into its words`(text: String, words: String?) {
    var found: [UInt8] = []
    let bytes = Array(text.utf8)
    bytes.withUnsafeBytes { bytes in
      guard let length = JoinedName.length(bytes) else { return }
      JoinedName.append(UnsafeRawBufferPointer(rebasing: bytes[..<length]), to: &found)
    }
    #expect(String(decoding: found, as: UTF8.self) == words ?? "")
  }

  @Test func `a name without marks is told from one with them, and none is too long`() {
    func length(_ text: String) -> Int? {
      Array(text.utf8).withUnsafeBytes { JoinedName.length($0, isUnmarked: true) }
    }
    #expect(length("RoleChanged") == 11)
    #expect(length("role_changed") == nil)
    #expect(length("Order.created") == nil)
    #expect(length("A" + String(repeating: "bC", count: 100)) == nil)
  }

  /// The scan of a block finds the line by what stands before the name.
  @Test(arguments: [
    (#"{"time":"2026-12-02T08:22:54Z","level":"info","event":"UserLoggedIn","username":"kim"}"#, "authn_login_success"),
    (
      #"{"time":"2026-12-02T08:22:54Z","level":"warn","action": "ownershipTransferRefused","actor":"kim"}"#,
      "ownership_transfer_fail"
    ),
    (#"time=2026-12-02T08:22:54Z level=warn event=TokenReuseDetected user=kim"#, "authn_token_reuse"),
    (#"{"time":"2026-12-02T08:22:54Z","audit":{"Operation":"UserLoggedIn"},"user":"kim"}"#, "authn_login_success"),
    (#"{"time":"2026-12-02T08:22:54Z","level":"info","event":"OrderShipped","user":"kim"}"#, nil),
    // A counter, not a name.
    (#"{"time":"2026-12-02T08:22:54Z","level":"info","message":"auth_login_failed_total 0"}"#, nil),
  ])
  func `an event that is named so is stored`(line: String, event: String?) throws {
    let reader = try EventReader(ReaderConfiguration())
    var state = SourceState(source: "/x", app: "x")
    var batch = EventBatch()
    Array((line + "\n").utf8).withUnsafeBytes {
      _ = reader.read($0, of: &state, at: 0, now: 1_796_200_000_000_000, ending: .final, into: &batch)
    }
    #expect(batch.changes.map(\.shared.event.event) == (event.map { [$0] } ?? []))
  }
}
