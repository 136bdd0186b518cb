import ArgumentParser
import Events
import Foundation
import Queries
import Storage

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what seclog sees in a line: format, redactions, fields, event, and why.",
    discussion: """
      Examples:
        sed -n 7p app.log | seclog explain -
        seclog explain --line '{"level":"warn","msg":"login failed","user":"alice"}'
        seclog explain --json app.log
        seclog explain --id 9f3c2ad1
        seclog explain --classifiers

      Nothing is stored. Secrets are shown by kind only. An event of the store is explained with its lines,
      as far as its source still holds them.
      """)

  @Argument(help: "A log file; - is standard input.", completion: .file())
  var file: String?

  @Option(help: ArgumentHelp("Explain this text instead of a file.", valueName: "text"))
  var line: String?

  @Option(
    help: ArgumentHelp("Explain this event of the store instead of a file; its beginning will do.", valueName: "id"))
  var id: String?

  @Flag(help: "List the classifiers in the order in which they are asked; with --json as their files say them.")
  var classifiers = false

  @Option(help: "Name of the application. Default: the file's name.")
  var app: String?

  @Option(help: ArgumentHelp("Read every line as this format instead of recognising it.", valueName: "format"))
  var inputFormat: String?

  @Flag(help: "One JSON object a line.")
  var json = false

  @OptionGroup var rules: RuleOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var clock: ClockOptions

  func validate() throws {
    guard [file != nil, line != nil, id != nil, classifiers].filter({ $0 }).count == 1 else {
      throw ValidationError("Give one file, - for standard input, --line TEXT, --id ID or --classifiers.")
    }
  }

  func run() throws {
    let now = try clock.now()
    let settings = try store.configuration.load()
    var configuration = settings.readerConfiguration
    if classifiers {
      try listClassifiers(configuration)
      return
    }
    configuration.rules = try rules.load(settings).filters
    configuration.inputFormat = inputFormat
    if let id {
      try explain(id: id, configuration, now)
      return
    }
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

  private func listClassifiers(_ configuration: ReaderConfiguration) throws {
    for info in try ClassifierInfo.all(configuration) {
      let about = info.about.isEmpty ? "" : "  " + info.about
      let columns = "\(info.priority)  \(info.id)  \(info.event)  \(info.place)"
      Terminal.writeLine(json ? info.json : columns + about)
    }
  }

  /// The stored event, then each of its lines that its source still holds.
  private func explain(id: String, _ configuration: ReaderConfiguration, _ now: Int64) throws {
    guard let stored = try store.openForReading().event(id: id, shownIn: ShownTime(zone: .local, now: now)) else {
      Terminal.note("no event has an id that begins with \(id).")
      throw ExitCode(Problem.Code.nothing.rawValue)
    }
    let event = stored.event
    let explainer = try Explainer(configuration, source: event.source, app: event.app)
    let whole = explainer.explain(stored)
    if json {
      Terminal.writeLine(whole.json)
      return
    }
    let info = try ClassifierInfo.all(configuration).first { $0.id == event.classifier }
    Terminal.writeLine(ExplanationText.text(of: whole, named: info))
    let lines = try SourceLines(of: event).map { offset, line in
      var explanations: [Explanation] = []
      let reader = try Explainer(configuration, source: event.source, app: event.app)
      _ = ((line ?? []) + [10]).withUnsafeBytes { reader.explain($0, now: now, ending: .final, into: &explanations) }
      return (offset, line == nil ? nil : explanations.first)
    }
    // Another file may bear the name by now: what it holds is not the event's.
    let isSame = lines.contains { _, explanation in
      guard let message = explanation?.event.message, !message.isEmpty else { return false }
      return event.message.contains(message)
    }
    for (offset, explanation) in lines {
      let place = "\(event.source):@\(offset)"
      switch explanation {
      case .some(let explanation) where isSame:
        Terminal.writeLine(place)
        show(explanation)
      case .some: Terminal.writeLine("\(place) is another line by now.\n")
      case nil: Terminal.writeLine("\(place) is not there any more.\n")
      }
    }
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
        // A line instead of a file, and there may be a secret on it: it is not repeated.
        guard !path.contains(where: { "{ =".contains($0) }) else {
          throw Problem(
            .usage, at: "explain", "there is no such file, and what was given looks like a line of a log.",
            next: "Explain a line with:  seclog explain --line '…'")
        }
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

/// The lines of a stored event as its source holds them now: byte offset and bytes, `nil` where there is none.
private struct SourceLines: Sequence {
  private let lines: [(Int64, [UInt8]?)]

  init(of event: Event) {
    guard event.source.hasPrefix("/"), let handle = FileHandle(forReadingAtPath: event.source) else {
      lines = event.lines.map { ($0, nil) }
      return
    }
    defer { try? handle.close() }
    lines = event.lines.map { offset in
      // A line begins where it did, or the file is another one.
      let start = Swift.max(offset - 1, 0)
      guard (try? handle.seek(toOffset: UInt64(start))) != nil,
        var bytes = try? handle.read(upToCount: Self.bytesMax).map(Array.init), !bytes.isEmpty
      else { return (offset, nil) }
      if offset > 0 {
        guard bytes.removeFirst() == 10 else { return (offset, nil) }
      }
      let line = bytes.prefix { $0 != 10 }
      return (offset, line.isEmpty ? nil : Array(line))
    }
  }

  /// Longest part of a line that is read again.
  private static let bytesMax = 1 << 20

  func makeIterator() -> some IteratorProtocol<(Int64, [UInt8]?)> { lines.makeIterator() }
}

/// An explanation for people.
enum ExplanationText {
  /// Of a stored event.
  static func text(of explanation: Explanation, named info: ClassifierInfo?) -> String {
    let event = explanation.event
    var rows = [
      ("event", "\(event.id), told by \(event.lines.count) line\(event.lines.count == 1 ? "" : "s") of \(event.source)")
    ]
    if let info {
      rows.append(("named by", "\(info.id) of \(info.place)"))
      if !info.about.isEmpty { rows.append(("", info.about)) }
    }
    rows += content(explanation)
    return page(rows)
  }

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
      let first = explanation.tellsFirst ? " and is the first line of it that tells something" : ""
      rows.append(("record", "continues the record of line \(explanation.recordLine)\(first)"))
    }
    if explanation.records > 1 { rows.append(("records", "\(explanation.records); the gravest is shown")) }
    rows += content(explanation)
    return page(rows)
  }

  /// What stands in the explanation of a line and of a stored event alike.
  private static func content(_ explanation: Explanation) -> [(String, String)] {
    let event = explanation.event
    var rows: [(String, String)] = []
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
    return rows
  }

  private static func page(_ rows: [(String, String)]) -> String {
    rows.map { name, value in
      (name + String(repeating: " ", count: max(1, 10 - name.count)) + value)
    }.joined(separator: "\n") + "\n"
  }
}
