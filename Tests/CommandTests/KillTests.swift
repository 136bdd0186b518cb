import Foundation
import Synchronization
import TestSupport
import Testing

/// The collector dies without a word, again and again, while applications write and rotate.
@Suite(.serialized) struct KillTests {
  /// `SECLOG_KILLS` makes it longer, `SECLOG_KILL_SEED` repeats one.
  static let kills = ProcessInfo.processInfo.environment["SECLOG_KILLS"].flatMap(Int.init) ?? 8
  static let seed =
    ProcessInfo.processInfo.environment["SECLOG_KILL_SEED"].flatMap(UInt64.init) ?? .random(in: 0...9_999_999)

  @Test(arguments: [false, true])
  func `every line is stored exactly once under SIGKILL and rotation`(isArchived: Bool) throws {
    let program = try Program()
    let logs = "\(program.folder.path)/logs"
    try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    let pattern = "\(logs)/*.log*"
    let writers = (0..<3).map {
      RotatingWriter(path: "\(logs)/app\($0).log", name: "w\($0)", seed: Self.seed + UInt64($0))
    }
    for writer in writers { Thread.detachNewThread { writer.run() } }
    let archive = isArchived ? ["--archive", "archive"] : []
    var random = SeededGenerator(seed: Self.seed)
    for _ in 0..<Self.kills {
      let child = try Child(
        Program.path, ["collect", "-f", pattern, "--db", "e.db", "--keep", "all", "--quiet"] + archive,
        environment: program.environment, directory: program.folder.path)
      usleep(UInt32(50_000 + random.next() % 350_000))
      child.send(SIGKILL)
      child.wait()
    }
    let written = writers.reduce(0) { $0 + $1.finish() }
    try #require(try program.run(["collect", pattern, "--db", "e.db", "--keep", "all"] + archive).status == 0)
    let outcome = try program.run([
      "query", "--db", "e.db", "--format", "csv", "--sql",
      "SELECT count(*) AS n, count(DISTINCT actor) AS actors FROM events WHERE actor LIKE 'w%'",
    ])
    #expect(
      outcome.output.contains("\(written),\(written)"),
      "SECLOG_KILL_SEED=\(Self.seed): \(written) lines written; stored, distinct: \(outcome.output)\(outcome.errors)")
    if isArchived {
      let lines = try program.shell(
        "zcat archive/*.gz | grep -o '\"user\":\"w[0-9-]*\"' | sort | uniq -c | awk '{print $1}'"
      )
      .output.split(separator: "\n")
      #expect(lines.count == written, "SECLOG_KILL_SEED=\(Self.seed): lines in the archive")
      #expect(lines.allSatisfy { $0 == "1" }, "SECLOG_KILL_SEED=\(Self.seed): each once")
      let verified = try program.run(["archive", "verify", "--db", "e.db"])
      #expect(verified.status == 0, "SECLOG_KILL_SEED=\(Self.seed): \(verified.errors)")
    }
    print("killed \(Self.kills) times, \(written) lines, seed \(Self.seed)")
  }
}

/// Writes numbered lines to a file and renames it away now and then, as logrotate does.
private final class RotatingWriter: Sendable {
  private struct State {
    var written = 0
    var isStopping = false
    var isDone = false
  }
  private let state = Mutex(State())
  private let path: String
  private let name: String
  private let seed: UInt64

  init(path: String, name: String, seed: UInt64) {
    self.path = path
    self.name = name
    self.seed = seed
  }

  func run() {
    var random = SeededGenerator(seed: seed)
    var generation = 0
    var handle = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    var number = 0
    while !state.withLock({ $0.isStopping }) {
      var text = ""
      for _ in 0...(random.next() % 8) {
        number += 1
        text +=
          #"{"time":"2026-11-20T10:00:00Z","level":"WARN","msg":"login failed","user":"\#(name)-\#(number)","client_ip":"203.0.113.9"}"#
          + "\n"
      }
      // In two pieces, so that the reader meets halves of lines.
      let bytes = Array(text.utf8)
      let cut = Int(random.next() % UInt64(bytes.count))
      write(all: bytes[..<cut], to: handle)
      write(all: bytes[cut...], to: handle)
      if random.next() % 40 == 0 {
        generation += 1
        rename(path, "\(path).\(generation)")
        close(handle)
        handle = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
      }
      usleep(UInt32(random.next() % 20_000))
    }
    close(handle)
    state.withLock {
      $0.written = number
      $0.isDone = true
    }
  }

  private func write(all bytes: ArraySlice<UInt8>, to handle: Int32) {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(handle, $0.baseAddress!, $0.count) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Stops the thread. - Returns: how many lines it wrote.
  func finish() -> Int {
    state.withLock { $0.isStopping = true }
    while !state.withLock({ $0.isDone }) { usleep(1_000) }
    return state.withLock { $0.written }
  }
}
