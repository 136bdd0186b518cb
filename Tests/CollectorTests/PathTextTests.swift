import Testing

@testable import Collector

struct PathTextTests {
  @Test(
    arguments: [
      Array("/var/log/app.log".utf8), Array("é\n\u{10FE85}".utf8), [0xFF, 0xFE], [0x63, 0xE9, 0x2E],
      [0xF4, 0x8F, 0xBB],
      [0xED, 0xA0, 0x80], [0xC3, 0x28], [0xF0, 0x9F, 0x94, 0x92, 0x80], [], Array(1...255),
    ] as [[UInt8]])
  func `each path comes back as the bytes that it was`(bytes: [UInt8]) {
    let text = (bytes + [0]).map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { PathText.text($0.baseAddress!) }
    let back = PathText.withBytes(text) { pointer in
      var at = 0
      var bytes: [UInt8] = []
      while pointer[at] != 0 {
        bytes.append(UInt8(bitPattern: pointer[at]))
        at += 1
      }
      return bytes
    }
    #expect(back == bytes)
    #expect(PathText.shown(text).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
  }

  @Test(arguments: [
    ("/var/log/é.log", "/var/log/é.log"), ("a\nb\u{1B}[0m", "a\\nb\\x1b[0m"), ("caf\u{10FEE9}.log", "caf\\xe9.log"),
    ("\u{85}", "\\x85"), ("🔒", "🔒"),
  ])
  func `what a terminal would obey is shown as a number`(path: String, shown: String) {
    #expect(PathText.shown(path) == shown)
    #expect(PathText.shown(shown) == shown)
  }
}
