import Foundation
import Testing

struct DemoTests {
  @Test func `demo needs nothing, and what it tells to try works as printed`() throws {
    let program = try Program()
    let outcome = try program.run(["demo"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.contains("success-after-failures")
        || outcome.output.lowercased().contains("success after failures"))
    let lines = outcome.output.split(separator: "\n").map(String.init)
    let start = try #require(lines.firstIndex { $0.hasPrefix("Try next") })
    let commands = lines[(start + 1)...].map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(commands.count >= 6)
    let setup = commands[0]
    #expect(setup.hasPrefix("export SECLOG_CONFIG="))
    for command in commands.dropFirst() {
      let tried = try program.shell("\(setup); \(command)")
      #expect(tried.status == 0, "\(command): \(tried.errors)")
      #expect(!tried.output.isEmpty, "\(command)")
    }
  }

  @Test func `no planted secret is in anything that demo wrote`() throws {
    let program = try Program()
    let outcome = try program.run(["demo"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let secrets = [
      "Vx7%zzplumS3cret", "kV9-orchard-77-Quill", "7Hq-bramble-Tx29", "Rw-lantern9", "N3w-thistle-Pg", "cmp-Wren-41pg",
      "3rin-Plover", "Winter2026", "Autumn2026",
    ]
    // "… lie in /tmp/…/seclog-demo-x."
    let first = try #require(outcome.output.split(separator: "\n").first)
    let place = try #require(first.split(separator: " ").last?.dropLast())
    for file in try FileManager.default.contentsOfDirectory(atPath: String(place)) where !file.hasSuffix(".log") {
      guard let data = FileManager.default.contents(atPath: "\(place)/\(file)") else { continue }
      for secret in secrets { #expect(data.range(of: Data(secret.utf8)) == nil, "\(secret) in \(file)") }
    }
    for secret in secrets { #expect(!outcome.output.contains(secret) && !outcome.errors.contains(secret)) }
  }
}
