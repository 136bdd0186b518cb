import Collector
import Detection
import Events
import Storage
import Web

/// OTLP logs that come to `serve`, into the store that it shows. A running collector writes into the same one: each
/// commits short transactions of its own.
struct LogIntake: WebIntake {
  private let intake: OTLPIntake

  /// - Throws: `Problem`: the rules or the key file do not read.
  init(_ settings: Configuration, _ rules: RuleSet, store: String) throws {
    var reader = settings.readerConfiguration
    reader.rules = rules.filters
    reader.wantsText = settings.archive.directory != nil
    reader.keys = try CollectingOptions.keys(settings.keyFile, besides: store)
    reader.redaction.key = reader.keys?.current
    var collector = CollectorConfiguration()
    collector.archive = CollectingOptions.archive(in: settings.archive.directory, settings, durability: .process)
    collector.note = { Terminal.note($0) }
    intake = OTLPIntake(reader: reader, configuration: collector, store: StoreFile(path: store))
  }

  var path: String { OTLPIntake.path }
  var bodyBytesMax: Int { OTLPIntake.bodyBytesMax }

  func take(_ body: [UInt8]?, of request: WebRequest) async -> WebAnswer {
    let answer: OTLPIntake.Answer
    if let body {
      answer = await intake.take(body, type: request.contentType, encoding: request.contentEncoding)
    } else {
      answer = OTLPIntake.tooLarge(type: request.contentType)
    }
    var out = WebAnswer(answer.status, answer.type, "")
    out.bytes = answer.body
    if let seconds = answer.retryAfterSeconds { out.headers.append(("Retry-After", String(seconds))) }
    return out
  }

  func finish() { intake.finish() }
}
