import Foundation

/// A core dump would hold lines as they were before redaction.
enum CoreDumps {
  /// For this process; what it starts begins anew.
  static func disable() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    // The limit does not count when the kernel pipes dumps to a program; which memory goes into one does (core(5)).
    let filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)
    guard filter >= 0 else { return }  // no /proc: the limit alone
    _ = write(filter, "0", 1)
    close(filter)
  }
}
