import Foundation
import Testing

/// The journal as systemd's own `journalctl` reads it, from files that systemd's own program writes.
struct JournalTests {
  private static let maker = "/lib/systemd/systemd-journal-remote"
  private static let reader = "/usr/bin/journalctl"
  private static let canRun = access(maker, X_OK) == 0 && access(reader, X_OK) == 0

  private let program: Program

  init() throws {
    var program = try Program()
    let journal = "\(program.folder.path)/journal"
    try FileManager.default.createDirectory(atPath: journal, withIntermediateDirectories: true)
    // The collector runs whatever `journalctl` the path leads to: one that reads our directory.
    let wrapper = try program.write(
      "#!/bin/sh\nexec \(Self.reader) --directory='\(journal)' \"$@\"\n", to: "bin/journalctl")
    chmod(wrapper, 0o755)
    program.environment["PATH"] = "\(program.folder.path)/bin:\(program.environment["PATH"] ?? "")"
    try program.write("db: e.db\nkeep: all\nsources:\n  - journal: all\n", to: "seclog.yaml")
    self.program = program
  }

  /// Entries in the export format of the journal, as a file of their own.
  private func append(_ numbers: Range<Int>) throws {
    var text = ""
    for number in numbers {
      text += """
        __REALTIME_TIMESTAMP=\(1_795_160_000_000_000 + number * 1000)
        __MONOTONIC_TIMESTAMP=\(1_000_000 + number * 1000)
        _BOOT_ID=0123456789abcdef0123456789abcdef
        PRIORITY=4
        SYSLOG_IDENTIFIER=portal
        _SYSTEMD_UNIT=portal.service
        MESSAGE=login failed for user u\(number) from 203.0.113.9


        """
    }
    let outcome = try program.run(
      executable: Self.maker, ["--output=journal/part\(numbers.lowerBound).journal", "-"], input: Data(text.utf8))
    try #require(outcome.status == 0, "\(outcome.errors)")
  }

  /// For at most 15 seconds.
  private func wait(for count: Int) throws {
    for _ in 0..<150 {
      if try program.stored().first == count { return }
      usleep(100_000)
    }
    Issue.record("\(count) entries are written, stored are \(try program.stored())")
  }

  @Test(.enabled(if: canRun, "systemd's journalctl and systemd-journal-remote are not installed"))
  func `reading goes on behind the cursor after the death of either process`() throws {
    try append(0..<200)
    try #require(try program.run(["collect", "--once", "--config", "seclog.yaml"]).status == 0)
    #expect(try program.stored() == [200, 200])
    var written = 200
    for round in 0..<3 {
      let collector = try Child(
        Program.path, ["collect", "-f", "--config", "seclog.yaml"], environment: program.environment,
        directory: program.folder.path, errors: "\(program.folder.path)/errors")
      try append(written..<written + 100)
      written += 100
      try wait(for: written)
      if round == 1 {
        let killed = try program.shell("pkill -KILL -P \(collector.id)")
        #expect(killed.status == 0)
        try append(written..<written + 50)
        written += 50
        try wait(for: written)
      }
      try append(written..<written + 30)
      written += 30
      collector.send(round == 2 ? SIGTERM : SIGKILL)
      collector.wait(limit: 10)
    }
    #expect(try program.run(["collect", "--once", "--config", "seclog.yaml"]).status == 0)
    #expect(try program.stored() == [written, written])
  }
}
