import ArgumentParser
import Foundation

/// `--color`. Precedence: the flag, `NO_COLOR`, `CLICOLOR_FORCE` or `FORCE_COLOR`, a dumb terminal, a terminal.
enum Color: String, CaseIterable, ExpressibleByArgument {
  case auto, always, never

  func isOn(for descriptor: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
    switch self {
    case .always: return true
    case .never: return false
    case .auto:
      if isSet("NO_COLOR") { return false }
      if isSet("CLICOLOR_FORCE") || isSet("FORCE_COLOR") { return true }
      return environment["TERM"] != "dumb" && Terminal.isTerminal(descriptor)
    }
  }
}

extension Terminal {
  /// Columns: of the terminal, else of `$COLUMNS`, else 80.
  static var width: Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 80
  }

  /// Whether the locale says that UTF-8 is understood; without any locale a pipe gets UTF-8.
  static var isUTF8: Bool {
    let environment = ProcessInfo.processInfo.environment
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty }
    guard let locale else { return !isTerminal(STDOUT_FILENO) }
    let name = locale.lowercased()
    return name.contains("utf-8") || name.contains("utf8") || !isTerminal(STDOUT_FILENO)
  }
}
