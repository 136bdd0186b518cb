import Events
import Queries
import Storage

/// "No match" is evidence only if the store holds the range that was asked for.
struct Coverage {
  let store: EventStore
  let since: Int64?
  let until: Int64?
  let now: Int64
  let zone: TimeExpression.Zone

  /// Says so when a range begins before the store does.
  func remark(isEmpty: Bool, _ output: OutputOptions) throws {
    let extent = try store.extent()
    let time = ShownTime(zone: zone, now: now)
    guard extent.oldestTs > 0 || extent.prunedTs > 0 else {
      if isEmpty { output.remark("note: the store holds no events yet.") }
      return
    }
    let begin = max(extent.oldestTs, extent.prunedTs)
    let end = min(until ?? now, now)
    guard let since, since < begin, end > since else { return }
    let day: Int64 = 86_400_000_000
    let asked = end - since
    let missing = min(begin, end) - since
    // A store made today is always younger than the 24 h asked for; that is worth a word only when
    // nothing was found or most of the range is missing.
    guard isEmpty || missing * 2 > asked else { return }
    let part =
      asked >= 2 * day
      ? "\((missing + day / 2) / day) of the \((asked + day / 2) / day) days" : "\(missing * 100 / asked) % of the time"
    output.remark("note: the store begins \(time.day(begin)); \(part) asked for are not covered.")
  }
}
