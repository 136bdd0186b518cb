import Testing

@testable import Collector
@testable import Events

struct SyslogFramerTests {
  private func framed(_ bytes: [UInt8], cutAt cuts: [Int]) -> String {
    var framer = SyslogFramer()
    var lines: [UInt8] = []
    var start = 0
    for cut in cuts.sorted() + [bytes.count] where cut >= start {
      framer.take(bytes[start..<cut], onto: &lines)
      start = cut
    }
    framer.finish(onto: &lines)
    return String(decoding: lines, as: UTF8.self)
  }

  @Test(arguments: [
    ("<34>1 - - a\n<34>1 - - b\n", "<34>1 - - a\n<34>1 - - b\n"),
    ("<34>1 - - a\r\n<34>b", "<34>1 - - a\n<34>b\n"),
    ("11 <34>1 - - a11 <34>1 - - b", "<34>1 - - a\n<34>1 - - b\n"),
    ("16 <34>1 - - a\nmore11 <34>1 - - b", "<34>1 - - a#012more\n<34>1 - - b\n"),
    ("11 <34>1 - - a<34>plain\n12 <34>1 - - bc", "<34>1 - - a\n<34>plain\n<34>1 - - bc\n"),
    ("2024 is no count\n7", "2024 is no count\n"),
    ("40 <34>1 - - broken off", ""),
    ("\n\n<34>after nothing\n", "<34>after nothing\n"),
  ])
  func `messages come out whole, however the connection cuts them`(sent: String, lines: String) {
    let expected = lines
    let bytes = Array(sent.utf8)
    #expect(framed(bytes, cutAt: []) == expected)
    for cut in 0...bytes.count { #expect(framed(bytes, cutAt: [cut]) == expected) }
    #expect(framed(bytes, cutAt: Array(0...bytes.count)) == expected)
  }

  @Test func `a message without an end is refused as too long, and the next one is read`() {
    let long = [UInt8](repeating: 0x78, count: Limits.lineBytesMax + 5)
    let lines = framed(long + Array("rest\n<34>next\n".utf8), cutAt: [1, long.count])
    #expect(lines.hasSuffix("\n<34>next\n"))
    #expect(lines.utf8.count == long.count + 10)
  }

  @Test func `a count over the limit ends the connection`() {
    var framer = SyslogFramer()
    var lines: [UInt8] = []
    framer.take(Array("999999999 <34>x".utf8), onto: &lines)
    #expect(framer.isBroken && lines.isEmpty)
  }

  @Test(arguments: [
    ("tcp:127.0.0.1:5514", true), ("udp:[::1]:514", true), ("unix:/run/seclog/log", true), ("tcp:localhost:514", false),
    ("tcp:127.0.0.1", false), ("tcp:127.0.0.1:70000", false), ("unix:relative", false), ("http:127.0.0.1:80", false),
    ("", false), ("udp::514", false),
  ])
  func `addresses are numbers and paths`(text: String, isOne: Bool) {
    #expect((SyslogAddress(text) != nil) == isOne)
  }
}

struct JournalFeedTests {
  @Test(arguments: [
    (#"{"__CURSOR":"s=1;i=a","MESSAGE":"x"}"# + "\n", "s=1;i=a"),
    (#"{ "MESSAGE" : "__CURSOR", "__CURSOR" : "s=2" }"# + "\n" + #"{"MESSAGE":"without"}"# + "\n", "s=2"),
    (#"{"MESSAGE":"none"}"# + "\n", ""),
  ])
  func `the cursor is that of the last entry that names one`(lines: String, cursor: String) {
    let feed = JournalFeed(units: ["a.service"], follows: true, startsAtEnd: false, positions: []) { _ in }
    Array(lines.utf8).withUnsafeBytes { feed.consumed($0) }
    #expect(feed.cursor == cursor)
    #expect(feed.position()?.key == "journal:a.service")
  }
}
