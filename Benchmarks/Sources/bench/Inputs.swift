import Events
import Foundation

/// Bytes to work on, which lie in one place as long as the process lives.
struct Input {
  let name: String
  let bytes: UnsafeRawBufferPointer
  let lines: Int

  init(_ name: String, _ data: Data) {
    self.name = name
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: data.count, alignment: 64)
    data.copyBytes(to: copy)
    bytes = UnsafeRawBufferPointer(copy)
    lines = LineCount.newlines(in: bytes)
  }

  /// - Throws: if the file cannot be read.
  init(file path: String) throws {
    self.init(URL(filePath: path).lastPathComponent, try Data(contentsOf: URL(filePath: path)))
  }

  init(_ name: String, bytes count: Int, _ line: (Int) -> String) {
    var text = ""
    text.reserveCapacity(count + 4096)
    var number = 0
    while text.utf8.count < count {
      text += line(number)
      text += "\n"
      number += 1
    }
    self.init(name, Data(text.utf8))
  }
}

/// Invented logs, the same in every run.
struct Inputs {
  static let now: Int64 = 1_790_000_000_000_000
  private static let size = 8_000_000

  /// Requests of an API, as JSON: nothing to hide, nothing to tell.
  var clean = Input("clean lines", bytes: size) { request($0) }
  /// The same for the reader: no line holds an anchor of a classifier.
  var quiet = Input("quiet lines", bytes: size) { request($0) }
  /// One line in thirty tells something, one in eighty holds a secret.
  var mixed = Input("3 % events, 1 % secrets", bytes: size) { number in
    if number % 30 == 7 { return failure(number) }
    return number % 80 == 11 ? secret(number) : request(number)
  }
  /// A secret on every line.
  var dense = Input("a secret on every line", bytes: size) { secret($0) }
  /// Each failed log-in is told by an access line and by the application.
  var joined = Input("events told by two lines", bytes: size / 4) { number in
    let address = "203.0.113.\(number / 2 % 250 + 1)"
    return number % 2 == 0
      ? "\(time(number)) WARNING app.auth: login failed for user\(number / 2) from \(address)"
      : "INFO:     \(address):0 - \"POST /api/v1/auth/login HTTP/1.1\" 401 Unauthorized"
  }
  var events = Input("events", bytes: size) { failure($0) }
  /// Files to measure instead of the invented lines.
  var files: [Input] = []

  /// Lines made to be slow: nesting, quotes, near misses of many patterns. Each is made to a length.
  static let hostile: [(name: String, line: @Sendable (_ bytes: Int) -> String)] = [
    ("keys without end", { again("password=token=secret=", $0) }),
    ("nesting", { again("{\"token\":[", $0 / 2) + again("]}", $0 / 2) }),
    ("brackets", { again("[", $0) }),
    ("quotes and backslashes", { again("\\\"key\\\\\":\"", $0) }),
    ("escapes", { "{\"msg\":\"" + again("\\u0041", $0) + "\"}" }),
    ("starts of tokens", { again("eyJhbGci.AKIA ghp_ sk_live_ ", $0) }),
    ("heads of web tokens", { again("eyJ.", $0) }),
    ("one letter", { again("A", $0) }),
    ("one word", { "{\"msg\":\"" + again("token ", $0) + "\"}" }),
    ("schemes", { "{\"msg\":\"" + again("Bearer ", $0) + "\"}" }),
    ("addresses", { "{\"u\":\"" + again("https://a:b", $0) + "\"}" }),
    ("sentences", { again("the password of bob was set to a new one, ", $0) }),
    ("statements", { again("INSERT INTO t (a, password) VALUES ", $0) }),
    ("heads of keys", { again("-----BEGIN ", $0) }),
    ("members", { bytes in "{" + (0..<bytes / 16).map { "\"token\($0)\":\"v\"" }.joined(separator: ",") + "}" }),
  ]

  private static func again(_ text: String, _ bytes: Int) -> String {
    String(repeating: text, count: bytes / text.utf8.count)
  }

  /// As many literals as the classifiers have, of their kind.
  static let literals: [Literal] = {
    let subjects = [
      "login", "password", "token", "session", "permission", "role", "certificate", "account", "owner", "key",
    ]
    let verbs = [
      "failed", "denied", "revoked", "expired", "rejected", "granted", "locked", "changed", "reused", "refused",
    ]
    let links = [" ", ": ", "_", " was ", " has been ", " is ", "-", ".", " not ", "="]
    return subjects.flatMap { subject in
      verbs.flatMap { verb in links.map { Literal(subject + $0 + verb) } }
    }
  }()

  // MARK: - Lines

  private static func time(_ number: Int) -> String {
    String(format: "2026-11-21T05:%02d:%02d.%03dZ", number / 60_000 % 60, number / 1_000 % 60, number % 1_000)
  }

  private static func request(_ number: Int) -> String {
    """
    {"time":"\(time(number))","level":"INFO","msg":"request completed","service":"orders","request_id":"\
    \(String(format: "%016x%016x", number &* 0x9E37_79B9, number))","http":{"method":"GET","path":"/v1/items/\(number)",\
    "status":200,"bytes":\(number % 65_536)},"duration_ms":\(number % 97).25,"ip":"198.51.100.\(number % 250)",\
    "ua":"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"}
    """
  }

  private static func failure(_ number: Int) -> String {
    """
    {"time":"\(time(number))","level":"WARN","msg":"login failed: invalid password for user u\(number % 900)",\
    "service":"accounts","ip":"203.0.113.\(number % 250)","request_id":"\(String(format: "%032x", number))"}
    """
  }

  private static func secret(_ number: Int) -> String {
    let value = String(format: "%016x%08x", number &* 0x1234_5678_9ABC, number)
    switch number % 4 {
    case 0: return "{\"time\":\"\(time(number))\",\"msg\":\"call\",\"authorization\":\"Bearer \(value)\"}"
    case 1: return "{\"time\":\"\(time(number))\",\"msg\":\"connect\",\"dsn\":\"postgres://app:\(value)@db:5432/app\"}"
    case 2: return "\(time(number)) INFO settings loaded password=\(value) retries=3"
    default: return "{\"time\":\"\(time(number))\",\"body\":{\"user\":\"bob\",\"client_secret\":\"\(value)\"}}"
    }
  }
}
