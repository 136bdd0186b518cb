import Foundation
import Testing

@testable import Events

/// Every format brings samples; each must be recognised without being told the format.
struct FormatSampleTests {
  static let formats = FormatCatalogue.embedded.map(\.format.name)

  @Test(arguments: formats)
  func `recognises the samples of the format`(name: String) throws {
    let format = try #require(FormatCatalogue.embedded.first { $0.format.name == name }?.format)
    let parser = try RecordParser(ReaderConfiguration())
    for sample in format.samples {
      var records: [ParsedRecord] = []
      let reference: Int64 = 1_795_240_000_000_000
      Array(sample.line.utf8).withUnsafeBytes {
        parser.parse($0, .init(zone: "UTC", reference: reference), into: &records)
      }
      let record = try #require(records.first)
      #expect(record.format == name, "\(sample.line)")
      if let time = sample.time {
        #expect(record.timeQuality == .own, "\(sample.line)")
        #expect(
          Timestamp.rfc3339(record.time).dropLast(1)
            == (time.count == 24 ? time.dropLast(1) + "000" : time.dropLast(1)), "\(sample.line)")
      } else if format.kind == .text, name != "klog" {
        #expect(record.timeQuality != .own, "\(sample.line)")
      }
      if let level = sample.level { #expect(record.level.rawValue == level, "\(sample.line)") }
      if let message = sample.message { #expect(record.message == message, "\(sample.line)") }
      if let logger = sample.logger { #expect(record.logger == logger, "\(sample.line)") }
      if let emitter = sample.emitter { #expect(record.emitter == emitter, "\(sample.line)") }
      for (key, value) in sample.fields ?? [:] {
        #expect(record.fields.text(FieldName(key)) == value, "\(key) of \(sample.line)")
      }
    }
  }

  @Test func `every format has a sample and a place where it is described`() {
    for (format, place) in FormatCatalogue.embedded {
      #expect(format.source.hasPrefix("https://"), "\(place)")
      #expect(!format.samples.isEmpty, "\(place)")
      #expect(place.hasSuffix("/\(format.name).json"))
    }
  }
}
