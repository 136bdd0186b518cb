import Foundation
import Testing

@testable import Events

/// What programs of many languages print of their values, and tools of theirs: `Corpus/printed.txt`, in which `⟨…⟩`
/// goes and all else stays, and `Corpus/printed-plain.txt`, in which all stays. Adding a form needs no Swift.
struct RedactPrintedTests {
  struct Form: Sendable, CustomTestStringConvertible {
    let name: String
    let lines: [String]
    var testDescription: String { name }

    /// - Parameter file: forms, each headed by `=== ` and its name.
    static func all(_ file: String) throws -> [Form] {
      let text = try String(contentsOf: RedactCorpusTests.folder.appending(path: file), encoding: .utf8)
      return ("\n" + text).split(separator: "\n=== ").map { part in
        var lines = part.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let name = lines.removeFirst()
        if lines.last == "" { lines.removeLast() }
        return Form(name: name, lines: lines)
      }
    }
  }

  /// Behind a first line, which is always read closely.
  private func redact(_ lines: [String]) throws -> (lines: [String], again: [String]) {
    func rounds(_ lines: [String]) throws -> [String] {
      let (text, _) = try RedactTests.block(lines.joined(separator: "\n") + "\n", ending: .final)
      return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
    let once = try rounds(["listening on 8080"] + lines)
    return (Array(once.dropFirst()), Array(try rounds(once).dropFirst()))
  }

  @Test(arguments: try Form.all("printed.txt"))
  func `a printed secret goes and what is around it stays`(form: Form) throws {
    let marked = form.lines.map(Marked.init)
    let (output, again) = try redact(marked.map(\.line))
    try #require(output.count == marked.count)
    for (line, row) in zip(output, marked) { row.expect(line) }
    #expect(again == output, "a second pass changes nothing")
  }

  @Test(arguments: try Form.all("printed-plain.txt"))
  func `what is printed like a secret and is none stays`(form: Form) throws {
    #expect(try redact(form.lines).lines == form.lines)
  }

  /// What a line leaves open is bounded: many lines on, what only looks like a secret stays.
  @Test(arguments: [
    "PSK - hexdump_ascii(len=4):", "$password", "  user       password n", "  kty: 'EC',", "priv:", "Private-Lines: 9",
    "00000000  70 61 73 73 77 64 3d 4b  71 37 2d 70 6c 76 58 32  |passwd=Kq7-plvX2|", "'API_KEY',",
    "Your new password is:", "-----BEGIN PRIVATE KEY-----'", "-----BEGIN OpenVPN Static key V1-----",
    "INSERT INTO users (name, password)", "COPY users (id, password) FROM stdin;", "1) \"password\"",
    "  token: 'Zx8C9VHKHCmN0DrkrWL9vPdk8q3au0SmZx8C9VHKHCmN0DrkrWL9vPdk8q3au0Sm' +", "password = <<EOT",
    "| api_key | Zx8C9VHKHCmN0DrkrWL9vPdk8q |", "Traceback (most recent call last):", "0000: Host: db",
    "[users]", "kind: Secret", "+ pass show mail",
  ])
  func `what a line leaves open ends`(line: String) throws {
    let filler = Array(repeating: "worker-3 took job x1-Yz9-q8 at 10:00", count: 70)
    let last = "'x1-Yz9-q8Kq7' | x1-Yz9-q8Kq7 | ('a', 2, 'x1-Yz9-q8Kq7')"
    let output = try redact([line] + filler + [last]).lines
    #expect(Array(output.dropFirst()) == filler + [last])
  }
}
