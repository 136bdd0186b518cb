import Foundation
import Testing

/// docs/reference/own-formats.md: its files are sound, its commands print what it says.
struct OwnFormatsTests {
  private let program: Program
  private let page: String

  private static let path = "\(Program.checkout)/docs/reference/own-formats.md"

  init() throws {
    program = try Program()
    page = try String(contentsOfFile: Self.path, encoding: .utf8)
    try program.write("formats: [formats.d]\n", to: "seclog.yaml")
    for (name, text) in Self.files(in: page) { try program.write(text, to: name) }
  }

  /// Blocks of JSON, each behind the path that it is to have.
  private static func files(in page: String) -> [(name: String, text: String)] {
    page.matches(of: /`(formats\.d\/[a-z.]+)`[^`]*(?:`[^`\n]*`[^`]*)?```json\n([^`]*)```/).map {
      (String($0.1), String($0.2))
    }
  }

  @Test func `the files of the page are sound and its commands print what it says`() throws {
    #expect(Self.files(in: page).map(\.name) == ["formats.d/turnstile.json", "formats.d/turnstile.classify.json"])
    try ReadmeTests.check(page, at: Self.path, with: program)
  }

  @Test(arguments: [
    ("turnstile.json", "\"tail\"", "\"tial\"", "did you mean 'tail'?"),
    ("turnstile.json", "\"name\": \"turnstile\",", "\"name\": \"turnstile\"", "a comma or } should stand here"),
    ("turnstile.json", "{time} <", "{time:tim} <", "turnstile.json"),
    ("turnstile.json", "\"level\": \"warn\"", "\"level\": \"error\"", "does not read the level of its sample 1"),
    ("turnstile.json", "10:00:01Z", "10:00:02Z", "does not read the time of its sample 1"),
    (
      "turnstile.json", "\"fields\": {\"holder\"", "\"fields\": {\"owner\"",
      "does not read the field 'owner' of its sample 1"
    ),
    ("turnstile.json", "} | {", "} : {", "does not recognise its sample 1"),
    ("turnstile.classify.json", "\"text\": [", "\"texts\": [", "did you mean 'text'?"),
    ("turnstile.classify.json", "authn_login_fail", "authn_login_fial", "is no event name"),
    ("turnstile.classify.json", "| badge refused holder", "| badge refusal holder", "its match 1 is named app_log"),
    ("turnstile.classify.json", "| badge read holder", "| badge unknown holder", "takes its ignored line 1"),
  ])
  func `check names what is wrong with a file of the user's`(
    file: String, right: String, wrong: String, what: String
  ) throws {
    let text = try #require(Self.files(in: page).first { $0.name == "formats.d/\(file)" }?.text)
    try #require(text.contains(right))
    try program.write(text.replacing(right, with: wrong), to: "formats.d/\(file)")
    let outcome = try program.run(["check", "--config", "seclog.yaml"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("formats.d/\(file)") && outcome.errors.contains(what), "\(outcome.errors)")
  }

  @Test(arguments: [
    ("turnstile.json", "\"name\""), ("turnstile.classify.json", "\"id\""), ("turnstile.classify.json", "\"format\": ["),
  ])
  func `the page names every key`(file: String, place: String) throws {
    let text = try #require(Self.files(in: page).first { $0.name == "formats.d/\(file)" }?.text)
    try program.write(
      text.replacing(place, with: "\"zzzzzz\": 1, \(place)", maxReplacements: 1), to: "formats.d/\(file)")
    let errors = try program.run(["check", "--config", "seclog.yaml"]).errors
    let keys = try #require(errors.firstMatch(of: /Keys here: ([^.]*)\./)?.1, "\(errors)").split(separator: ", ")
    #expect(keys.count > 5)
    for key in keys { #expect(page.contains("`\(key)`"), "\(key)") }
  }
}
