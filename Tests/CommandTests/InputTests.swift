import Foundation
import Testing

/// Inputs beside files: the journal and syslog, with the built program.
struct InputTests {
  private let program: Program

  init() throws { program = try Program() }

  private func actors() throws -> [String] {
    try program.run(["query", "--db", "e.db", "--format", "csv", "--sql", "SELECT actor FROM events ORDER BY actor"])
      .output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
  }

  /// Waits until the store holds these, for at most 15 seconds.
  private func wait(for expected: [String]) throws {
    for _ in 0..<150 {
      if try actors() == expected { return }
      usleep(100_000)
    }
    #expect(try actors() == expected)
  }

  private func follow() throws -> Child {
    try Child(
      Program.path, ["collect", "-f", "--config", "seclog.yaml", "--archive", "archive", "-q"],
      environment: program.environment, directory: program.folder.path, errors: "\(program.folder.path)/errors")
  }

  private func configure(_ source: String) throws {
    try program.write("db: \(program.folder.path)/e.db\nsources:\n  - \(source)\n", to: "seclog.yaml")
  }

  private static func message(_ user: String) -> String {
    "<38>1 2026-11-20T10:00:00Z web sshd 77 - - Failed password for \(user) from 203.0.113.9 port 4000 ssh2"
  }

  @Test func `messages are stored that come over TCP, counted or by lines`() throws {
    let port = try freePort(SOCK_STREAM)
    try configure("syslog: tcp:127.0.0.1:\(port)")
    let collector = try follow()
    let sender = try connect(port, SOCK_STREAM)
    let counted = Self.message("bob")
    send(sender, "\(counted.utf8.count) \(counted)" + Self.message("amy") + "\n" + Self.message("cut").prefix(40))
    try wait(for: ["amy", "bob"])
    send(sender, Self.message("cut").dropFirst(40) + "\n")
    try wait(for: ["amy", "bob", "cut"])
    close(sender)
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 20) == 0)
    #expect(try program.shell("zcat archive/*.gz | wc -l").output == "3\n")
  }

  @Test func `messages are stored that come as datagrams`() throws {
    let port = try freePort(SOCK_DGRAM)
    let path = "\(program.folder.path)/log"
    try configure("syslog: ['udp:127.0.0.1:\(port)', 'unix:\(path)']")
    let collector = try follow()
    for _ in 0..<100 where access(path, F_OK) != 0 { usleep(100_000) }
    let sender = try connect(port, SOCK_DGRAM)
    send(sender, Self.message("udp"))
    let local = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bytes = Array(
      "<38>Nov 20 10:00:00 web sshd[77]: Failed password for local from 203.0.113.9 port 4000 ssh2\n".utf8)
    let sent = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(local, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(sent == bytes.count)
    try wait(for: ["local", "udp"])
    close(sender)
    close(local)
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 20) == 0)
    #expect(access(path, F_OK) != 0)
  }

  @Test func `each entry of the journal is stored once, whoever is killed`() throws {
    // Stands in for journalctl: entries are lines of a file, and the cursor is the number of the line.
    let script = try program.write(
      """
      #!/bin/bash
      next=1 follow=
      for word; do
        case $word in
          --after-cursor=n=*) next=$((${word#--after-cursor=n=} + 1)) ;;
          --follow) follow=-f ;;
        esac
      done
      echo $$ > "\(program.folder.path)/journalctl.pid"
      exec tail -n +$next $follow "\(program.folder.path)/journal"
      """, to: "bin/journalctl")
    chmod(script, 0o755)
    var program = program
    program.environment["PATH"] = "\(program.folder.path)/bin:" + program.environment["PATH"]!
    let journal = "\(program.folder.path)/journal"
    var written = 0
    func append(_ count: Int) {
      var text = ""
      for _ in 0..<count {
        written += 1
        text +=
          #"{"__CURSOR":"n=\#(written)","__REALTIME_TIMESTAMP":"1795240800000000","_SYSTEMD_UNIT":"ssh.service","MESSAGE":"Failed password for u\#(written) from 203.0.113.9 port 4000 ssh2"}"#
          + "\n"
      }
      let handle = open(journal, O_WRONLY | O_CREAT | O_APPEND, 0o644)
      let bytes = Array(text.utf8)
      _ = bytes.withUnsafeBytes { Foundation.write(handle, $0.baseAddress!, $0.count) }
      close(handle)
    }
    append(50)
    try configure("journal: all")
    func start() throws -> Child {
      try Child(
        Program.path, ["collect", "-f", "--config", "seclog.yaml", "--archive", "archive", "-q"],
        environment: program.environment, directory: program.folder.path)
    }
    for round in 0..<4 {
      let collector = try start()
      usleep(UInt32(300_000 + round * 200_000))
      append(40)
      if round == 2 { _ = try program.shell("kill -9 $(cat journalctl.pid)") }
      append(30)
      usleep(100_000)
      collector.send(SIGKILL)
      collector.wait()
    }
    append(5)
    // A single run takes what is there, and leaves.
    let once = try program.run(["collect", "--once", "--config", "seclog.yaml", "--archive", "archive"])
    #expect(once.status == 0 && once.errors.isEmpty, "\(once.errors)")
    let stored = try actors()
    #expect(stored.count == written)
    #expect(Set(stored).count == written)
    #expect(try program.shell("zcat archive/*.gz | wc -l").output == "\(written)\n")
    #expect(try program.run(["search", "--db", "e.db", "app=ssh", "-n", "1"]).status == 0)
  }

  // MARK: Sockets

  private func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  private func freePort(_ type: __socket_type) throws -> UInt16 {
    let handle = socket(AF_INET, Int32(type.rawValue), 0)
    defer { close(handle) }
    var address = loopback(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, length) == 0 && getsockname(handle, $0, &length) == 0
      }
    }
    try #require(isBound)
    return UInt16(bigEndian: address.sin_port)
  }

  /// Connects as soon as somebody listens.
  private func connect(_ port: UInt16, _ type: __socket_type) throws -> Int32 {
    var address = loopback(port)
    for _ in 0..<150 {
      let handle = socket(AF_INET, Int32(type.rawValue), 0)
      let isConnected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Foundation.connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      if isConnected { return handle }
      close(handle)
      usleep(100_000)
    }
    throw CancellationError()
  }

  private func send(_ handle: Int32, _ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    let sent = Foundation.send(handle, bytes, bytes.count, 0)
    #expect(sent == bytes.count)
  }
}
