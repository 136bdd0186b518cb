import Glibc

/// The two clocks, in microseconds: one that people set and one that only runs.
///
/// Timers use `steady`, so that a clock that jumps neither stalls nor hurries anything.
struct Clock: Sendable {
  /// Since 1970.
  var wall: @Sendable () -> Int64
  /// Since some start.
  var steady: @Sendable () -> Int64

  static let system = Clock(wall: { read(CLOCK_REALTIME) }, steady: { read(CLOCK_MONOTONIC) })

  private static func read(_ id: clockid_t) -> Int64 {
    var now = timespec()
    clock_gettime(id, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
  }
}
