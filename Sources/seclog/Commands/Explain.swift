import ArgumentParser
import Events
import Foundation

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what seclog sees in a line: format, redactions, fields, event, and why.",
    discussion: """
      Examples:
        sed -n 7p app.log | seclog explain -
        seclog explain --line '{"level":"warn","msg":"login failed","user":"alice"}'
        seclog explain --json app.log

      Nothing is stored. Secrets are shown by kind only.
      """)

  @Argument(help: "A log file; - is standard input.", completion: .file())
  var file: String?

  @Option(help: ArgumentHelp("Explain this text instead of a file.", valueName: "text"))
  var line: String?

  @Option(help: "Name of the application. Default: the file's name.")
  var app: String?

  @Option(help: ArgumentHelp("Read every line as this format instead of recognising it.", valueName: "format"))
  var inputFormat: String?

  @Flag(help: "One JSON object a line.")
  var json = false

  @OptionGroup var rules: RuleOptions
  @OptionGroup var settings: ConfigurationOptions
  @OptionGroup var clock: ClockOptions

  func validate() throws {
    guard (file == nil) != (line == nil) else {
      throw ValidationError("Give one file, - for standard input, or --line TEXT.")
    }
  }

  func run() throws {
    let now = try clock.now()
    let settings = try settings.load()
    var configuration = settings.readerConfiguration
    configuration.rules = try rules.load(settings).filters
    configuration.inputFormat = inputFormat
    let name = file.map { $0 == "-" ? "stdin" : $0 } ?? "line"
    let stem = ((name as NSString).lastPathComponent as NSString).deletingPathExtension
    let explainer = try Explainer(configuration, source: name, app: app ?? stem)
    if let line {
      explain(Array(line.utf8) + [10], with: explainer, now, .final)
      return
    }
    guard let file else { return }
    var rest: [UInt8] = []
    let input = try Input(file)
    while let block = try input.next() {
      rest += block
      rest.removeFirst(explain(rest, with: explainer, now, .more))
    }
    explain(rest, with: explainer, now, .final)
  }

  @discardableResult
  private func explain(
    _ bytes: [UInt8], with explainer: Explainer, _ now: Int64, _ ending: EventReader.Ending
  ) -> Int {
    var explanations: [Explanation] = []
    let taken = bytes.withUnsafeBytes { explainer.explain($0, now: now, ending: ending, into: &explanations) }
    for explanation in explanations { show(explanation) }
    return taken
  }

  private func show(_ explanation: Explanation) {
    Terminal.writeLine(json ? explanation.json : ExplanationText.text(explanation))
  }

  /// A file or standard input, block by block.
  private struct Input {
    private let handle: FileHandle
    private let name: String

    init(_ path: String) throws {
      name = path
      if path == "-" {
        handle = .standardInput
        return
      }
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
        throw TextFile.problem(path, ENOENT)
      }
      guard !isDirectory.boolValue else {
        throw Problem(.failed, at: path, "is a directory.", next: "Name one file in it.")
      }
      guard let handle = FileHandle(forReadingAtPath: path) else {
        throw TextFile.problem(path, EACCES)
      }
      self.handle = handle
    }

    func next() throws -> Data? {
      do {
        guard let data = try handle.read(upToCount: 1 << 18), !data.isEmpty else { return nil }
        return data
      } catch {
        throw Problem(.failed, at: name, "cannot be read: \(error.localizedDescription)")
      }
    }
  }
}

/// An explanation for people.
enum ExplanationText {
  static func text(_ explanation: Explanation) -> String {
    let event = explanation.event
    var rows: [(String, String)] = []
    let shape = [explanation.format, explanation.wrapper.isEmpty ? "" : "in \(explanation.wrapper)"]
    rows.append(
      (
        "line",
        "\(explanation.line), \(explanation.bytes) bytes, \(event.parse) (\(shape.filter { !$0.isEmpty }.joined(separator: " ")))"
      ))
    if explanation.recordLine != 0 {
      rows.append(("record", "continues the record of line \(explanation.recordLine)"))
    }
    if explanation.records > 1 { rows.append(("records", "\(explanation.records); the gravest is shown")) }
    let origin = [
      "own": "from the line", "inherited": "the line has none: the last time seen",
      "arrival": "the line has none: arrival",
    ]
    rows.append(
      ("time", "\(Timestamp.rfc3339(event.ts))   (\(origin[explanation.timeQuality] ?? explanation.timeQuality))"))
    if !explanation.redactionKinds.isEmpty {
      rows.append(("redacted", explanation.redactionKinds.joined(separator: ", ")))
    }
    if !explanation.fields.isEmpty {
      rows.append(("fields", explanation.fields.map { "\($0.name) → \($0.column)" }.joined(separator: ", ")))
    }
    let severities = ["", "info", "low", "medium", "high", "critical", "fatal"]
    let severity = severities.indices.contains(Int(event.severity)) ? severities[Int(event.severity)] : ""
    let by = event.classifier.isEmpty ? "" : "   classifier \(event.classifier), \(event.confidence) % sure"
    rows.append(("event", "\(event.event)  (\(severity), \(event.outcome))\(by)"))
    for (name, value) in [
      ("who", event.actor), ("to whom", event.target), ("where from", event.sourceIP),
      ("what", [event.objectType, event.objectID].filter { !$0.isEmpty }.joined(separator: " ")), ("why", event.reason),
    ] where !value.isEmpty {
      rows.append(("", "\(name): \(value)"))
    }
    for verdict in explanation.verdicts.filter({ $0.missing != nil }).prefix(4) {
      rows.append(("", "not \(verdict.classifier): \(verdict.missing ?? "")"))
    }
    rows.append(
      ("rules", explanation.rules.isEmpty ? "none matches this line alone" : explanation.rules.joined(separator: ", ")))
    return rows.map { name, value in
      (name + String(repeating: " ", count: max(1, 10 - name.count)) + value)
    }.joined(separator: "\n") + "\n"
  }
}
