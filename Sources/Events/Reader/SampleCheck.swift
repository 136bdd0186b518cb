/// Holds the user's formats and classifiers against what they say of themselves, for `check`.
public enum SampleCheck {
  /// Every fault of every file; if there is none, every sample that is not read as its file says.
  ///
  /// Samples are told by their numbers, from 1: they may be lines of real logs.
  ///
  /// - Complexity: reads each sample once with all formats and classifiers, some 20 µs each.
  public static func problems(_ configuration: ReaderConfiguration) -> [Problem] {
    var problems: [Problem] = []
    func keep<Value>(_ body: () throws -> Value) -> Value? {
      do {
        return try body()
      } catch {
        problems.append(error as? Problem ?? Problem(.failed, "\(error)"))
        return nil
      }
    }
    let formats = configuration.extraFormats.flatMap(DataFolder.formats).compactMap { path in
      keep {
        let format = try FormatFile(DataFolder.read(path), at: path)
        switch format.kind {
        case .json: _ = try JSONShape(format, at: path)
        case .text: _ = try TextShape(format, at: path)
        }
        return (format, path)
      }
    }
    let classifiers = configuration.extraFormats.flatMap(DataFolder.classifiers).compactMap { path in
      keep {
        let text = try DataFolder.read(path)
        _ = try ClassifierSet(ClassifierSet.fieldTable + [(path, text)], trusting: [])
        return (try ClassifierFile(text, at: path), path)
      }
    }
    guard problems.isEmpty, let reader = keep({ try EventReader(configuration) }) else { return problems }
    for (format, path) in formats { problems += faults(of: format, at: path, by: reader.parser) }
    for (file, path) in classifiers {
      for entry in file.classifiers { problems += faults(of: entry, at: path, by: reader) }
    }
    return problems
  }

  private static func faults(of format: FormatFile, at path: String, by parser: RecordParser) -> [Problem] {
    var problems: [Problem] = []
    for (number, sample) in zip(1..., format.samples) {
      let time = sample.time.flatMap(DateText.microseconds)
      var records: [ParsedRecord] = []
      Array(sample.line.utf8).withUnsafeBytes {
        parser.parse($0, .init(zone: "UTC", reference: time ?? 0), into: &records)
      }
      guard let record = records.first else { continue }
      func check(_ what: String, _ wanted: String?, _ found: String) {
        guard let wanted, wanted != found else { return }
        problems.append(
          Problem(.config, at: path, "'\(format.name)' does not read the \(what) of its sample \(number) as it says"))
      }
      guard record.format == format.name else {
        problems.append(
          Problem(
            .config, at: path, "'\(format.name)' does not recognise its sample \(number): '\(record.format)' does",
            next: "Give it a higher 'rank', or say more exactly what it looks like."))
        continue
      }
      check("level", sample.level, record.level.rawValue)
      check("message", sample.message, record.message)
      check("logger", sample.logger, record.logger)
      check("emitter", sample.emitter, record.emitter)
      if sample.time != nil { check("time", time.map(String.init) ?? "a time", String(record.time)) }
      for (name, value) in (sample.fields ?? [:]).sorted(by: { $0.key < $1.key }) {
        check("field '\(name)'", value, record.fields.text(FieldName(name)) ?? "")
      }
    }
    return problems
  }

  /// Any time will do: samples tell their own.
  private static let arrival: Int64 = 1_800_000_000_000_000

  private static func faults(of entry: ClassifierFile.Entry, at path: String, by reader: EventReader) -> [Problem] {
    func explained(_ line: String) -> Event? {
      // A source of its own each time: samples must not join or continue each other.
      let explainer = Explainer(over: reader, source: "sample", app: "sample")
      var explanations: [Explanation] = []
      _ = (Array(line.utf8) + [10]).withUnsafeBytes {
        explainer.explain($0, now: arrival, ending: .final, into: &explanations)
      }
      return explanations.first?.event
    }
    var problems: [Problem] = []
    for (number, line) in zip(1..., entry.matches?.texts ?? []) {
      guard let event = explained(line), event.event != entry.event else { continue }
      let by = event.classifier.isEmpty ? "" : " by '\(event.classifier)'"
      problems.append(
        Problem(
          .config, at: path, "'\(entry.id)': its match \(number) is named \(event.event)\(by), not \(entry.event)",
          next: "seclog explain tells which conditions hold."))
    }
    for (number, line) in zip(1..., entry.ignores?.texts ?? []) where explained(line)?.classifier == entry.id {
      problems.append(Problem(.config, at: path, "'\(entry.id)' takes its ignored line \(number)"))
    }
    return problems
  }
}
