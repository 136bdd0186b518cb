import ArgumentParser
import Events
import Foundation

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Show everything on sample logs, in a temporary directory.",
    discussion: """
      Needs no log, no configuration and no permission. Example: seclog demo
      """)

  @OptionGroup var clock: ClockOptions

  func run() async throws {
    let folder = try Self.temporaryDirectory()
    let span = (try clock.now() - SampleLogs.end) / 1_000_000 * 1_000_000
    var lines = 0
    for (name, text) in SampleLogs.files {
      let shifted = SampleLogs.shift(text, by: span)
      lines += shifted.utf8.count { $0 == 0x0A }
      try Data(shifted.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).log"))
    }
    let configuration = "\(folder)/seclog.yaml"
    let text = "# Written by seclog demo.\ndb: \(folder)/events.db\nhost: web1\n"
    try Data(text.utf8).write(to: URL(fileURLWithPath: configuration))
    setenv("SECLOG_CONFIG", configuration, 1)

    let program = Self.program
    let clockArguments = clock.nowText.map { ["--now", $0] } ?? []
    Terminal.writeLine(
      "\(Duration.grouped(Int64(lines))) log lines of five applications, the last day of each, lie in \(folder).")
    // The samples write their times in UTC; a loggers' local time would be shifted by this machine's zone.
    try await step(program, ["collect", "--zone", "UTC", "\(folder)/*.log"])
    try await step(program, ["alert", "run"] + clockArguments)
    try await step(program, ["dashboard", "render", "overview", "-o", "\(folder)/overview.html"] + clockArguments)
    Terminal.writeLine(
      """

      The dashboard is one file: \(folder)/overview.html

      Try next; the first line points seclog at the demonstration:
        export SECLOG_CONFIG=\(configuration)
        \(program) query failed-logins-by-source
        \(program) search 203.0.113.9 outcome=success
        \(program) query success-after-failures
        \(program) alert list --all
        \(program) dashboard show
        \(program) explain \(folder)/tmi.log
        \(program) status
      """)
  }

  /// Prints a command as it would be typed and runs it in this process.
  private func step(_ program: String, _ arguments: [String]) async throws {
    let typed = arguments.map { $0.contains("*") ? "'\($0)'" : $0 }.joined(separator: " ")
    Terminal.writeLine("\n$ \(program) \(typed)")
    var command = try Seclog.parseAsRoot(arguments)
    if var command = command as? any AsyncParsableCommand {
      try await command.run()
    } else {
      try command.run()
    }
    Terminal.flush()
  }

  private static func temporaryDirectory() throws -> String {
    let base = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var template = Array("\(base.hasSuffix("/") ? String(base.dropLast()) : base)/seclog-demo-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Problem(
        .failed, at: base, "no directory can be made there: \(String(cString: strerror(errno)))",
        next: "Name another place:  TMPDIR=/var/tmp seclog demo")
    }
    return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// `seclog` if that is what a shell would find, else the path that this program was started by.
  private static var program: String {
    let name = CommandLine.arguments.first ?? "seclog"
    return name.contains("/") ? name : "seclog"
  }
}
