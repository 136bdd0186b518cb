import Foundation
import Testing

/// What is around the files while they are followed: directories that come and go, names that are no text, limits
/// of the kernel. Every line is stored, once, and what stands in the way is told.
struct SurroundingsTests {
  private let program: Program
  private let logs: String

  init() throws {
    program = try Program()
    logs = "\(program.folder.path)/logs"
    try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
  }

  /// - Parameter before: a shell command that holds for the collector, such as a limit.
  private func follow(_ pattern: String, _ options: [String] = [], before: String = ":") throws -> Child {
    let arguments = [Program.path, "collect", "-f", pattern, "--db", "e.db", "--keep", "all"] + options
    return try Child(
      "/bin/bash", ["-c", "\(before) || exit 99; exec \"$@\"", "collect"] + arguments,
      environment: program.environment, directory: program.folder.path, errors: "\(program.folder.path)/errors")
  }

  private var told: String { (try? String(contentsOfFile: "\(program.folder.path)/errors", encoding: .utf8)) ?? "" }

  /// Failed log-ins: there are events about the collector itself, too.
  private func stored() throws -> [Int] { try program.stored(where: "event = 'authn_login_fail'") }

  /// For at most 15 seconds.
  private func wait(for count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    for _ in 0..<150 {
      if try stored().first ?? 0 >= count { break }
      usleep(100_000)
    }
    #expect(try stored() == [count, count], "\(told)", sourceLocation: sourceLocation)
  }

  @Test func `a directory may come later, go, and come again`() throws {
    let collector = try follow("\(logs)/a/b/*.log")
    usleep(300_000)
    var written = 0
    for round in 0..<3 {
      try FileManager.default.createDirectory(atPath: "\(logs)/a/b", withIntermediateDirectories: true)
      program.append(written..<written + 5, to: "logs/a/b/app.log")
      written += 5
      try wait(for: written)
      // Its files are open: what is written into them after that is read, too.
      let old = "\(logs)/old\(round)"
      if round == 1 {
        try FileManager.default.removeItem(atPath: "\(logs)/a")
      } else {
        try #require(rename("\(logs)/a/b", old) == 0)
        program.append(written..<written + 3, to: "logs/old\(round)/app.log")
        written += 3
        try wait(for: written)
      }
    }
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
  }

  @Test func `links to directories above lead to nothing new`() throws {
    try FileManager.default.createDirectory(atPath: "\(logs)/a/b", withIntermediateDirectories: true)
    let elsewhere = "\(program.folder.path)/elsewhere"
    try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
    for (name, target) in [("a/up", ".."), ("a/b/top", "../.."), ("self", "."), ("other", elsewhere)] {
      try FileManager.default.createSymbolicLink(atPath: "\(logs)/\(name)", withDestinationPath: target)
    }
    for (name, target) in [("loop.log", "loop.log"), ("one.log", "two.log"), ("two.log", "one.log")] {
      try FileManager.default.createSymbolicLink(atPath: "\(logs)/\(name)", withDestinationPath: target)
    }
    program.append(0..<5, to: "logs/a/b/app.log")
    program.append(5..<9, to: "elsewhere/app.log")
    let collector = try follow("\(logs)/**/*.log")
    try wait(for: 9)
    program.append(9..<12, to: "logs/a/b/app.log")
    program.append(12..<15, to: "elsewhere/app.log")
    try wait(for: 15)
    let sources = try program.run([
      "query", "--db", "e.db", "--format", "csv", "--sql", "SELECT DISTINCT source FROM events ORDER BY source",
    ]).output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    #expect(sources == ["\(logs)/a/b/app.log", "\(logs)/other/app.log"])
    #expect(told.contains("loop.log: cannot be read: Too many levels of symbolic links."))
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
  }

  @Test func `what is no file is left alone until it is one`() throws {
    try #require(mkfifo("\(logs)/pipe.log", 0o600) == 0)
    try FileManager.default.createDirectory(atPath: "\(logs)/directory.log", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: "\(logs)/zero.log", withDestinationPath: "/dev/zero")
    program.append(0..<5, to: "logs/app.log")
    let collector = try follow("\(logs)/*.log")
    try wait(for: 5)
    unlink("\(logs)/pipe.log")
    program.append(5..<9, to: "logs/pipe.log")
    unlink("\(logs)/zero.log")
    program.append(9..<12, to: "logs/zero.log")
    try wait(for: 12)
    // A followed name becomes a pipe, and a file again.
    try #require(rename("\(logs)/app.log", "\(logs)/app.log.1") == 0)
    try #require(mkfifo("\(logs)/app.log", 0o600) == 0)
    program.append(12..<15, to: "logs/app.log.1")
    try wait(for: 15)
    unlink("\(logs)/app.log")
    program.append(15..<18, to: "logs/app.log")
    try wait(for: 18)
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
  }

  @Test func `a file is read whatever bytes its name has`() throws {
    let names = [
      "new\\nline", "\\xff\\xfe", "caf\\xe9", "caf\\xe8", "tab\\t", "red\\e[31m", "-dash", " ", "\\xed\\xa0\\x80",
      "e\\xcc\\x81", "\\xc3\\xa9", "\\xf4\\x8f\\xbb\\xa9",
    ]
    var written = 0
    /// Only a shell has these names: `String` would mend them.
    func append(_ count: Int, then command: String = ":") throws {
      var script = "set -e; cd '\(logs)'; "
      for name in names {
        script += "f=$'\(name).log'; "
        for _ in 0..<count {
          let line = String(decoding: Program.line(of: written).dropLast(), as: UTF8.self)
          script += "printf '%s\\n' '\(line)' >> \"./$f\"; "
          written += 1
        }
        script += "\(command); "
      }
      let outcome = try program.shell(script)
      try #require(outcome.status == 0, "\(outcome.errors)")
    }
    try append(2)
    var collector = try follow("\(logs)/*.log")
    try wait(for: written)
    try append(2, then: "mv -- \"./$f\" \"./$f.1\"")
    try append(1)
    try wait(for: written)
    collector.send(SIGKILL)
    collector.wait(limit: 10)
    try append(1)
    collector = try follow("\(logs)/*.log")
    try wait(for: written)
    let sources = try program.run([
      "query", "--db", "e.db", "--format", "csv", "--sql", "SELECT DISTINCT source FROM events",
    ]).output
    #expect(sources.contains("/caf\\xe9.log") && sources.contains("/new\\nline.log") && !sources.contains("\u{1B}"))
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
  }

  @Test func `fewer descriptors than files are enough`() throws {
    var written = 0
    func append(_ count: Int) {
      for number in 0..<count {
        program.append(written..<written + 1, to: "logs/app\(number)x.log")
        written += 1
      }
    }
    append(150)
    append(150)
    let collector = try follow("\(logs)/*.log", ["--archive", "archive"], before: "ulimit -n 40")
    try wait(for: written)
    // Those that are renamed out of sight hold a descriptor longest.
    for generation in 1...2 {
      append(60)
      try wait(for: written)
      for number in 0..<60 {
        let path = "\(logs)/app\(number)x.log"
        try #require(rename(path, "\(path).\(generation)") == 0)
      }
      append(60)
      try wait(for: written)
    }
    #expect(told.contains("only 40 descriptors are allowed."))
    #expect(!told.contains("no descriptor is free"))
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
  }

  private static let canLimit =
    (try? Program().shell("unshare -Ur bash -c 'echo 0 > /proc/sys/user/max_inotify_watches'").status) == 0

  @Test(.enabled(if: canLimit, "user namespaces are not allowed"), arguments: ["instances", "watches"])
  func `without inotify files are looked at now and then, and that is told`(limited: String) throws {
    program.append(0..<5, to: "logs/app.log")
    let script = "echo 0 > /proc/sys/user/max_inotify_\(limited) && exec \"$@\""
    let collector = try Child(
      "/usr/bin/unshare",
      ["-Ur", "/bin/bash", "-c", script, "collect", Program.path, "collect", "-f", "\(logs)/*.log", "--db", "e.db"],
      environment: program.environment, directory: program.folder.path, errors: "\(program.folder.path)/errors")
    try wait(for: 5)
    program.append(5..<9, to: "logs/app.log")
    try #require(rename("\(logs)/app.log", "\(logs)/app.log.1") == 0)
    program.append(9..<12, to: "logs/app.log")
    try wait(for: 12)
    #expect(told.contains("directory can be watched") && told.contains("fs.inotify.max_user_\(limited)"))
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
  }

  @Test func `a deleted file is read as long as a program writes it`() throws {
    let collector = try follow("\(logs)/*.log")
    // Other tests start processes meanwhile.
    let handle = open("\(logs)/app.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    func write(_ user: Int) {
      _ = Program.line(of: user).withUnsafeBytes { Glibc.write(handle, $0.baseAddress!, $0.count) }
    }
    write(0)
    try wait(for: 1)
    unlink("\(logs)/app.log")
    program.append(1..<2, to: "logs/app.log")
    usleep(3_500_000)  // Longer than a file is held that nobody writes.
    write(2)
    try wait(for: 3)
    close(handle)
    usleep(3_000_000)
    let held = try program.shell("ls -l /proc/\(collector.id)/fd | grep -c 'app.log (deleted)'").output
    #expect(held == "0\n")
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
  }

  @Test func `what rotation moves into a directory below is read to its end`() throws {
    func collect() throws {
      #expect(try program.run(["collect", "logs/app.log", "--db", "e.db", "--keep", "all"]).status == 0)
    }
    program.append(0..<5, to: "logs/app.log")
    try collect()
    // A program of its own has a log of the same name there.
    for name in ["old", "other"] {
      try FileManager.default.createDirectory(atPath: "\(logs)/\(name)", withIntermediateDirectories: true)
    }
    program.append(100..<105, to: "logs/other/app.log")
    program.append(5..<8, to: "logs/app.log")
    try #require(rename("\(logs)/app.log", "\(logs)/old/app.log-20261122") == 0)
    program.append(8..<10, to: "logs/app.log")
    try collect()
    #expect(try stored() == [10, 10])
    // The next one is compressed at once.
    program.append(10..<12, to: "logs/app.log")
    try #require(
      try program.shell("gzip -c logs/app.log > logs/old/app.log-20261123.gz && rm logs/app.log").status == 0)
    program.append(12..<14, to: "logs/app.log")
    try collect()
    try collect()
    #expect(try stored() == [14, 14])
  }

  @Test func `two collectors do not read the same files into one store`() throws {
    program.append(0..<5, to: "logs/app.log")
    let collector = try follow("\(logs)/*.log")
    try wait(for: 5)
    let second = try program.run(["collect", "-f", "\(logs)/*.log", "--db", "e.db"])
    #expect(second.status == 75 && second.errors.contains("another seclog reads these files into this store"))
    #expect(try program.run(["collect", "--once", "\(logs)/*.log", "--db", "e.db"]).status == 0)
    program.append(5..<9, to: "other.log")
    #expect(try program.run(["collect", "other.log", "--db", "e.db", "--keep", "all"]).status == 0)
    try wait(for: 9)
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
    #expect(try program.run(["collect", "\(logs)/*.log", "--db", "e.db"]).status == 0)
    #expect(try stored() == [9, 9])
  }

  @Test func `a name that looks like a pattern is a name`() throws {
    program.append(0..<3, to: "logs/[x].log")
    program.append(3..<5, to: "logs/x.log")
    #expect(try program.run(["collect", "logs/[x].log", "--db", "e.db", "--keep", "all"]).status == 0)
    #expect(try stored() == [3, 3])
  }

  @Test(arguments: [1, 70]) func `what lies there is passed over from the end on`(files: Int) throws {
    for file in 0..<files { program.append(1000 + file..<1003 + file, to: "logs/app\(file)x.log") }
    let collector = try follow("\(logs)/*.log", ["--from", "end"])
    for _ in 0..<100 where try program.shell("test -e e.db && seclog status --db e.db").status != 0 { usleep(100_000) }
    usleep(1_500_000)
    program.append(0..<3, to: "logs/app0x.log")
    program.append(3..<5, to: "logs/new.log")
    try wait(for: 5)
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
    #expect(try stored() == [5, 5])
  }

  @Test func `empty compressed generations cost nothing`() throws {
    program.append(0..<3, to: "logs/app.log")
    let collector = try follow("\(logs)/app.log")
    try wait(for: 3)
    for pattern in ["app.log.%d.gz", "app-2026%04d.log.gz"] {
      _ = try program.shell("for i in $(seq 200); do gzip -c < /dev/null > logs/$(printf '\(pattern)' $i); done")
    }
    usleep(4_000_000)
    /// How often the collector has read something.
    func reads() throws -> Int {
      let lines = try String(contentsOfFile: "/proc/\(collector.id)/io", encoding: .utf8).split(separator: "\n")
      return try #require(lines.first { $0.hasPrefix("syscr:") }.flatMap { Int($0.dropFirst(7)) })
    }
    let before = try reads()
    usleep(3_000_000)
    #expect(try reads() - before < 400, "each is read again and again")
    program.append(3..<5, to: "logs/app.log")
    try wait(for: 5)
    collector.send(SIGTERM)
    #expect(collector.wait(limit: 10) == 0)
  }

  @Test func `files that begin and end alike are two`() throws {
    /// 100 lines between a banner and an end, of one length: the bytes before and behind are the same.
    func report(_ first: Int) -> String {
      let banner = String(repeating: "report of the nightly job\n", count: 60)
      let lines = (first..<first + 100).map { String(decoding: Program.line(of: $0), as: UTF8.self) }
      return banner + lines.joined() + banner
    }
    for (file, first) in [("job-20261120.log", 1000), ("job-20261121.log", 2000)] {
      try program.write(report(first), to: "logs/\(file)")
    }
    func collect(_ path: String) throws {
      #expect(try program.run(["collect", path, "--db", "e.db", "--keep", "all"]).status == 0)
    }
    try collect("logs/*.log")
    #expect(try stored() == [200, 200])
    // In the same file each night, and moved over it.
    for first in [3000, 4000] {
      try program.write(report(first), to: "night/job")
      try collect("night/job")
    }
    try program.write(report(5000), to: "night/job.new")
    try #require(rename("\(program.folder.path)/night/job.new", "\(program.folder.path)/night/job") == 0)
    try collect("night/job")
    #expect(try stored() == [500, 500])
  }

  @Test func `a generation that nobody here can unpack is told`() throws {
    program.append(0..<3, to: "logs/app.log")
    #expect(try program.run(["collect", "logs/app.log", "--db", "e.db"]).status == 0)
    _ = try program.shell("printf '\\xfd7zXZ\\x00\\x00\\x04rest' > logs/app.log.1.xz")
    let outcome = try program.run(["collect", "logs/app.log", "--db", "e.db"])
    #expect(outcome.errors.contains("app.log.1.xz"), "\(outcome.errors)")
  }

  @Test func `what was known behind a cut does not count once other lines are there`() throws {
    func collect() throws {
      #expect(try program.run(["collect", "logs/app.log", "--db", "e.db", "--keep", "all"]).status == 0)
    }
    for first in stride(from: 0, to: 300, by: 100) {
      program.append(first..<first + 100, to: "logs/app.log")
      try collect()
    }
    // Where reading ended once: from there on all is read, and nothing twice.
    let end = (0..<200).reduce(0) { $0 + Program.line(of: $1).count }
    try #require(truncate("\(logs)/app.log", off_t(end)) == 0)
    program.append(1000..<1300, to: "logs/app.log")
    try collect()
    #expect(try stored() == [600, 600])
    program.append(1300..<1301, to: "logs/app.log")
    try collect()
    #expect(try stored() == [601, 601])
  }
}
