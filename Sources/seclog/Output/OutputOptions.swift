import ArgumentParser
import Events
import Foundation
import Queries
import Storage

/// How results are printed.
struct OutputOptions: ParsableArguments {
  @Option(help: "How to print rows; auto is a table on a terminal and TSV in a pipe.")
  var format: OutputFormat = .auto

  @Flag(help: "One JSON object a line: --format jsonl.")
  var json = false

  @Option(help: "Whether to use colour.")
  var color: ColourChoice = .auto

  @Flag(name: .shortAndLong, help: "No remarks on standard error, only errors.")
  var quiet = false

  enum ColourChoice: String, CaseIterable, ExpressibleByArgument { case auto, always, never }

  /// The format with `auto` decided.
  var chosen: OutputFormat {
    if json { return .jsonl }
    return format == .auto ? (Terminal.isTerminal(STDOUT_FILENO) ? .table : .tsv) : format
  }

  /// Whether a person reads this: remarks and shortened texts make sense.
  var isForPeople: Bool { chosen == .table && Terminal.isTerminal(STDOUT_FILENO) }

  func style(zone: TimeExpression.Zone, now: Int64) -> RowRenderer.Style {
    var style = RowRenderer.Style(time: ShownTime(zone: zone, now: now))
    style.hasColour = hasColour
    if Terminal.isTerminal(STDOUT_FILENO) { style.width = Self.terminalWidth }
    return style
  }

  func renderer(_ columns: [String], style: RowRenderer.Style) -> RowRenderer {
    RowRenderer(columns: columns, format: chosen, style: style) { Terminal.write($0) }
  }

  func remark(_ text: String) {
    if !quiet { Terminal.note(text) }
  }

  /// `--color`, then `NO_COLOR`, `CLICOLOR_FORCE`, `FORCE_COLOR`, `TERM=dumb`, then the terminal.
  private var hasColour: Bool {
    let environment = ProcessInfo.processInfo.environment
    func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
    switch color {
    case .always: return true
    case .never: return false
    case .auto:
      if isSet("NO_COLOR") { return false }
      if isSet("CLICOLOR_FORCE") && environment["CLICOLOR_FORCE"] != "0" || isSet("FORCE_COLOR") { return true }
      return environment["TERM"] != "dumb" && Terminal.isTerminal(STDOUT_FILENO)
    }
  }

  private static var terminalWidth: Int {
    if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init), columns > 0 { return columns }
    var size = winsize()
    return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}

extension OutputFormat: ExpressibleByArgument {}
