import Glibc

/// Turns one redacted line into ``ParsedRecord``s: takes wrappers off, recognises the format, reads
/// time, level, logger and message.
///
/// One parser serves one thread: it owns scratch memory.
final class RecordParser {
  var formats: FormatCatalogue
  /// The one without a name is that of sources that force no format.
  private var catalogues: [String: FormatCatalogue] = [:]
  private var inputFormat = ""
  var flattener = JSONFlattener()
  let zones = ZoneNames.Resolver()
  var match = TextPattern.Match()
  var envelope = Envelope()
  /// Texts that differ from the line's own bytes: without colours, or taken out of JSON strings.
  var scratch: [[UInt8]] = []
  /// Memory of the fields of a line that is done.
  var spareFields = RecordFields()

  init(_ configuration: ReaderConfiguration) throws {
    formats = try FormatCatalogue(directories: configuration.extraFormats, only: configuration.inputFormat)
    catalogues[""] = formats
    for name in configuration.inputFormatsOfSources.sorted() {
      catalogues[name] = try FormatCatalogue(directories: configuration.extraFormats, only: name, place: "input_format")
    }
  }

  /// From now on lines are of a source that forces this format; `nil` = none.
  ///
  /// A source restored from the store may name a format that the configuration no longer does: then it
  /// is read as any other.
  func use(inputFormat name: String?) {
    let name = name ?? ""
    guard name != inputFormat else { return }
    inputFormat = name
    formats = catalogues[name] ?? catalogues[""]!
  }

  /// Where times without a zone or a year belong.
  struct Setting {
    /// ``SourceState/zone``; empty = by format.
    var zone = ""
    /// The source's last time, for times without a year.
    var reference: Int64 = 0
  }

  /// Parses one line and appends its records; nearly always one.
  func parse(_ line: UnsafeRawBufferPointer, _ setting: Setting, into records: inout [ParsedRecord]) {
    envelope.reset()
    parse(Self.trimmed(line), setting, depth: 0, into: &records)
  }

  /// Takes the records back whose line is done; their memory serves the next.
  func recycle(_ records: inout [ParsedRecord]) {
    if records.count == 1, records[0].fields.bytes.count <= Self.bytesKeptMax {
      swap(&records[0].fields, &spareFields)
      spareFields.removeAll()
    }
    records.removeAll(keepingCapacity: true)
  }
  private static let bytesKeptMax = 64 << 10

  /// Whether the line surely begins a record, whatever stands before it.
  func isHead(_ line: UnsafeRawBufferPointer) -> Bool {
    if Self.isObject(line) { return true }
    var records: [ParsedRecord] = []
    parse(line, Setting(), into: &records)
    return records.count != 1
      || (!records[0].isPlain && !records[0].isIndented && records[0].continuationKey == nil
        && records[0].format != "level-first")
  }

  /// The quick answer for most lines: a whole object that no container runtime wrote.
  static func isObject(_ line: UnsafeRawBufferPointer) -> Bool {
    line.count > 8 && line[0] == UInt8(ascii: "{") && line[1] == UInt8(ascii: "\"")
      && line[line.count - 1] == UInt8(ascii: "}") && !PartialLine.startsWith(line, "{\"log\":")
      && !PartialLine.startsWith(line, "{\"__") && !PartialLine.startsWith(line, "{\"MESSAGE")
  }

  // MARK: - Wrappers

  static let depthMax = 4

  func parse(_ line: UnsafeRawBufferPointer, _ setting: Setting, depth: Int, into records: inout [ParsedRecord]) {
    if Self.hasEscape(line) {
      var plain = takeScratch()
      Self.appendWithoutColours(line, onto: &plain)
      plain.withUnsafeBytes { parsePlain($0, setting, depth: depth, into: &records) }
      scratch.append(plain)
    } else {
      parsePlain(line, setting, depth: depth, into: &records)
    }
  }

  private func parsePlain(
    _ line: UnsafeRawBufferPointer, _ setting: Setting, depth: Int, into records: inout [ParsedRecord]
  ) {
    var start = 0
    if depth == 0, line.count >= 3, line[0] == 0xef, line[1] == 0xbb, line[2] == 0xbf { start = 3 }
    let text = UnsafeRawBufferPointer(rebasing: line[start...])
    if let open = Self.firstNonBlank(text), text[open] == UInt8(ascii: "{") || text[open] == UInt8(ascii: "[") {
      if parseJSON(text, from: open, setting, depth: depth, into: &records) { return }
    }
    if depth < Self.depthMax, let inner = Unwrapper.peel(text, into: &envelope) {
      parse(UnsafeRawBufferPointer(rebasing: text[inner...]), setting, depth: depth + 1, into: &records)
      return
    }
    records.append(parseText(text, setting))
  }

  func takeScratch() -> [UInt8] {
    var buffer = scratch.popLast() ?? []
    buffer.removeAll(keepingCapacity: true)
    return buffer
  }

  // MARK: - The end of every way

  /// What the wrappers know and the line does not.
  func finish(_ record: inout ParsedRecord, _ emitter: String, _ setting: Setting) {
    if !envelope.names.isEmpty {
      record.wrapper = envelope.names.joined(separator: "+")
      if record.parse != .truncated { record.parse = .wrapped }
      if record.timeQuality != .own, let time = envelope.time, let us = microseconds(time, envelope.zone, setting) {
        record.time = us
        record.timeQuality = .own
      }
      if record.level == .none {
        record.level = envelope.level
        record.levelText = envelope.levelText
      }
      if record.unit.isEmpty { record.unit = envelope.unit }
      if record.host.isEmpty { record.host = envelope.host }
      if record.format == "text", !envelope.program.isEmpty { record.format = "syslog" }
      if record.logger.isEmpty { record.logger = envelope.program }
      for entry in envelope.fields.entries {
        record.fields.append(envelope.fields.bytes[entry.name], envelope.fields.bytes[entry.value], entry.kind)
      }
    }
    record.emitter = !emitter.isEmpty ? emitter : !record.logger.isEmpty ? record.logger : record.format
  }

  // MARK: - Bytes

  static func trimmed(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var end = line.count
    while end > 0, line[end - 1] == 0x0d || line[end - 1] == 0x00 { end -= 1 }
    var start = 0
    // A crash of the machine leaves NUL bytes before the first line after it.
    while start < end, line[start] == 0x00 { start += 1 }
    return UnsafeRawBufferPointer(rebasing: line[start..<end])
  }

  static func firstNonBlank(_ text: UnsafeRawBufferPointer) -> Int? {
    var i = 0
    while i < text.count, KeyValues.isBlank(text[i]) { i += 1 }
    return i < text.count ? i : nil
  }

  static func trimmedText(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
    var end = range.upperBound
    while end > range.lowerBound, KeyValues.isBlank(text[end - 1]) { end -= 1 }
    var start = range.lowerBound
    while start < end, KeyValues.isBlank(text[start]) { start += 1 }
    return String(decoding: UnsafeRawBufferPointer(rebasing: text[start..<end]), as: UTF8.self)
  }

  /// Copies the text without `ESC [ … letter` (colours, cursor) and other escape sequences.
  static func appendWithoutColours(_ text: UnsafeRawBufferPointer, onto output: inout [UInt8]) {
    var i = 0
    while i < text.count {
      guard text[i] == 0x1b else {
        output.append(text[i])
        i += 1
        continue
      }
      i += 1
      guard i < text.count else { return }
      switch text[i] {
      case UInt8(ascii: "["):
        i += 1
        while i < text.count, !(0x40...0x7e).contains(text[i]) { i += 1 }
        i += 1
      case UInt8(ascii: "]"):
        while i < text.count, text[i] != 0x07, text[i] != 0x1b { i += 1 }
        i += i < text.count && text[i] == 0x07 ? 1 : 2
      default: i += 1
      }
    }
  }

  /// Whether colours or other control sequences may be in it.
  static func hasEscape(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let base = text.baseAddress else { return false }
    return memchr(base, 0x1b, text.count) != nil
  }

  static func withoutColours(_ text: String) -> String {
    var output: [UInt8] = []
    var text = text
    text.withUTF8 { appendWithoutColours(UnsafeRawBufferPointer($0), onto: &output) }
    return String(decoding: output, as: UTF8.self)
  }
}

extension [UInt8] {
  func ends(with suffix: String) -> Bool { self.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }
}
