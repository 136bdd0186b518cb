import ArgumentParser
import Events
import Foundation

struct Redact: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract: "Hide the secrets of log lines and change nothing else.",
    discussion: """
      Examples:
        myapp | seclog redact > app.log
        seclog redact --check app.log          exit 1 if a secret is in it
        seclog redact --key-file key app.log   same session, same pseudonym

      One line comes out for each line that goes in; a line without secrets is byte-identical.
      """)

  @Argument(help: "Files; standard input if there are none.", completion: .file())
  var files: [String] = []

  @Flag(help: "Print `file:line: kind in where` for each secret instead of the lines. Exit 1 if there is one.")
  var check = false

  @Flag(help: "As --check, with rule, column and length, and exit 0.")
  var explain = false

  @Flag(help: "One JSON object of counts on standard error at the end.")
  var stats = false

  @Option(help: "32 bytes that turn sessions and tokens into pseudonyms.", completion: .file())
  var keyFile: String?

  @Option(help: "What happens to e-mail addresses.")
  var emails: RedactionOptions.Privacy = .keep

  @Option(help: "What happens to the names of users.")
  var users: RedactionOptions.Privacy = .keep

  @Option(
    help: "A file with further patterns, as in docs/reference/secrets.md. Repeatable.",
    completion: .file(extensions: ["json"]))
  var patterns: [String] = []

  func run() throws {
    var options = RedactionOptions()
    options.emails = emails
    options.users = users
    options.key = try keyFile.flatMap { try KeyRing.read($0) }?.current
    for path in patterns {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw Problem(.failed, at: path, "cannot read the patterns.")
      }
      options.extraPatterns.append(PatternFile(name: path, text: text))
    }
    let redactor = try Redactor(options)
    let started = Self.seconds()
    var totals = (lines: Int64(0), bytes: Int64(0))
    var found = 0
    var didFail = false
    var redactions: [String: Int64] = [:]

    for path in files.isEmpty ? ["-"] : files {
      let source = path == "-" ? "(standard input)" : path
      do {
        let descriptor = try open(path)
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var stream = RedactStream(redactor: redactor, source: source)
        if check || explain {
          var report = RedactionReport(redactor: redactor, source: source, isDetailed: explain)
          try stream.run(descriptor, into: &report)
          found += report.found
        } else {
          var output = RedactedOutput(redactor: redactor)
          defer { redactions.merge(output.redactions, uniquingKeysWith: +) }
          try stream.run(descriptor, into: &output)
        }
        totals.lines += stream.lines
        totals.bytes += stream.bytes
      } catch let problem as Problem {
        Terminal.note("\(problem)")
        didFail = true
      }
    }
    redactions.merge(redactor.takeCounts(), uniquingKeysWith: +)
    if stats { try report(totals, redactions, seconds: Self.seconds() - started) }
    if didFail { throw ExitCode(Problem.Code.failed.rawValue) }
    if check && found > 0 { throw ExitCode(Problem.Code.nothing.rawValue) }
  }

  private func open(_ path: String) throws -> Int32 {
    if path == "-" { return STDIN_FILENO }
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Problem(
        errno == EACCES ? .permission : .failed, at: path, "cannot open: \(String(cString: strerror(errno))).")
    }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      close(descriptor)
      throw Problem(.failed, at: path, "is a directory.", next: "Name its files: seclog redact \(path)/*.log")
    }
    var magic: (UInt8, UInt8) = (0, 0)
    if status.st_mode & S_IFMT == S_IFREG, pread(descriptor, &magic, 2, 0) == 2, magic.0 == 0x1F, magic.1 == 0x8B {
      close(descriptor)
      throw Problem(.data, at: path, "is compressed.", next: "zcat \(path) | seclog redact")
    }
    return descriptor
  }

  private func report(_ totals: (lines: Int64, bytes: Int64), _ redactions: [String: Int64], seconds: Double) throws {
    struct Report: Encodable {
      let lines: Int64
      let bytes: Int64
      let redactions: [String: Int64]
      let seconds: Double
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let rounded = (seconds * 1_000_000).rounded() / 1_000_000
    let data = try encoder.encode(
      Report(lines: totals.lines, bytes: totals.bytes, redactions: redactions, seconds: rounded))
    let line = Array(data) + [0x0A]
    line.withUnsafeBytes { Terminal.write($0, to: STDERR_FILENO) }
  }

  private static func seconds() -> Double {
    var clock = timespec()
    clock_gettime(CLOCK_MONOTONIC, &clock)
    return Double(clock.tv_sec) + Double(clock.tv_nsec) / 1e9
  }
}

extension RedactionOptions.Privacy: ExpressibleByArgument {}
