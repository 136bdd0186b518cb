import CZlib
import Events
import Foundation
import Storage
import TestSupport
import Testing

@testable import Collector

/// Requests of OTLP/HTTP logs: what they become, and that nothing which is sent can harm.
struct OTLPTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: A writer of protobuf

  private static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
  }

  private static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
  }

  private static func field(_ number: UInt64, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  private static func field(_ number: UInt64, varint value: UInt64) -> [UInt8] { varint(number << 3) + varint(value) }

  private static func field(_ number: UInt64, fixed value: UInt64) -> [UInt8] {
    varint(number << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func attribute(_ key: String, _ value: [UInt8]) -> [UInt8] { field(1, key) + field(2, value) }

  /// One record of one service, with a value of each kind.
  private static func request(_ message: String, user: String = "alice", extra: [UInt8] = []) -> [UInt8] {
    let nested = field(1, attribute("list", field(5, field(1, field(1, "a")) + field(1, field(2, varint: 1)))))
    let record =
      field(1, fixed: 1_795_240_800_123_456_789) + field(2, varint: 13) + field(3, "WARN") + field(5, field(1, message))
      + field(6, attribute("enduser.id", field(1, user)))
      + field(6, attribute("client.address", field(1, "203.0.113.9")))
      + field(6, attribute("tries", field(3, varint: UInt64(bitPattern: -3))))
      + field(6, attribute("share", field(4, fixed: (0.25).bitPattern)))
      + field(6, attribute("raw", field(7, [0, 255, 16]))) + field(6, attribute("more", field(6, nested)))
      + field(9, [0x4B, 0xF9] + [UInt8](repeating: 0, count: 14)) + extra
    let scope = field(1, field(1, "app") + field(2, "1.2")) + field(2, record)
    return field(1, field(1, field(1, attribute("service.name", field(1, "portal")))) + field(2, scope))
  }

  // MARK: Lines

  @Test func `protobuf becomes the JSON of the file exporter`() throws {
    // Unknown fields of every type are left out.
    let extra = Self.field(40, varint: 7) + Self.field(41, "x") + Self.field(42, fixed: 1) + [0xAD, 0x02, 1, 2, 3, 4]
    let line = try OTLPLine(protobuf: Self.request("login \"failed\"\n\u{1}\u{e9}", extra: extra))
    #expect(line.records == 1)
    #expect(
      String(decoding: line.bytes, as: UTF8.self) == #"""
        {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"portal"}}]},\#
        "scopeLogs":[{"scope":{"name":"app","version":"1.2"},"logRecords":[{"timeUnixNano":"1795240800123456789",\#
        "severityNumber":13,"severityText":"WARN","body":{"stringValue":"login \"failed\"\n\u0001é"},"attributes":[\#
        {"key":"enduser.id","value":{"stringValue":"alice"}},{"key":"client.address","value":{"stringValue":"203.0.113.9"}},\#
        {"key":"tries","value":{"intValue":"-3"}},{"key":"share","value":{"doubleValue":0.25}},\#
        {"key":"raw","value":{"bytesValue":"AP8Q"}},{"key":"more","value":{"kvlistValue":{"values":[{"key":"list",\#
        "value":{"arrayValue":{"values":[{"stringValue":"a"},{"boolValue":true}]}}}]}}}],\#
        "traceId":"4bf90000000000000000000000000000"}]}]}]}

        """#)
  }

  @Test(arguments: [
    [0x08], [0x0A, 5, 1], [0x0B], [0x07, 1], [0x00],
    [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1], [0x08, 1],
  ])
  func `what is no request is refused`(bytes: [UInt8]) {
    #expect(throws: OTLPLine.Malformed.self) { _ = try OTLPLine(protobuf: bytes) }
  }

  @Test(arguments: ["", "[]", "{", #"{"resourceLogs":{}}"#, #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[1]}]}]}"#])
  func `JSON that is no request is refused`(text: String) {
    #expect(throws: OTLPLine.Malformed.self) { _ = try OTLPLine(json: Array(text.utf8)) }
  }

  @Test func `values that are nested without end are refused`() {
    var value = Self.field(1, "x")
    for _ in 0..<200 { value = Self.field(5, Self.field(1, value)) }
    #expect(throws: OTLPLine.Malformed.self) {
      _ = try OTLPLine(protobuf: Self.field(1, Self.field(2, Self.field(2, Self.field(5, value)))))
    }
  }

  @Test func `whatever is sent, what comes out is one line of JSON`() throws {
    let seed = UInt64.random(in: 0...9_999_999)
    var random = SeededGenerator(seed: seed)
    var read = 0
    for _ in 0..<20_000 {
      var bytes = Self.request("login failed")
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = .random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(.random(in: 0...255, using: &random), at: place)
        }
      }
      guard let line = try? OTLPLine(protobuf: bytes) else { continue }
      read += 1
      let isLine = line.bytes.last == 10 && !line.bytes.dropLast().contains(10)
      let isJSON = (try? JSONSerialization.jsonObject(with: Data(line.bytes))) != nil
      #expect(isLine && isJSON, "seed \(seed): \(bytes)")
    }
    #expect(read > 1000)
  }

  // MARK: Answers

  private func intake(_ store: String = "e.db", keep: ReaderConfiguration.Keep = .all) -> OTLPIntake {
    var reader = ReaderConfiguration()
    reader.keep = keep
    return OTLPIntake(
      reader: reader, configuration: CollectorConfiguration(), store: StoreFile(path: folder.path(store)))
  }

  private func events(_ store: String = "e.db") throws -> [[SQLValue]] {
    try EventStore(path: folder.path(store), access: .readOnly)
      .rows(sql: "SELECT app, actor, source_ip, message, event FROM events ORDER BY row_id").rows
  }

  @Test func `a record is stored when it is answered, without its secret`() async throws {
    let intake = intake()
    let secret = "AKIAIOSFODNN7EXAMPLE"
    let first = await intake.take(
      Self.request("login failed for \(secret)"), type: "application/x-protobuf", encoding: "")
    #expect(first.status == 200)
    #expect(first.body == [])
    #expect(try events().count == 1)
    let json = try OTLPLine(protobuf: Self.request("login failed", user: "bob")).bytes
    let second = await intake.take(json, type: "application/json; charset=utf-8", encoding: "")
    #expect(second == OTLPIntake.Answer(status: 200, type: "application/json", body: Array("{}".utf8)))
    let rows = try events()
    #expect(rows.map { $0[1] } == [.text("alice"), .text("bob")])
    #expect(rows.allSatisfy { $0[0] == .text("portal") && $0[2] == .text("203.0.113.9") })
    #expect(rows.allSatisfy { $0[4] == .text("authn_login_fail") })
    intake.finish()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
      #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)")
    }
  }

  @Test func `many at once are stored each once`() async throws {
    let intake = intake()
    let statuses = await withTaskGroup(of: Int.self) { group in
      for number in 0..<200 {
        group.addTask {
          await intake.take(
            Self.request("login failed", user: "u\(number)"), type: "application/x-protobuf", encoding: ""
          ).status
        }
      }
      return await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    #expect(statuses == [200])
    #expect(try Set(events().map { $0[1] }).count == 200)
    #expect(try events().count == 200)
    intake.finish()
  }

  @Test(arguments: [
    ("text/plain", "", 415), ("application/json", "br", 415), ("application/json", "", 400),
    ("application/x-protobuf", "gzip", 400), ("", "", 415),
  ])
  func `what cannot be taken is refused, and said in the form that was sent`(
    type: String, encoding: String, status: Int
  )
    async
  {
    let intake = intake()
    let answer = await intake.take([0x0B, 0xFF], type: type, encoding: encoding)
    #expect(answer.status == status)
    #expect(answer.type == (type == "application/x-protobuf" ? type : "application/json"))
    #expect(answer.retryAfterSeconds == nil)
    intake.finish()
  }

  @Test func `a store that takes nothing is no loss: send again later`() async throws {
    try "no store".write(toFile: folder.path("x.db"), atomically: true, encoding: .utf8)
    let intake = intake("x.db")
    let answer = await intake.take(Self.request("login failed"), type: "application/x-protobuf", encoding: "")
    #expect(answer.status == 503)
    #expect(answer.retryAfterSeconds == 5)
    // It is a store now.
    try FileManager.default.removeItem(atPath: folder.path("x.db"))
    let again = await intake.take(Self.request("login failed"), type: "application/x-protobuf", encoding: "")
    #expect(again.status == 200)
    #expect(try events("x.db").count == 1)
    intake.finish()
  }

  @Test func `gzip is unpacked, and a bomb is not`() async throws {
    let intake = intake()
    let answer = await intake.take(
      Self.gzip(Self.request("login failed")), type: "application/x-protobuf", encoding: "gzip")
    #expect(answer.status == 200)
    #expect(try events().count == 1)
    let bomb = Self.gzip([UInt8](repeating: 0, count: OTLPIntake.bodyBytesMax + 1))
    #expect(bomb.count < 1 << 20)
    #expect(await intake.take(bomb, type: "application/x-protobuf", encoding: "gzip").status == 413)
    #expect(await intake.take(Self.gzip([]), type: "application/x-protobuf", encoding: "gzip").status == 200)
    let cut = Array(Self.gzip(Self.request("login failed")).dropLast(12))
    #expect(await intake.take(cut, type: "application/x-protobuf", encoding: "gzip").status == 400)
    // One stream may be of several members (RFC 1952, section 2.2).
    let request = Self.request("login failed again")
    let members = Self.gzip(Array(request.prefix(20))) + Self.gzip(Array(request.dropFirst(20)))
    #expect(await intake.take(members, type: "application/x-protobuf", encoding: "gzip").status == 200)
    #expect(try events().count == 2)
    intake.finish()
  }

  @Test func `records that were not read are counted in the answer`() throws {
    #expect(OTLPForm.protobuf.success(rejected: 300).body.prefix(5) == [0x0A, 50, 0x08, 0xAC, 0x02])
    let object = try JSONSerialization.jsonObject(with: Data(OTLPForm.json.success(rejected: 3).body)) as? [String: Any]
    #expect((object?["partialSuccess"] as? [String: Any])?["rejectedLogRecords"] as? String == "3")
  }

  private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 1024)
    input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = uInt(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = uInt(output.count)
        _ = deflate(&stream, Z_FINISH)
      }
    }
    return Array(output.prefix(output.count - Int(stream.avail_out)))
  }
}
