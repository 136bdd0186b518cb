import CZlib
import Events
import Foundation
import Storage

/// Takes requests of OTLP/HTTP logs, whoever speaks HTTP, and answers when their records are stored.
///
/// - Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
public final class OTLPIntake: Sendable {
  public static let path = "/v1/logs"

  public struct Answer: Hashable, Sendable {
    public var status: Int
    public var type: String
    public var body: [UInt8]
    /// When to try again; `nil` = never, or nothing is wrong.
    public var retryAfterSeconds: Int?
  }

  private let collector: PushCollector

  /// - Parameter store: opened with the first request, and again until that succeeds.
  public init(reader: ReaderConfiguration, configuration: CollectorConfiguration, store: StoreFile) {
    collector = PushCollector(source: "otlp", reader: reader, configuration: configuration, store: store)
  }

  /// The largest body that is taken, compressed and otherwise.
  public static var bodyBytesMax: Int { CollectorLimits.otlpBodyBytesMax }

  /// Stores what waits, and ends.
  public func finish() { collector.finish() }

  /// - Parameters:
  ///   - body: of a POST.
  ///   - type: `Content-Type`.
  ///   - encoding: `Content-Encoding`; empty = none.
  public func take(_ body: [UInt8], type: String, encoding: String) async -> Answer {
    let form: OTLPForm
    switch type.prefix(while: { $0 != ";" }).trimmingCharacters(in: .whitespaces).lowercased() {
    case "application/json": form = .json
    case "application/x-protobuf": form = .protobuf
    default:
      return OTLPForm.json.failure(415, "Content-Type is application/x-protobuf or application/json")
    }
    var body = body
    switch encoding.trimmingCharacters(in: .whitespaces).lowercased() {
    case "", "identity": break
    case "gzip":
      switch Self.inflated(body) {
      case .bytes(let bytes): body = bytes
      case .tooLarge: return Self.tooLarge(form)
      case .damaged: return form.failure(400, "the body is not gzip")
      }
    default: return form.failure(415, "Content-Encoding is gzip or none")
    }
    guard body.count <= Self.bodyBytesMax else { return Self.tooLarge(form) }
    let line: OTLPLine
    do {
      line = try form == .json ? OTLPLine(json: body) : OTLPLine(protobuf: body)
    } catch {
      return form.failure(400, (error as? OTLPLine.Malformed)?.what ?? "the body cannot be read")
    }
    guard line.records > 0 else { return form.success(rejected: 0) }
    guard line.records <= Limits.recordsPerLineMax, line.bytes.count <= Limits.lineBytesMax else {
      return Self.tooLarge(form)
    }
    let outcome = await withCheckedContinuation { continuation in
      collector.take(line.bytes) { continuation.resume(returning: $0) }
    }
    switch outcome {
    case .stored(let rejected): return form.success(rejected: min(rejected, Int64(line.records)))
    case .full: return form.failure(429, "too much waits to be stored", retryAfterSeconds: 1)
    case .refused(let problem): return form.failure(503, "nothing was stored: \(problem.what)", retryAfterSeconds: 5)
    }
  }

  /// For a body that was too large to be read at all.
  public static func tooLarge(type: String) -> Answer { tooLarge(type.contains("protobuf") ? .protobuf : .json) }

  private static func tooLarge(_ form: OTLPForm) -> Answer {
    form.failure(
      413,
      "a request holds at most \(bodyBytesMax >> 20) MiB and \(Limits.recordsPerLineMax) records: send smaller ones")
  }

  // MARK: gzip

  private enum Inflated {
    case bytes([UInt8]), tooLarge, damaged
  }

  /// Stops at the limit, however much would come.
  private static func inflated(_ body: [UInt8]) -> Inflated {
    var stream = z_stream()
    // 16 + 15: gzip header, largest window.
    guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return .damaged }
    defer { inflateEnd(&stream) }
    var input = body
    var output: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 256 << 10)
    return input.withUnsafeMutableBufferPointer { input -> Inflated in
      stream.next_in = input.baseAddress
      stream.avail_in = uInt(input.count)
      while true {
        let (result, produced) = room.withUnsafeMutableBufferPointer { room -> (Int32, Int) in
          stream.next_out = room.baseAddress
          stream.avail_out = uInt(room.count)
          let result = inflate(&stream, Z_NO_FLUSH)
          return (result, room.count - Int(stream.avail_out))
        }
        output += room[..<produced]
        if output.count > bodyBytesMax { return .tooLarge }
        switch result {
        case Z_STREAM_END:
          if stream.avail_in == 0 { return .bytes(output) }
          guard inflateReset(&stream) == Z_OK else { return .damaged }
        case Z_OK where produced > 0 || stream.avail_in > 0: continue
        default: return .damaged
        }
      }
    }
  }
}

/// The two forms of requests and answers.
enum OTLPForm {
  case json, protobuf

  private var type: String { self == .json ? "application/json" : "application/x-protobuf" }

  /// `ExportLogsServiceResponse`; it says how many records were not read, if any.
  func success(rejected: Int64) -> OTLPIntake.Answer {
    guard rejected > 0 else { return .init(status: 200, type: type, body: self == .json ? Array("{}".utf8) : []) }
    let text = "kept as text: they do not read as log records"
    switch self {
    case .json:
      let body = #"{"partialSuccess":{"rejectedLogRecords":"\#(rejected)","errorMessage":"\#(text)"}}"#
      return .init(status: 200, type: type, body: Array(body.utf8))
    case .protobuf:
      let inner = [0x08] + Self.varint(UInt64(rejected)) + Self.field(2, text)
      return .init(status: 200, type: type, body: [0x0A] + Self.varint(UInt64(inner.count)) + inner)
    }
  }

  /// `google.rpc.Status`. Its text is ours, and holds nothing of the request.
  func failure(_ status: Int, _ what: String, retryAfterSeconds: Int? = nil) -> OTLPIntake.Answer {
    // INVALID_ARGUMENT, or UNAVAILABLE for what may work later.
    let code = retryAfterSeconds == nil ? 3 : 14
    let body: [UInt8]
    switch self {
    case .json: body = Array(#"{"code":\#(code),"message":\#(Self.quoted(what))}"#.utf8)
    case .protobuf: body = [0x08, UInt8(code)] + Self.field(2, what)
    }
    return .init(status: status, type: type, body: body, retryAfterSeconds: retryAfterSeconds)
  }

  private static func quoted(_ text: String) -> String {
    let data = try? JSONSerialization.data(withJSONObject: text, options: [.fragmentsAllowed, .withoutEscapingSlashes])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  private static func field(_ number: UInt8, _ text: String) -> [UInt8] {
    [number << 3 | 2] + varint(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes): (UInt64, [UInt8]) = (value, [])
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
