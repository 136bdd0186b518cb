import Foundation

@testable import Events

extension Event {
  /// The `n`-th of a series of events a second apart: failed logins with an id, a message, an actor.
  static func sample(_ n: Int, ts: Int64? = nil, _ change: (inout Event) -> Void = { _ in }) -> Event {
    var event = Event()
    let digits = String(UInt64(n) &* 0x9e37_79b9_7f4a_7c15, radix: 16)
    event.id = String(repeating: "0", count: 16 - digits.count) + digits + "00000000" + String(n + 10_000_000)
    event.ts = ts ?? 1_790_000_000_000_000 + Int64(n) * 1_000_000
    event.tsQuality = "own"
    event.observedTs = event.ts + 250_000
    event.event = "authn_login_fail"
    event.category = "authn"
    event.outcome = "failure"
    event.severity = 2
    event.app = "tmi"
    event.source = "/var/log/tmi.log"
    event.sourceOffset = Int64(n) * 100
    event.lines = [event.sourceOffset]
    event.message = "Authentication failed: signature invalid"
    event.actor = "alice"
    event.sourceIP = "203.0.113.9"
    event.parse = "json"
    change(&event)
    return event
  }
}
