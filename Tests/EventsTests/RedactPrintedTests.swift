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
}
