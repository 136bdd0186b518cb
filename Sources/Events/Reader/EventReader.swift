#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Bytes in, clean classified events out.
///
/// One reader serves one thread and any number of sources; what belongs to a source is its
/// ``SourceState``. Cost: lines that hold no anchor are never parsed.
public final class EventReader {
  public let configuration: ReaderConfiguration

  private let redactor: Redactor
  private let parser: RecordParser
  private let classifier: Classifier
  private let identity: EventIdentity
  private var redacted: [UInt8] = []

  /// Compiles formats, classifiers, secret patterns and rules. A few milliseconds.
  ///
  /// - Throws: ``Problem`` for a broken format, pattern or rule: file, line, next step.
  public init(_ configuration: ReaderConfiguration) throws {
    self.configuration = configuration
    redactor = try Redactor(configuration.redaction)
    parser = try RecordParser(configuration)
    classifier = try Classifier(configuration)
    identity = EventIdentity(key: configuration.redaction.key)
  }

  public enum Ending: Sendable {
    /// More bytes may follow: an unterminated last line is left alone.
    case more
    /// A one-shot read ends here: an unterminated last line counts if it is one complete JSON object (decision 6).
    case endOfInput
    /// Nothing will ever follow: an unterminated last line counts as it is.
    case final
  }

  /// Reads the whole lines at the start of `bytes`.
  ///
  /// - Parameters:
  ///   - bytes: starts at a line start, at byte `offset` of the source.
  ///   - state: what the source's earlier lines left behind; store it with the position.
  ///   - now: arrival time, microseconds since 1970.
  /// - Returns: how many bytes were consumed: always whole lines, and never a line that must be
  ///   seen again (an unfinished docker partial). Present the rest again with more behind it.
  public func read(
    _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    ending: Ending = .more, into batch: inout EventBatch
  ) -> Int {
    var at = 0
    while at < bytes.count {
      var end = bytes.count
      var next = bytes.count
      if let newline = memchr(bytes.baseAddress! + at, 0x0a, bytes.count - at) {
        end = UnsafeRawPointer(newline) - bytes.baseAddress!
        next = end + 1
      } else if ending == .more {
        break
      } else if ending == .endOfInput {
        var flattener = JSONFlattener()
        var fields = RecordFields()
        let line = UnsafeRawBufferPointer(rebasing: bytes[at..<end])
        guard case .complete(let last) = flattener.flatten(line, into: &fields), last == line.count else { break }
      }
      line(
        UnsafeRawBufferPointer(rebasing: bytes[at..<end]), of: &state, at: offset + Int64(at), now: now, into: &batch)
      batch.counts.bytes += Int64(next - at)
      at = next
    }
    return at
  }

  private func line(
    _ raw: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
    into batch: inout EventBatch
  ) {
    redacted.removeAll(keepingCapacity: true)
    let redactions = redactor.redact(line: raw, onto: &redacted)
    batch.counts.lines += 1
    let lineNumber = state.lineCount
    state.lineCount += 1
    if configuration.wantsText {
      batch.text.append(contentsOf: redacted)
      batch.text.append(0x0a)
    }
    if redactions > 0 { for kind in redactor.kinds { batch.counts.redactions[kind, default: 0] += 1 } }
    redacted.withUnsafeBytes { text in
      var record = ParsedRecord()
      parser.parse(text, zone: state.zone, reference: state.lastTime ?? now, into: &record)
      switch record.timeQuality {
      case .own: state.lastTime = record.time
      default:
        record.time = state.lastTime ?? (state.modified != 0 ? state.modified : now)
        record.timeQuality = state.lastTime != nil ? .inherited : .arrival
      }
      record.offset = offset
      record.headOffset = offset
      record.lineNumber = lineNumber
      record.headLineNumber = lineNumber
      record.redactions = redactions
      record.redactionKinds = redactions > 0 ? Array(Set(redactor.kinds)).sorted() : []
      if record.parse == .text { batch.counts.text += 1 }
      var event = Event()
      event.ts = record.time
      event.tsQuality = record.timeQuality.rawValue
      event.observedTs = now
      event.app = state.app
      event.env = configuration.env
      event.host = configuration.host.isEmpty ? record.host : configuration.host
      event.source = state.source
      event.sourceOffset = offset
      event.lines = [offset]
      event.logger = record.logger
      event.level = record.level.rawValue
      event.message = record.message
      event.parse = record.parse.rawValue
      event.redactions = Int64(redactions)
      event.redactionKinds = record.redactionKinds.joined(separator: ",")
      let hint = classifier.classify(record, into: &event)
      let isQuiet = event.event == "app_log" || event.event == "http_request"
      let keep = configuration.keep == .all || !isQuiet || [401, 403, 429].contains(event.httpStatus)
      event.id = identity.id(
        host: event.host, app: event.app, source: event.source, time: event.ts, line: text,
        ordinal: state.ordinals.next(time: event.ts, line: text), record: record.index)
      let before = batch.changes.count
      state.joiner.take(event, as: hint, of: record, keepAlone: keep, match: { _ in }, into: &batch.changes)
      for change in batch.changes[before...] { if case .insert = change { batch.counts.events += 1 } }
    }
  }
}
