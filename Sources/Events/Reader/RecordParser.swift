/// Turns one redacted line into a ``ParsedRecord``.
final class RecordParser {
  private var flattener = JSONFlattener()
  private let zones = ZoneNames.Resolver()

  init(_ configuration: ReaderConfiguration) throws {}

  func parse(_ line: UnsafeRawBufferPointer, zone: String, reference: Int64, into record: inout ParsedRecord) {
    if line.first == UInt8(ascii: "{") {
      switch flattener.flatten(line, into: &record.fields) {
      case .complete: record.parse = .json
      case .truncated: record.parse = .truncated
      case .malformed: record.fields.removeAll()
      }
    }
    if record.parse != .text {
      record.format = "json"
      for name in Self.messages {
        if let text = record.fields.text(name) {
          record.message = text
          break
        }
      }
      for name in Self.loggers {
        if let text = record.fields.text(name) {
          record.logger = text
          break
        }
      }
      for name in Self.levels {
        if let text = record.fields.text(name) {
          record.levelText = text
          break
        }
      }
      for name in Self.times {
        guard let index = record.fields.index(of: name) else { continue }
        let written: WrittenTime? = record.fields.slice(index).withUnsafeBytes {
          if let epoch = WrittenTime.epoch($0) {
            var time = WrittenTime()
            time.epoch = epoch
            return time
          }
          var scanner = TimeScanner($0)
          return scanner.next()
        }
        if let time = written?.microseconds(zone: { self.zones.offset(zone, $0) }, reference: reference) {
          record.time = time
          record.timeQuality = .own
          break
        }
      }
    } else {
      record.format = "text"
      record.message = String(decoding: line, as: UTF8.self)
      var start = 0
      while start < line.count, line[start] == UInt8(ascii: "[") || line[start] == 0x20 { start += 1 }
      var scanner = TimeScanner(line, at: start)
      if let time = scanner.next()?.microseconds(zone: { self.zones.offset(zone, $0) }, reference: reference) {
        record.time = time
        record.timeQuality = .own
      }
    }
    record.emitter = record.logger.isEmpty ? record.format : record.logger
  }

  private static let messages: [FieldName] = [
    "msg", "message", "event", "@m", "@mt", "short_message", "fields.message",
  ]
  private static let loggers: [FieldName] = ["logger", "name", "logger_name", "log.logger", "target"]
  private static let levels: [FieldName] = ["level", "severity", "log.level", "levelname", "@l"]
  private static let times: [FieldName] = [
    "time", "timestamp", "@timestamp", "ts", "asctime", "@t", "datetime", "date",
  ]
}
