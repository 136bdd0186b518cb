import Glibc

/// Tells the service manager how we are: one datagram for each message, to `$NOTIFY_SOCKET`.
///
/// Without that variable nothing is sent. A manager that does not listen is no fault of ours, so
/// sending never fails; it waits for the manager a moment where a lost message would harm.
///
/// - Source: sd_notify(3), sd_watchdog_enabled(3).
public final class ServiceNotifier: @unchecked Sendable {  // Used by the thread that reads, only.
  private let handle: Int32
  private var address = sockaddr_un()
  private var addressLength: socklen_t = 0
  /// How often the manager wants to hear from us, in microseconds; `nil` = never.
  private let watchdogInterval: Int64?
  private var nextWatchdogAt: Int64 = 0
  private var lastStatus = ""

  /// What the manager has put into the environment of this very process.
  public static func fromEnvironment() -> ServiceNotifier {
    func value(_ name: String) -> String? { name.withCString { getenv($0) }.map { String(cString: $0) } }
    var interval = value("WATCHDOG_USEC").flatMap { Int64($0) }
    // The variables may be those of a parent.
    if let process = value("WATCHDOG_PID"), process != String(getpid()) { interval = nil }
    return ServiceNotifier(socket: value("NOTIFY_SOCKET"), watchdogMicroseconds: interval)
  }

  /// - Parameters:
  ///   - socket: an absolute path, or a name in the abstract space behind an `@`; `nil` = nobody listens.
  ///   - watchdogMicroseconds: we are taken for dead after so long a silence; `nil` = never.
  public init(socket: String?, watchdogMicroseconds: Int64? = nil) {
    var name = Array((socket ?? "").utf8)
    let isAbstract = name.first == UInt8(ascii: "@")
    if isAbstract { name[0] = 0 }
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard isAbstract || name.first == UInt8(ascii: "/"), name.count > 1, name.count < room else {
      handle = -1
      watchdogInterval = nil
      return
    }
    handle = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var patience = timeval(tv_sec: CollectorLimits.notifySeconds, tv_usec: 0)
    setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    // A path ends with its NUL, an abstract name with its last byte.
    addressLength = socklen_t(MemoryLayout<sa_family_t>.size + name.count + (isAbstract ? 0 : 1))
    // Half of the time, as sd_watchdog_enabled(3) advises.
    watchdogInterval = watchdogMicroseconds.flatMap { $0 > 0 ? $0 / 2 : nil }
  }

  deinit { if handle >= 0 { close(handle) } }

  /// Everything is set up; also after a reload.
  public func ready(_ status: String) {
    lastStatus = status
    send("READY=1\nSTATUS=\(status)")
  }

  public func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(Clock.system.steady())") }

  public func stopping() { send("STOPPING=1\nSTATUS=storing what was read") }

  /// A few words for `systemctl status`; sent when they change.
  public func status(_ text: String) {
    guard text != lastStatus else { return }
    lastStatus = text
    send("STATUS=\(text)", waits: false)
  }

  /// Called whenever the reading thread comes by; sends as often as the manager needs.
  public func alive() {
    guard let watchdogInterval else { return }
    let now = Clock.system.steady()
    guard now >= nextWatchdogAt else { return }
    nextWatchdogAt = now + watchdogInterval
    send("WATCHDOG=1", waits: false)
  }

  /// How long the reading thread may sleep at most, in milliseconds.
  var napMilliseconds: Int64 { watchdogInterval.map { max(1, $0 / 2000) } ?? .max }

  private func send(_ message: String, waits: Bool = true) {
    guard handle >= 0 else { return }
    let bytes = Array(message.utf8)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        let flags = Int32(MSG_NOSIGNAL) | (waits ? 0 : Int32(MSG_DONTWAIT))
        _ = sendto(handle, bytes, bytes.count, flags, address, addressLength)
      }
    }
  }
}
