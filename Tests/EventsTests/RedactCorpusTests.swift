import Foundation
import Testing

@testable import Events

/// Lines of the five systems, with the secrets each holds: all of them go, and no other line changes.
struct RedactCorpusTests {
  struct Label: Decodable {
    let line: Int
    let secrets: [String]?
  }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

  @Test(arguments: ["compere", "dragdropdeploy", "glaze", "tmi", "trueppm"])
  func `secrets of a system go and nothing else changes`(system: String) throws {
    let input = [UInt8](try Data(contentsOf: Self.folder.appending(path: "\(system).jsonl")))
    let labels = try String(contentsOf: Self.folder.appending(path: "\(system).labels.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try JSONDecoder().decode(Label.self, from: Data($0.utf8)) }
    let secrets = Dictionary(labels.map { ($0.line, $0.secrets ?? []) }, uniquingKeysWith: +)
    let redactor = try Redactor(RedactionOptions())
    var state = RedactionState()
    var output: [UInt8] = []
    let consumed = input.withUnsafeBytes { redactor.redact(block: $0, state: &state, ending: .final, onto: &output) }
    #expect(consumed == input.count)
    let before = input.split(separator: 0x0A, omittingEmptySubsequences: false)
    let after = output.split(separator: 0x0A, omittingEmptySubsequences: false)
    #expect(before.count == after.count)
    for (index, (old, new)) in zip(before, after).enumerated() {
      let wanted = secrets[index + 1] ?? []
      let text = String(decoding: new, as: UTF8.self)
      for secret in wanted { #expect(!text.contains(secret), "\(system):\(index + 1)") }
      if wanted.isEmpty { #expect(old == new, "\(system):\(index + 1): \(text)") }
    }
  }
}
