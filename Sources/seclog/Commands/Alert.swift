import ArgumentParser
import Detection
import Events
import Foundation
import Storage

struct Alert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alert",
    abstract: "Evaluate alert rules, and deal with the incidents they find.",
    discussion: """
      For cron, every five minutes:
        */5 * * * * seclog alert run
      It prints nothing when there is nothing new, so cron mails only what matters.
      """,
    subcommands: [AlertRun.self, AlertList.self, AlertTest.self, AlertAck.self, AlertSilence.self])
}

struct AlertRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Evaluate what is new, and print the alerts that follow from it.",
    discussion: """
      Examples:
        seclog alert run
        seclog alert run --dry-run --now 2026-11-20T10:00

      Incidents depend on the events alone, not on when this runs. A second run beside a young one
      leaves at once with 0; beside one that hangs it fails with 75.
      What is wrong with a rule is said when it is news, so that cron does not mail it every time; the
      exit code and 'seclog rules check' keep saying it.
      Exit: 0 evaluated, 1 with --exit-code if something was told, 2 if a rule is broken.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var rules: RuleOptions
  @OptionGroup var clock: ClockOptions

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Option(help: "Text for mail, or one JSON object for each alert.")
  var format: Format = .text

  @Flag(help: "Print what would be told, and change nothing.")
  var dryRun = false

  @Flag(help: "Exit with 1 if something was told.")
  var exitCode = false

  @Flag(help: "Show times in UTC instead of local time.")
  var utc = false

  @Option(help: ArgumentHelp("A run that is older than this counts as hanging.", valueName: "time"))
  var maxRun: Age?

  func run() throws {
    let settings = try store.configuration.load()
    let now = try clock.now()
    let wallClock = ClockOptions.wallClock
    let path = try store.path()
    guard access(path, F_OK) == 0 || errno != ENOENT else {
      throw StoreOptions.missing(path, isDefault: store.db == nil)
    }
    var lock: AlertLock?
    if !dryRun {
      switch try AlertLock.take(at: path + ".alert-lock", now: wallClock) {
      case .taken(let taken): lock = taken
      case .held(let holder):
        let age = holder.map { wallClock - $0.since } ?? 0
        if age < (maxRun ?? settings.alerts.maxRun).microseconds { return }
        let who = holder.map { " (pid \($0.process), \(age / 1_000_000) s)" } ?? ""
        throw Problem(
          .busy, at: "alert run", "another run holds \(path).alert-lock\(who). Nothing was done.",
          next: "If it hangs, end it:  kill \(holder?.process ?? 0)")
      }
    }
    defer { withExtendedLifetime(lock) {} }
    let opened = try EventStore(path: path, access: dryRun ? .readOnly : .readWrite)
    var options = AlertEngine.Options()
    options.notifyAgeMax = settings.alerts.notifyAgeMax.microseconds
    options.isDryRun = dryRun
    let engine = AlertEngine(store: opened, rules: try rules.load(settings), options: options)
    let report = try engine.run(now: now)
    switch format {
    case .text:
      let text = IncidentText(clock: utc ? .utc : .local, host: settings.host)
      Terminal.write(text.message(report, now: now))
    case .json:
      for notification in report.notifications { Terminal.writeLine(notification.json) }
    }
    Terminal.flush()
    try engine.told(report.notifications, now: now)
    // A broken rule in cron's hands would be mailed with every run; so its text is told when it is news.
    var isNews = true
    if !dryRun {
      let told = report.problemsDigest
      isNews = try opened.alertProblemsTold() != told || isatty(STDERR_FILENO) == 1
      var status = EventStore.AlertStatus()
      status.lastRun = wallClock
      status.seconds = Double(ClockOptions.wallClock - wallClock) / 1e6
      status.rules = Int64(report.rules)
      status.broken = Int64(report.problems.count)
      status.problemsTold = told
      try opened.noteRun(status)
    }
    if !report.problems.isEmpty {
      if isNews { for problem in report.problems { Terminal.note(problem.description) } }
      if isNews || !report.notifications.isEmpty {
        let count = "\(report.problems.count) rule problem\(report.problems.count == 1 ? "" : "s")"
        Terminal.note("\(count); the other \(report.rules) rules ran. All of them: seclog rules check")
      }
      throw ExitCode(Problem.Code.failed.rawValue)
    }
    if exitCode, !report.notifications.isEmpty { throw ExitCode(Problem.Code.nothing.rawValue) }
  }
}

struct AlertList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List incidents: the open ones, or all.",
    discussion: "Example: seclog alert list --all --json")

  @OptionGroup var store: StoreOptions
  @OptionGroup var reading: ReadingOptions

  @Flag(help: "The resolved ones, too.")
  var all = false

  @Flag(help: "One JSON object a line, in canonical form.")
  var json = false

  @Option(help: "Of this rule only.")
  var rule: String?

  func run() throws {
    let (since, until, now) = try reading.range()
    let opened = try store.openForReading()
    let incidents = try opened.incidents(all: all).filter { incident in
      incident.end >= since ?? .min && incident.start < until ?? .max
        && (rule.map { $0 == incident.rule || $0 == incident.label } ?? true)
    }
    if json {
      for incident in incidents { Terminal.writeLine(incident.json) }
    } else {
      let clock = reading.utc ? IncidentText.Clock.utc : .local
      Terminal.write(IncidentText.table(incidents, clock: clock, now: now))
    }
    if incidents.isEmpty {
      if !json { Terminal.note(all ? "no incidents." : "no open incidents. All of them: seclog alert list --all") }
      throw ExitCode(Problem.Code.nothing.rawValue)
    }
  }
}

struct AlertTest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Show how often a rule would have fired over stored events; nothing is changed.",
    discussion: """
      Example: seclog alert test login-failures-by-source --since 30d

      Only stored events count: with 'keep: security', lines that nothing names are not among them.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var rules: RuleOptions
  @OptionGroup var reading: ReadingOptions

  @Argument(help: "Name, id or file of a rule.")
  var rule: String

  @Flag(help: "One JSON object for each incident.")
  var json = false

  func run() throws {
    let settings = try store.configuration.load()
    let (since, until, now) = try reading.range()
    let set = try rules.load(settings)
    guard let found = set.rule(rule) else {
      let names = set.rules.filter { set.isOutput($0) }.map(\.label)
      throw Problem(
        .usage, "unknown rule '\(rule)'." + Suggestion.sentence(for: rule, among: names),
        next: "\(names.count) rules are there: seclog rules list")
    }
    let opened = try store.openForReading()
    let replay = try RuleReplay(
      found, in: set, store: opened, since: since ?? now - 30 * 86_400_000_000, until: until ?? now)
    if json {
      for incident in replay.incidents { Terminal.writeLine(incident.json) }
    } else {
      Terminal.write(replay.text(clock: reading.utc ? .utc : .local))
    }
    if let oldest = try opened.horizon(), let since, oldest > since {
      Terminal.note(
        "note: the store begins \(IncidentText.Clock.local.moment(oldest)); what was before is not covered.")
    }
    if replay.incidents.isEmpty { throw ExitCode(Problem.Code.nothing.rawValue) }
  }
}

struct AlertAck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ack",
    abstract: "Say that you have seen an incident; it is not reminded of again.",
    discussion: "Example: seclog alert ack 12 --note 'old phone of Alice'")

  @OptionGroup var store: StoreOptions
  @OptionGroup var clock: ClockOptions

  @Argument(help: "Number of an incident, as in 'alert list'.")
  var incident: Int64

  @Option(help: "What you found out.")
  var note = ""

  @Option(help: "Who you are. Default: $USER.")
  var by: String?

  func run() throws {
    let author = by ?? ProcessInfo.processInfo.environment["USER"] ?? ""
    guard try store.openForChange().acknowledge(incident, by: author, note: note, at: clock.now()) else {
      throw Problem(.nothing, "there is no incident \(incident).", next: "Incidents: seclog alert list --all")
    }
  }
}

struct AlertSilence: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "silence",
    abstract: "Keep incidents from being told for a while; without arguments, list silences.",
    discussion: """
      Examples:
        seclog alert silence login-failures-by-source source_ip=203.0.113.9 --for 8h --comment 'load test'
        seclog alert silence
        seclog alert silence --end 3

      Incidents are recorded all the same. When the silence is over, those still open are told.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var clock: ClockOptions

  @Argument(help: "A rule, or 'any'; then field=value of the group, all of which must hold.")
  var what: [String] = []

  @Option(name: .customLong("for"), help: ArgumentHelp("How long.", valueName: "time"))
  var duration: Age?

  @Option(help: "Why.")
  var comment = ""

  @Option(help: "Who you are. Default: $USER.")
  var by: String?

  @Option(help: ArgumentHelp("End the silence of this number now.", valueName: "number"))
  var end: Int64?

  func run() throws {
    let now = try clock.now()
    if let end {
      guard try store.openForChange().endSilence(end, at: now) else {
        throw Problem(.nothing, "no silence \(end) is in force.", next: "Silences: seclog alert silence")
      }
      return
    }
    guard let rule = what.first else {
      let silences = try store.openForReading().silences(endingAfter: now)
      for silence in silences {
        let matchers = silence.matchers.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words =
          ["\(silence.id)", silence.rule.isEmpty ? "any" : silence.rule] + matchers + [
            "until \(IncidentText.Clock.local.moment(silence.end))", silence.author, silence.comment,
          ]
        Terminal.writeLine(IncidentText.visible(words.filter { !$0.isEmpty }.joined(separator: "  ")))
      }
      if silences.isEmpty { throw ExitCode(Problem.Code.nothing.rawValue) }
      return
    }
    guard let duration else {
      throw Problem(.usage, at: "--for", "say how long.", next: "Such as:  seclog alert silence \(rule) --for 8h")
    }
    var matchers: [String: String] = [:]
    for word in what.dropFirst() {
      guard let equals = word.firstIndex(of: "="), equals > word.startIndex else {
        throw Problem(.usage, at: "'\(word)'", "not field=value.", next: "Such as:  source_ip=203.0.113.9")
      }
      let name = String(word[..<equals])
      matchers[Field(name).column?.rawValue ?? name] = String(word[word.index(after: equals)...])
    }
    let author = by ?? ProcessInfo.processInfo.environment["USER"] ?? ""
    let id = try store.openForChange().add(
      Silence(
        rule: rule == "any" ? "" : rule, matchers: matchers, start: now, end: now + duration.microseconds,
        author: author, comment: comment))
    Terminal.note(
      "silence \(id) until \(IncidentText.Clock.local.moment(now + duration.microseconds)). End it: seclog alert silence --end \(id)"
    )
  }
}

extension StoreOptions {
  /// Opens a store that must exist, to change it.
  func openForChange() throws -> EventStore {
    let path = try path()
    guard access(path, F_OK) == 0 || errno != ENOENT else { throw Self.missing(path, isDefault: db == nil) }
    return try EventStore(path: path, access: .readWrite)
  }
}

extension IncidentText.Clock {
  /// The zone of the machine.
  static let local = IncidentText.Clock(
    moment: { String(Self.format($0, "%e %b %Y %H:%M %Z").drop { $0 == " " }) },
    short: { time, reference in
      let isSameDay = Self.format(time, "%F") == Self.format(reference, "%F")
      return Self.format(time, isSameDay ? "%H:%M:%S" : "%F %H:%M:%S")
    })

  private static func format(_ microseconds: Int64, _ pattern: String) -> String {
    var seconds = time_t((Double(microseconds) / 1e6).rounded(.down))
    var parts = tm()
    localtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 80)
    let count = strftime(&text, text.count, pattern, &parts)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
