import Foundation
import Testing

/// The collector as a service manager and cron meet it.
struct ServiceTests {
  private static let line =
    #"{"time":"2026-11-20T10:00:00Z","level":"WARN","msg":"login failed","user":"USER","client_ip":"203.0.113.9"}"#
    + "\n"

  private func line(_ user: String) -> String { Self.line.replacing("USER", with: user) }

  private func actors(_ program: Program) throws -> [String] {
    try program.run(["query", "--db", "e.db", "--format", "csv", "--sql", "SELECT actor FROM events ORDER BY actor"])
      .output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
  }

  /// Waits until the store holds these actors, for at most 15 seconds.
  private func wait(for expected: [String], _ program: Program) throws {
    for _ in 0..<150 {
      if try actors(program) == expected { return }
      usleep(100_000)
    }
    #expect(try actors(program) == expected)
  }

  @Test(arguments: ["path", "abstract"])
  func `the service manager hears of start, life, reload and end`(kind: String) throws {
    var program = try Program()
    let folder = program.folder.path
    let manager = try Manager(kind == "path" ? "\(folder)/notify" : "@seclog-test-\(UUID().uuidString)")
    program.environment["NOTIFY_SOCKET"] = manager.name
    program.environment["WATCHDOG_USEC"] = "200000"
    try program.write(line("early"), to: "logs/a.log")
    try program.write(line("other"), to: "logs/b.log")
    func configure(_ names: [String], more: String = "") throws {
      let sources = names.map { "  - path: \(folder)/logs/\($0).log\n" }.joined()
      try program.write("db: \(folder)/e.db\nsources:\n\(sources)\(more)", to: "seclog.yaml")
    }
    try configure(["a"])
    let collector = try Child(
      Program.path, ["collect", "-f", "--config", "\(folder)/seclog.yaml"], environment: program.environment,
      directory: folder, errors: "\(folder)/errors")
    try manager.wait(for: "READY=1")
    try wait(for: ["early"], program)
    try manager.wait(for: "WATCHDOG=1")
    try manager.wait(for: "WATCHDOG=1")

    try configure(["a", "b"])
    collector.send(SIGHUP)
    try manager.wait(for: "RELOADING=1")
    try manager.wait(for: "READY=1")
    try wait(for: ["early", "other"], program)
    func errors() throws -> String { try String(contentsOfFile: "\(folder)/errors", encoding: .utf8) }
    #expect(try errors().contains("the configuration was read again."))

    // A broken configuration is named, and changes nothing.
    try configure(["a"], more: "kep: all\n")
    collector.send(SIGHUP)
    try manager.wait(for: "RELOADING=1")
    try manager.wait(for: "READY=1")
    #expect(try errors().contains("unknown key 'kep'"))
    #expect(try errors().contains("The configuration of before goes on."))
    try program.write(line("other") + line("late"), to: "logs/b.log")
    try wait(for: ["early", "late", "other"], program)

    collector.send(SIGTERM)
    try manager.wait(for: "STOPPING=1")
    #expect(collector.wait(limit: 20) == 0)
  }

  @Test func `cron hears nothing of runs that went well, and of each that did not`() throws {
    let program = try Program()
    let folder = program.folder.path
    try program.write(line("one"), to: "a.log")
    let path = try program.write("db: \(folder)/e.db\nsources:\n  - path: \(folder)/*.log\n", to: "seclog.yaml")
    // Standard input is not read: cron's may be anything.
    func once(_ flags: String...) throws -> Program.Outcome {
      try program.run(["collect", "--once", "--config", path] + flags, input: line("stdin"))
    }
    for expected in [["one"], ["one"], ["one", "two"]] {
      if expected.count == 2 { try program.write(line("one") + line("two"), to: "a.log") }
      let outcome = try once()
      #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome.errors)")
      #expect(try actors(program) == expected)
    }
    // Somebody else is at it: a service, or the run before.
    let lock = open("\(folder)/e.db-sources.lock", O_RDWR | O_CLOEXEC)
    try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
    try program.write(line("one") + line("two") + line("three"), to: "a.log")
    let busy = try once()
    #expect(busy.status == 0 && busy.errors.isEmpty)
    #expect(try actors(program) == ["one", "two"])
    let follower = try program.run(["collect", "-f", "--config", path])
    #expect(follower.status == 75)
    #expect(follower.errors.contains("another seclog reads the sources of this store."))
    close(lock)
    #expect(try once().status == 0)
    #expect(try actors(program) == ["one", "three", "two"])

    try program.write("db: \(folder)/e.db\nsources:\n  - path: \(folder)/gone.log\n", to: "seclog.yaml")
    let failed = try once()
    #expect(failed.status == 2)
    #expect(failed.errors.contains("gone.log: no such file."))
    try program.write("db: \(folder)/e.db\n", to: "seclog.yaml")
    #expect(try once().status == 78)
  }
}

/// What systemd is to a service: a socket that takes datagrams.
private final class Manager {
  let name: String
  private let handle: Int32

  init(_ name: String) throws {
    self.name = name
    handle = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (bytes[0] == 0 ? 0 : 1))
    let isBound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(handle, $0, length) == 0 }
    }
    try #require(isBound)
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(handle) }

  /// The next message that holds this line.
  func wait(for line: String) throws {
    for _ in 0..<1000 {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = recv(handle, &bytes, bytes.count, 0)
      try #require(count > 0, "no \(line)")
      let text = String(decoding: bytes[..<count], as: UTF8.self)
      if text.split(separator: "\n").contains(Substring(line)) { return }
    }
    Issue.record("no \(line)")
  }
}
