import Foundation
import Testing

/// README.md shows sessions in ```` ```console ```` blocks: `$ command`, then what it prints.
struct ReadmeTests {
  struct Step {
    let command: String
    let output: [String]
  }

  static func steps(in text: String) -> [Step] {
    var steps: [Step] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isInside = line == "```console"
      } else if isInside, line.hasPrefix("$ ") {
        steps.append(Step(command: String(line.dropFirst(2)), output: []))
      } else if isInside, let last = steps.popLast() {
        steps.append(Step(command: last.command, output: last.output + [String(line)]))
      }
    }
    return steps
  }

  /// Ids hold the machine's own key, so they differ from machine to machine.
  static func comparable(_ line: String) -> String {
    var line = line
    line.replace(#/\b[0-9a-f]{8,32}\b/#, with: "ID")
    while line.last == " " { line.removeLast() }
    return line
  }

  @Test func `every command of the README prints what the README says`() throws {
    let program = try Program()
    try program.write("host: web1\n", to: ".config/seclog/seclog.yaml")
    try FileManager.default.copyItem(
      atPath: "\(Program.checkout)/Sources/seclog/Samples", toPath: "\(program.folder.path)/Samples")
    let path = "\(Program.checkout)/README.md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(Self.steps(in: text).count >= 5)
    try Self.check(text, at: path, with: program)
  }

  /// Runs the commands of a page, or records what they print.
  static func check(_ page: String, at path: String, with program: Program) throws {
    var text = page
    for step in steps(in: page) {
      let outcome = try program.shell("{ \(step.command)\n} 2>&1")
      #expect(outcome.status == 0, "\(step.command): \(outcome.output)")
      var printed = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      if printed.last == "" { printed.removeLast() }
      if ProcessInfo.processInfo.environment["SECLOG_RECORD"] != nil {
        let old = (["$ " + step.command] + step.output).joined(separator: "\n")
        let trimmed = printed.map { String($0.reversed().drop { $0 == " " }.reversed()) }
        text = text.replacing(old, with: (["$ " + step.command] + trimmed).joined(separator: "\n"), maxReplacements: 1)
      } else {
        #expect(
          printed.map(comparable) == step.output.map(comparable),
          "$ \(step.command): record anew with SECLOG_RECORD=1 scripts/test --filter ReadmeTests")
      }
    }
    if ProcessInfo.processInfo.environment["SECLOG_RECORD"] != nil {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
  }
}
