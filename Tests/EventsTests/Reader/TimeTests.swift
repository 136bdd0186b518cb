import Foundation
import Testing

@testable import Events

struct TimeTests {
  /// What a text stands for, in UTC where it names no zone, near 21 November 2026 where it names no year.
  static func read(_ text: String) -> String? {
    let reference: Int64 = 1_795_250_000_000_000
    return Array(text.utf8).withUnsafeBytes { bytes -> String? in
      var written: WrittenTime?
      if let epoch = WrittenTime.epoch(bytes) {
        written = WrittenTime()
        written?.epoch = epoch
      } else {
        var scanner = TimeScanner(bytes)
        written = scanner.next()
      }
      return written?.microseconds(zone: { _ in 0 }, reference: reference).map(Timestamp.rfc3339)
    }
  }

  @Test(
    arguments: [
      ("2026-11-21T06:04:33Z", "2026-11-21T06:04:33.000000Z"),
      ("2026-11-21T06:04:33.123456789+01:00", "2026-11-21T05:04:33.123456Z"),
      ("2026-11-21t06:04:33.5z", "2026-11-21T06:04:33.500000Z"),
      ("2026-11-21T06:04:33.1234567Z", "2026-11-21T06:04:33.123456Z"),
      ("2026-11-21T06:04:33+0000", "2026-11-21T06:04:33.000000Z"),
      ("2026-11-21 06:04:33,066", "2026-11-21T06:04:33.066000Z"),
      ("2026-11-21 06:04:33", "2026-11-21T06:04:33.000000Z"),
      ("2026-11-21 06:18:40.559 UTC", "2026-11-21T06:18:40.559000Z"),
      ("2026-11-21 06:18:40.559 CEST", "2026-11-21T04:18:40.559000Z"),
      ("2026-11-21 05:54:03.225721+00:00", "2026-11-21T05:54:03.225721Z"),
      ("2026-11-21 06:18:40.559+01", "2026-11-21T05:18:40.559000Z"),
      ("2026/11/21 06:09:47", "2026-11-21T06:09:47.000000Z"),
      ("2026/11/21 - 06:09:47", "2026-11-21T06:09:47.000000Z"),
      ("21/Nov/2026:06:09:47 +0000", "2026-11-21T06:09:47.000000Z"),
      ("21/Nov/2026:06:09:47 -0730", "2026-11-21T13:39:47.000000Z"),
      ("21/Nov/2026 06:09:47", "2026-11-21T06:09:47.000000Z"),
      ("21-Nov-2026 06:00:00 UTC", "2026-11-21T06:00:00.000000Z"),
      ("11/21/2026, 6:30:56 AM", "2026-11-21T06:30:56.000000Z"),
      ("11/21/2026, 12:30:56 AM", "2026-11-21T00:30:56.000000Z"),
      ("11/21/2026, 12:30:56 PM", "2026-11-21T12:30:56.000000Z"),
      ("11/21/2026, 6:30:56\u{202f}PM", "2026-11-21T18:30:56.000000Z"),
      ("03/04/2026, 06:30:56", "2026-04-03T06:30:56.000000Z"),  // no AM or PM: day first
      ("03/04/2026, 6:30:56 PM", "2026-03-04T18:30:56.000000Z"),
      ("21.11.2026, 06:30:56", "2026-11-21T06:30:56.000000Z"),
      ("1121 06:20:01.412311", "2026-11-21T06:20:01.412311Z"),
      ("Nov 21 06:44:10", "2026-11-21T06:44:10.000000Z"),
      ("Nov  1 06:44:10", "2026-11-01T06:44:10.000000Z"),
      ("Jan  2 06:44:10", "2027-01-02T06:44:10.000000Z"),  // nearest to the source's last time
      ("Sat Nov 21 06:44:10.123456 2026", "2026-11-21T06:44:10.123456Z"),
      ("Sat, 21 Nov 2026 06:44:10 GMT", "2026-11-21T06:44:10.000000Z"),
      ("21 Nov 2026 06:44:10.123", "2026-11-21T06:44:10.123000Z"),
      ("20261121T063056Z", "2026-11-21T06:30:56.000000Z"),
      ("1795240429", "2026-11-21T05:53:49.000000Z"),
      ("1795240429.7668152", "2026-11-21T05:53:49.766815Z"),
      ("1795240429766", "2026-11-21T05:53:49.766000Z"),
      ("1795240429766.8152", "2026-11-21T05:53:49.766815Z"),
      ("1795240429766815", "2026-11-21T05:53:49.766815Z"),
      ("1795240429766815123", "2026-11-21T05:53:49.766815Z"),
    ])
  func `reads every spelling`(text: String, expected: String) {
    #expect(Self.read(text) == expected)
  }

  @Test(
    arguments: [
      "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-21", "2026-11-21T25:00:00Z", "12345678", "", "Nov",
      "May be",
      "99/99/2026, 06:00:00", "1.2.3.4", "2026-11-21T06:6:00Z", "123456789012345678901234",
    ])
  func `takes nothing else for a time`(text: String) {
    #expect(Self.read(text) == nil)
  }

  @Test func `agrees with Foundation on random times in every numeric spelling`() {
    var random = SeededRandom(seed: 11)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 0)!
    func pad(_ number: Int, _ width: Int = 2) -> String {
      String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
    }
    for _ in 0..<2_000 {
      let us = Int64.random(in: 100_000_000_000_000..<4_000_000_000_000_000, using: &random)
      let parts = calendar.dateComponents(
        [.year, .month, .day, .hour, .minute, .second], from: Date(timeIntervalSince1970: TimeInterval(us / 1_000_000)))
      let (y, mo, d, h, mi, s) = (parts.year!, parts.month!, parts.day!, parts.hour!, parts.minute!, parts.second!)
      let fraction = pad(Int(us % 1_000_000), 6)
      let offset = Int.random(in: -12...14, using: &random)
      let shifted = Timestamp.rfc3339(us + Int64(offset) * 3_600_000_000)
      let expected = Timestamp.rfc3339(us)
      for text in [
        "\(y)-\(pad(mo))-\(pad(d))T\(pad(h)):\(pad(mi)):\(pad(s)).\(fraction)Z",
        "\(y)/\(pad(mo))/\(pad(d)) \(pad(h)):\(pad(mi)):\(pad(s)).\(fraction)",
        "\(shifted.dropLast(1))\(offset < 0 ? "-" : "+")\(pad(abs(offset))):00",
        String(us),
      ] {
        #expect(Self.read(text) == expected, "\(text)")
      }
    }
  }

  @Test func `a local zone follows daylight saving`() {
    let zones = ZoneNames.Resolver()
    func read(_ text: String) -> String? {
      Array(text.utf8).withUnsafeBytes {
        var scanner = TimeScanner($0)
        return scanner.next()?.microseconds(zone: { zones.offset("Europe/Berlin", $0) }, reference: 0).map(
          Timestamp.rfc3339)
      }
    }
    #expect(read("2026-01-21 06:00:00") == "2026-01-21T05:00:00.000000Z")
    #expect(read("2026-07-21 06:00:00") == "2026-07-21T04:00:00.000000Z")
    #expect(read("2026-07-21 06:00:00+00:00") == "2026-07-21T06:00:00.000000Z")
  }
}
