import Foundation
import Testing

@testable import Collector

struct JSONStreamTests {
  private enum Form: Hashable, Codable {
    case plain
    case table(separator: UInt8, count: Int)
  }
  private struct Inner: Hashable, Codable {
    var name: String
    var forms: [Form] = []
    var missing: Int?
    var rows: [[Int64]] = []
  }
  private struct Outer: Hashable, Codable {
    var first: Inner?
    var text = ""
    var flags: [Bool] = []
    var counts: [String: Int] = [:]
    var inner: [Inner] = []
    var form = Form.plain
    var large: UInt64 = 0
    var small: Int64 = 0
    var gaps: [Int?] = []
    var last = Inner(name: "")
  }

  private static let texts = [
    "", "plain", "\"\\\"", "a\\", "\u{0}\u{1}\u{8}\t\n\u{C}\r\u{1B}\u{1F}\u{7F}", "ä€😀\u{2028}\u{FFFD}", "{[,:]}", "/",
  ]

  @Test
  func `what is written is read as it was, and says what JSONEncoder says`() throws {
    var values = [Outer()]
    for text in Self.texts {
      let inner = Inner(
        name: text, forms: [.plain, .table(separator: 9, count: -3), .plain], missing: text.isEmpty ? nil : 7,
        rows: [[], [1], [.min, .max, 0]])
      values.append(
        Outer(
          first: inner, text: text, flags: [true, false], counts: [text: 1, text + "\"": -1], inner: [inner, inner],
          form: .table(separator: 255, count: 0), large: .max, small: .min, gaps: [nil, 1, nil], last: inner))
    }
    for value in values {
      let json = Data(encode(value).utf8)
      #expect(try JSONDecoder().decode(Outer.self, from: json) == value)
      let plain = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? NSDictionary
      #expect(try JSONSerialization.jsonObject(with: json) as? NSDictionary == plain)
    }
    #expect(encode(Inner(name: "\u{1B}\"x\"")) == #"{"name":"\u001b\"x\"","forms":[],"rows":[]}"#)
  }
}
