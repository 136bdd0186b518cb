import Foundation
import Testing

/// Certificates are made by openssl in the test, and shown by a real TLS server.
struct ProbeTests {
  /// Makes `NAME.pem` and `NAME.key`.
  static func make(_ name: String, days: Int, for host: String, in program: Program) throws {
    let made = try program.shell(
      """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout \(name).key -out \(name).pem \
        -days \(days) -subj '/CN=\(host)' -addext 'subjectAltName=DNS:\(host)'
      """)
    try #require(made.status == 0, "\(made.errors)")
  }

  struct Row: Decodable {
    let event: String
    let severity: Int
    let cert_subject: String
    let cert_not_after: String
    let object_type: String
    let object_id: String
    let reason: String
    let to_value: String
    let source: String
  }

  static func rows(_ text: String) throws -> [Row] {
    try text.split(separator: "\n").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func `a server's certificate is read from a handshake, stored, and alerted on`(version: String) throws {
    let program = try Program()
    try Self.make("soon", days: 20, for: "localhost", in: program)
    let server = try TLSServer(program, certificate: "soon", [version])
    defer { server.stop() }
    let place = "localhost:\(server.port)"

    let probed = try program.run(["probe", "cert", "--db", "e.db", "--json", place])
    #expect(probed.status == 0, "\(probed.errors)")
    let row = try #require(try Self.rows(probed.output).first)
    #expect(row.event == "cert_expiring" && row.severity == 2)
    #expect(row.cert_subject == "CN=localhost")
    #expect(row.object_type == "server" && row.object_id == place && row.source == "probe:\(place)")
    let end = try program.shell("date -u +%FT%TZ -d \"$(openssl x509 -in soon.pem -noout -enddate | cut -d= -f2)\"")
      .output
    #expect(row.cert_not_after.prefix(19) == end.prefix(19))

    let told = try program.run(["alert", "run", "--db", "e.db"])
    #expect(told.output.contains("certificate-expiry") && told.output.contains("CN=localhost"))
    #expect(try program.run(["alert", "run", "--db", "e.db"]).output.isEmpty)
    let query = try program.run(["query", "cert-expiry", "--db", "e.db", "--json"])
    #expect(query.output.contains("\"place\":\"\(place)\""))
  }

  @Test func `a renewal ends the alert, and a certificate that gave way is not waited for`() throws {
    let program = try Program()
    try Self.make("old", days: 5, for: "localhost", in: program)
    try Self.make("new", days: 90, for: "localhost", in: program)
    try Self.make("other", days: 90, for: "api.example", in: program)
    let steps: [(certificate: String, events: [String])] = [
      ("old", ["cert_expiring"]), ("new", ["cert_renewed"]), ("old", ["cert_expiring"]),
      ("other", ["cert_renewed", "cert_renewed"]),
    ]
    func open() throws -> Int {
      let list = try program.run(["alert", "list", "--db", "e.db", "--json"]).output
      return list.split(separator: "\n").count {
        $0.contains("certificate-expiry") && $0.contains("\"state\":\"open\"")
      }
    }
    for (number, step) in steps.enumerated() {
      try program.shell("cp \(step.certificate).pem live.pem")
      let probed = try program.run(["probe", "cert", "--db", "e.db", "--json", "./live.pem"])
      #expect(probed.status == 0, "\(probed.errors)")
      #expect(try Self.rows(probed.output).map(\.event) == step.events, "step \(number)")
      try program.run(["alert", "run", "--db", "e.db"])
      #expect(try open() == (step.certificate == "old" ? 1 : 0), "step \(number)")
    }
    let gone = try Self.rows(
      program.run(["search", "--db", "e.db", "--json", "reason=replaced"]).output)
    #expect(gone.map(\.cert_subject) == ["CN=localhost"] && gone.map(\.to_value) == ["CN=api.example"])
  }

  @Test func `a certificate of another name, or one that has ended, is a fault`() throws {
    let program = try Program()
    try Self.make("other", days: 90, for: "other.example", in: program)
    let server = try TLSServer(program, certificate: "other", [])
    defer { server.stop() }
    let place = "localhost:\(server.port)"
    let other = try program.run(["probe", "cert", "--dry-run", "--json", place])
    #expect(other.status == 1)
    let row = try #require(try Self.rows(other.output).first)
    #expect(row.event == "cert_invalid" && row.reason == "issued for another name")

    let later = try program.run(["probe", "cert", "--dry-run", "--json", "--now", "2090-01-01", "other.pem"])
    #expect(later.status == 1)
    #expect(try Self.rows(later.output).map(\.event) == ["cert_expired"])
    let earlier = try program.run(["probe", "cert", "--dry-run", "--now", "2020-01-01", place])
    #expect(earlier.status == 1 && earlier.output.contains("not valid before 20"))
    #expect(!FileManager.default.fileExists(atPath: "\(program.folder.path)/.local"), "--dry-run made a store")
  }

  @Test func `files are PEM with several certificates, DER, and standard input`() throws {
    let program = try Program()
    try Self.make("one", days: 60, for: "one.example", in: program)
    try Self.make("two", days: 30, for: "two.example", in: program)
    let made = try program.shell(
      "cat one.key one.pem two.pem > both.pem; openssl x509 -in one.pem -outform der -out one.der")
    try #require(made.status == 0)
    for (arguments, subjects) in [
      (["both.pem"], ["CN=one.example", "CN=two.example"]), (["one.der"], ["CN=one.example"]),
      (["one.pem", "two.pem"], ["CN=one.example", "CN=two.example"]),
    ] {
      let outcome = try program.run(["probe", "cert", "--dry-run", "--json"] + arguments)
      #expect(try Self.rows(outcome.output).map(\.cert_subject) == subjects, "\(arguments): \(outcome.errors)")
    }
    let piped = try program.shell("seclog probe cert --dry-run --json - < two.pem")
    #expect(try Self.rows(piped.output).map(\.object_id) == ["standard input"])
    let table = try program.run(["probe", "cert", "--dry-run", "--format", "table", "--utc", "one.pem"])
    #expect(table.output.contains("CN=one.example") && table.output.contains("PLACE"))
  }

  @Test(arguments: [
    (["nofile.pem"], 64, "'nofile.pem': has no port, and no file has this name."),
    (["/nowhere/x.pem"], 2, "/nowhere/x.pem: No such file or directory."),
    (["https://api.example.com/"], 64, "is an address of a page, not of a server."),
    (["localhost:99999"], 64, "'localhost:99999': has no port from 1 to 65535."),
    (["::1:443"], 64, "is an IPv6 address without brackets, as in [2001:db8::1]:443."),
    (["[::x]:443"], 64, "'[::x]:443': holds no IPv6 address in its brackets."),
    (["empty.pem"], 65, "empty.pem: holds no certificate that reads."),
    (["broken.pem"], 65, "broken.pem: holds no certificate that reads."),
    (["./folder"], 65, "folder: is not a file."),
    (["localhost:1"], 69, "localhost:1: connection refused."),
    (["no.such.host.invalid:443"], 69, "no address is known for 'no.such.host.invalid'."),
  ])
  func `what cannot be looked at is named with the next step`(arguments: [String], status: Int32, message: String)
    throws
  {
    let program = try Program()
    try program.write("", to: "empty.pem")
    try program.write("-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n", to: "broken.pem")
    try FileManager.default.createDirectory(atPath: "\(program.folder.path)/folder", withIntermediateDirectories: true)
    let outcome = try program.run(["probe", "cert", "--db", "e.db", "--timeout", "10s"] + arguments)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("seclog: ") && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func `one target that fails does not keep the others from being stored`() throws {
    let program = try Program()
    try Self.make("good", days: 60, for: "good.example", in: program)
    let outcome = try program.run(["probe", "cert", "--db", "e.db", "localhost:1", "good.pem"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("localhost:1: connection refused."))
    #expect(try program.run(["search", "--db", "e.db", "good.example"]).status == 0)
  }

  @Test(arguments: ["silent", "plain", "closing"])
  func `a server that speaks no TLS is told apart, within the time it is given`(kind: String) throws {
    let program = try Program()
    let server = try PlainServer(answers: kind == "silent" ? nil : kind == "plain" ? "220 mail.example ESMTP\r\n" : "")
    defer { server.stop() }
    let outcome = try program.run(["probe", "cert", "--dry-run", "--timeout", "1s", "127.0.0.1:\(server.port)"])
    #expect(outcome.status == 69)
    let wanted =
      switch kind {
      case "silent": "no certificate within 1s."
      case "plain": "does not answer in TLS."
      default: "closed the connection before it showed a certificate."
      }
    #expect(outcome.errors.contains(wanted), "\(outcome.errors)")
  }
}

/// `openssl s_server` on a free loopback port.
final class TLSServer {
  private let process = Process()
  private(set) var port = ""

  init(_ program: Program, certificate: String, _ options: [String]) throws {
    let output = "\(program.folder.path)/s_server.\(UUID().uuidString)"
    FileManager.default.createFile(atPath: output, contents: nil)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // -www: standard input is not read.
    process.arguments =
      [
        "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "\(certificate).pem", "-key",
        "\(certificate).key",
      ]
      + options
    process.currentDirectoryURL = URL(fileURLWithPath: program.folder.path)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: output)
    try process.run()
    for _ in 0..<500 where port.isEmpty {  // ACCEPT 127.0.0.1:PORT
      usleep(20_000)
      let said = try String(contentsOfFile: output, encoding: .utf8)
      if let match = said.firstMatch(of: /ACCEPT \S+:(\d+)\n/) { port = String(match.1) }
      if !process.isRunning { break }
    }
    try #require(!port.isEmpty, "\((try? String(contentsOfFile: output, encoding: .utf8)) ?? "")")
  }

  func stop() {
    // Not SIGTERM, which a child of the test runner may have inherited as blocked.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}

/// Takes connections and says the same to each: nothing and stays (`nil`), or a text and reads on;
/// an empty text closes at once.
final class PlainServer: @unchecked Sendable {
  private let listener: Int32
  let port: UInt16

  init(answers text: String?) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) | listen(listener, 8) | getsockname(listener, $0, &length)
      }
    }
    try #require(status == 0)
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread {
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { return }
        guard let text else { continue }  // kept open; the process ends some day
        _ = send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL))
        var buffer = [UInt8](repeating: 0, count: 4096)
        if !text.isEmpty { while recv(connection, &buffer, buffer.count, 0) > 0 {} }
        close(connection)
      }
    }
  }

  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }
}
