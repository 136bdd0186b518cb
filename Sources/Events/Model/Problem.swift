/// What went wrong, where, and what to do next: the one error type that reaches a person.
///
/// It never quotes log text: that text may not be redacted yet.
public struct Problem: Error, Hashable, Sendable {
  /// Exit codes of the program (`sysexits.h` where one fits). Also a closed set of metric labels.
  public enum Code: Int32, CaseIterable, Sendable {
    case nothing = 1
    case failed = 2
    case usage = 64
    case data = 65
    case unavailable = 69
    case busy = 75
    case permission = 77
    case config = 78
  }
  public let code: Code
  /// A file, `file:line:column`, an option, a query name; empty if there is no place.
  public let place: String
  public let what: String
  /// The line to act on; may span lines; empty if nothing can be done.
  public let nextStep: String
  /// Whether the same thing may work later without anybody changing what was asked: a full disk, a lock.
  public let isPassing: Bool

  public init(_ code: Code, at place: String = "", _ what: String, next nextStep: String = "", isPassing: Bool = false)
  {
    self.code = code
    self.place = place
    self.what = what
    self.nextStep = nextStep
    self.isPassing = isPassing
  }
}

extension Problem: CustomStringConvertible {
  public var description: String {
    let head = place.isEmpty ? what : "\(place): \(what)"
    return nextStep.isEmpty ? head : head + "\n" + nextStep
  }
}
